//! The list of registries by top-level domain, as IANA publishes it (RFC 9224), kept in the process: it
//! changes a few times a week, and each check would request it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use allclear_core::Timestamp;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use jiff::SignedDuration;
use serde_json::Value;
use url::Url;

use super::REGISTRIES;
use crate::api::{ApiCaller, ApiRequest};

/// The time for which a list is used.
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// The most lists that are kept. A config names one.
const MAX_LISTS: usize = 4;

/// The lists of registries that checks have read, by their address.
#[derive(Debug, Default)]
pub(crate) struct RegistryCache(Mutex<BTreeMap<String, CachedList>>);

#[derive(Debug, Clone)]
struct CachedList {
    read_at: Timestamp,
    registries: Arc<Registries>,
}

/// The RDAP servers by the end of the names that they know.
#[derive(Debug, PartialEq, Eq)]
struct Registries(BTreeMap<String, Url>);

impl RegistryCache {
    fn get(&self, address: &Url, now: Timestamp) -> Option<Arc<Registries>> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let list = lists.get(address.as_str())?;
        let age = now.duration_since(list.read_at);
        (SignedDuration::ZERO..LIFETIME).contains(&age).then(|| Arc::clone(&list.registries))
    }

    fn keep(&self, address: &Url, registries: &Arc<Registries>, now: Timestamp) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= MAX_LISTS {
            lists.clear();
        }
        let list = CachedList { read_at: now, registries: Arc::clone(registries) };
        lists.insert(address.to_string(), list);
    }
}

/// Returns the RDAP server of a domain by the list at the address of the check.
pub(super) async fn server_of(domain: &str, caller: &mut ApiCaller<'_>) -> Result<Url, Cause> {
    let (address, now) = (&caller.target.url, caller.context.now);
    let kept = caller.shared.registries.get(address, now);
    let registries = if let Some(registries) = kept {
        registries
    } else {
        let answer = caller.fetch(&ApiRequest::get(REGISTRIES, address.clone())).await?;
        let document = answer.document(REGISTRIES).await?;
        let registries = Arc::new(Registries::read(&document).ok_or_else(|| {
            let what = "the answer is no list of registries as RFC 9224 defines it";
            REGISTRIES.name_in(Cause::of(Reason::ResponseInvalid, what))
        })?);
        caller.shared.registries.keep(address, &registries, now);
        registries
    };
    registries.server_of(domain).cloned().ok_or_else(|| {
        let end = domain.rsplit('.').next().unwrap_or(domain);
        let what = format!(
            "no registry of `.{end}` answers RDAP requests, by the list of IANA; set `rdap` to the \
             server of the registry, if it has one"
        );
        Cause::of(Reason::ProbeInvalid, what)
    })
}

impl Registries {
    /// Reads the list; `None` if the document is none.
    fn read(document: &Value) -> Option<Self> {
        let mut servers = BTreeMap::new();
        for service in document.get("services")?.as_array()? {
            let texts = |index: usize| {
                let list = service.get(index).and_then(Value::as_array);
                list.into_iter().flatten().filter_map(Value::as_str)
            };
            let urls = texts(1).filter_map(|text| Url::parse(text).ok());
            let mut urls: Vec<Url> =
                urls.filter(|url| ["http", "https"].contains(&url.scheme())).collect();
            urls.sort_by_key(|url| url.scheme() != "https");
            if let Some(url) = urls.first() {
                servers.extend(texts(0).map(|end| (end.to_ascii_lowercase(), url.clone())));
            }
        }
        Some(Self(servers))
    }

    /// Returns the server of the longest end of the name.
    fn server_of(&self, domain: &str) -> Option<&Url> {
        let ends = domain.char_indices().filter(|(_, c)| *c == '.');
        let ends = ends.filter_map(|(index, _)| domain.get(index + 1..));
        ends.into_iter().find_map(|end| self.0.get(end))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn list() -> Registries {
        let document = json!({ "version": "1.0", "services": [
            [["com", "NET"], ["http://plain.test/com/", "https://rdap.test/com/v1/"]],
            [["uk"], ["https://rdap.uk.test/"]],
            [["co.uk"], ["https://rdap.co.uk.test/"]],
            [["odd"], ["gopher://x.test/"]],
        ] });
        Registries::read(&document).unwrap()
    }

    #[test]
    fn the_longest_end_of_a_name_finds_its_registry() {
        for (domain, wanted) in [
            ("example.com", Some("https://rdap.test/com/v1/")),
            ("www.example.net", Some("https://rdap.test/com/v1/")),
            ("example.co.uk", Some("https://rdap.co.uk.test/")),
            ("example.org.uk", Some("https://rdap.uk.test/")),
            ("example.odd", None),
            ("example.zz", None),
        ] {
            assert_eq!(list().server_of(domain).map(Url::as_str), wanted, "{domain}");
        }
        assert_eq!(Registries::read(&json!({})), None);
    }

    #[test]
    fn a_list_is_used_for_a_day() {
        let (cache, address) = (RegistryCache::default(), Url::parse("https://a.test/").unwrap());
        let now = Timestamp::UNIX_EPOCH;
        cache.keep(&address, &Arc::new(list()), now);
        assert!(cache.get(&address, now + SignedDuration::from_hours(23)).is_some());
        assert!(cache.get(&address, now + SignedDuration::from_hours(24)).is_none());
        assert!(cache.get(&Url::parse("https://b.test/").unwrap(), now).is_none());
    }
}
