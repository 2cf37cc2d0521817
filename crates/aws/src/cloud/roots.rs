//! The trusted certificate authorities.

use std::path::Path;

use aws_smithy_http_client::tls::TrustStore;

use super::{CloudError, set};

/// The bundle paths of Linux distributions. Amazon Linux, which runs the functions, is the first.
const BUNDLES: [&str; 3] =
    ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"];

/// Returns the authorities of the machine, or those that `SSL_CERT_FILE` or `SSL_CERT_DIR` names.
pub(super) fn trust_store(
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<TrustStore, CloudError> {
    // The HTTP client loads the certificates itself, but does not check that there are any.
    if has_plain_bundle(variable) || !rustls_native_certs::load_native_certs().certs.is_empty() {
        return Ok(TrustStore::default());
    }
    mozilla()
}

/// Returns whether a bundle exists at a usual path. Loading all certificates for this check would
/// cost a function a millisecond at each start.
fn has_plain_bundle(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let elsewhere =
        ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| set(variable, name).is_some());
    !elsewhere
        && BUNDLES.iter().any(|bundle| {
            Path::new(bundle).metadata().is_ok_and(|file| file.is_file() && file.len() > 0)
        })
}

#[cfg(feature = "mozilla-roots")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there may be none")]
fn mozilla() -> Result<TrustStore, CloudError> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let mut store = TrustStore::empty();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        let body = STANDARD.encode(certificate);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        store.add_pem_certificate(pem);
    }
    Ok(store)
}

#[cfg(not(feature = "mozilla-roots"))]
fn mozilla() -> Result<TrustStore, CloudError> {
    Err(CloudError::NoRoots)
}
