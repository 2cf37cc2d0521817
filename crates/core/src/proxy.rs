//! HTTP proxies for the requests of checks and the messages of channels. This module only parses texts. It
//! makes no connections.

mod choice;
mod environment;
mod error;
mod no_proxy;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

pub use choice::ProxyChoice;
pub use environment::ProxySettings;
pub use error::ProxyError;

/// The server that a request is sent to.
#[derive(Debug, Clone, Copy)]
pub struct DestinationServer<'a> {
    /// The scheme of its URLs.
    pub scheme: Scheme,
    /// Its name or address.
    pub host: &'a Host,
    /// Its port.
    pub port: u16,
}

/// The scheme of a server's URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP without TLS.
    Http,
    /// HTTP over TLS.
    Https,
}

/// An HTTP proxy. Its display form is host and port, never its credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    url: Url,
    host: Host,
    scheme: Scheme,
}

impl Proxy {
    /// Parses a URL such as `http://user:password@proxy.example.com:3128`. The default scheme is `http`.
    ///
    /// # Errors
    ///
    /// The error describes the problem in a sentence whose subject is "it". It does not quote the text, which
    /// may hold a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let with_scheme = format!("http://{text}");
        let text = if text.contains("://") { text } else { &with_scheme };
        let url = Url::parse(text).map_err(|error| format!("not a URL: {error}"))?;
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => return Err(unsupported(other)),
        };
        let host = url.host().map(|host| host.to_owned()).ok_or("no host")?;
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none();
        if !is_bare {
            return Err("a proxy URL has no path".to_owned());
        }
        Ok(Self { url, host, scheme })
    }

    /// Returns the URL with its credentials, to connect with.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the name or the address of the proxy.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Returns the port of the proxy.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(80)
    }

    /// Returns the scheme of the connection to the proxy itself.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Returns true if the URL holds a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.url.password().is_some()
    }

    /// Returns the value of `proxy-authorization`; `None` without a user and a password.
    #[must_use]
    pub fn authorization(&self) -> Option<String> {
        if self.url.username().is_empty() && !self.has_password() {
            return None;
        }
        let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
        let mut pair = decoded(self.url.username());
        pair.push(b':');
        pair.extend(decoded(self.url.password().unwrap_or_default()));
        Some(format!("Basic {}", STANDARD.encode(pair)))
    }
}

/// Returns the problem with a proxy of a scheme that cannot be used.
#[must_use]
pub fn unsupported(scheme: &str) -> String {
    format!("`{scheme}` proxies are not supported")
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port())
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

    #[test]
    fn a_proxy_is_a_url_with_or_without_its_scheme() {
        for (text, shown, scheme) in [
            ("http://proxy.example.com:3128", "proxy.example.com:3128", Scheme::Http),
            (" proxy.example.com \n", "proxy.example.com:80", Scheme::Http),
            ("proxy.example.com:8080/", "proxy.example.com:8080", Scheme::Http),
            ("https://proxy.example.com", "proxy.example.com:443", Scheme::Https),
            ("http://[2001:db8::1]:3128", "[2001:db8::1]:3128", Scheme::Http),
        ] {
            let proxy = Proxy::parse(text).unwrap();
            assert_eq!((proxy.to_string().as_str(), proxy.scheme()), (shown, scheme), "{text}");
        }
    }

    #[test]
    fn an_invalid_proxy_is_reported_without_its_text() {
        for (text, problem) in [
            ("socks5://ann:hidden@127.0.0.1:1080", "`socks5` proxies are not supported"),
            ("http://", "not a URL: empty host"),
            ("", "not a URL: empty host"),
            ("http://ann:hidden@proxy:99999", "not a URL: invalid port number"),
            ("http://proxy.test/hidden", "a proxy URL has no path"),
            ("http://proxy.test?hidden", "a proxy URL has no path"),
        ] {
            assert_eq!(Proxy::parse(text).unwrap_err(), problem, "{text}");
        }
    }

    #[test]
    fn a_proxy_is_shown_without_its_credentials() {
        let proxy = Proxy::parse("http://ann:p%40ss@proxy.example:8080/").unwrap();
        assert_eq!(format!("{proxy} {proxy:?}"), "proxy.example:8080 Proxy(proxy.example:8080)");
        assert_eq!(proxy.authorization().as_deref(), Some("Basic YW5uOnBAc3M="));
        assert_eq!(Proxy::parse("http://proxy.example").unwrap().authorization(), None);
    }
}
