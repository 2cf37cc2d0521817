//! Verification of a server's certificates, with more details of its result than rustls gives.

use std::sync::Arc;

use allclear_core::reason::Reason;
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, RootCertStore};

use super::certificate::Certificate;
use super::chain::{Chain, ChainError, Expiry};

/// The certificates that are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// Those with a path to a trusted authority.
    Usual,
    /// Also the certificate of a trusted authority itself.
    AcceptAuthority,
    /// Any whose key the server has.
    AcceptAnything,
}

/// Verifies the certificates of servers.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) roots: Arc<RootCertStore>,
    pub(super) provider: Arc<CryptoProvider>,
    pub(super) strictness: Strictness,
}

/// The certificates that a server presents.
pub(super) struct PresentedChain<'a> {
    pub(super) leaf: &'a CertificateDer<'a>,
    pub(super) intermediates: &'a [CertificateDer<'a>],
}

impl Verifier {
    /// Verifies the certificates for `server_name`, which messages show as `host`. Returns which of
    /// them expires first.
    pub(super) fn verify(
        &self,
        presented: &PresentedChain<'_>,
        server_name: &ServerName<'_>,
        host: &str,
        now: UnixTime,
    ) -> Result<Option<Expiry>, ChainError> {
        let leaf = presented.leaf;
        if self.strictness == Strictness::AcceptAnything {
            return Ok(Expiry::of_leaf(leaf));
        }
        let chain = Chain {
            leaf,
            intermediates: presented.intermediates,
            anchors: &self.roots.roots,
            algorithms: self.provider.signature_verification_algorithms.all,
            host,
        }
        .bounded();
        let expiry = match chain.verify(now) {
            Ok(expiry) => expiry,
            Err(webpki::Error::CaUsedAsEndEntity)
                if self.strictness == Strictness::AcceptAuthority && self.trusts(leaf) =>
            {
                // Nothing is verified on this way but the name and the dates, as the certificate is
                // trusted as it stands.
                chain.own_dates(now)?
            }
            Err(webpki::Error::CaUsedAsEndEntity)
                if self.strictness == Strictness::AcceptAuthority =>
            {
                return Err(chain.flaw(&webpki::Error::UnknownIssuer, now));
            }
            Err(error) => return Err(chain.flaw(&error, now)),
        };
        match ParsedCertificate::try_from(leaf)
            .and_then(|parsed| verify_server_name(&parsed, server_name))
        {
            Ok(()) => Ok(expiry),
            Err(_) => Err(wrong_name(leaf, host, expiry)),
        }
    }

    /// Returns whether the certificate is one of the trusted ones: equal in name, key and constraints. The
    /// handshake proves that the server has the key, and with an authority's key it could issue any
    /// certificate.
    fn trusts(&self, certificate: &CertificateDer<'_>) -> bool {
        let mut presented = RootCertStore::empty();
        presented.add(certificate.clone().into_owned()).is_ok()
            && presented.roots.iter().all(|root| self.roots.roots.contains(root))
    }
}

fn wrong_name(leaf: &CertificateDer<'_>, host: &str, expiry: Option<Expiry>) -> ChainError {
    let names = Certificate::read(leaf)
        .map_or_else(|| "no name at all".to_owned(), |leaf| leaf.subject_names());
    ChainError {
        reason: Reason::CertificateInvalid,
        what: format!(
            "the certificate is for {names}, not for `{host}`; if that is right, set \
             `tls.server_name`"
        ),
        expiry,
        error: CertificateError::NotValidForName,
    }
}
