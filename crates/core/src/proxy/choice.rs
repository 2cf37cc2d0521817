//! The parameter `proxy` of a check or a channel.

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::{DestinationServer, Proxy, ProxyError, ProxySettings};
use crate::checker::ParamProblem;
use crate::id::SecretName;
use crate::secret::Secrets;

/// The key of the parameter.
const KEY: &str = "proxy";

const PREFIX: &str = "secret:";

const HINT: &str = "write for example `http://proxy.example.com:3128`, `secret:name` for a secret \
                    with such a URL, or `none`";

const WHOLE_SECRET: &str = "put the whole URL into a secret and write `secret:name`";

/// The parameter `proxy`.
#[derive(Debug, Clone, Default)]
pub enum ProxyChoice {
    /// The environment variables decide.
    #[default]
    Environment,
    /// No proxy.
    Direct,
    /// A fixed proxy.
    Fixed(Arc<Proxy>),
    /// The proxy whose URL is in a secret.
    Secret(SecretName),
}

impl ProxyChoice {
    /// Reads the parameter; `None` if it is not set.
    ///
    /// # Errors
    ///
    /// Fails if the text names no proxy, or holds a password.
    pub fn read(text: Option<&str>) -> Result<Self, ParamProblem> {
        let problem = |what: &str, hint| ParamProblem::at([KEY], what, Some(hint));
        let text = match text {
            None => return Ok(Self::Environment),
            Some("none") => return Ok(Self::Direct),
            Some(text) => text,
        };
        if let Some(name) = text.strip_prefix(PREFIX) {
            let wrong =
                |error| problem(&format!("invalid name of a secret `{name}`: {error}"), HINT);
            return SecretName::new(name).map(Self::Secret).map_err(wrong);
        }
        if text.contains(PREFIX) {
            let what = "`secret:` within a longer text is not replaced";
            return Err(problem(what, WHOLE_SECRET));
        }
        match Proxy::parse(text) {
            Ok(proxy) if proxy.has_password() => {
                Err(problem("the URL of the proxy contains a password", WHOLE_SECRET))
            }
            Ok(proxy) => Ok(Self::Fixed(Arc::new(proxy))),
            Err(what) => Err(problem(&format!("invalid `proxy`: {what}"), HINT)),
        }
    }

    /// Returns the secret that the choice needs.
    #[must_use]
    pub fn secret(&self) -> Option<&SecretName> {
        match self {
            Self::Secret(name) => Some(name),
            Self::Environment | Self::Direct | Self::Fixed(_) => None,
        }
    }

    /// Returns the proxy for a request to `destination`; `None` if it goes there directly.
    ///
    /// # Errors
    ///
    /// Fails if the secret or the environment variable that decides names no proxy.
    pub fn proxy_for(
        &self,
        destination: DestinationServer<'_>,
        environment: &ProxySettings,
        secrets: &Secrets,
    ) -> Result<Option<Arc<Proxy>>, ProxyError> {
        match self {
            Self::Environment => environment.proxy_for(destination),
            Self::Direct => Ok(None),
            Self::Fixed(proxy) => Ok(Some(Arc::clone(proxy))),
            Self::Secret(name) => {
                let value = secrets.get(name).ok_or_else(|| ProxyError::NoSecret(name.clone()))?;
                let proxy = Proxy::parse(value.expose_secret())
                    .map_err(|what| ProxyError::Secret(name.clone(), what))?;
                Ok(Some(Arc::new(proxy)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use url::Host;

    use super::*;
    use crate::proxy::Scheme;

    fn chosen(text: Option<&str>, secrets: &Secrets) -> Result<Option<String>, ProxyError> {
        let environment = ProxySettings::from_environment(|name| {
            (name == "ALL_PROXY").then(|| "environment.example".to_owned())
        });
        let host = Host::Domain("api.example".to_owned());
        let destination = DestinationServer { scheme: Scheme::Https, host: &host, port: 443 };
        let proxy =
            ProxyChoice::read(text).unwrap().proxy_for(destination, &environment, secrets)?;
        Ok(proxy.map(|proxy| proxy.to_string()))
    }

    fn secrets(value: &str) -> Secrets {
        [(SecretName::new("p").unwrap(), SecretString::from(value))].into_iter().collect()
    }

    #[test]
    fn the_parameter_takes_precedence_over_the_environment() {
        let none = Secrets::new();
        let named = |name: &str| Ok(Some(name.to_owned()));
        assert_eq!(chosen(None, &none), named("environment.example:80"));
        assert_eq!(chosen(Some("none"), &none), Ok(None));
        assert_eq!(chosen(Some("http://own.example:3128"), &none), named("own.example:3128"));
        let secret = secrets(" http://ann:hidden@kept.example\n");
        assert_eq!(chosen(Some("secret:p"), &secret), named("kept.example:80"));
    }

    #[test]
    fn a_missing_or_invalid_secret_is_named_without_its_value() {
        let missing = chosen(Some("secret:p"), &Secrets::new()).unwrap_err();
        assert_eq!(missing.to_string(), "cannot read secret `p`");
        let wrong = chosen(Some("secret:p"), &secrets("ftp://ann:hidden@x")).unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "invalid proxy URL in secret `p`: `ftp` proxies are not supported"
        );
    }

    #[test]
    fn an_invalid_parameter_is_a_problem_at_its_path() {
        for (text, what) in [
            ("http://a:b@proxy.example", "the URL of the proxy contains a password"),
            ("http://secret:p@proxy.example", "`secret:` within a longer text"),
            ("secret:", "invalid name of a secret ``: an id must not be empty"),
            ("socks5://x", "invalid `proxy`: `socks5` proxies are not supported"),
            ("http://", "invalid `proxy`: not a URL: empty host"),
            ("http://x/y", "invalid `proxy`: a proxy URL has no path"),
        ] {
            let problem = ProxyChoice::read(Some(text)).unwrap_err();
            assert!(problem.what.starts_with(what), "{text}: {}", problem.what);
            assert_eq!(problem.path, ["proxy"]);
            assert!(problem.hint.is_some());
        }
    }
}
