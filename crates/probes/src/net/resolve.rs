//! From a host to its addresses, without blocking a thread and without a cache: a check measures
//! the experience of a new client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RData, RecordType};
use url::Host;

use super::answer::DnsAnswer;
use super::family::AddressFamily;
use super::is_local_shortage;
use super::presentation::name_text;
use super::query::{AskError, ask, code_name};
use super::question::DnsQuestion;
use super::system::{System, SystemFiles};
use crate::attempt::{Attempt, AttemptPhase};

/// The time that a name server has before the next one is asked.
const PATIENCE: Duration = Duration::from_secs(2);
/// The number of times that each name server is asked.
const N_ROUNDS: usize = 3;

/// The time that the addresses of one family wait for those of the other.
const STRAGGLING: Duration = Duration::from_millis(300);

/// Resolves names through the given name servers or the system's.
#[derive(Debug)]
pub(crate) struct Resolver {
    name_servers: Vec<SocketAddr>,
    system: SystemFiles,
}

/// The answer of name servers about a name.
enum Lookup {
    Found(Vec<IpAddr>),
    /// There is no such name, or it has no address.
    Absent(String),
    Failed(Cause),
}

impl Resolver {
    /// Creates a resolver that asks `name_servers`, or with none the system's.
    pub(crate) fn new(name_servers: Vec<SocketAddr>) -> Self {
        Self { name_servers, system: SystemFiles::default() }
    }

    /// Returns the name servers that are asked.
    pub(crate) fn name_servers(&self) -> Vec<SocketAddr> {
        if self.name_servers.is_empty() {
            self.system.current().name_servers.clone()
        } else {
            self.name_servers.clone()
        }
    }

    /// Resolves the addresses of the host; at least one. An IP address resolves to itself and takes no time.
    pub(crate) async fn addresses(
        &self,
        host: &Host,
        family: AddressFamily,
        attempt: &mut Attempt,
    ) -> Result<Vec<IpAddr>, Cause> {
        let name = match host {
            Host::Ipv4(ip) => return family_of(vec![IpAddr::from(*ip)], family, host),
            Host::Ipv6(ip) => return family_of(vec![IpAddr::from(*ip)], family, host),
            Host::Domain(name) => name.trim_end_matches('.').to_ascii_lowercase(),
        };
        if name == "localhost" || name.ends_with(".localhost") {
            let both = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            return family_of(both, family, host);
        }
        attempt.enter(AttemptPhase::Resolve);
        let system = self.system.current();
        if let Some(ips) = system.hosts.get(&name) {
            return family_of(ips.clone(), family, host);
        }
        let servers =
            if self.name_servers.is_empty() { &system.name_servers } else { &self.name_servers };
        if servers.is_empty() {
            return self.through_the_operating_system(&name, family, host).await;
        }
        let is_absolute = matches!(host, Host::Domain(name) if name.ends_with('.'));
        let form = if is_absolute { NameForm::Absolute } else { NameForm::Relative };
        let mut absent = None;
        for candidate in candidates(&name, form, &system) {
            match look_up(servers, &candidate, family).await {
                Lookup::Found(ips) => return family_of(ips, family, host),
                Lookup::Absent(what) => absent = absent.or(Some(what)),
                Lookup::Failed(cause) => return Err(cause),
            }
        }
        let what = absent.unwrap_or_else(|| format!("`{name}` is not a valid DNS name"));
        Err(Cause::of(Reason::DnsFailed, what))
    }

    /// Resolves on systems without a `resolv.conf`. Each lookup occupies a thread while it hangs.
    async fn through_the_operating_system(
        &self,
        name: &str,
        family: AddressFamily,
        host: &Host,
    ) -> Result<Vec<IpAddr>, Cause> {
        match tokio::net::lookup_host((name, 0)).await {
            Ok(found) => family_of(found.map(|address| address.ip()).collect(), family, host),
            Err(error) => Err(Cause::monitor(
                Reason::DnsFailed,
                format!("this machine has no name server and cannot resolve `{name}`: {error}"),
            )),
        }
    }
}

fn family_of(
    mut ips: Vec<IpAddr>,
    family: AddressFamily,
    host: &Host,
) -> Result<Vec<IpAddr>, Cause> {
    ips.retain(|ip| family.has(*ip));
    if ips.is_empty() {
        let what = match family {
            AddressFamily::Any => format!("`{host}` has no address"),
            AddressFamily::V4 => format!("`{host}` has no IPv4 address"),
            AddressFamily::V6 => format!("`{host}` has no IPv6 address"),
        };
        return Err(Cause::of(Reason::DnsFailed, what));
    }
    Ok(ips)
}

