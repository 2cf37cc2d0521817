//! The clock of the command.

use allclear_core::Timestamp;

/// Returns the current time. Read only at the edge of an invocation, and passed on.
#[expect(clippy::disallowed_methods, reason = "this is the edge where the clock is read")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
