//! The hosts of an account: those that the config names, and the provider's public ones.
//!
//! With a `base_url`, the config chooses where the key goes. No other host gets it unless the config
//! names that host as well.

use std::collections::BTreeMap;

use jiff::Timestamp;
use url::Url;

use super::{AccountSpec, SpecErrors, check_part};
use crate::account::CallRoute;
use crate::provider::{Host, Provider};
use crate::template;
use crate::usage_request;

/// Returns the addresses of the hosts that the account may ask.
pub(super) fn of(
    provider: &'static Provider,
    wanted: &AccountSpec,
    mistakes: &mut SpecErrors,
) -> BTreeMap<&'static str, Url> {
    for name in wanted.hosts.keys() {
        if name == "api" || !provider.hosts.iter().any(|host| host.name == name) {
            let others: Vec<_> = provider.hosts.iter().skip(1).map(|host| host.name).collect();
            let known = if name == "api" {
                "write it as `base_url`".to_owned()
            } else if others.is_empty() {
                format!("`{}` has only one host, which is `base_url`", provider.name)
            } else {
                format!("`{}` has `base_url` and {}", provider.name, others.join(", "))
            };
            mistakes.add(&format!("hosts.{name}"), format!("unknown host; {known}"));
        }
    }
    let mut hosts = BTreeMap::new();
    for host in provider.hosts {
        let own = if host.name == "api" {
            wanted.base_url.as_ref().map(|url| ("base_url".to_owned(), url.clone()))
        } else {
            wanted.hosts.get(host.name).map(|url| (format!("hosts.{}", host.name), url.clone()))
        };
        let url = match own {
            Some((path, url)) => base(mistakes, &path, &url).map(|url| trimmed(provider, url)),
            None if is_unnamed(provider, host, wanted) => None,
            None if host.url.is_empty() => {
                let what =
                    format!("`{}` needs the address of your server: set `base_url`", provider.name);
                mistakes.add("base_url", what);
                None
            }
            None => default(host.url, wanted, mistakes),
        };
        if let Some(url) = url {
            hosts.insert(host.name, url);
        }
    }
    hosts
}

/// Returns an address to which paths are added.
fn base(mistakes: &mut SpecErrors, path: &str, text: &str) -> Option<Url> {
    let url = mistakes.url(path, text)?;
    if url.query().is_some() || url.fragment().is_some() {
        mistakes.add(path, format!("`{text}` must end with its path, without `?` and `#`"));
        return None;
    }
    Some(url)
}

/// Returns an address without the suffix that the paths begin with.
fn trimmed(provider: &Provider, mut url: Url) -> Url {
    let path = url.path().trim_end_matches('/').to_owned();
    if let Some(rest) =
        provider.optional_base_suffixes.iter().find_map(|surplus| path.strip_suffix(surplus))
    {
        url.set_path(rest);
    }
    url
}

/// Checks whether `base_url` leaves a host without an address: the config does not name it, and its
/// public address is another server.
fn is_unnamed(provider: &Provider, host: &Host, wanted: &AccountSpec) -> bool {
    let Some(base_url) = &wanted.base_url else { return false };
    let is_same_server = || {
        let public = template::fill(host.url, &|name| wanted.options.get(name))?;
        Some(Url::parse(base_url).ok()?.origin() == Url::parse(&public).ok()?.origin())
    };
    provider.hosts.first().is_some_and(|api| api.name != host.name)
        && !wanted.hosts.contains_key(host.name)
        && is_same_server() != Some(true)
}

/// Checks that the model and the admin key have a host that may be asked.
pub(super) fn check(
    provider: &Provider,
    route: Option<CallRoute>,
    wanted: &AccountSpec,
    mistakes: &mut SpecErrors,
) {
    let unnamed = |name: &str| {
        provider.hosts.iter().find(|host| host.name == name && is_unnamed(provider, host, wanted))
    };
    let asked = route.map(CallRoute::host).filter(|_| wanted.model.is_some());
    if let Some(host) = asked.and_then(unnamed) {
        mistakes.add(&format!("hosts.{}", host.name), missing_host(host, "`api`"));
    }
    let places: Vec<&str> = provider
        .usage
        .iter()
        .filter_map(|usage| usage_request::of(*usage, Timestamp::UNIX_EPOCH, Some("team")))
        .filter(|inquiry| inquiry.is_admins)
        .map(|inquiry| inquiry.host)
        .collect();
    if wanted.has_admin_key
        && !places.iter().any(|name| unnamed(name).is_none())
        && let Some(host) = places.first().and_then(|name| unnamed(name))
    {
        mistakes.add(&format!("hosts.{}", host.name), missing_host(host, "`admin_key`"));
    }
}

fn missing_host(host: &Host, user: &str) -> String {
    format!(
        "{user} needs the host `{}`: with `base_url`, a key is sent only to hosts that are set; \
         the public one is `{}`",
        host.name, host.url
    )
}

fn default(template: &str, wanted: &AccountSpec, mistakes: &mut SpecErrors) -> Option<Url> {
    let n_wrong =
        template::named(template).filter(|name| !check_part(name, wanted, mistakes)).count();
    if n_wrong > 0 {
        return None;
    }
    Url::parse(&template::fill(template, &|name| wanted.options.get(name))?).ok()
}
