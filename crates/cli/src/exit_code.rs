//! The exit codes of all commands. The help of a command lists their meanings.

/// The exit code for "not healthy", or "not valid".
pub(crate) const NOT_HEALTHY: u8 = 1;

/// The exit code for "cannot tell", and for errors of the command itself.
pub(crate) const CANNOT_TELL: u8 = 2;
