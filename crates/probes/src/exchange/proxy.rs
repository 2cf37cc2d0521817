//! The proxy that a request goes through, and the causes of its failures.

use std::fmt;
use std::sync::Arc;

use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
use allclear_core::proxy::{
    self, DestinationServer, ProxyChoice, ProxyError, ProxySettings, Scheme, unsupported,
};
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use http::HeaderValue;
use url::Host;

use super::Target;
use crate::params::ParamProblems;

/// The parameter `proxy` of a check, without the proxies that checks cannot use.
#[derive(Debug, Clone)]
pub(crate) struct ProxyParam(ProxyChoice);

impl ProxyParam {
    /// Reads the parameter.
    pub(crate) fn read(text: Option<&str>, problems: &mut ParamProblems) -> Option<Self> {
        let choice =
            ProxyChoice::read(text).map_err(|problem| problems.add_problem(problem)).ok()?;
        if let ProxyChoice::Fixed(proxy) = &choice
            && let Err(what) = usable(proxy)
        {
            problems.add(&["proxy"], what, Some("write `http://` if the proxy takes that"));
            return None;
        }
        Some(Self(choice))
    }

    /// Returns the secret that it needs.
    pub(crate) fn secret(&self) -> Option<&SecretName> {
        self.0.secret()
    }

    /// Returns the proxy that a request to `target` goes through; `None` for a direct connection.
    pub(super) fn for_target(
        &self,
        target: &Target,
        environment: &ProxySettings,
        secrets: &Secrets,
    ) -> Result<Option<Arc<ProxyEndpoint>>, Cause> {
        let scheme = if target.tls.is_some() { Scheme::Https } else { Scheme::Http };
        let destination = DestinationServer { scheme, host: &target.host, port: target.port };
        let found = self.0.proxy_for(destination, environment, secrets).map_err(|error| {
            let reason = match &error {
                ProxyError::Variable(..) => Reason::ProxyFailed,
                ProxyError::NoSecret(_) | ProxyError::Secret(..) => Reason::SecretUnreadable,
            };
            Cause::of(reason, error.to_string())
        })?;
        let Some(found) = found else { return Ok(None) };
        usable(&found).map_err(|what| {
            let what = format!("cannot use the proxy {found}: {what}");
            Cause::of(Reason::ProxyFailed, what)
        })?;
        Ok(Some(Arc::new(ProxyEndpoint::of(&found))))
    }
}

/// Checks that the proxy is of a supported kind.
fn usable(proxy: &proxy::Proxy) -> Result<(), String> {
    match proxy.scheme() {
        Scheme::Http => Ok(()),
        Scheme::Https => Err(unsupported("https")),
    }
}

/// A proxy as a connection needs it.
#[derive(Debug)]
pub(crate) struct ProxyEndpoint {
    pub(super) host: Host,
    pub(super) port: u16,
    /// The value of `proxy-authorization`.
    pub(super) authorization: Option<HeaderValue>,
}

impl ProxyEndpoint {
    fn of(proxy: &proxy::Proxy) -> Self {
        let authorization = proxy.authorization().and_then(|value| {
            let mut value = HeaderValue::try_from(value).ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        Self { host: proxy.host().clone(), port: proxy.port(), authorization }
    }

    /// Returns the cause if the proxy itself failed: the monitor's fault, not the target's.
    pub(super) fn failed(&self, what: impl fmt::Display) -> Cause {
        Cause::of(Reason::ProxyFailed, format!("the proxy {self} failed: {what}"))
    }
}

impl fmt::Display for ProxyEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
