//! Client configurations, one for each combination of settings that some check uses: building one
//! costs more than a check, and they hold the trusted authorities.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};

use super::session::Session;
use super::settings::{TlsSettings, Trust};
use super::verify::{Strictness, Verifier};

/// The protocols that ALPN offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Protocols {
    /// HTTP/2, and HTTP/1.1 if the server does not know it.
    Http,
    /// Nothing.
    None,
}

/// A configuration that a handshake takes its own from.
#[derive(Debug, Clone)]
pub(crate) struct ClientTls {
    config: ClientConfig,
    pub(super) verifier: Arc<Verifier>,
}

impl ClientTls {
    /// Returns this configuration with one protocol to offer by ALPN.
    pub(crate) fn with_protocol(&self, protocol: &[u8]) -> Self {
        let mut tls = self.clone();
        tls.config.alpn_protocols = vec![protocol.to_vec()];
        tls
    }

    /// Returns the configuration of one handshake. A copy of it is some references.
    pub(super) fn for_session(&self, session: &Arc<Session>) -> ClientConfig {
        let mut config = self.config.clone();
        config.dangerous().set_certificate_verifier(Arc::clone(session) as _);
        config.client_auth_cert_resolver = Arc::clone(session) as _;
        config
    }
}

/// The configurations in use.
pub(crate) struct ClientConfigs {
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
    built: Mutex<HashMap<(TlsSettings, Protocols), Arc<ClientTls>>>,
}

impl ClientConfigs {
    /// Configurations that trust `roots` unless the settings name other authorities.
    pub(crate) fn new(roots: Arc<RootCertStore>) -> Self {
        Self { roots, provider: Arc::new(ring::default_provider()), built: Mutex::default() }
    }

    /// Creates the configuration for `settings`. The error describes the problem of the authorities
    /// they name.
    pub(crate) fn client(
        &self,
        settings: &TlsSettings,
        protocols: Protocols,
    ) -> Result<Arc<ClientTls>, String> {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (settings.clone(), protocols);
        if let Some(config) = built.get(&key) {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(self.build(settings, protocols)?);
        built.insert(key, Arc::clone(&config));
        Ok(config)
    }

    fn build(&self, settings: &TlsSettings, protocols: Protocols) -> Result<ClientTls, String> {
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
        let provider = Arc::clone(&self.provider);
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(Arc::clone(&roots))
            .with_no_client_auth();
        // Each check makes a full handshake, as a new client does.
        config.resumption = Resumption::disabled();
        config.alpn_protocols = match protocols {
            Protocols::Http => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            Protocols::None => Vec::new(),
        };
        let strictness = if settings.trust == Trust::Anybody {
            Strictness::AcceptAnything
        } else if settings.accept_ca_certificate {
            Strictness::AcceptAuthority
        } else {
            Strictness::Usual
        };
        let verifier = Arc::new(Verifier { roots, provider, strictness });
        Ok(ClientTls { config, verifier })
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
