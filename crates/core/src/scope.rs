//! The scope of an address: its distance from Allclear's own machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Host;

/// The distance of an address from Allclear's own machine. A redirect must not lead to a closer scope than
/// the one it comes from, so that no target can make Allclear send requests to services around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressScope {
    /// A public address.
    Global,
    /// A private network, or a range that is reserved and not routed.
    Private,
    /// The machine itself, or its link.
    Machine,
}

impl AddressScope {
    /// Returns the closest scope among `addresses`.
    #[must_use]
    pub fn of_all(addresses: &[IpAddr]) -> Self {
        addresses.iter().copied().map(Self::of).max().unwrap_or(Self::Global)
    }

    /// Returns the scope of a host as far as its name shows it. This is for hosts that a proxy resolves.
    #[must_use]
    pub fn of_host(host: &Host) -> Self {
        match host {
            Host::Ipv4(ip) => Self::of_v4(*ip),
            Host::Ipv6(ip) => Self::of_v6(*ip),
            Host::Domain(name) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                let is_local = name == "localhost" || name.ends_with(".localhost");
                if is_local { Self::Machine } else { Self::Global }
            }
        }
    }

    /// Returns the scope of an address.
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(ip) => Self::of_v4(ip),
            IpAddr::V6(ip) => Self::of_v6(ip),
        }
    }

    #[expect(clippy::unnested_or_patterns, reason = "a range in each row reads as a table")]
    fn of_v4(ip: Ipv4Addr) -> Self {
        match ip.octets() {
            // "This network" reaches the machine itself; multicast and broadcast its link.
            [0 | 127, ..] | [169, 254, ..] | [224..=239, ..] | [255, 255, 255, 255] => Self::Machine,
            [10, ..]
            | [100, 64..=127, ..]
            | [172, 16..=31, ..]
            | [192, 168, ..]
            // IETF protocol assignments and benchmarks.
            | [192, 0, 0, _]
            | [198, 18..=19, ..]
            // Documentation.
            | [192, 0, 2, _]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
            // The former relays of 6to4, and reserved addresses.
            | [192, 88, 99, _]
            | [240..=255, ..] => Self::Private,
            _ => Self::Global,
        }
    }

    #[expect(clippy::unnested_or_patterns, reason = "a range in each row reads as a table")]
    fn of_v6(ip: Ipv6Addr) -> Self {
        if let Some(v4) = embedded_v4(ip) {
            return Self::of_v4(v4);
        }
        match ip.segments() {
            // Unspecified and loopback; link-local; multicast.
            [0, 0, 0, 0, 0, 0, 0, 0 | 1] | [0xfe80..=0xfebf, ..] | [0xff00..=0xffff, ..] => {
                Self::Machine
            }
            // Unique local, and the deprecated site-local.
            [0xfc00..=0xfdff, ..]
            | [0xfec0..=0xfeff, ..]
            // NAT64 within a network.
            | [0x64, 0xff9b, 1, ..]
            // Discard-only; documentation; segment routing; reserved addresses below 100::/8.
            | [0x100, 0, 0, ..]
            | [0x2001, 0xdb8, ..]
            | [0x3fff, 0..=0x0fff, ..]
            | [0x5f00, ..]
            | [0..=0xff, ..] => Self::Private,
            _ => Self::Global,
        }
    }
}

/// Returns the IPv4 address that an IPv6 address contains: mapped, translated, compatible, NAT64, 6to4 or
/// Teredo.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(v4(high, low)),
        // Teredo inverts the address of its client to protect it from rewriting.
        [0x2001, 0, .., high, low] => Some(v4(!high, !low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_scope() {
        for (scope, addresses) in [
            (
                AddressScope::Machine,
                &[
                    "127.0.0.1",
                    "127.255.0.1",
                    "0.0.0.0",
                    "0.1.2.3",
                    "169.254.169.254",
                    "224.0.0.1",
                    "239.255.255.255",
                    "255.255.255.255",
                    "::",
                    "::1",
                    "fe80::1",
                    "febf::1",
                    "ff02::1",
                    "::ffff:127.0.0.1",
                    "::127.0.0.1",
                    "::ffff:0:127.0.0.1",
                    "64:ff9b::127.0.0.1",
                    "64:ff9b::169.254.169.254",
                    "2002:7f00:1::",
                    "2002:a9fe:a9fe::1",
                    "2001:0:4136:e378:8000:63bf:80ff:fffe",
                ][..],
            ),
            (
                AddressScope::Private,
                &[
                    "10.0.0.1",
                    "100.64.0.1",
                    "100.127.255.255",
                    "172.16.0.1",
                    "172.31.255.255",
                    "192.168.1.1",
                    "192.0.0.8",
                    "192.0.2.1",
                    "198.18.0.1",
                    "198.51.100.7",
                    "203.0.113.9",
                    "192.88.99.1",
                    "240.0.0.1",
                    "fd00:ec2::254",
                    "fc00::1",
                    "fec0::1",
                    "64:ff9b:1::1",
                    "64:ff9b:1:ffff::8.8.8.8",
                    "64:ff9b::10.0.0.1",
                    "::ffff:192.168.0.1",
                    "2002:c0a8:101::1",
                    "2001:db8::1",
                    "3fff::1",
                    "100::1",
                    "5f00::1",
                ],
            ),
            (
                AddressScope::Global,
                &[
                    "8.8.8.8",
                    "1.1.1.1",
                    "100.63.255.255",
                    "100.128.0.1",
                    "172.15.0.1",
                    "172.32.0.1",
                    "192.0.1.1",
                    "198.20.0.1",
                    "223.255.255.255",
                    "128.0.0.1",
                    "2606:4700::1111",
                    "64:ff9b::8.8.8.8",
                    "::ffff:8.8.8.8",
                    "2002:808:808::1",
                    "2001:4860:4860::8888",
                    "2a00::1",
                    "3ffe::1",
                ],
            ),
        ] {
            for address in addresses {
                assert_eq!(AddressScope::of(address.parse().unwrap()), scope, "{address}");
            }
        }
    }

    #[test]
    fn the_closest_of_several_addresses_counts() {
        let addresses = ["8.8.8.8", "10.0.0.1"].map(|ip| ip.parse().unwrap());
        assert_eq!(AddressScope::of_all(&addresses), AddressScope::Private);
        assert_eq!(AddressScope::of_all(&[]), AddressScope::Global);
    }

    #[test]
    fn a_name_of_this_machine_shows_its_scope() {
        for name in ["localhost", "LOCALHOST.", "db.localhost"] {
            assert_eq!(
                AddressScope::of_host(&Host::Domain(name.to_owned())),
                AddressScope::Machine,
                "{name}"
            );
        }
        assert_eq!(
            AddressScope::of_host(&Host::Domain("localhost.test".to_owned())),
            AddressScope::Global
        );
        assert_eq!(AddressScope::of_host(&Host::Ipv4(Ipv4Addr::LOCALHOST)), AddressScope::Machine);
    }
}
