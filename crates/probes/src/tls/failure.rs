//! The meaning of a failed handshake, and of an alert that comes after one.

use std::io;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use rustls::{AlertDescription, Error, InvalidMessage};

use super::session::Session;
use super::words;
use crate::net::broken;

/// The beginning of the text of rustls's error about an alert.
const ALERT: &str = "received fatal alert: ";

/// The alerts by which servers answer a client certificate that is missing or refused.
const ABOUT_CLIENT_CERTIFICATES: [AlertDescription; 9] = [
    AlertDescription::CertificateRequired,
    AlertDescription::BadCertificate,
    AlertDescription::UnsupportedCertificate,
    AlertDescription::CertificateRevoked,
    AlertDescription::CertificateExpired,
    AlertDescription::CertificateUnknown,
    AlertDescription::UnknownCA,
    AlertDescription::AccessDenied,
    AlertDescription::NoCertificate,
];

/// Returns the cause of a handshake that failed with `error`.
pub(super) fn cause(error: &io::Error, session: &Session) -> Cause {
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        return broken(error, "negotiating TLS");
    };
    if let Error::AlertReceived(alert) = error
        && session.was_asked_for_a_certificate()
        && (ABOUT_CLIENT_CERTIFICATES.contains(alert)
            || matches!(alert, AlertDescription::HandshakeFailure | AlertDescription::DecryptError))
    {
        let presented = if session.has_a_certificate() { Presented::Some } else { Presented::None };
        return about_client_certificate(&words::name(alert, '_'), presented);
    }
    Cause::of(Reason::TlsFailed, plain(error))
}

/// Returns the cause where a connection broke because of an alert about the client certificate. In
/// TLS 1.3 it comes after the handshake, with the first read.
pub(crate) fn refused_client(error: &io::Error) -> Option<Cause> {
    let inner = error.get_ref()?;
    if let Some(error) = inner.downcast_ref::<Error>() {
        let Error::AlertReceived(alert) = error else { return None };
        return of_late_alert(|known| known == alert);
    }
    // HTTP/2 hands on the text of an error only.
    let text = inner.to_string();
    let (_, name) = text.split_once(ALERT)?;
    of_late_alert(|known| name.starts_with(&format!("{known:?}")))
}

fn of_late_alert(is: impl Fn(&AlertDescription) -> bool) -> Option<Cause> {
    let alert = ABOUT_CLIENT_CERTIFICATES.iter().find(|alert| is(alert))?;
    let is_missing = *alert == AlertDescription::CertificateRequired;
    let presented = if is_missing { Presented::None } else { Presented::Some };
    Some(about_client_certificate(&words::name(alert, '_'), presented))
}

/// The client certificate that a check has presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presented {
    /// The one of its config.
    Some,
    /// None.
    None,
}

fn about_client_certificate(alert: &str, presented: Presented) -> Cause {
    let what = match presented {
        Presented::Some => format!(
            "the server refuses the client certificate of this check (alert `{alert}`): check \
             `client_certificate`"
        ),
        Presented::None => format!(
            "the server demands a client certificate, and this check has none (alert `{alert}`): \
             set `client_certificate` and `client_key`"
        ),
    };
    Cause::of(Reason::AuthInvalid, what)
}

/// Returns the error in plain words: its own text has variants with their fields.
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum belongs to another crate and grows")]
fn plain(error: &Error) -> String {
    let detail = match error {
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge,
        ) => return "the server does not speak TLS at this port".to_owned(),
        Error::AlertReceived(alert) => {
            let alert = words::name(alert, '_');
            return format!("the server refused the handshake (alert `{alert}`)");
        }
        Error::PeerIncompatible(what) => {
            return format!(
                "the server offers nothing that is still considered safe (TLS 1.2 or 1.3): {}",
                words::name(what, ' ')
            );
        }
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            "the server sent a message out of turn".to_owned()
        }
        Error::InvalidMessage(what) => format!("a message is broken: {}", words::name(what, ' ')),
        Error::PeerMisbehaved(what) => {
            format!("the server breaks the protocol: {}", words::name(what, ' '))
        }
        other => words::name(other, ' '),
    };
    format!("the TLS handshake failed: {detail}")
}

#[cfg(test)]
mod tests {
    use allclear_core::status::Fault;

    use super::*;

    fn io_error(inner: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, inner)
    }

    #[test]
    fn an_alert_is_found_as_an_error_and_as_its_text() {
        let alert = Error::AlertReceived(AlertDescription::CertificateRequired);
        let text = alert.to_string();
        for error in [io_error(alert), io_error(text)] {
            let cause = refused_client(&error).unwrap();
            assert_eq!((cause.fault, cause.reason), (Fault::Credentials, Reason::AuthInvalid));
            assert!(cause.message.contains("demands a client certificate"), "{}", cause.message);
        }
        let refused = Error::AlertReceived(AlertDescription::UnknownCA);
        let cause = refused_client(&io_error(refused.to_string())).unwrap();
        assert!(cause.message.contains("refuses the client certificate"), "{}", cause.message);
        let other = Error::AlertReceived(AlertDescription::InternalError);
        assert_eq!(refused_client(&io_error(other.to_string())), None);
        assert_eq!(refused_client(&io_error(other)), None);
    }

    #[test]
    fn errors_are_told_in_plain_words() {
        let misbehaved =
            Error::PeerMisbehaved(rustls::PeerMisbehaved::MessageInterleavedWithHandshakeMessage);
        let what = plain(&misbehaved);
        assert_eq!(
            what,
            "the TLS handshake failed: the server breaks the protocol: message interleaved with \
             handshake message"
        );
        let out_of_turn = Error::InappropriateMessage {
            expect_types: Vec::new(),
            got_type: rustls::ContentType::Alert,
        };
        assert!(plain(&out_of_turn).ends_with("out of turn"));
        assert!(plain(&Error::General("x".to_owned())).ends_with("general"));
    }
}
