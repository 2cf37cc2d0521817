//! Facts that are read from a certificate: its names and when it is valid.

use std::net::IpAddr;

use allclear_core::Timestamp;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};

use crate::excerpt::excerpt;

const SECONDS_PER_DAY: i64 = 86_400;

/// The most names of a certificate that a message shows.
const MAX_NAMES: usize = 5;

/// The most characters of one name that a message shows.
const MAX_NAME_CHARACTERS: usize = 80;

/// The time in which a certificate is valid, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) from: i64,
    pub(super) until: i64,
}

impl Validity {
    /// Returns whether it holds at `now`.
    pub(super) fn holds_at(self, now: i64) -> bool {
        (self.from..=self.until).contains(&now)
    }
}

/// A certificate that can be read.
pub(super) struct Certificate<'a> {
    pub(super) der: &'a [u8],
    parsed: X509Certificate<'a>,
}

impl<'a> Certificate<'a> {
    /// Reads a certificate; `None` if it cannot be read.
    pub(super) fn read(der: &'a [u8]) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        Some(Self { der, parsed })
    }

    pub(super) fn validity(&self) -> Validity {
        let validity = self.parsed.validity();
        Validity { from: validity.not_before.timestamp(), until: validity.not_after.timestamp() }
    }

    /// Returns the common name of its subject, or another name of it.
    pub(super) fn name(&self) -> String {
        name_of(self.parsed.subject())
    }

    /// Returns the common name of its issuer, or another name of it.
    pub(super) fn issuer_name(&self) -> String {
        name_of(self.parsed.issuer())
    }

    /// Returns whether it names itself as its issuer.
    pub(super) fn is_self_issued(&self) -> bool {
        self.parsed.subject().as_raw() == self.parsed.issuer().as_raw()
    }

    /// Returns whether `issuer` has the name that this one names as its issuer.
    pub(super) fn names_as_issuer(&self, issuer: &Certificate<'_>) -> bool {
        self.parsed.issuer().as_raw() == issuer.parsed.subject().as_raw()
    }

    /// Returns whether it has the address of its issuer's certificate, as those of public authorities
    /// do.
    pub(super) fn says_where_its_issuer_is(&self) -> bool {
        self.parsed.extensions().iter().any(|extension| {
            matches!(extension.parsed_extension(), ParsedExtension::AuthorityInfoAccess(_))
        })
    }

    /// Returns the first of the names that it is for, and how many others there are.
    pub(super) fn subject_names(&self) -> String {
        let names = self.parsed.subject_alternative_name().ok().flatten();
        let names = names.map_or(&[][..], |extension| extension.value.general_names.as_slice());
        let mut shown: Vec<String> =
            names.iter().filter_map(subject_name).take(MAX_NAMES).collect();
        if shown.is_empty() {
            return match self.parsed.subject().iter_common_name().next() {
                Some(_) => format!("only the common name `{}`, which does not count", self.name()),
                None => "no name at all".to_owned(),
            };
        }
        let n_more = names.len().saturating_sub(shown.len());
        if n_more > 0 {
            shown.push(format!("{n_more} more"));
        }
        shown.join(", ")
    }
}

/// Returns the whole days from `now` until `seconds` since 1970, negative if that is past.
pub(super) fn days_between(now: Timestamp, seconds: i64) -> i32 {
    let days = seconds.saturating_sub(now.as_second()).div_euclid(SECONDS_PER_DAY);
    i32::try_from(days).unwrap_or(if days > 0 { i32::MAX } else { i32::MIN })
}

fn name_of(name: &X509Name<'_>) -> String {
    let attributes = name.iter_common_name().chain(name.iter_organization());
    let mut texts = attributes
        .chain(name.iter_organizational_unit())
        .filter_map(|attribute| attribute.as_str().ok())
        .filter(|text| !text.is_empty());
    texts.next().map_or_else(|| "without a name".to_owned(), short)
}

fn subject_name(name: &GeneralName<'_>) -> Option<String> {
    if let GeneralName::DNSName(name) = name {
        return Some(format!("`{}`", short(name)));
    }
    let GeneralName::IPAddress(bytes) = name else { return None };
    let ip = <[u8; 4]>::try_from(*bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
    ip.ok().map(|ip| format!("`{ip}`"))
}

/// Shortens a name that a server has chosen to one line.
fn short(text: &str) -> String {
    let line = excerpt(text);
    match line.char_indices().nth(MAX_NAME_CHARACTERS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_negative_after_the_end() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        assert_eq!(days_between(now, 1_000_000 + 86_399), 0);
        assert_eq!(days_between(now, 1_000_000 + 2 * 86_400), 2);
        assert_eq!(days_between(now, 1_000_000 - 1), -1);
    }

    #[test]
    fn an_invalid_certificate_is_not_read() {
        assert!(Certificate::read(b"no certificate").is_none());
    }

    #[test]
    fn a_long_name_is_cut() {
        assert_eq!(short(&"x".repeat(500)).chars().count(), MAX_NAME_CHARACTERS + 1);
        assert_eq!(short("a\nb\u{1b}c"), "a b\u{fffd}c");
    }
}
