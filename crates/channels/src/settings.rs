//! The settings that all channels share.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::proxy::ProxySettings;
use rustls::RootCertStore;

/// The settings that all channels share.
#[derive(Debug, Clone)]
pub struct ChannelSettings {
    /// The authorities whose certificates are trusted.
    pub roots: Arc<RootCertStore>,
    /// The limit for one try, from the connection to the last byte of the answer.
    pub try_timeout: Duration,
    /// The proxies for channels that set none.
    pub proxies: ProxySettings,
}

impl ChannelSettings {
    /// Creates settings that trust `roots`, with 10 s for a try and without a proxy.
    #[must_use]
    pub fn new(roots: Arc<RootCertStore>) -> Self {
        Self { roots, try_timeout: Duration::from_secs(10), proxies: ProxySettings::default() }
    }

    /// Returns the settings with these proxies.
    #[must_use]
    pub fn with_proxies(self, proxies: ProxySettings) -> Self {
        Self { proxies, ..self }
    }
}
