//! The meaning of a failed handshake, and of an alert that comes after one.

use std::io;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use rustls::{AlertDescription, Error, InvalidMessage};

use super::client_alert::{ABOUT_CLIENT_CERTIFICATES, PresentedIdentity, about_client_certificate};
use super::descriptions;
use super::session::Session;
use crate::net::broken;

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
        let presented = if session.has_a_certificate() {
            PresentedIdentity::Some
        } else {
            PresentedIdentity::None
        };
        return about_client_certificate(&descriptions::name(alert, '_'), presented);
    }
    Cause::of(Reason::TlsFailed, plain(error))
}

/// Returns the error in plain words: its own text has variants with their fields.
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum belongs to another crate and grows")]
fn plain(error: &Error) -> String {
    let detail = match error {
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge,
        ) => return "the server does not use TLS at this port".to_owned(),
        Error::AlertReceived(alert) => {
            let alert = descriptions::name(alert, '_');
            return format!("the server refused the handshake (alert `{alert}`)");
        }
        Error::PeerIncompatible(what) => {
            return format!(
                "the server offers no secure version of TLS (1.2 or 1.3): {}",
                descriptions::name(what, ' ')
            );
        }
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            "the server sent an unexpected message".to_owned()
        }
        Error::InvalidMessage(what) => {
            format!("invalid message: {}", descriptions::name(what, ' '))
        }
        Error::PeerMisbehaved(what) => {
            format!("the server breaks the protocol: {}", descriptions::name(what, ' '))
        }
        other => descriptions::name(other, ' '),
    };
    format!("the TLS handshake failed: {detail}")
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn error_messages_are_in_plain_language() {
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
        assert!(plain(&out_of_turn).ends_with("an unexpected message"));
        assert!(plain(&Error::General("x".to_owned())).ends_with("general"));
    }
}
