//! The URL of an incoming webhook, which is a secret, because the URL alone permits posting.

use allclear_core::checker::ParamProblem;
use allclear_core::id::SecretName;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use url::{Host, Url};

use crate::value::{self, ConfiguredText};

/// The name of the secret that holds the URL.
#[derive(Debug)]
pub(crate) struct SecretUrl(SecretName);

impl SecretUrl {
    /// Reads the value of the parameter `key`.
    pub(crate) fn read(key: &str, text: &str) -> Result<Self, ParamProblem> {
        ConfiguredText::read_secret(&[key], text).map(Self)
    }

    /// Returns the URL that the secret `name` holds.
    pub(crate) fn of(name: SecretName) -> Self {
        Self(name)
    }

    /// Returns the name of the secret.
    pub(crate) fn name(&self) -> &SecretName {
        &self.0
    }

    /// Returns the URL. A wrong one is no permanent error, because it can be corrected while the delivery is owed.
    pub(crate) fn expose(&self, secrets: &Secrets) -> Result<Url, SendError> {
        let name = &self.0;
        let wrong = |why: &str| SendError::transient(format!("secret `{name}` {why}"));
        let url = Url::parse(value::expose(name, secrets)?)
            .map_err(|error| wrong(&format!("is not a URL: {error}")))?;
        if is_private(&url) {
            Ok(url)
        } else {
            Err(wrong("holds a URL that does not begin with `https://`"))
        }
    }
}

/// Reads a literal URL of an API, which must keep the token in its requests private.
pub(crate) fn read_api_url(key: &str, text: &str) -> Result<Url, ParamProblem> {
    let problem = |why: &str| {
        let hint = "write it as `https://example.com/`";
        ParamProblem::at([key], format!("`{key}` {why}"), Some(hint))
    };
    let url = Url::parse(text).map_err(|error| problem(&format!("is not a URL: {error}")))?;
    if is_private(&url) && url.has_host() {
        Ok(url)
    } else {
        Err(problem("does not begin with `https://`"))
    }
}

/// Returns the URL of a method of an API.
pub(crate) fn method_url(api: &Url, path: &[&str]) -> Url {
    let mut url = api.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

/// Returns true if no other machine can read a request to the URL on its way.
fn is_private(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http"
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_allowed_to_loopback_only() {
        for (url, allowed) in [
            ("https://hooks.example.com/x", true),
            ("http://127.0.0.1:8080/x", true),
            ("http://localhost/x", true),
            ("http://[::1]/x", true),
            ("http://10.0.0.1/x", false),
            ("http://127.0.0.1.example.com/x", false),
        ] {
            assert_eq!(is_private(&Url::parse(url).unwrap()), allowed, "{url}");
            assert_eq!(read_api_url("api_url", url).is_ok(), allowed, "{url}");
        }
        assert!(read_api_url("api_url", "example.com").is_err());
    }

    #[test]
    fn a_method_is_appended_to_the_path_of_the_api() {
        for api in ["https://example.com/api", "https://example.com/api/"] {
            let url = method_url(&Url::parse(api).unwrap(), &["bot1:a/b", "send"]);
            assert_eq!(url.as_str(), "https://example.com/api/bot1:a%2Fb/send");
        }
    }
}
