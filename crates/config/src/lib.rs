//! TOML text to a validated configuration, with every error at its place.
