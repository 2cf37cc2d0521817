//! The cookies of one attempt: a server's cookies are sent back to the same server, and to no other.

use std::collections::BTreeSet;

use allclear_core::Timestamp;
use cookie::{Cookie, Expiration};
use http::HeaderValue;
use http::header::{HeaderMap, SET_COOKIE};

use crate::exchange::{Origin, Target};

/// The most cookies of one attempt, and the most bytes of their names and values.
const MAX_COOKIES: usize = 50;
const MAX_BYTES: usize = 16 * 1024;
const MAX_COOKIE_BYTES: usize = 4 * 1024;

/// The cookies of one attempt.
#[derive(Debug, Default)]
pub(super) struct Jar {
    cookies: Vec<StoredCookie>,
}

#[derive(Debug)]
struct StoredCookie {
    origin: Origin,
    name: String,
    value: String,
    path: String,
    is_secure: bool,
}

impl Jar {
    /// Keeps the cookies that an answer of `from` sets, and drops those that it takes back.
    pub(super) fn keep(&mut self, from: &Target, headers: &HeaderMap, now: Timestamp) {
        for header in headers.get_all(SET_COOKIE) {
            if let Some(Ok(cookie)) = std::str::from_utf8(header.as_bytes()).ok().map(Cookie::parse)
            {
                self.keep_one(from, &cookie, now);
            }
        }
    }

    /// Returns the value of `cookie` for a request to `target`: those of `configured` that no server
    /// has set in the meantime, and those that belong there. `None` if there is none.
    pub(super) fn header(
        &self,
        target: &Target,
        configured: Option<&HeaderValue>,
    ) -> Option<HeaderValue> {
        let origin = target.origin();
        let mut matching: Vec<&StoredCookie> =
            self.cookies.iter().filter(|cookie| cookie.belongs_to(target, &origin)).collect();
        if matching.is_empty() {
            return configured.cloned();
        }
        // The longest path goes first, as browsers send them.
        matching.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let names: BTreeSet<&[u8]> = matching.iter().map(|cookie| cookie.name.as_bytes()).collect();
        let configured_pairs =
            configured.map_or(&[][..], HeaderValue::as_bytes).split(|byte| *byte == b';');
        let mut pairs: Vec<Vec<u8>> = configured_pairs
            .map(<[u8]>::trim_ascii)
            .filter(|pair| {
                let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
                !pair.is_empty() && !names.contains(name.trim_ascii())
            })
            .map(<[u8]>::to_vec)
            .collect();
        let set = matching.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value));
        pairs.extend(set.map(String::into_bytes));
        let mut value = HeaderValue::from_bytes(&pairs.join(&b"; "[..])).ok()?;
        value.set_sensitive(configured.is_some_and(HeaderValue::is_sensitive));
        Some(value)
    }

    /// Returns the names and values of the cookies of a request to `target`.
    pub(super) fn values_for(&self, target: &Target) -> Vec<(String, String)> {
        let origin = target.origin();
        let matching = self.cookies.iter().filter(|cookie| cookie.belongs_to(target, &origin));
        matching.map(|cookie| (cookie.name.clone(), cookie.value.clone())).collect()
    }

    /// Returns true if no server has set one.
    pub(super) fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// Returns the values of all cookies.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.cookies.iter().map(|cookie| cookie.value.as_str())
    }

    fn keep_one(&mut self, from: &Target, cookie: &Cookie<'_>, now: Timestamp) {
        let is_secure = cookie.secure().unwrap_or(false);
        if !covers(cookie.domain(), from) || (is_secure && from.tls.is_none()) {
            return;
        }
        let given = cookie.path().filter(|path| path.starts_with('/'));
        let stored = StoredCookie {
            origin: from.origin(),
            name: cookie.name().to_owned(),
            value: cookie.value().to_owned(),
            path: given.unwrap_or_else(|| default_path(from)).to_owned(),
            is_secure,
        };
        self.cookies.retain(|old| !old.is_replaced_by(&stored));
        let n_bytes: usize = self.cookies.iter().map(StoredCookie::n_bytes).sum();
        let fits = stored.n_bytes() <= MAX_COOKIE_BYTES
            && n_bytes + stored.n_bytes() <= MAX_BYTES
            && self.cookies.len() < MAX_COOKIES;
        if fits && !is_deleted(cookie, now) {
            self.cookies.push(stored);
        }
    }
}

impl StoredCookie {
    fn n_bytes(&self) -> usize {
        self.name.len() + self.value.len() + self.path.len()
    }

    fn is_replaced_by(&self, newer: &Self) -> bool {
        self.name == newer.name
            && self.path == newer.path
            && newer.origin.may_know_secrets_of(&self.origin)
    }

    fn belongs_to(&self, target: &Target, origin: &Origin) -> bool {
        let path = target.url.path();
        let is_below = path.strip_prefix(&self.path).is_some_and(|rest| {
            rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/')
        });
        is_below
            && origin.may_know_secrets_of(&self.origin)
            && (!self.is_secure || target.tls.is_some())
    }
}

/// Returns true if the `Domain` of a cookie covers the host that sets it. The cookie stays with this host
/// in any case, so that no list of public suffixes is needed.
fn covers(domain: Option<&str>, from: &Target) -> bool {
    let Some(domain) = domain else { return true };
    let domain = domain.trim_start_matches('.').to_ascii_lowercase();
    let host = from.url.host_str().unwrap_or_default();
    let is_below = |rest: &str| rest.is_empty() || rest.ends_with('.');
    match from.host {
        url::Host::Domain(_) => host.strip_suffix(&domain).is_some_and(is_below),
        url::Host::Ipv4(_) | url::Host::Ipv6(_) => host == domain,
    }
}

/// Returns the path of a cookie that names none: that of the request up to its last `/`.
fn default_path(from: &Target) -> &str {
    match from.url.path().rsplit_once('/') {
        Some((directory, _)) if !directory.is_empty() => directory,
        Some(_) | None => "/",
    }
}

/// Returns true if the cookie has ended, which is how a server takes one back.
fn is_deleted(cookie: &Cookie<'_>, now: Timestamp) -> bool {
    match (cookie.max_age(), cookie.expires()) {
        (Some(age), _) => !age.is_positive(),
        (None, Some(Expiration::DateTime(at))) => at.unix_timestamp() <= now.as_second(),
        (None, Some(Expiration::Session) | None) => false,
    }
}
