//! Proxies: the one that a message goes through, by the channel's `proxy` or by the environment.

use std::fmt;

use allclear_core::channel::SendError;
use allclear_core::checker::{ParamProblem, Secrets};
use allclear_core::id::SecretName;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::value::Value;

const HINT: &str = "write for example `http://proxy.example.com:3128`, `secret:NAME` for a secret \
                    with such a URL, or `none`";

/// The proxies of the environment, for channels that set none.
#[derive(Debug, Clone, Default)]
pub struct ProxySettings {
    http: Option<FromVariable>,
    https: Option<FromVariable>,
    no_proxy: String,
}

/// A proxy, or the problem with the variable that names it.
type FromVariable = Result<Proxy, String>;

impl ProxySettings {
    /// Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`. The names in lower case go
    /// first, as they do for other programs. `variable` returns an environment variable.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let find = |name: &str| {
            let names = [name.to_ascii_lowercase(), name.to_owned()];
            let found = names.into_iter().find_map(|name| Some((variable(&name)?, name)));
            found.filter(|(value, _)| !value.trim().is_empty())
        };
        let proxy = |name| {
            let (value, name) = find(name).or_else(|| find("ALL_PROXY"))?;
            let wrong =
                |what| format!("the environment variable `{name}` names no proxy: it {what}");
            Some(Proxy::parse(&value).map_err(wrong))
        };
        let no_proxy = find("NO_PROXY").map(|(value, _)| value).unwrap_or_default();
        Self { http: proxy("HTTP_PROXY"), https: proxy("HTTPS_PROXY"), no_proxy }
    }

    fn for_url(&self, url: &Url) -> Result<Option<Proxy>, SendError> {
        let chosen = if url.scheme() == "https" { &self.https } else { &self.http };
        let Some(chosen) = chosen else { return Ok(None) };
        // The matcher says for which hosts a proxy is used, here in place of any.
        let any = Matcher::builder().all("http://proxy.invalid").no(self.no_proxy.as_str()).build();
        let is_excepted = url.as_str().parse().is_ok_and(|uri| any.intercept(&uri).is_none());
        if is_excepted {
            return Ok(None);
        }
        chosen.clone().map(Some).map_err(SendError::transient)
    }
}

/// The parameter `proxy` of a channel.
#[derive(Debug, Clone, Default)]
pub(crate) enum ProxyChoice {
    /// The environment decides.
    #[default]
    Environment,
    /// No proxy.
    Direct,
    /// This proxy.
    Fixed(Proxy),
    /// The proxy whose URL is in a secret.
    Secret(SecretName),
}

impl ProxyChoice {
    /// Reads the parameter.
    pub(crate) fn read(text: Option<&str>) -> Result<Self, ParamProblem> {
        let problem = |what: &str, hint| ParamProblem::at(["proxy"], what, Some(hint));
        let text = match text {
            None => return Ok(Self::Environment),
            Some("none") => return Ok(Self::Direct),
            Some(text) => text,
        };
        let text = match Value::read(&["proxy"], text)? {
            Value::Secret(name) => return Ok(Self::Secret(name)),
            Value::Literal(text) => text,
        };
        match Proxy::parse(&text) {
            Ok(proxy) if proxy.0.password().is_some() => Err(problem(
                "`proxy` holds a password, and a config holds none",
                "keep the whole URL as a secret and name it: `proxy = \"secret:NAME\"`",
            )),
            Ok(proxy) => Ok(Self::Fixed(proxy)),
            Err(what) => Err(problem(&format!("`proxy` {what}"), HINT)),
        }
    }

    /// The secret that it needs.
    pub(crate) fn secret(&self) -> Option<&SecretName> {
        match self {
            Self::Secret(name) => Some(name),
            Self::Environment | Self::Direct | Self::Fixed(_) => None,
        }
    }

    /// Returns the proxy for a message to `url`; `None` if it goes there directly.
    pub(crate) fn proxy(
        &self,
        url: &Url,
        environment: &ProxySettings,
        secrets: &Secrets,
    ) -> Result<Option<Proxy>, SendError> {
        match self {
            Self::Environment => environment.for_url(url),
            Self::Direct => Ok(None),
            Self::Fixed(proxy) => Ok(Some(proxy.clone())),
            Self::Secret(name) => {
                let wrong = |what| SendError::transient(format!("secret `{name}` {what}"));
                Proxy::parse(crate::value::expose(name, secrets)?).map(Some).map_err(wrong)
            }
        }
    }
}

/// An HTTP proxy. It is shown as host and port, never with its credentials.
#[derive(Clone)]
pub(crate) struct Proxy(Url);

impl Proxy {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let with_scheme =
            if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&with_scheme).map_err(|error| format!("is not a URL: {error}"))?;
        if matches!(url.scheme(), "http" | "https") && url.has_host() {
            Ok(Self(url))
        } else {
            Err("does not begin with `http://` or `https://`".to_owned())
        }
    }

    /// The URL with its credentials, to connect with.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.host_str().unwrap_or_default();
        let port = self.0.port_or_known_default().unwrap_or_default();
        write!(f, "{host}:{port}")
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> ProxySettings {
        ProxySettings::from_environment(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn chosen(settings: &ProxySettings, url: &str) -> Option<String> {
        let url = Url::parse(url).unwrap();
        settings.for_url(&url).unwrap().map(|proxy| proxy.to_string())
    }

    #[test]
    fn the_environment_names_proxies_by_scheme_and_exceptions() {
        let all = settings(&[
            ("HTTPS_PROXY", "http://user:pass@secure.example:3128"),
            ("ALL_PROXY", "all.example"),
            ("NO_PROXY", "internal.example, 10.0.0.0/8,.corp.example"),
        ]);
        for (url, proxy) in [
            ("https://hooks.example.com/x", Some("secure.example:3128")),
            ("http://hooks.example.com/x", Some("all.example:80")),
            ("https://internal.example/x", None),
            ("https://chat.internal.example/x", None),
            ("http://10.1.2.3/x", None),
            ("https://a.corp.example", None),
            ("https://notinternal.example", Some("secure.example:3128")),
        ] {
            assert_eq!(chosen(&all, url).as_deref(), proxy, "{url}");
        }
        let lower = settings(&[("https_proxy", "lower.example"), ("HTTPS_PROXY", "upper.example")]);
        assert_eq!(chosen(&lower, "https://x.example").as_deref(), Some("lower.example:80"));
        assert_eq!(chosen(&settings(&[("HTTPS_PROXY", " ")]), "https://x.example"), None);
        assert_eq!(
            chosen(&settings(&[("HTTPS_PROXY", "p"), ("NO_PROXY", "*")]), "https://x"),
            None
        );
    }

    #[test]
    fn a_variable_that_names_no_proxy_is_reported_with_its_name() {
        let socks = settings(&[("ALL_PROXY", "socks5://127.0.0.1:1080")]);
        let error = socks.for_url(&Url::parse("https://x.example").unwrap()).unwrap_err();
        let wanted = "the environment variable `ALL_PROXY` names no proxy: it does not begin with \
                      `http://` or `https://`";
        assert_eq!(error, SendError::transient(wanted));
    }

    #[test]
    fn a_proxy_is_shown_without_its_credentials() {
        let proxy = Proxy::parse("http://user:hunter2@proxy.example:8080/").unwrap();
        assert_eq!(format!("{proxy} {proxy:?}"), "proxy.example:8080 Proxy(proxy.example:8080)");
    }
}
