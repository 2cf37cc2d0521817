//! The meaning of a handshake without success, of a close, and of errors of the driver.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use http::{Response, StatusCode};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::{ProtocolError, SubProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::excerpt::{excerpt, excerpt_of_bytes};
use crate::service::WireWatch;

/// The credentials that a handshake had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HandshakeCredentials {
    None,
    Sent,
}

/// Returns the cause of a failed handshake.
pub(super) fn of_handshake(
    error: &Error,
    credentials: HandshakeCredentials,
    watch: &WireWatch,
) -> Cause {
    if let Error::Http(response) = error {
        return refused(response, credentials);
    }
    if let Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(error)) = error {
        let what = match error {
            SubProtocolError::NoSubProtocol => "the server does not select the subprotocol",
            SubProtocolError::InvalidSubProtocol => "the server selects another subprotocol",
            SubProtocolError::ServerSentSubProtocolNoneRequested => {
                "the server selects a subprotocol, and the check has none; set `subprotocol`"
            }
        };
        return Cause::of(Reason::CapabilityMissing, what);
    }
    of_driver(error, "waiting for the handshake of WebSocket", watch)
}

fn refused(response: &Response<Option<Vec<u8>>>, credentials: HandshakeCredentials) -> Cause {
    let status = response.status();
    let reason = match (status, credentials) {
        (StatusCode::TOO_MANY_REQUESTS, _) => Reason::Throttled,
        (StatusCode::PAYMENT_REQUIRED, _) => Reason::Billing,
        (StatusCode::UNAUTHORIZED, _) => Reason::AuthInvalid,
        (StatusCode::FORBIDDEN, HandshakeCredentials::Sent) => Reason::Permission,
        _ => Reason::HttpStatus,
    };
    let mut what = format!("the server answers the handshake with {status} and not with 101");
    if let Some(place) = response.headers().get(http::header::LOCATION) {
        let place = excerpt_of_bytes(place.as_bytes());
        what = format!("{what}; it redirects to `{place}`: set `url` to where it leads");
    } else if let Some(body) = response.body().as_deref().filter(|body| !body.is_empty()) {
        what = format!("{what}: `{}`", excerpt_of_bytes(body));
    }
    Cause::of(reason, what)
}

/// Returns the cause of an error of the driver. `doing` completes "the connection broke while …".
pub(super) fn of_driver(error: &Error, doing: &str, watch: &WireWatch) -> Cause {
    if let Error::Capacity(error) = error {
        return Cause::of(Reason::ResponseTooLarge, format!("{error} while {doing}"));
    }
    watch.cause_or(doing, error)
}

/// Returns the cause of a close by the server before the expected message.
pub(super) fn of_close(frame: Option<&CloseFrame>) -> Cause {
    let Some(frame) = frame else {
        let what = "the server closed the connection without a code before the expected message";
        return Cause::of(Reason::ConnectionClosed, what);
    };
    let code = u16::from(frame.code);
    let mut what = format!("the server closed the connection with code {code}");
    if !frame.reason.is_empty() {
        what = format!("{what}: `{}`", excerpt(&frame.reason));
    }
    Cause::of(reason(code), what)
}

/// Returns the reason of a close with this code. The codes from 4000 on belong to applications, most of which add the
/// status of HTTP to 4000.
fn reason(code: u16) -> Reason {
    match code {
        1001 | 1012 => Reason::NotReady,
        1003 | 1007 | 1009 | 4400 => Reason::ProbeInvalid,
        1010 => Reason::CapabilityMissing,
        1008 | 3003 | 4403 => Reason::Permission,
        1011 | 1014 | 4500 => Reason::ServerError,
        1013 | 4503 => Reason::Overloaded,
        3000 | 4401 => Reason::AuthInvalid,
        3008 | 4408 => Reason::Timeout,
        4404 => Reason::ResourceNotFound,
        4429 => Reason::Throttled,
        _ => Reason::UnexpectedAnswer,
    }
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

    use super::*;

    #[test]
    fn each_close_has_its_reason() {
        for (code, wanted) in [
            (1000, Reason::UnexpectedAnswer),
            (1001, Reason::NotReady),
            (1002, Reason::UnexpectedAnswer),
            (1003, Reason::ProbeInvalid),
            (1008, Reason::Permission),
            (1011, Reason::ServerError),
            (1012, Reason::NotReady),
            (1013, Reason::Overloaded),
            (3000, Reason::AuthInvalid),
            (4401, Reason::AuthInvalid),
            (4429, Reason::Throttled),
            (4999, Reason::UnexpectedAnswer),
        ] {
            let frame = CloseFrame { code: CloseCode::from(code), reason: "bye".into() };
            let cause = of_close(Some(&frame));
            assert_eq!(cause.reason, wanted, "{code}");
            let text = format!("the server closed the connection with code {code}: `bye`");
            assert_eq!(cause.message, text);
        }
        assert_eq!(of_close(None).reason, Reason::ConnectionClosed);
    }

    #[test]
    fn a_refused_handshake_has_its_reason() {
        use HandshakeCredentials::{None, Sent};
        for (status, credentials, wanted) in [
            (401, None, Reason::AuthInvalid),
            (403, Sent, Reason::Permission),
            (403, None, Reason::HttpStatus),
            (404, None, Reason::HttpStatus),
            (429, None, Reason::Throttled),
            (503, Sent, Reason::HttpStatus),
        ] {
            let response = Response::builder().status(status).body(Some(b"no".to_vec())).unwrap();
            let cause = refused(&response, credentials);
            assert_eq!(cause.reason, wanted, "{status}");
            assert!(cause.message.ends_with("and not with 101: `no`"), "{}", cause.message);
        }
    }
}
