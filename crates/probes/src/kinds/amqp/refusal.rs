//! The meaning of the reply codes with which a broker closes a connection or a channel.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use crate::excerpt::excerpt;

/// The part of the conversation in which a broker refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AmqpStep {
    Login,
    OpenVhost,
    Work,
}

/// Returns the cause of a refusal. `doing` completes "the server refused while …".
pub(super) fn cause(step: AmqpStep, code: u16, text: &str, doing: &str) -> Cause {
    let what = format!("the server refused while {doing}: {} ({code})", excerpt(text));
    Cause::of(reason(step, code, text), what)
}

fn reason(step: AmqpStep, code: u16, text: &str) -> Reason {
    let mentions = |part: &str| text.contains(part);
    match (code, step) {
        (403, AmqpStep::Login) => Reason::AuthInvalid,
        (403 | 530, _) if mentions("limit") => Reason::TooManyConnections,
        (530, _) if mentions("not found") => Reason::ResourceNotFound,
        (530 | 541, _) if mentions("is down") => Reason::NotReady,
        (403 | 530, _) => Reason::Permission,
        (404, _) => Reason::ResourceNotFound,
        // Another connection has the queue for itself.
        (405 | 540, _) => Reason::ProbeInvalid,
        (320, _) => Reason::NotReady,
        (506, _) => Reason::Overloaded,
        _ => Reason::ServerError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reply_has_its_reason() {
        use AmqpStep::{Login, OpenVhost, Work};
        for (step, code, text, wanted) in [
            (
                Login,
                403,
                "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN.",
                Reason::AuthInvalid,
            ),
            (OpenVhost, 530, "NOT_ALLOWED - vhost orders not found", Reason::ResourceNotFound),
            (
                OpenVhost,
                530,
                "NOT_ALLOWED - access to vhost '/' refused for user 'app'",
                Reason::Permission,
            ),
            (
                OpenVhost,
                530,
                "NOT_ALLOWED - access to vhost '/' refused for user 'app': connection limit (1) is reached",
                Reason::TooManyConnections,
            ),
            (
                OpenVhost,
                541,
                "INTERNAL_ERROR - access to vhost '/' refused for user 'app': vhost '/' is down",
                Reason::NotReady,
            ),
            (Work, 404, "NOT_FOUND - no queue 'mails' in vhost '/'", Reason::ResourceNotFound),
            (
                Work,
                403,
                "ACCESS_REFUSED - access to queue 'mails' in vhost '/' refused for user 'app'",
                Reason::Permission,
            ),
            (
                Work,
                405,
                "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'mails'",
                Reason::ProbeInvalid,
            ),
            (
                Work,
                320,
                "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'",
                Reason::NotReady,
            ),
            (Work, 506, "RESOURCE_ERROR - out of memory", Reason::Overloaded),
            (Work, 541, "INTERNAL_ERROR", Reason::ServerError),
        ] {
            assert_eq!(reason(step, code, text), wanted, "{code} {text}");
        }
    }
}
