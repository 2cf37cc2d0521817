//! The meaning of HTTP statuses that refuse a request.

use allclear_core::reason::Reason;
use http::StatusCode;

/// The part of a request that proves who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SentCredentials {
    /// Credentials of the check were sent.
    Yes,
    /// The request had none.
    No,
}

/// Returns the reason that a status names, for any service; `None` if only the service can tell.
pub(crate) fn reason_of_status(status: StatusCode, sent: SentCredentials) -> Option<Reason> {
    match (status, sent) {
        (StatusCode::TOO_MANY_REQUESTS, _) => Some(Reason::Throttled),
        (StatusCode::PAYMENT_REQUIRED, _) => Some(Reason::Billing),
        (StatusCode::UNAUTHORIZED, SentCredentials::Yes) => Some(Reason::AuthInvalid),
        (StatusCode::FORBIDDEN, SentCredentials::Yes) => Some(Reason::Permission),
        (status, _) if status.is_server_error() => Some(Reason::HttpStatus),
        _ => None,
    }
}

/// Returns the reason that a status names to a check of an API. A request without credentials is
/// refused because it needs some, and an unknown path is one of the config.
pub(crate) fn reason_of_api_status(status: StatusCode, sent: SentCredentials) -> Reason {
    reason_of_status(status, sent).unwrap_or(match status {
        StatusCode::UNAUTHORIZED => Reason::AuthInvalid,
        StatusCode::FORBIDDEN => Reason::Permission,
        StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::METHOD_NOT_ALLOWED => {
            Reason::EndpointNotFound
        }
        status if status.is_client_error() => Reason::ProbeInvalid,
        _ => Reason::HttpStatus,
    })
}

/// Returns a status with its name: `404 Not Found`.
pub(crate) fn named_status(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_of_an_api_has_its_reason() {
        use SentCredentials::{No, Yes};
        for (status, sent, wanted) in [
            (401, Yes, Reason::AuthInvalid),
            (401, No, Reason::AuthInvalid),
            (402, Yes, Reason::Billing),
            (403, Yes, Reason::Permission),
            (403, No, Reason::Permission),
            (404, Yes, Reason::EndpointNotFound),
            (405, No, Reason::EndpointNotFound),
            (410, No, Reason::EndpointNotFound),
            (422, Yes, Reason::ProbeInvalid),
            (429, No, Reason::Throttled),
            (500, Yes, Reason::HttpStatus),
            (540, No, Reason::HttpStatus),
            (204, No, Reason::HttpStatus),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(reason_of_api_status(status, sent), wanted, "{status}, {sent:?}");
        }
    }

    #[test]
    fn an_unknown_status_is_named_by_its_number() {
        assert_eq!(named_status(StatusCode::NOT_FOUND), "404 Not Found");
        assert_eq!(named_status(StatusCode::from_u16(540).unwrap()), "540");
    }
}
