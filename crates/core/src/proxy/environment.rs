//! The proxies that environment variables name.

use std::sync::Arc;

use super::no_proxy::NoProxy;
use super::{DestinationServer, Proxy, ProxyError, Scheme, unsupported};

/// The proxies of the environment, for checks and channels without a proxy of their own.
#[derive(Debug, Clone, Default)]
pub struct ProxySettings {
    http: Option<FromVariable>,
    https: Option<FromVariable>,
    no_proxy: NoProxy,
}

/// A variable, and the proxy that it names or the problem with its value.
#[derive(Debug, Clone)]
struct FromVariable {
    name: String,
    proxy: Result<Arc<Proxy>, String>,
}

impl ProxySettings {
    /// Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`. As in other programs, the names in
    /// lower case take precedence. `variable` returns an environment variable.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let find = |name: &str| {
            let names = [name.to_ascii_lowercase(), name.to_owned()];
            let found = names.into_iter().find_map(|name| Some((variable(&name)?, name)));
            found.filter(|(value, _)| !value.trim().is_empty())
        };
        let proxy = |name| {
            let (value, name) = find(name).or_else(|| find("ALL_PROXY"))?;
            Some(FromVariable { name, proxy: Proxy::parse(&value).map(Arc::new) })
        };
        Self {
            http: proxy("HTTP_PROXY"),
            https: proxy("HTTPS_PROXY"),
            no_proxy: find("NO_PROXY").map(|(value, _)| NoProxy::parse(&value)).unwrap_or_default(),
        }
    }

    /// Returns the proxy for a request to `destination`; `None` if it goes there directly.
    ///
    /// # Errors
    ///
    /// Fails if the variable that decides names no proxy.
    pub fn proxy_for(
        &self,
        destination: DestinationServer<'_>,
    ) -> Result<Option<Arc<Proxy>>, ProxyError> {
        let chosen = match destination.scheme {
            Scheme::Http => &self.http,
            Scheme::Https => &self.https,
        };
        let Some(chosen) = chosen else { return Ok(None) };
        if self.no_proxy.has(destination.host, destination.port) {
            return Ok(None);
        }
        match &chosen.proxy {
            Ok(proxy) => Ok(Some(Arc::clone(proxy))),
            Err(what) => Err(ProxyError::Variable(chosen.name.clone(), what.clone())),
        }
    }

    /// Returns the same settings for a client that does not support TLS to a proxy.
    #[must_use]
    pub fn without_tls(self) -> Self {
        let refused = |from: FromVariable| {
            let proxy = from.proxy.and_then(|proxy| match proxy.scheme() {
                Scheme::Http => Ok(proxy),
                Scheme::Https => Err(unsupported("https")),
            });
            FromVariable { proxy, ..from }
        };
        Self { http: self.http.map(refused), https: self.https.map(refused), ..self }
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn settings(variables: &[(&str, &str)]) -> ProxySettings {
        ProxySettings::from_environment(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn chosen(settings: &ProxySettings, url: &str) -> Result<Option<String>, ProxyError> {
        let url = Url::parse(url).unwrap();
        let (host, port) = (url.host().unwrap().to_owned(), url.port_or_known_default().unwrap());
        let scheme = if url.scheme() == "https" { Scheme::Https } else { Scheme::Http };
        let proxy = settings.proxy_for(DestinationServer { scheme, host: &host, port })?;
        Ok(proxy.map(|proxy| proxy.to_string()))
    }

    #[test]
    fn the_environment_names_proxies_by_scheme_and_exceptions() {
        let all = settings(&[
            ("HTTPS_PROXY", "http://user:pass@secure.example:3128"),
            ("ALL_PROXY", "all.example"),
            ("NO_PROXY", "internal.example, 10.0.0.0/8,.corp.example direct.example:8443"),
        ]);
        for (url, proxy) in [
            ("https://hooks.example.com/x", Some("secure.example:3128")),
            ("http://hooks.example.com/x", Some("all.example:80")),
            ("https://internal.example/x", None),
            ("https://chat.internal.example/x", None),
            ("http://10.1.2.3/x", None),
            ("https://a.corp.example", None),
            ("https://notinternal.example", Some("secure.example:3128")),
            ("https://direct.example:8443", None),
            ("https://direct.example", Some("secure.example:3128")),
            ("https://localhost:8443", None),
        ] {
            assert_eq!(chosen(&all, url), Ok(proxy.map(str::to_owned)), "{url}");
        }
    }

    #[test]
    fn the_lower_case_variable_takes_precedence_and_an_empty_one_disables_the_proxy() {
        let url = "https://x.example";
        for (variables, proxy) in [
            (
                &[("https_proxy", "lower.example"), ("HTTPS_PROXY", "upper.example")][..],
                Some("lower.example:80"),
            ),
            (&[("https_proxy", ""), ("HTTPS_PROXY", "upper.example")], None),
            (&[("HTTPS_PROXY", " ")], None),
            (&[("HTTPS_PROXY", " "), ("ALL_PROXY", "all.example")], Some("all.example:80")),
            (&[("HTTP_PROXY", "plain.example")], None),
            (&[("HTTPS_PROXY", "p"), ("NO_PROXY", "*")], None),
            (&[("HTTPS_PROXY", "p"), ("no_proxy", "example")], None),
        ] {
            let found = chosen(&settings(variables), url);
            assert_eq!(found, Ok(proxy.map(str::to_owned)), "{variables:?}");
        }
    }

    #[test]
    fn an_invalid_variable_is_reported_by_name() {
        let socks = settings(&[("ALL_PROXY", "socks5://ann:hidden@127.0.0.1:1080")]);
        let error = chosen(&socks, "https://x.example").unwrap_err();
        let wanted = "invalid proxy URL in environment variable `ALL_PROXY`: `socks5` proxies are \
                      not supported";
        assert_eq!(error.to_string(), wanted);
        assert_eq!(chosen(&socks, "https://127.0.0.1"), Ok(None), "it needs none");
    }

    #[test]
    fn a_client_without_tls_to_its_proxy_refuses_an_https_proxy() {
        let all = settings(&[("HTTPS_PROXY", "https://secure.example"), ("HTTP_PROXY", "plain")]);
        let named = |name: &str| Ok(Some(name.to_owned()));
        assert_eq!(chosen(&all, "https://x.example"), named("secure.example:443"));
        let all = all.without_tls();
        assert_eq!(chosen(&all, "http://x.example"), named("plain:80"));
        let error = chosen(&all, "https://x.example").unwrap_err().to_string();
        let wanted = "invalid proxy URL in environment variable `HTTPS_PROXY`: `https` proxies are \
                      not supported";
        assert_eq!(error, wanted);
    }
}
