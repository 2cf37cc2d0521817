//! The certificate by which a check proves to a server who it is.

use std::sync::Arc;

use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use rustls::Error;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::settings::TlsParams;
use crate::params::{ParamProblems, secret};

/// The secrets that hold a client certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientIdentity {
    certificate: SecretName,
    key: SecretName,
}

impl ClientIdentity {
    /// Reads the settings of `params`, found at `path`; `None` if there are none.
    pub(crate) fn read(
        params: &TlsParams,
        path: &[&str],
        problems: &mut ParamProblems,
    ) -> Option<Self> {
        let mut named = |key: &str, text: &Option<String>| {
            let text = text.as_deref()?;
            problems.secret(&[path, &[key]].concat(), text)
        };
        let certificate = named("client_certificate", &params.client_certificate);
        let key = named("client_key", &params.client_key);
        for (given, other, missing) in [
            (&params.client_certificate, &params.client_key, "client_key"),
            (&params.client_key, &params.client_certificate, "client_certificate"),
        ] {
            if given.is_some() && other.is_none() {
                let hint = "set both; they may name the same secret, with both in one PEM text";
                let what = format!("a client certificate needs `{missing}` too");
                problems.add(&[path, &[missing]].concat(), what, Some(hint));
            }
        }
        let (certificate, key) = certificate.zip(key)?;
        Some(Self { certificate, key })
    }

    /// Returns the names of its secrets.
    pub(crate) fn secrets(&self) -> [SecretName; 2] {
        [self.certificate.clone(), self.key.clone()]
    }

    /// Reads certificate and key from the secrets.
    pub(crate) fn load(&self, secrets: &Secrets) -> Result<Arc<CertifiedKey>, Cause> {
        let Self { certificate, key } = self;
        let chain = CertificateDer::pem_slice_iter(&pem_text(secret(secrets, certificate)?))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unreadable(certificate, "a client certificate", &plain(&error)))?;
        if chain.is_empty() {
            let what = "it has no `-----BEGIN CERTIFICATE-----`";
            return Err(unreadable(certificate, "a client certificate", what));
        }
        let text = pem_text(secret(secrets, key)?);
        let private = PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
            let is_encrypted = String::from_utf8_lossy(&text).contains("ENCRYPTED");
            let what = if is_encrypted && matches!(error, pem::Error::NoItemsFound) {
                "it is encrypted; decrypt it with `openssl pkey`".to_owned()
            } else {
                plain(&error)
            };
            unreadable(key, "a private key", &what)
        })?;
        match CertifiedKey::from_der(chain, private, &ring::default_provider()) {
            Ok(certified) => Ok(Arc::new(certified)),
            Err(Error::InconsistentKeys(_)) => {
                let what = format!(
                    "the private key in the secret `{key}` does not belong to the certificate in \
                     the secret `{certificate}`"
                );
                Err(Cause::of(Reason::SecretUnreadable, what))
            }
            Err(_) => {
                let what = "it is not an RSA, ECDSA or Ed25519 key, or a certificate in the same \
                            text is damaged";
                Err(unreadable(key, "a private key", what))
            }
        }
    }
}

/// Returns the text of a secret, with `\n` in place of line breaks undone: environment variables are
/// often written so.
fn pem_text(text: &str) -> Vec<u8> {
    if text.trim_end().contains('\n') {
        text.as_bytes().to_vec()
    } else {
        text.replace("\\n", "\n").into_bytes()
    }
}

fn unreadable(name: &SecretName, what: &str, why: &str) -> Cause {
    let message = format!("the secret `{name}` does not hold {what} in PEM: {why}");
    Cause::of(Reason::SecretUnreadable, message)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum belongs to another crate and grows")]
fn plain(error: &pem::Error) -> String {
    match error {
        pem::Error::MissingSectionEnd { .. } => "a section has no end".to_owned(),
        pem::Error::IllegalSectionStart { .. } => "a section has an invalid beginning".to_owned(),
        pem::Error::Base64Decode(_) => "a section is not base64".to_owned(),
        pem::Error::NoItemsFound => {
            "it has no key of PKCS#8 (`BEGIN PRIVATE KEY`), PKCS#1 or SEC1 in it".to_owned()
        }
        _ => "it is damaged".to_owned(),
    }
}
