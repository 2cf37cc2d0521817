//! The answers of the DNS server by name.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::time::Duration;

use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{RData, RecordType};
use serde::{Deserialize, Serialize};

use crate::SimulatorError;

/// The answer of the DNS server for one name.
///
/// In JSON: `{"records": [["A", "127.0.0.1"], ["MX", "10 mail.simulator.test"]]}`, `"nxdomain"`,
/// `{"false_address": "192.0.2.1"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DnsAnswer {
    /// Type and value of each record in the syntax of a zone file; a TXT value is one string
    /// without quotes. A query for another type gets an empty answer, and a CNAME also returns the
    /// records of its target.
    Records(Vec<(String, String)>),
    /// The name does not exist.
    #[serde(rename = "nxdomain")]
    NxDomain,
    /// The server failed.
    #[serde(rename = "servfail")]
    ServFail,
    /// The server refuses to answer.
    Refused,
    /// This address, regardless of the actual one; a query for the other family gets an empty
    /// answer.
    FalseAddress(IpAddr),
    /// No answer.
    Silent,
    /// An answer with another id than the query.
    WrongId,
    /// Bytes that are not a DNS message.
    Garbage,
    /// These records over TCP; over UDP an empty answer with the truncation bit.
    Truncated(Vec<(String, String)>),
    /// Waits, then sends another answer.
    Delay {
        /// The wait, in milliseconds.
        ms: u64,
        /// The answer after the wait.
        then: Box<DnsAnswer>,
    },
}

/// The transports over which a reply is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transports {
    /// UDP and TCP.
    Both,
    /// TCP; over UDP it is truncated.
    TcpOnly,
}

/// The reply to a query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    Found { records: Vec<(String, RData)>, only_tcp: bool },
    NxDomain,
    ServFail,
    Refused,
    Silent,
    WrongId,
    Garbage,
}

/// The answers by name. Names below `simulator.test` without a setting have the address 127.0.0.1,
/// so that a resolver that uses this server finds the endpoints. Other names do not exist.
#[derive(Debug, Default)]
pub(crate) struct Zone {
    answers: HashMap<String, DnsAnswer>,
    queries: HashMap<String, Vec<Duration>>,
}

/// The longest chain of CNAMEs; longer ones are cut.
const MAX_CHAIN: usize = 8;

impl Zone {
    pub(crate) fn set(&mut self, name: &str, answer: DnsAnswer) -> Result<(), SimulatorError> {
        check(&answer)?;
        self.answers.insert(plain(name), answer);
        Ok(())
    }

    /// Sets all answers, or none if one is invalid.
    pub(crate) fn set_all(
        &mut self,
        answers: BTreeMap<String, DnsAnswer>,
    ) -> Result<(), SimulatorError> {
        answers.values().try_for_each(check)?;
        self.answers.extend(answers.into_iter().map(|(name, answer)| (plain(&name), answer)));
        Ok(())
    }

    pub(crate) fn queries(&self, name: &str) -> Vec<Duration> {
        self.queries.get(&plain(name)).cloned().unwrap_or_default()
    }

    pub(crate) fn clear_queries(&mut self) {
        self.queries.clear();
    }

