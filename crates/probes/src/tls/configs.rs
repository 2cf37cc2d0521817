//! Client configurations, one for each combination of settings that some check uses: building one
//! costs more than a check, and they hold the trusted authorities.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};

use super::settings::{TlsSettings, Trust};
use super::verify::{AcceptAnything, AcceptAuthority};

/// What ALPN offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Protocols {
    /// HTTP/2, and HTTP/1.1 where the server does not know it.
    Http,
    /// Nothing.
    None,
}

/// The configurations in use.
pub(crate) struct ClientConfigs {
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
    built: Mutex<HashMap<(TlsSettings, Protocols), Arc<ClientConfig>>>,
}

impl ClientConfigs {
    /// Configurations that trust `roots` where the settings do not say otherwise.
    pub(crate) fn new(roots: Arc<RootCertStore>) -> Self {
        Self { roots, provider: Arc::new(ring::default_provider()), built: Mutex::default() }
    }

    /// The configuration for `settings`, or what is wrong with the authorities they name.
    pub(crate) fn client(
        &self,
        settings: &TlsSettings,
        protocols: Protocols,
    ) -> Result<Arc<ClientConfig>, String> {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (settings.clone(), protocols);
        if let Some(config) = built.get(&key) {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(self.build(settings, protocols)?);
        built.insert(key, Arc::clone(&config));
        Ok(config)
    }

    fn build(&self, settings: &TlsSettings, protocols: Protocols) -> Result<ClientConfig, String> {
        let roots = match &settings.trust {
            Trust::Shared | Trust::Anybody => Arc::clone(&self.roots),
            Trust::Authorities(authorities) => {
                let mut roots = RootCertStore::empty();
                for authority in authorities {
                    roots.add(authority.clone()).map_err(|error| {
                        format!("a certificate cannot be trusted as an authority's: {error}")
                    })?;
                }
                Arc::new(roots)
            }
        };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let mut config = if settings.trust == Trust::Anybody {
            let verifier = AcceptAnything::new(Arc::clone(&self.provider));
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        } else if settings.accept_ca_certificate {
            let provider = Arc::clone(&self.provider);
            let usual = WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), provider)
                .build()
                .map_err(|error| format!("no certificate authority is trusted: {error}"))?;
            let verifier = AcceptAuthority::new(usual, roots);
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        } else {
            builder.with_root_certificates(roots)
        }
        .with_no_client_auth();
        // Each check is to meet what a newcomer meets: a full handshake.
        config.resumption = Resumption::disabled();
        config.alpn_protocols = match protocols {
            Protocols::Http => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            Protocols::None => Vec::new(),
        };
        Ok(config)
    }
}

impl fmt::Debug for ClientConfigs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConfigs").field("n_roots", &self.roots.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_with_the_same_settings_share_one_configuration() {
        let configs = ClientConfigs::new(Arc::new(RootCertStore::empty()));
        let settings = TlsSettings::default();
        let client = |protocols| configs.client(&settings, protocols).unwrap();
        assert!(Arc::ptr_eq(&client(Protocols::Http), &client(Protocols::Http)));
        assert!(!Arc::ptr_eq(&client(Protocols::Http), &client(Protocols::None)));
    }
}
