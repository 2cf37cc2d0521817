//! One handshake: the server's certificates and requests, kept for the verdict. rustls passes both
//! to objects that connections usually share.

use std::hash::Hasher as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use fnv::FnvHasher;
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

use super::chain::{ChainError, Expiry};
use super::verify::{PresentedChain, Verifier};

/// One handshake under way.
#[derive(Debug)]
pub(super) struct Session {
    verifier: Arc<Verifier>,
    /// The name that the certificate must be for, as messages show it.
    host: Arc<str>,
    certificate: Option<Arc<CertifiedKey>>,
    was_asked_for_a_certificate: AtomicBool,
    result: Mutex<Option<Result<Option<Expiry>, ChainError>>>,
    /// A digest of the server's own certificate.
    leaf_digest: AtomicU64,
}

impl Session {
    /// Creates a handshake that presents `certificate` if the server asks for one.
    pub(super) fn new(
        verifier: Arc<Verifier>,
        host: Arc<str>,
        certificate: Option<Arc<CertifiedKey>>,
    ) -> Self {
        Self {
            verifier,
            host,
            certificate,
            was_asked_for_a_certificate: AtomicBool::new(false),
            result: Mutex::default(),
            leaf_digest: AtomicU64::new(0),
        }
    }

    /// Returns a digest of the server's own certificate; 0 before the server has presented it.
    pub(super) fn leaf_digest(&self) -> u64 {
        self.leaf_digest.load(Ordering::Relaxed)
    }

    /// Returns whether the server has asked for a client certificate.
    pub(super) fn was_asked_for_a_certificate(&self) -> bool {
        self.was_asked_for_a_certificate.load(Ordering::Relaxed)
    }

    /// Returns whether there is a client certificate to present.
    pub(super) fn has_a_certificate(&self) -> bool {
        self.certificate.is_some()
    }

    /// Takes the result of the verification; `None` before it.
    pub(super) fn take_result(&self) -> Option<Result<Option<Expiry>, ChainError>> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ServerCertVerifier for Session {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut digest = FnvHasher::default();
        digest.write(end_entity);
        self.leaf_digest.store(digest.finish(), Ordering::Relaxed);
        let presented = PresentedChain { leaf: end_entity, intermediates };
        let result = self.verifier.verify(&presented, server_name, &self.host, now);
        let answer = match &result {
            Ok(_) => Ok(ServerCertVerified::assertion()),
            Err(flaw) => Err(flaw.error.clone().into()),
        };
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        answer
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.verifier.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.verifier.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl ResolvesClientCert for Session {
    fn resolve(
        &self,
        _root_hint_subjects: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.was_asked_for_a_certificate.store(true, Ordering::Relaxed);
        self.certificate.clone()
    }

    fn has_certs(&self) -> bool {
        self.certificate.is_some()
    }
}