    /// Records a query, and returns the wait and the reply.
    pub(crate) fn ask(
        &mut self,
        name: &str,
        record_type: RecordType,
        now: Duration,
    ) -> (Duration, Reply) {
        let name = plain(name);
        let mut delay = Duration::ZERO;
        let mut answer = self.answer(&name);
        while let DnsAnswer::Delay { ms, then } = answer {
            delay = delay.saturating_add(Duration::from_millis(ms));
            answer = *then;
        }
        let reply = match answer {
            DnsAnswer::Records(records) => {
                self.found(&name, &records, record_type, Transports::Both)
            }
            DnsAnswer::Truncated(records) => {
                self.found(&name, &records, record_type, Transports::TcpOnly)
            }
            DnsAnswer::FalseAddress(address) => {
                let address_type = match address {
                    IpAddr::V4(_) => "A",
                    IpAddr::V6(_) => "AAAA",
                };
                self.found(
                    &name,
                    &[(address_type.to_owned(), address.to_string())],
                    record_type,
                    Transports::Both,
                )
            }
            DnsAnswer::NxDomain => Reply::NxDomain,
            DnsAnswer::ServFail => Reply::ServFail,
            DnsAnswer::Refused => Reply::Refused,
            // The delay was already resolved above.
            DnsAnswer::Silent | DnsAnswer::Delay { .. } => Reply::Silent,
            DnsAnswer::WrongId => Reply::WrongId,
            DnsAnswer::Garbage => Reply::Garbage,
        };
        self.queries.entry(name).or_default().push(now);
        (delay, reply)
    }

    fn answer(&self, name: &str) -> DnsAnswer {
        if let Some(answer) = self.answers.get(name) {
            return answer.clone();
        }
        if name == "simulator.test" || name.ends_with(".simulator.test") {
            return DnsAnswer::Records(vec![("A".to_owned(), Ipv4Addr::LOCALHOST.to_string())]);
        }
        DnsAnswer::NxDomain
    }

    fn found(
        &self,
        name: &str,
        records: &[(String, String)],
        wanted: RecordType,
        transports: Transports,
    ) -> Reply {
        let mut found = Vec::new();
        let mut name = name.to_owned();
        let mut records = records.to_vec();
        for _ in 0..MAX_CHAIN {
            let data: Vec<RData> = records
                .iter()
                .filter_map(|(record_type, value)| parse(record_type, value).ok())
                .collect();
            let target = data
                .iter()
                .find_map(|data| {
                    if let RData::CNAME(target) = data {
                        Some(plain(&target.to_string()))
                    } else {
                        None
                    }
                })
                .filter(|_| wanted != RecordType::CNAME);
            let wanted_here = |data: &RData| {
                data.record_type() == wanted
                    || wanted == RecordType::ANY
                    || data.record_type() == RecordType::CNAME
            };
            found.extend(data.into_iter().filter(wanted_here).map(|data| (name.clone(), data)));
            let Some(target) = target else { break };
            name = target;
            let DnsAnswer::Records(next) = self.answer(&name) else { break };
            records = next;
        }
        Reply::Found { records: found, only_tcp: transports == Transports::TcpOnly }
    }
}

/// Returns the name in lower case, without the final dot.
fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn check(answer: &DnsAnswer) -> Result<(), SimulatorError> {
    match answer {
        DnsAnswer::Records(records) | DnsAnswer::Truncated(records) => {
            records.iter().try_for_each(|(record_type, value)| parse(record_type, value).map(drop))
        }
        DnsAnswer::Delay { then, .. } => check(then),
        DnsAnswer::NxDomain
        | DnsAnswer::ServFail
        | DnsAnswer::Refused
        | DnsAnswer::FalseAddress(_)
        | DnsAnswer::Silent
        | DnsAnswer::WrongId
        | DnsAnswer::Garbage => Ok(()),
    }
}

fn parse(record_type: &str, value: &str) -> Result<RData, SimulatorError> {
    let wrong = |hint: String| SimulatorError::DnsRecord {
        record_type: record_type.to_owned(),
        value: value.to_owned(),
        hint,
    };
    let parsed = RecordType::from_str(record_type).map_err(|_| {
        wrong("unknown type; known: A, AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT".to_owned())
    })?;
    if parsed != RecordType::TXT {
        return RData::try_from_str(parsed, value).map_err(|error| wrong(error.to_string()));
    }
    // The syntax of zone files would split it at its spaces.
    if value.len() > 255 {
        return Err(wrong("a text has at most 255 bytes".to_owned()));
    }
    Ok(RData::TXT(TXT::new(vec![value.to_owned()])))
}
