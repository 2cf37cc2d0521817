//! What a failed handshake means, and what to do about it.

use std::io;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{CertificateError, Error, InvalidMessage};

use crate::excerpt::excerpt;
use crate::net::broken;

/// The cause of a failed handshake, and where the certificate has expired, when that was in
/// seconds since 1970.
#[expect(clippy::wildcard_enum_match_arm, reason = "what needs no advice has rustls's own words")]
pub(super) fn cause(error: &io::Error, server_name: &ServerName<'_>) -> (Cause, Option<i64>) {
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        let cause = broken(error, "negotiating TLS");
        return (cause, None);
    };
    if let Error::InvalidCertificate(problem) = error {
        return of_certificate(error, problem, &server_name.to_str());
    }
    let what = match error {
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge,
        ) => "the server does not speak TLS at this port".to_owned(),
        Error::AlertReceived(alert) => format!("the server refused the handshake: {alert:?}"),
        Error::PeerIncompatible(what) => format!(
            "the server offers nothing that is still considered safe (TLS 1.2 or 1.3): {what:?}"
        ),
        _ => format!("the TLS handshake failed: {}", excerpt(&error.to_string())),
    };
    (Cause::target(Reason::TlsFailed, what), None)
}

/// Whether the only thing wrong is that the certificate is a certificate authority's.
pub(super) fn is_ca_used_as_server(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(other)) = error else { return false };
    matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what needs no advice has rustls's own words")]
fn of_certificate(error: &Error, problem: &CertificateError, host: &str) -> (Cause, Option<i64>) {
    let target = |reason, what: String| (Cause::target(reason, what), None);
    match problem {
        CertificateError::Expired => {
            target(Reason::CertificateExpired, format!("the certificate of `{host}` has expired"))
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            let at = seconds(*not_after);
            let what = format!("the certificate of `{host}` expired on {}", date(at));
            (Cause::target(Reason::CertificateExpired, what), Some(at))
        }
        CertificateError::NotValidYet => target(
            Reason::CertificateExpired,
            format!("the certificate of `{host}` is not valid yet"),
        ),
        CertificateError::NotValidYetContext { not_before, .. } => target(
            Reason::CertificateExpired,
            format!("the certificate of `{host}` is valid from {} on", date(seconds(*not_before))),
        ),
        CertificateError::NotValidForName => target(
            Reason::CertificateInvalid,
            format!("the certificate is not for `{host}`; if that is right, set `tls.server_name`"),
        ),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names = if presented.is_empty() {
                "no name at all".to_owned()
            } else {
                excerpt(&presented.join(", "))
            };
            target(
                Reason::CertificateInvalid,
                format!(
                    "the certificate is for {names}, not for `{host}`; if that is right, set `tls.server_name`"
                ),
            )
        }
        CertificateError::UnknownIssuer => target(
            Reason::CertificateInvalid,
            format!(
                "no trusted authority issued the certificate of `{host}`: either the server does \
                 not send its intermediate certificate, or the authority is a private one, which \
                 `tls.ca` makes trusted"
            ),
        ),
        _ if is_ca_used_as_server(error) => target(
            Reason::CertificateIsCa,
            format!(
                "rustls refuses the certificate of `{host}` although curl accepts it: the server \
                 uses a certificate authority's certificate as its own; if you trust it, allow it \
                 with `tls = {{ accept_ca_certificate = true }}`, and `ca` set to that certificate \
                 where the system does not trust it"
            ),
        ),
        _ => target(
            Reason::CertificateInvalid,
            format!("the certificate of `{host}` is not valid: {}", excerpt(&error.to_string())),
        ),
    }
}

fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| "a day out of reach".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}
