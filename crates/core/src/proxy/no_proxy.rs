//! `NO_PROXY`: the hosts that are reached without a proxy.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Host;

use crate::scope::AddressScope;

/// The hosts that are reached without the proxies of the environment. Hosts on this machine and its link
/// always are.
#[derive(Debug, Clone, Default)]
pub(super) struct NoProxy {
    entries: Vec<NoProxyEntry>,
}

#[derive(Debug, Clone)]
struct NoProxyEntry {
    hosts: Hosts,
    /// The port; `None` for every port.
    port: Option<u16>,
}

#[derive(Debug, Clone)]
enum Hosts {
    All,
    /// A name in lower case and all names below it.
    Domain(String),
    Network(IpNet),
}

impl NoProxy {
    /// Parses entries separated by commas or white space: `*`, names (with or without a leading dot; each
    /// includes the names below it), addresses, and networks such as `10.0.0.0/8`. Every entry except a
    /// network may have a port, which restricts it to that port.
    pub(super) fn parse(text: &str) -> Self {
        let separated = text.split(|c: char| c == ',' || c.is_whitespace());
        Self {
            entries: separated.filter(|entry| !entry.is_empty()).map(NoProxyEntry::parse).collect(),
        }
    }

    /// Returns true if `host` is among them.
    pub(super) fn has(&self, host: &Host, port: u16) -> bool {
        AddressScope::of_host(host) == AddressScope::Machine
            || self
                .entries
                .iter()
                .any(|entry| entry.port.is_none_or(|only| only == port) && entry.hosts.has(host))
    }
}

impl NoProxyEntry {
    fn parse(text: &str) -> Self {
        if let Some(hosts) = Hosts::network(text) {
            return Self { hosts, port: None };
        }
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() => match port.parse() {
                Ok(port) => (name, Some(port)),
                Err(_) => (text, None),
            },
            Some(_) | None => (text, None),
        };
        let hosts = Hosts::network(name).unwrap_or_else(|| {
            let name = name.trim_start_matches("*.").trim_matches('.').to_ascii_lowercase();
            if name == "*" { Hosts::All } else { Hosts::Domain(name) }
        });
        Self { hosts, port }
    }
}

impl Hosts {
    fn network(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        let address = || bare.parse::<IpAddr>().ok().map(|ip| IpNet::from(ip.to_canonical()));
        text.parse().ok().or_else(address).map(Self::Network)
    }

    fn has(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::All, _) => true,
            (Self::Network(network), Host::Ipv4(ip)) => network.contains(&IpAddr::V4(*ip)),
            (Self::Network(network), Host::Ipv6(ip)) => {
                network.contains(&IpAddr::V6(*ip).to_canonical())
                    || network.contains(&IpAddr::V6(*ip))
            }
            (Self::Domain(domain), Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name.strip_suffix(domain.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            (Self::Network(_), Host::Domain(_))
            | (Self::Domain(_), Host::Ipv4(_) | Host::Ipv6(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skips(list: &str, host: &str, port: u16) -> bool {
        NoProxy::parse(list).has(&Host::parse(host).unwrap(), port)
    }

    #[test]
    fn an_entry_matches_hosts_subdomains_and_networks() {
        for (list, host, expected) in [
            ("*", "api.example.com", true),
            ("*", "192.0.2.1", true),
            ("example.com", "example.com", true),
            ("example.com", "api.example.com", true),
            ("EXAMPLE.com", "api.example.com", true),
            (".example.com", "api.example.com", true),
            ("*.example.com", "api.example.com", true),
            ("example.com", "notexample.com", false),
            ("example.com", "example.com.test", false),
            ("a.test, example.com", "example.com", true),
            ("a.test example.com", "example.com", true),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.30", false),
            ("10.0.0.0/8", "10.200.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "10.example.com", false),
            ("2001:db8::/32", "[2001:db8::1]", true),
            ("[2001:db8::1]", "[2001:db8::1]", true),
            ("2001:db8::1", "[2001:db8::2]", false),
            ("192.168.0.0/16", "[::ffff:192.168.1.1]", true),
            ("", "example.com", false),
            (",", "example.com", false),
        ] {
            assert_eq!(skips(list, host, 443), expected, "`{list}` and {host}");
        }
    }

    #[test]
    fn an_entry_with_a_port_matches_only_that_port() {
        assert!(skips("example.com:8443", "example.com", 8443));
        assert!(!skips("example.com:8443", "example.com", 443));
        assert!(skips("10.1.2.3:80", "10.1.2.3", 80));
        assert!(skips("[2001:db8::1]:80", "[2001:db8::1]", 80));
        assert!(!skips("[2001:db8::1]:80", "[2001:db8::1]", 81));
    }

    #[test]
    fn this_machine_needs_no_proxy() {
        for host in ["localhost", "127.0.0.1", "[::1]", "169.254.169.254"] {
            assert!(skips("", host, 80), "{host}");
        }
    }
}
