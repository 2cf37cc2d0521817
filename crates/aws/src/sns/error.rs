//! Errors of SNS that refuse a message.

use std::time::Duration;

use allclear_core::send_error::SendError;

use crate::signed::CallError;

/// Classifies an error. A missing topic and an invalid message are permanent. A missing permission
/// is not: after a deployment it takes effect with a delay, and later an operator can grant it
/// within the day for which a delivery is owed.
pub(super) fn classify_error(error: &CallError, arn: &str) -> SendError {
    let retry_after = error.answer().and_then(|answer| {
        let seconds = answer.headers.get("retry-after")?.to_str().ok()?;
        seconds.trim().parse().ok().map(Duration::from_secs)
    });
    let Some(code) = error.code() else {
        let message = format!("no response from SNS: {error}");
        return SendError { retry_after, ..SendError::transient(message) };
    };
    let (permanent, what_to_do) = match code {
        "NotFound" | "NotFoundException" => {
            (true, format!("no topic `{arn}`: deploy the stack, or fix `topic`"))
        }
        "InvalidParameter" | "ParameterValueInvalid" | "ValidationException" => {
            (true, message_of(error, "a parameter is wrong").to_owned())
        }
        "AuthorizationError" | "AuthorizationErrorException" | "AccessDenied" => {
            (false, format!("allow `sns:Publish` on `{arn}`"))
        }
        code if code.starts_with("KMS") => {
            (false, format!("allow the use of the key that encrypts `{arn}`"))
        }
        _ => (false, message_of(error, "no explanation").to_owned()),
    };
    let error = SendError::transient(format!("SNS returned `{code}`: {what_to_do}"));
    SendError { permanent, retry_after, ..error }
}

/// Returns the explanation of SNS, or `otherwise` if it is empty.
fn message_of<'a>(error: &'a CallError, otherwise: &'a str) -> &'a str {
    error.message().filter(|message| !message.is_empty()).unwrap_or(otherwise)
}
