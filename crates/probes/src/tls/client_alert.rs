//! Alerts by which a server refuses the certificate of a client, or demands one.

use std::io;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use rustls::{AlertDescription, Error};

use super::descriptions;

/// The beginning of the text of rustls's error about an alert.
const ALERT: &str = "received fatal alert: ";

/// The alerts by which servers answer a client certificate that is missing or refused.
pub(super) const ABOUT_CLIENT_CERTIFICATES: [AlertDescription; 9] = [
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

/// Returns the cause if a connection broke because of an alert about the client certificate. In TLS
/// 1.3 it comes after the handshake, with the first read.
pub(crate) fn refused_client(error: &io::Error) -> Option<Cause> {
    let inner = error.get_ref()?;
    if let Some(error) = inner.downcast_ref::<Error>() {
        let Error::AlertReceived(alert) = error else { return None };
        return from_late_alert(|known| known == alert);
    }
    // HTTP/2 hands on the text of an error only.
    let text = inner.to_string();
    let (_, name) = text.split_once(ALERT)?;
    from_late_alert(|known| name.starts_with(&format!("{known:?}")))
}

fn from_late_alert(is: impl Fn(&AlertDescription) -> bool) -> Option<Cause> {
    let alert = ABOUT_CLIENT_CERTIFICATES.iter().find(|alert| is(alert))?;
    let is_missing = *alert == AlertDescription::CertificateRequired;
    let presented = if is_missing { PresentedIdentity::None } else { PresentedIdentity::Some };
    Some(about_client_certificate(&descriptions::name(alert, '_'), presented))
}

/// The client certificate that a check has presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PresentedIdentity {
    /// The one of its config.
    Some,
    /// None.
    None,
}

pub(super) fn about_client_certificate(alert: &str, presented: PresentedIdentity) -> Cause {
    let what = match presented {
        PresentedIdentity::Some => format!(
            "the server refuses the client certificate of this check (alert `{alert}`): check \
             `client_certificate`"
        ),
        PresentedIdentity::None => format!(
            "the server demands a client certificate, and this check has none (alert `{alert}`): \
             set `client_certificate` and `client_key`"
        ),
    };
    Cause::of(Reason::AuthInvalid, what)
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
}
