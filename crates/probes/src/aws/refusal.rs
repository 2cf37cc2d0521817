//! The cause of a refusal by a service, from its code.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use http::HeaderMap;
use http::StatusCode;
use serde_json::Value;

use super::access::SignedBy;
use super::service::{AwsPermission, CheckedService};
use crate::api::{ApiAnswer, ApiStep};
use crate::excerpt::excerpt;

/// Returns the cause of an answer that refuses a request.
pub(super) fn cause(
    answer: &ApiAnswer,
    (step, service): (ApiStep<'_>, CheckedService),
    (permission, signed_by): (AwsPermission<'_>, SignedBy),
) -> Cause {
    let document = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    let Some(code) = error_code(&answer.headers, &document) else {
        return answer.refusal(step);
    };
    let message = error_message(&document);
    let status = answer.status;
    let mut what = format!("{service} answers `{}` ({})", excerpt(&code), status.as_u16());
    if !message.is_empty() {
        what = format!("{what}: {}", excerpt(message));
    }
    // Lambda names the limit beside its message.
    if let Some(limit) = document.get("Reason").and_then(Value::as_str) {
        what = format!("{what} ({})", excerpt(limit));
    }
    if is_about_the_clock(&code, message) {
        let what = format!("{what}; correct the clock of this machine");
        return Cause::monitor(Reason::ClockOffset, what);
    }
    let Some(reason) = reason_of_code(&code, status) else {
        return step.name_in(Cause::of(answer.refusal(step).reason, what));
    };
    if reason == Reason::Permission {
        what = format!("{what}; {}", remedy(permission, signed_by));
    } else if reason == Reason::AuthInvalid && signed_by == SignedBy::Process {
        what = format!("{what}; renew the credentials of this process, or set `credentials`");
    }
    step.name_in(Cause::of(reason, what))
}

/// Returns what to allow, and where.
fn remedy(permission: AwsPermission<'_>, signed_by: SignedBy) -> String {
    let AwsPermission { action, resource, stack_parameter } = permission;
    let resource = excerpt(resource);
    match signed_by {
        SignedBy::CheckKeys => {
            format!("allow `{action}` on `{resource}` to the owner of `credentials`")
        }
        SignedBy::Process => format!(
            "allow `{action}` on `{resource}` to the identity of this process; the parameter \
             `{stack_parameter}` of a stack does that"
        ),
    }
}

/// Returns the code of an error, such as `AccessDeniedException`; `None` if the answer has none.
fn error_code(headers: &HeaderMap, document: &Value) -> Option<String> {
    let header = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
    let field = ["__type", "code", "Code"].iter().find_map(|name| document.get(name)?.as_str());
    // Lambda writes `ResourceNotFoundException:http://…`; other services put a namespace before `#`.
    let code = header.or(field)?.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default().trim();
    (!code.is_empty()).then(|| code.to_owned())
}

fn error_message(document: &Value) -> &str {
    let names = ["message", "Message", "errorMessage"];
    names.iter().find_map(|name| document.get(name)?.as_str()).unwrap_or_default().trim()
}

/// Checks whether AWS refuses a signature because of its time.
fn is_about_the_clock(code: &str, message: &str) -> bool {
    match code {
        "RequestExpired" | "RequestTimeTooSkewed" => true,
        "InvalidSignatureException" | "SignatureDoesNotMatch" => {
            message.starts_with("Signature expired")
                || message.starts_with("Signature not yet current")
        }
        _ => false,
    }
}

/// Returns the reason of a code; `None` for an unknown one, whose status decides.
fn reason_of_code(code: &str, status: StatusCode) -> Option<Reason> {
    Some(match code {
        "ExpiredToken"
        | "ExpiredTokenException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "InvalidToken"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "SignatureDoesNotMatch"
        | "TokenRefreshRequired"
        | "UnrecognizedClientException" => Reason::AuthInvalid,
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "KmsAccessDenied"
        | "NotAuthorized"
        | "OptInRequired"
        | "UnauthorizedOperation" => Reason::Permission,
        "AWS.SimpleQueueService.NonExistentQueue"
        | "NonExistentQueue"
        | "QueueDoesNotExist"
        | "ResourceNotFound"
        | "ResourceNotFoundException" => Reason::ResourceNotFound,
        "BandwidthLimitExceeded"
        | "LimitExceededException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "Throttled"
        | "ThrottledException"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException" => Reason::Throttled,
        "EC2ThrottledException"
        | "EFSMountConnectivityException"
        | "EFSMountTimeoutException"
        | "ENILimitReachedException"
        | "QueueDeletedRecently"
        | "ResourceConflictException"
        | "ResourceNotReadyException"
        | "SnapStartNotReadyException"
        | "SubnetIPAddressLimitReachedException" => Reason::NotReady,
        _ if status.is_server_error() => Reason::ServerError,
        _ if status == StatusCode::BAD_REQUEST => Reason::ProbeInvalid,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use allclear_core::status::Fault;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_code_has_its_reason_and_its_fault() {
        for (code, status, reason, fault) in [
            ("ExpiredTokenException", 400, Reason::AuthInvalid, Fault::Credentials),
            ("UnrecognizedClientException", 403, Reason::AuthInvalid, Fault::Credentials),
            ("InvalidClientTokenId", 403, Reason::AuthInvalid, Fault::Credentials),
            ("SignatureDoesNotMatch", 403, Reason::AuthInvalid, Fault::Credentials),
            ("AccessDenied", 403, Reason::Permission, Fault::Credentials),
            ("AccessDeniedException", 400, Reason::Permission, Fault::Credentials),
            ("QueueDoesNotExist", 400, Reason::ResourceNotFound, Fault::Request),
            ("ResourceNotFoundException", 404, Reason::ResourceNotFound, Fault::Request),
            ("ThrottlingException", 400, Reason::Throttled, Fault::Throttled),
            ("TooManyRequestsException", 429, Reason::Throttled, Fault::Throttled),
            ("EC2ThrottledException", 502, Reason::NotReady, Fault::Target),
            ("ResourceNotReadyException", 502, Reason::NotReady, Fault::Target),
            ("InternalFailure", 500, Reason::ServerError, Fault::Target),
            ("ServiceUnavailable", 503, Reason::ServerError, Fault::Target),
            ("InvalidAttributeName", 400, Reason::ProbeInvalid, Fault::Request),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let found = reason_of_code(code, status);
            assert_eq!(found, Some(reason), "{code}");
            assert_eq!(found.map(Reason::fault), Some(fault), "{code}");
        }
        assert_eq!(reason_of_code("Something", StatusCode::CONFLICT), None);
    }

    #[test]
    fn a_signature_of_the_wrong_time_blames_the_clock() {
        let message = "Signature expired: 20261201T000000Z is now earlier than 20261201T001000Z";
        assert!(is_about_the_clock("InvalidSignatureException", message));
        assert!(is_about_the_clock("RequestExpired", ""));
        assert!(!is_about_the_clock("InvalidSignatureException", "The signature does not match"));
    }

    #[test]
    fn the_code_is_read_from_each_place() {
        let mut headers = HeaderMap::new();
        let document = json!({ "__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no" });
        assert_eq!(error_code(&headers, &document).as_deref(), Some("QueueDoesNotExist"));
        assert_eq!(error_code(&headers, &json!({ "message": "no" })), None);
        assert_eq!(error_code(&headers, &json!([1])), None);
        let text = "ResourceNotFoundException:http://internal.amazon.com/coral/";
        headers.insert("x-amzn-errortype", text.parse().unwrap());
        let code = error_code(&headers, &json!({ "Message": "no" }));
        assert_eq!(code.as_deref(), Some("ResourceNotFoundException"));
    }

    #[test]
    fn a_missing_permission_is_named_with_its_place() {
        let permission = AwsPermission {
            action: "sqs:GetQueueAttributes",
            resource: "arn:aws:sqs:eu-central-1:*:jobs",
            stack_parameter: "CheckedQueueArns",
        };
        let text = remedy(permission, SignedBy::Process);
        for part in
            ["`sqs:GetQueueAttributes`", "`arn:aws:sqs:eu-central-1:*:jobs`", "`CheckedQueueArns`"]
        {
            assert!(text.contains(part), "{text}");
        }
        assert!(remedy(permission, SignedBy::CheckKeys).ends_with("to the owner of `credentials`"));
    }
}
