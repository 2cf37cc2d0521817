//! The parameters of the `dns` check, and the check that they make.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{DnsCheck, canonical};
use crate::Shared;
use crate::net::Question;
use crate::params::{Problems, read};

const DNS_PORT: u16 = 53;

/// Parameters of the `dns` check: whether a name server gives the expected answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The name to ask for; always taken as complete. For `PTR` it may be an IP address.
    name: String,
    /// The type of record; `A` by default.
    #[serde(default)]
    record: RecordParam,
    /// The name server to ask, as `ip` or `ip:port`. By default those that this machine uses.
    resolver: Option<String>,
    /// Values that must all be among the answers, in any order, as `dig +short` prints them:
    /// `192.0.2.1`, `10 mail.example.com`. Without, any record of the type will do.
    #[serde(default)]
    answers: Vec<String>,
    /// Whether there must be no other answers than `answers`.
    #[serde(default)]
    exactly: bool,
    /// The response code to expect; `NOERROR` by default.
    #[serde(default)]
    rcode: CodeParam,
    /// The condition for degraded, over `response_time_ms`.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
}

/// A type of record.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum RecordParam {
    #[default]
    A,
    Aaaa,
    Cname,
    Mx,
    Txt,
    Ns,
    Soa,
    Srv,
    Caa,
    Ptr,
}

/// A response code.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum CodeParam {
    #[default]
    NoError,
    FormErr,
    ServFail,
    NxDomain,
    NotImp,
    Refused,
}

/// Builds the check, or says everything that is wrong.
pub(super) fn build(
    params: &Value,
    shared: &Arc<Shared>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = Problems::default();
    let record = params.record.as_type();
    let code = params.rcode.as_code();
    let name = name(&params.name, record, &mut problems);
    let resolver = params.resolver.as_deref().and_then(|text| resolver(text, &mut problems));
    let degraded = problems.condition_over_some(
        &["degraded"],
        params.degraded.as_deref(),
        &["response_time_ms"],
    );
    for (index, answer) in params.answers.iter().enumerate() {
        let fits = if record == RecordType::A {
            answer.parse::<Ipv4Addr>().is_ok()
        } else if record == RecordType::AAAA {
            answer.parse::<Ipv6Addr>().is_ok()
        } else {
            !answer.trim().is_empty()
        };
        if !fits {
            let what = format!("`{answer}` is not the value of a record of type {record}");
            problems.add(&["answers", &index.to_string()], what, None);
        }
    }
    if params.exactly && params.answers.is_empty() {
        let what = "`exactly` is set and there are no `answers`";
        problems.add(&["exactly"], what, Some("list the expected `answers`"));
    }
    if code != ResponseCode::NoError && !params.answers.is_empty() {
        let what = "an answer with this code has no records";
        problems.add(&["answers"], what, Some("remove `answers` or `rcode`"));
    }
    let check = name.map(|name| DnsCheck {
        shared: Arc::clone(shared),
        question: Question { name, record },
        host: resolver.map_or(params.name, |server| server.ip().to_string()),
        resolver,
        code,
        answers: params.answers.iter().map(|answer| canonical(answer, record)).collect(),
        exactly: params.exactly,
        degraded,
    });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

fn name(text: &str, record: RecordType, problems: &mut Problems) -> Option<Name> {
    match text.parse::<IpAddr>() {
        Ok(ip) if record == RecordType::PTR => return Some(Name::from(ip)),
        Ok(_) => {
            let hint = "ask for a name, or for `record = \"PTR\"`";
            problems.add(&["name"], format!("`{text}` is an IP address"), Some(hint));
            return None;
        }
        Err(_) => {}
    }
    // `from_utf8` takes names such as `_sip._tcp.example.com` and international ones.
    match Name::from_utf8(text) {
        Ok(mut name) if !text.is_empty() => {
            name.set_fqdn(true);
            Some(name)
        }
        Ok(_) => {
            problems.add(&["name"], "the name is empty", None);
            None
        }
        Err(error) => {
            problems.add(&["name"], format!("`{text}` is not a DNS name: {error}"), None);
            None
        }
    }
}

fn resolver(text: &str, problems: &mut Problems) -> Option<SocketAddr> {
    let address = text
        .parse::<SocketAddr>()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, DNS_PORT)));
    if address.is_none() {
        let hint = "write `192.0.2.53`, `192.0.2.53:5353` or `[2001:db8::53]:53`";
        problems.add(
            &["resolver"],
            format!("`{text}` is not the address of a name server"),
            Some(hint),
        );
    }
    address
}

impl RecordParam {
    fn as_type(self) -> RecordType {
        match self {
            Self::A => RecordType::A,
            Self::Aaaa => RecordType::AAAA,
            Self::Cname => RecordType::CNAME,
            Self::Mx => RecordType::MX,
            Self::Txt => RecordType::TXT,
            Self::Ns => RecordType::NS,
            Self::Soa => RecordType::SOA,
            Self::Srv => RecordType::SRV,
            Self::Caa => RecordType::CAA,
            Self::Ptr => RecordType::PTR,
        }
    }
}

impl CodeParam {
    fn as_code(self) -> ResponseCode {
        match self {
            Self::NoError => ResponseCode::NoError,
            Self::FormErr => ResponseCode::FormErr,
            Self::ServFail => ResponseCode::ServFail,
            Self::NxDomain => ResponseCode::NXDomain,
            Self::NotImp => ResponseCode::NotImp,
            Self::Refused => ResponseCode::Refused,
        }
    }
}
