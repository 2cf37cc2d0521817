//! Links that are safe on a page.

use std::fmt;

/// An address that is safe to put into an `href`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Href(String);

/// An address that is not safe or not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot be linked: write an address that begins with `https://`, `http://` or `mailto:`"
)]
pub struct HrefError(String);

impl Href {
    /// Accepts `https:`, `http:` and `mailto:` addresses without white space.
    ///
    /// # Errors
    /// [`HrefError`] for every other text, including `javascript:` addresses.
    pub fn parse(text: &str) -> Result<Self, HrefError> {
        let lower = text.to_ascii_lowercase();
        let known = ["https://", "http://", "mailto:"]
            .iter()
            .any(|scheme| lower.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
        let clean = !text.contains(|c: char| c.is_whitespace() || c.is_control());
        if known && clean { Ok(Self(text.to_owned())) } else { Err(HrefError(text.to_owned())) }
    }

    /// Returns the address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the address of the element with the id `anchor` on the page at this address.
    #[must_use]
    pub fn with_anchor(&self, anchor: &str) -> String {
        let text = self.as_str();
        // An address without a path gets one.
        let slash =
            if text.split("://").last().is_some_and(|rest| !rest.contains('/')) { "/" } else { "" };
        format!("{text}{slash}#{anchor}")
    }

    /// Returns the address of the file at `path` of the site at this address.
    #[must_use]
    pub fn of_file(&self, path: &str) -> String {
        let folder = self.as_str().trim_end_matches("index.html").trim_end_matches('/');
        format!("{folder}/{path}")
    }

    /// Checks whether the address leads to the machine of the reader, as that of a page that is only tried out.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let name = host.rsplit_once(':').filter(|(_, port)| !port.contains(']'));
        let name = name.map_or(host, |(name, _)| name).to_ascii_lowercase();
        ["localhost", "[::1]", "[::]", "0.0.0.0"].contains(&name.as_str())
            || name.starts_with("127.")
            || name.ends_with(".localhost")
    }

    /// Returns the host with its port.
    fn host(&self) -> &str {
        let rest = self.as_str().split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit_once('@').map_or(authority, |(_, host)| host)
    }

    /// Returns the address without the parts that a reader does not need to see.
    #[must_use]
    pub fn label(&self) -> &str {
        let text = self.as_str();
        let bare = text.split_once("://").or_else(|| text.split_once(':'));
        bare.map_or(text, |(_, rest)| rest).trim_end_matches('/')
    }
}

impl fmt::Display for Href {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_and_mail_addresses_are_links() {
        let labels = ["https://acme.example/", "HTTP://acme.example/a", "mailto:help@acme.example"]
            .map(|text| Href::parse(text).unwrap().label().to_owned());
        assert_eq!(labels, ["acme.example", "acme.example/a", "help@acme.example"]);
    }

    #[test]
    fn an_anchor_follows_a_path() {
        let with_anchor = |text: &str| Href::parse(text).unwrap().with_anchor("a-b");
        assert_eq!(with_anchor("https://acme.example"), "https://acme.example/#a-b");
        assert_eq!(with_anchor("https://acme.example/"), "https://acme.example/#a-b");
        assert_eq!(with_anchor("https://acme.example/status"), "https://acme.example/status#a-b");
    }

    #[test]
    fn a_file_has_one_slash_before_its_path() {
        let all =
            ["https://acme.example", "https://acme.example/", "https://acme.example/index.html"];
        for text in all {
            let file = Href::parse(text).unwrap().of_file("history.atom");
            assert_eq!(file, "https://acme.example/history.atom");
        }
        let below = Href::parse("https://acme.example/status/").unwrap();
        assert_eq!(below.of_file("badge.svg"), "https://acme.example/status/badge.svg");
    }

    #[test]
    fn addresses_of_the_own_machine_are_recognized() {
        for (is_loopback, text) in [
            (true, "http://127.0.0.1:8080/"),
            (true, "http://[::1]:8080"),
            (true, "http://LOCALHOST"),
            (true, "http://status.localhost:80/x"),
            (false, "https://status.acme.example/"),
            (false, "http://192.168.1.7:8080/"),
            (false, "https://acme.example/127.0.0.1"),
            (false, "mailto:help@localhost"),
        ] {
            assert_eq!(Href::parse(text).unwrap().is_loopback(), is_loopback, "{text}");
        }
    }

    #[test]
    fn scripts_and_bare_words_are_refused_with_a_hint() {
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            "acme.example",
            "https://",
            "",
            "https://a b",
        ] {
            let error = Href::parse(text).unwrap_err().to_string();
            assert!(
                error.contains(&format!("`{text}`")) && error.contains("`https://`"),
                "{error}"
            );
        }
    }
}
