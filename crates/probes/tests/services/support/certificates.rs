//! An authority of the tests, and a certificate by it for `127.0.0.1` and `localhost`.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// The PEM texts of an authority and of a server.
#[derive(Debug)]
pub(crate) struct Certificates {
    pub(crate) authority: String,
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Certificates {
    /// Makes an authority and a certificate.
    pub(crate) fn new() -> Self {
        let authority_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(params, authority_key);
        let key = KeyPair::generate().unwrap();
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let params = CertificateParams::new(names).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap().pem();
        Self { authority, certificate, key: key.serialize_pem() }
    }

    /// Writes the certificate to `server.crt`, its key to `server.key` and the authority to `ca.crt`.
    pub(crate) fn write_to(&self, folder: &Path) {
        for (name, text) in [
            ("server.crt", &self.certificate),
            ("server.key", &self.key),
            ("ca.crt", &self.authority),
        ] {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
}
