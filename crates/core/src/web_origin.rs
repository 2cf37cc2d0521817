//! Origins of websites.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The origin of a website, as browsers write it: `https://www.example.com` or `http://localhost:3000`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebOrigin(String);

/// A text that is not an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebOriginError {
    /// The scheme is missing or another one.
    #[error("it must begin with `https://` or `http://`")]
    Scheme,
    /// Something follows the host and the port, even if it is only a slash.
    #[error("it must end after the host or the port, without a path or a slash")]
    Path,
    /// The host is empty or has other characters than those of host names.
    #[error("its host must consist of lower-case letters, digits, `-` and `.`")]
    Host,
    /// The port is no number from 1 to 65535.
    #[error("its port must be a number from 1 to 65535")]
    Port,
}

impl WebOrigin {
    /// Validates `text` as an origin.
    ///
    /// # Errors
    ///
    /// Fails with the part of the text that an origin cannot have.
    pub fn new(text: impl Into<String>) -> Result<Self, WebOriginError> {
        let text = text.into();
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let rest = rest.ok_or(WebOriginError::Scheme)?;
        if rest.contains(['/', '?', '#']) {
            return Err(WebOriginError::Path);
        }
        let has_port = rest.rfind(':').filter(|at| !rest.ends_with(']') && *at > 0);
        let (host, port) = match has_port {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if !is_host(host) {
            return Err(WebOriginError::Host);
        }
        let digits = port.strip_prefix(':');
        if digits.is_some_and(|digits| !is_port(digits)) {
            return Err(WebOriginError::Port);
        }
        Ok(Self(text))
    }

    /// Returns the origin as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !label.is_empty() && label.chars().all(is_allowed)
    };
    host.split('.').all(is_label)
}

fn is_port(digits: &str) -> bool {
    let is_canonical = !digits.starts_with('0') && digits.chars().all(|c| c.is_ascii_digit());
    is_canonical && digits.parse::<u16>().is_ok()
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for WebOrigin {
    type Error = WebOriginError;

    fn try_from(text: String) -> Result<Self, WebOriginError> {
        Self::new(text)
    }
}

impl From<WebOrigin> for String {
    fn from(origin: WebOrigin) -> Self {
        origin.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_accepted_as_browsers_write_them() {
        for text in [
            "https://www.example.com",
            "http://localhost:3000",
            "https://127.0.0.1",
            "https://[2001:db8::1]:8443",
            "https://[::1]",
            "https://xn--bcher-kva.example",
        ] {
            assert_eq!(WebOrigin::new(text).map(|origin| origin.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn everything_else_is_refused_with_the_part_that_is_wrong() {
        for (text, expected) in [
            ("www.example.com", WebOriginError::Scheme),
            ("ftp://example.com", WebOriginError::Scheme),
            ("https://example.com/", WebOriginError::Path),
            ("https://example.com/a", WebOriginError::Path),
            ("https://example.com?x", WebOriginError::Path),
            ("https://", WebOriginError::Host),
            ("https://*.example.com", WebOriginError::Host),
            ("https://Example.com", WebOriginError::Host),
            ("https://a..b", WebOriginError::Host),
            ("https://user@example.com", WebOriginError::Host),
            ("https://example.com; script-src *", WebOriginError::Host),
            ("https://example.com https://b.example", WebOriginError::Path),
            ("https://[::g]", WebOriginError::Host),
            ("https://:80", WebOriginError::Host),
            ("https://example.com:", WebOriginError::Port),
            ("https://example.com:0", WebOriginError::Port),
            ("https://example.com:70000", WebOriginError::Port),
            ("https://example.com:+8", WebOriginError::Port),
        ] {
            assert_eq!(WebOrigin::new(text), Err(expected), "{text}");
        }
    }
}
