//! The meaning of the error codes of a broker.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use crate::excerpt::excerpt;

/// Returns the cause of an error code. `doing` completes "the broker refused while …".
pub(super) fn cause(code: i16, message: &str, doing: &str) -> Cause {
    let (name, reason) = meaning(code);
    let message = match excerpt(message) {
        empty if empty.is_empty() => name.to_owned(),
        message => format!("{name}: {message}"),
    };
    Cause::of(reason, format!("the broker refused while {doing}: {message} ({code})"))
}

/// Returns the name of an error code in the protocol, and its reason.
fn meaning(code: i16) -> (&'static str, Reason) {
    match code {
        3 => ("UNKNOWN_TOPIC_OR_PARTITION", Reason::ResourceNotFound),
        5 => ("LEADER_NOT_AVAILABLE", Reason::NotReady),
        7 => ("REQUEST_TIMED_OUT", Reason::ServerError),
        8 => ("BROKER_NOT_AVAILABLE", Reason::NotReady),
        14 => ("COORDINATOR_LOAD_IN_PROGRESS", Reason::NotReady),
        15 => ("COORDINATOR_NOT_AVAILABLE", Reason::NotReady),
        17 => ("INVALID_TOPIC_EXCEPTION", Reason::ProbeInvalid),
        29 => ("TOPIC_AUTHORIZATION_FAILED", Reason::Permission),
        30 => ("GROUP_AUTHORIZATION_FAILED", Reason::Permission),
        31 => ("CLUSTER_AUTHORIZATION_FAILED", Reason::Permission),
        33 => ("UNSUPPORTED_SASL_MECHANISM", Reason::ProbeInvalid),
        // Also the answer of a listener that has no login.
        34 => ("ILLEGAL_SASL_STATE", Reason::ProbeInvalid),
        35 => ("UNSUPPORTED_VERSION", Reason::ProbeInvalid),
        41 => ("NOT_CONTROLLER", Reason::NotReady),
        56 => ("KAFKA_STORAGE_ERROR", Reason::ServerError),
        58 => ("SASL_AUTHENTICATION_FAILED", Reason::AuthInvalid),
        89 => ("THROTTLING_QUOTA_EXCEEDED", Reason::Throttled),
        _ => ("an error that this check does not know", Reason::ServerError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_reason() {
        for (code, reason) in [
            (3, Reason::ResourceNotFound),
            (5, Reason::NotReady),
            (17, Reason::ProbeInvalid),
            (29, Reason::Permission),
            (33, Reason::ProbeInvalid),
            (58, Reason::AuthInvalid),
            (-1, Reason::ServerError),
        ] {
            assert_eq!(cause(code, "", "asking").reason, reason, "{code}");
        }
        assert_eq!(
            cause(58, "Invalid username or password", "logging in").message,
            "the broker refused while logging in: SASL_AUTHENTICATION_FAILED: Invalid username or password (58)"
        );
    }
}
