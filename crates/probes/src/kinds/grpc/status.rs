//! The status of a call, and its meaning. Pure.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use http::{HeaderMap, StatusCode};
use percent_encoding::percent_decode;

use super::message::ServingState;
use crate::excerpt::excerpt;

/// The names of the codes, in their order.
const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The status of a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CallStatus {
    code: usize,
    message: String,
}

impl CallStatus {
    /// Reads the status in headers or trailers; `None` if they have none.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let code = headers.get("grpc-status")?.to_str().ok()?.parse().ok()?;
        let message = headers
            .get("grpc-message")
            .map(|value| percent_decode(value.as_bytes()).decode_utf8_lossy().into_owned());
        Some(Self { code, message: message.unwrap_or_default() })
    }

    /// Returns the cause unless the call has succeeded.
    pub(super) fn cause(&self, service: &str) -> Option<Cause> {
        let Self { code, message } = self;
        let name = NAMES.get(*code).copied();
        if name == Some("OK") {
            return None;
        }
        let mut what = match name {
            Some("NOT_FOUND") => format!("the server does not know the service `{service}`"),
            Some("UNIMPLEMENTED") => {
                "the server does not have the service `grpc.health.v1.Health`".to_owned()
            }
            Some(_) | None => "the call failed".to_owned(),
        };
        what.push_str(": ");
        what.push_str(&name.map_or_else(|| code.to_string(), str::to_owned));
        if !message.is_empty() {
            what = format!("{what}, `{}`", excerpt(message));
        }
        Some(Cause::of(reason(name.unwrap_or_default(), message), what))
    }
}

fn reason(name: &str, message: &str) -> Reason {
    let lower = message.to_ascii_lowercase();
    let is_about_rates =
        ["rate", "quota", "too many requests", "throttl"].iter().any(|word| lower.contains(word));
    match name {
        "INVALID_ARGUMENT" | "OUT_OF_RANGE" => Reason::ProbeInvalid,
        "DEADLINE_EXCEEDED" => Reason::Timeout,
        "NOT_FOUND" => Reason::ResourceNotFound,
        "PERMISSION_DENIED" => Reason::Permission,
        "RESOURCE_EXHAUSTED" if is_about_rates => Reason::Throttled,
        "RESOURCE_EXHAUSTED" => Reason::Overloaded,
        "UNIMPLEMENTED" => Reason::CapabilityMissing,
        "UNAVAILABLE" => Reason::NotReady,
        "UNAUTHENTICATED" => Reason::AuthInvalid,
        "CANCELLED" | "UNKNOWN" | "ABORTED" | "INTERNAL" | "DATA_LOSS" => Reason::ServerError,
        _ => Reason::UnexpectedAnswer,
    }
}

/// Returns the cause of an answer that is not one of gRPC: of another server, or of a proxy in front of it.
pub(super) fn of_http(status: StatusCode, headers: &HeaderMap) -> Option<Cause> {
    let content_type = headers.get(http::header::CONTENT_TYPE);
    let is_grpc =
        content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"));
    let reason = match status {
        StatusCode::OK if is_grpc => return None,
        StatusCode::OK => Reason::ResponseInvalid,
        StatusCode::UNAUTHORIZED => Reason::AuthInvalid,
        StatusCode::FORBIDDEN => Reason::Permission,
        StatusCode::NOT_FOUND => Reason::CapabilityMissing,
        StatusCode::TOO_MANY_REQUESTS => Reason::Throttled,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Reason::NotReady
        }
        _ => Reason::HttpStatus,
    };
    Some(Cause::of(reason, format!("the answer is not one of gRPC, but one of HTTP with {status}")))
}

/// Returns the cause unless the state is that of a working service.
pub(super) fn of_state(state: ServingState, service: &str) -> Option<Cause> {
    let (reason, name) = match state {
        ServingState::Serving => return None,
        ServingState::NotServing => (Reason::NotReady, "NOT_SERVING"),
        ServingState::Unknown => (Reason::NotReady, "UNKNOWN"),
        ServingState::ServiceUnknown => (Reason::ResourceNotFound, "SERVICE_UNKNOWN"),
    };
    let subject =
        if service.is_empty() { "itself".to_owned() } else { format!("the service `{service}`") };
    Some(Cause::of(reason, format!("the server states {name} about {subject}")))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn each_status_has_its_reason() {
        for (code, message, wanted) in [
            (1, "", Reason::ServerError),
            (3, "", Reason::ProbeInvalid),
            (4, "", Reason::Timeout),
            (5, "unknown service", Reason::ResourceNotFound),
            (7, "", Reason::Permission),
            (8, "no memory", Reason::Overloaded),
            (8, "Rate limit exceeded", Reason::Throttled),
            (9, "", Reason::UnexpectedAnswer),
            (12, "", Reason::CapabilityMissing),
            (13, "", Reason::ServerError),
            (14, "", Reason::NotReady),
            (16, "", Reason::AuthInvalid),
            (99, "", Reason::UnexpectedAnswer),
        ] {
            let status = CallStatus { code, message: message.to_owned() };
            assert_eq!(status.cause("a.B").unwrap().reason, wanted, "{code} {message}");
        }
        assert_eq!(CallStatus { code: 0, message: String::new() }.cause("a.B"), None);
    }

    #[test]
    fn a_status_is_read_from_headers() {
        let mut headers = HeaderMap::new();
        assert_eq!(CallStatus::read(&headers), None);
        headers.insert("grpc-status", HeaderValue::from_static("16"));
        headers.insert("grpc-message", HeaderValue::from_static("no%20key"));
        let status = CallStatus::read(&headers).unwrap();
        let cause = status.cause("").unwrap();
        assert_eq!(cause.message, "the call failed: UNAUTHENTICATED, `no key`");
    }

    #[test]
    fn an_answer_of_another_server_is_explained() {
        let mut headers = HeaderMap::new();
        for (status, wanted) in [
            (200, Reason::ResponseInvalid),
            (404, Reason::CapabilityMissing),
            (429, Reason::Throttled),
            (503, Reason::NotReady),
            (500, Reason::HttpStatus),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(of_http(status, &headers).unwrap().reason, wanted, "{status}");
        }
        let grpc = HeaderValue::from_static("application/grpc+proto");
        headers.insert(http::header::CONTENT_TYPE, grpc);
        assert_eq!(of_http(StatusCode::OK, &headers), None);
    }
}
