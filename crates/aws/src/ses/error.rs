//! Errors of SES that refuse a mail.

use allclear_core::send_error::SendError;

use crate::signed::CallError;

/// Classifies an error. Only an invalid request and a rejected message are permanent. A missing permission, an identity
/// that is not verified and a paused account can be repaired within the day for which the delivery is owed.
pub(super) fn classify_error(error: &CallError) -> SendError {
    let Some(code) = error.code() else {
        return match error {
            CallError::Unanswered { .. } => {
                SendError::unanswered(format!("no response from SES: {error}"))
            }
            CallError::Refused { .. } | CallError::Unsendable { .. } => {
                SendError::transient(format!("cannot send with SES: {error}"))
            }
        };
    };
    let explanation = error.message().unwrap_or_default();
    let is_unverified = explanation.contains("not verified");
    let remedy = match code {
        "MessageRejected" if is_unverified => {
            ": verify the address or its domain in SES, or leave the sandbox"
        }
        "MailFromDomainNotVerifiedException" => {
            ": repair the custom MAIL FROM domain of the identity"
        }
        "AccessDenied" | "AccessDeniedException" => {
            ": allow `ses:SendEmail` for the identity, in a stack with the parameter `SesIdentityArns`"
        }
        "AccountSuspendedException" | "SendingPausedException" => {
            ": resume sending in the account, or use another channel"
        }
        "NotFoundException" => ": correct `configuration_set` or `region`",
        _ => "",
    };
    let permanent = match code {
        "MessageRejected" => !is_unverified,
        "BadRequestException" | "ValidationException" => true,
        _ => false,
    };
    let separator = if explanation.is_empty() { "" } else { ": " };
    let message = format!("SES returned `{code}`{separator}{explanation}{remedy}");
    SendError { permanent, ..SendError::transient(message) }
}
