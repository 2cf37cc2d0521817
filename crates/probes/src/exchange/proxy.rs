//! Proxies: which one a request goes through, and the tunnel that it opens.

use std::sync::Arc;

use allclear_core::checker::Secrets;
use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::Target;
use super::no_proxy::NoProxy;
use crate::params::{Problems, Text, secret};

const HINT: &str = "write for example `http://proxy.example.com:3128`, `secret:name` with such a \
                    URL, or `none`";

/// The proxies of the environment. Requests of checks go through them unless the check says
/// otherwise.
#[derive(Debug, Clone, Default)]
pub struct ProxySettings {
    http: Option<FromVariable>,
    https: Option<FromVariable>,
    no_proxy: NoProxy,
}

/// A proxy, or what is wrong with the variable that names it.
type FromVariable = Result<Arc<Proxy>, String>;

impl ProxySettings {
    /// Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, also in lower case, which goes
    /// first. `variable` gives the value of an environment variable.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let find = |name: &str| {
            let names = [name.to_ascii_lowercase(), name.to_owned()];
            let found = names.into_iter().find_map(|name| Some((variable(&name)?, name)));
            found.filter(|(value, _)| !value.trim().is_empty())
        };
        let proxy = |name| {
            let (value, name) = find(name).or_else(|| find("ALL_PROXY"))?;
            let wrong = |what| format!("the environment variable `{name}` names no proxy: {what}");
            Some(Proxy::parse(&value).map(Arc::new).map_err(wrong))
        };
        Self {
            http: proxy("HTTP_PROXY"),
            https: proxy("HTTPS_PROXY"),
            no_proxy: find("NO_PROXY").map(|(value, _)| NoProxy::parse(&value)).unwrap_or_default(),
        }
    }

    fn for_target(&self, target: &Target) -> Result<Option<Arc<Proxy>>, Cause> {
        let chosen = if target.tls.is_some() { &self.https } else { &self.http };
        let Some(chosen) = chosen else { return Ok(None) };
        if self.no_proxy.has(&target.host, target.port) {
            return Ok(None);
        }
        let proxy = chosen.as_ref().map_err(|what| Cause::monitor(Reason::ProxyFailed, what))?;
        Ok(Some(Arc::clone(proxy)))
    }
}

/// The proxy of a check, as configured.
#[derive(Debug, Clone, Default)]
pub(crate) enum ProxyChoice {
    /// The environment decides.
    #[default]
    Environment,
    /// None at all.
    Direct,
    /// This one.
    Fixed(Arc<Proxy>),
    /// The one whose URL is in a secret.
    Secret(SecretName),
}

impl ProxyChoice {
    /// Reads the parameter `proxy`.
    pub(crate) fn read(text: Option<&str>, problems: &mut Problems) -> Option<Self> {
        let path = &["proxy"];
        let text = match text {
            None => return Some(Self::Environment),
            Some("none") => return Some(Self::Direct),
            Some(text) => match problems.text(path, text)? {
                Text::Secret(name) => return Some(Self::Secret(name)),
                Text::Plain(text) => text,
            },
        };
        match Proxy::parse(&text) {
            Ok(proxy) if proxy.has_password => {
                let hint = "put the whole URL into a secret and write `secret:name`";
                problems.add(path, "the URL of the proxy holds a password", Some(hint));
                None
            }
            Ok(proxy) => Some(Self::Fixed(Arc::new(proxy))),
            Err(what) => {
                problems.add(path, what, Some(HINT));
                None
            }
        }
    }

    /// The secret that it needs.
    pub(crate) fn secret(&self) -> Option<&SecretName> {
        match self {
            Self::Secret(name) => Some(name),
            Self::Environment | Self::Direct | Self::Fixed(_) => None,
        }
    }

    /// Returns the proxy that a request to `target` goes through; `None` for a direct connection.
    pub(super) fn for_target(
        &self,
        target: &Target,
        environment: &ProxySettings,
        secrets: &Secrets,
    ) -> Result<Option<Arc<Proxy>>, Cause> {
        match self {
            Self::Environment => environment.for_target(target),
            Self::Direct => Ok(None),
            Self::Fixed(proxy) => Ok(Some(Arc::clone(proxy))),
            Self::Secret(name) => {
                let proxy = Proxy::parse(secret(secrets, name)?.trim()).map_err(|_| {
                    let what = format!("the secret `{name}` is not the URL of a proxy; {HINT}");
                    Cause::monitor(Reason::SecretUnreadable, what)
                })?;
                Ok(Some(Arc::new(proxy)))
            }
        }
    }
}

/// An HTTP proxy.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(super) host: Host,
    pub(super) port: u16,
    /// The value of `proxy-authorization`.
    pub(super) authorization: Option<HeaderValue>,
    has_password: bool,
}

impl Proxy {
    /// Parses a URL such as `http://user:password@proxy.example.com:3128`; the scheme may be left
    /// out. No error quotes it, because it may hold a password.
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let with_scheme = format!("http://{text}");
        let text = if text.contains("://") { text } else { &with_scheme };
        let url = Url::parse(text).map_err(|error| format!("it is not a URL: {error}"))?;
        if url.scheme() != "http" {
            return Err(format!("`{}` proxies are not supported, only `http` ones", url.scheme()));
        }
        let host = url.host().map(|host| host.to_owned()).ok_or("it has no host")?;
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none();
        if !is_bare {
            return Err("it has a path, which means nothing to a proxy".to_owned());
        }
        Ok(Self {
            host,
            port: url.port_or_known_default().unwrap_or(80),
            authorization: authorization(&url)?,
            has_password: url.password().is_some(),
        })
    }

    /// Host and port, as messages name it.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The cause where the proxy itself failed: the monitor's fault, not the target's.
    pub(super) fn failed(&self, what: impl std::fmt::Display) -> Cause {
        Cause::monitor(Reason::ProxyFailed, format!("the proxy {} failed: {what}", self.name()))
    }
}

fn authorization(url: &Url) -> Result<Option<HeaderValue>, String> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(None);
    }
    let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let mut pair = decoded(url.username());
    pair.push(b':');
    pair.extend(decoded(url.password().unwrap_or_default()));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)))
        .map_err(|_| "its user cannot be sent")?;
    value.set_sensitive(true);
    Ok(Some(value))
}
