//! The contents of this machine's `/etc/resolv.conf` and `/etc/hosts`, read again when they change, as
//! on a laptop that moves between networks.

use std::collections::HashMap;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

const RESOLV_CONF: &str = "/etc/resolv.conf";
const HOSTS: &str = "/etc/hosts";
const DNS_PORT: u16 = 53;

/// The system's way of resolving names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct System {
    /// The name servers, in order; none if the system does not name any.
    pub(super) name_servers: Vec<SocketAddr>,
    /// The domains that a short name is tried in.
    pub(super) search: Vec<String>,
    /// The number of dots from which on a name is tried as it is first.
    pub(super) n_dots: usize,
    /// The addresses of names that need no name server.
    pub(super) hosts: HashMap<String, Vec<IpAddr>>,
}

/// The system's files as read last, and when they were changed then.
#[derive(Debug, Default)]
pub(super) struct SystemFiles {
    read: Mutex<Option<(FileTimes, Arc<System>)>>,
}

type FileTimes = [Option<SystemTime>; 2];

impl SystemFiles {
    /// Returns the contents of the files now.
    pub(super) fn current(&self) -> Arc<System> {
        let changed = [RESOLV_CONF, HOSTS].map(changed_at);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((then, system)) = &*read
            && *then == changed
        {
            return Arc::clone(system);
        }
        let text = |path| fs::read_to_string(path).unwrap_or_default();
        let mut system = parse_resolv_conf(&text(RESOLV_CONF));
        system.hosts = parse_hosts(&text(HOSTS));
        let system = Arc::new(system);
        *read = Some((changed, Arc::clone(&system)));
        system
    }
}

fn changed_at(path: &str) -> Option<SystemTime> {
    fs::metadata(Path::new(path)).and_then(|metadata| metadata.modified()).ok()
}

fn parse_resolv_conf(text: &str) -> System {
    let mut system = System { n_dots: 1, ..System::default() };
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("nameserver") => {
                let ip = words.next().and_then(|word| word.parse::<IpAddr>().ok());
                system.name_servers.extend(ip.map(|ip| SocketAddr::new(ip, DNS_PORT)));
            }
            Some("search" | "domain") => {
                system.search = words.filter(|word| *word != ".").map(str::to_owned).collect();
            }
            Some("options") => {
                let n_dots = words.find_map(|word| word.strip_prefix("ndots:")?.parse().ok());
                system.n_dots = n_dots.unwrap_or(system.n_dots);
            }
            Some(_) | None => {}
        }
    }
    // As many as the resolver of the C library takes.
    system.name_servers.truncate(3);
    system.search.truncate(6);
    system
}

fn parse_hosts(text: &str) -> HashMap<String, Vec<IpAddr>> {
    let mut hosts: HashMap<String, Vec<IpAddr>> = HashMap::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let Some(ip) = words.next().and_then(|word| word.parse::<IpAddr>().ok()) else { continue };
        for name in words {
            hosts.entry(name.to_ascii_lowercase()).or_default().push(ip);
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_system_are_read_as_the_c_library_does() {
        let system = parse_resolv_conf(
            "# a comment\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\nnameserver 2001:db8::1\n\
             search corp.example example\noptions edns0 ndots:2 timeout:1\nnameserver\n",
        );
        assert_eq!(
            system.name_servers,
            ["192.0.2.1:53".parse().unwrap(), "[2001:db8::1]:53".parse().unwrap()]
        );
        assert_eq!((system.search.len(), system.n_dots), (2, 2));
        let hosts = parse_hosts("127.0.0.1 localhost\n::1 Box box.lan # here\nnonsense x\n");
        assert_eq!(hosts["box"], hosts["box.lan"]);
        assert!(!hosts.contains_key("x"));
    }
}
