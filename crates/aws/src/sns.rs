//! The channel kind `sns`.