/// The form of a configured name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameForm {
    /// It ends with a dot.
    Absolute,
    /// It is also looked up in the search domains.
    Relative,
}

/// Returns the names to try for `name`, in order.
fn candidates(name: &str, form: NameForm, system: &System) -> Vec<Name> {
    let mut texts: Vec<String> = Vec::new();
    if form == NameForm::Relative {
        texts.extend(system.search.iter().map(|domain| format!("{name}.{domain}")));
    }
    let is_long = form == NameForm::Absolute || name.matches('.').count() >= system.n_dots;
    let place = if is_long { 0 } else { texts.len() };
    texts.insert(place, name.to_owned());
    let names = texts.iter().filter_map(|text| Name::from_ascii(text).ok());
    names
        .map(|mut name| {
            name.set_fqdn(true);
            name
        })
        .collect()
}

async fn look_up(servers: &[SocketAddr], name: &Name, family: AddressFamily) -> Lookup {
    let mut failure = String::new();
    let mut shortage = None;
    for server in servers.iter().cycle().take(servers.len() * N_ROUNDS) {
        match ask_for_addresses(*server, name, family).await {
            Ok(answers) => match judge(name, &answers) {
                Ok(lookup) => return lookup,
                Err(what) => failure = format!("the name server {server} {what}"),
            },
            Err(error) => {
                failure = format!("the name server {server}: {error}");
                if let AskError::Io(error) = error
                    && is_local_shortage(&error)
                {
                    shortage = Some(error);
                }
            }
        }
    }
    let what = format!("`{}` cannot be resolved: {failure}", name_text(name));
    Lookup::Failed(match shortage {
        Some(_) => Cause::of(Reason::NotSent, what),
        None => Cause::of(Reason::DnsFailed, what),
    })
}

/// Requests the answers for each family of addresses; `None` for those that did not come.
async fn ask_for_addresses(
    server: SocketAddr,
    name: &Name,
    family: AddressFamily,
) -> Result<Vec<Option<DnsAnswer>>, AskError> {
    let question = |record| DnsQuestion { name: name.clone(), record };
    let record = match family {
        AddressFamily::Any => {
            let both = [question(RecordType::AAAA), question(RecordType::A)];
            return Ok(ask(server, &both, PATIENCE, STRAGGLING).await?.into());
        }
        AddressFamily::V4 => RecordType::A,
        AddressFamily::V6 => RecordType::AAAA,
    };
    Ok(ask(server, &[question(record)], PATIENCE, STRAGGLING).await?.into())
}

/// Returns the result of the answers, or the fault of a server if another may know better.
fn judge(name: &Name, answers: &[Option<DnsAnswer>]) -> Result<Lookup, String> {
    let came = || answers.iter().flatten();
    let addresses: Vec<IpAddr> =
        came().flat_map(|answer| &answer.records).filter_map(address).collect();
    if !addresses.is_empty() {
        return Ok(Lookup::Found(addresses));
    }
    let name = name_text(name);
    for answer in answers {
        let Some(answer) = answer else { return Err("left a question unanswered".to_owned()) };
        let code = answer.code;
        if code == ResponseCode::NXDomain {
            return Ok(Lookup::Absent(format!("`{name}` does not exist (NXDOMAIN)")));
        }
        if code != ResponseCode::NoError {
            return Err(format!("answered {}", code_name(code)));
        }
    }
    Ok(Lookup::Absent(format!("`{name}` has no address")))
}

fn address(record: &hickory_proto::rr::Record) -> Option<IpAddr> {
    if let RData::A(ip) = &record.data {
        Some(IpAddr::from(ip.0))
    } else if let RData::AAAA(ip) = &record.data {
        Some(IpAddr::from(ip.0))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_tried_in_the_search_domains_first() {
        let search = vec!["corp.example".to_owned()];
        let system = System { search, n_dots: 1, ..System::default() };
        let tried = |name, form| -> Vec<String> {
            candidates(name, form, &system).iter().map(Name::to_ascii).collect()
        };
        assert_eq!(tried("db", NameForm::Relative), ["db.corp.example.", "db."]);
        assert_eq!(
            tried("a.example", NameForm::Relative),
            ["a.example.", "a.example.corp.example."]
        );
        assert_eq!(tried("db", NameForm::Absolute), ["db."]);
    }
}
