//! Errors of requests that execute an action.

use allclear_core::send_error::SendError;
use allclear_core::text;

use crate::signed::CallError;

const MAX_MESSAGE_CHARS: usize = 300;

/// Returns the error of a request. A request without an answer may have been executed.
pub(super) fn of_call(error: &CallError, permission: &str) -> SendError {
    match error {
        CallError::Refused { service, code, status, message, .. } => {
            let remedy = match code.as_str() {
                "AccessDenied" | "AccessDeniedException" => format!("allow `{permission}` on it"),
                _ => text::one_line(message, MAX_MESSAGE_CHARS),
            };
            let what = format!("{service} returned `{code}` ({status}): {remedy}");
            // A failure of the service leaves open how far it came.
            if *status >= 500 { SendError::unanswered(what) } else { SendError::permanent(what) }
        }
        CallError::Unanswered { .. } => SendError::unanswered(error.to_string()),
        CallError::Unsendable { .. } => SendError::permanent(error.to_string()),
    }
}
