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
