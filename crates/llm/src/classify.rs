//! Classification: from a failed answer to whose fault it is.

use allclear_core::reason::Reason;

/// One row of a provider's table of errors: all that is given must match.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The HTTP status; `None` for any.
    pub status: Option<u16>,
    /// The error's code or type, as a whole.
    pub code: Option<&'static str>,
    /// A part of the error's text, in lower case.
    pub text: Option<&'static str>,
    /// What it means.
    pub reason: Reason,
}
