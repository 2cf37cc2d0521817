//! The end-to-end tests, and the checks of the repository itself.
