//! What the functions' `main.rs` share: settings, logs, errors with their codes.
