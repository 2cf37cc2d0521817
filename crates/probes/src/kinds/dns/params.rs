//! The parameters of the `dns` check, and the check that they make.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::DnsCheck;
use super::judge::Expected;
use super::variables::VARIABLES;
use crate::SharedState;
use crate::net::{DnsQuestion, ExpectedValue};
use crate::params::{ParamProblems, read};

const DNS_PORT: u16 = 53;

/// Parameters of the `dns` check: a question to a name server, and the expected answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The name of the question; always complete. It may be international, and for `PTR` an IP
    /// address.
    name: String,
    /// The type of the records. Default: `A`.
    #[serde(default)]
    record: RecordParam,
    /// The name server, as `ip` or `ip:port`. Default: those of this machine.
    resolver: Option<String>,
    /// Values that must all be among the records, in any order, as `dig +short` prints them:
    /// `192.0.2.1`, `10 mail.example.com.`, `"v=spf1 -all"`. A text may be written without its
    /// quotes too, and a name without its last dot.
    #[serde(default)]
    answers: Vec<String>,
    /// If `true`, there must be no other records than `answers`.
    #[serde(default)]
    exactly: bool,
    /// Values that must not be among the records.
    #[serde(default)]
    not_answers: Vec<String>,
    /// Texts that must each occur in a record: `include:_spf.example.com`.
    #[serde(default)]
    contains: Vec<String>,
    /// The expected response code. Default: `NOERROR`, or any if `expect` is set.
    rcode: Option<CodeParam>,
    /// The condition for healthy, over `records`, `count`, `rcode`, `ttl`, `authenticated` and
    /// `response_time_ms`: `count == 0`. Default: there is a record. A record is a text as
    /// in `answers`, without quotes and with names in lower case without the last dot.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, over the variables of `expect`.
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
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum CodeParam {
    NoError,
    FormErr,
    ServFail,
    NxDomain,
    NotImp,
    Refused,
}

/// Builds the check. The error lists all problems of the parameters.
pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let record = params.record.as_type();
    let code = params.rcode.map(CodeParam::as_code);
    let name = name(&params.name, record, &mut problems);
    let resolver = params.resolver.as_deref().and_then(|text| resolver(text, &mut problems));
    let mut condition =
        |key, text: &Option<String>| problems.condition(&[key], text.as_deref(), VARIABLES);
    let expect = condition("expect", &params.expect);
    let degraded = condition("degraded", &params.degraded);
    check_values(&params, record, &mut problems);
    let whole = |values: &[String]| {
        values.iter().map(|value| ExpectedValue::whole(value, record)).collect()
    };
    let part = |value: &String| ExpectedValue::part(value, record);
    let check = name.map(|name| DnsCheck {
        shared: Arc::clone(shared),
        question: DnsQuestion { name, record },
        shown: params.name.trim_end_matches('.').to_owned(),
        host: resolver.map_or(params.name.clone(), |server| server.ip().to_string()),
        resolver,
        expected: Expected {
            code,
            answers: whole(&params.answers),
            exactly: params.exactly,
            not_answers: whole(&params.not_answers),
            contains: params.contains.iter().map(part).collect(),
            condition: expect,
        },
        degraded,
    });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

/// Adds the problems of the expected values.
fn check_values(params: &Params, record: RecordType, problems: &mut ParamProblems) {
    let fits = |value: &str| {
        if record == RecordType::A {
            value.parse::<Ipv4Addr>().is_ok()
        } else if record == RecordType::AAAA {
            value.parse::<Ipv6Addr>().is_ok()
        } else {
            !value.trim().is_empty()
        }
    };
    for (key, values) in [("answers", &params.answers), ("not_answers", &params.not_answers)] {
        for (index, value) in values.iter().enumerate().filter(|(_, value)| !fits(value)) {
            let what = format!("`{value}` is not the value of a record of type {record}");
            problems.add(&[key, &index.to_string()], what, None);
        }
    }
    for (index, _) in params.contains.iter().enumerate().filter(|(_, text)| text.is_empty()) {
        let what = "an empty text is in every record";
        problems.add(&["contains", &index.to_string()], what, Some("remove it"));
    }
    let both = params.answers.iter().enumerate();
    for (index, value) in both.filter(|(_, value)| params.not_answers.contains(value)) {
        let what = format!("`{value}` is among `not_answers` too");
        problems.add(&["answers", &index.to_string()], what, None);
    }
    if params.exactly && params.answers.is_empty() {
        let what = "`exactly` is set, and `answers` is not";
        problems.add(&["exactly"], what, Some("list the expected `answers`"));
    }
    let has_records = params.rcode.is_none_or(|code| code.as_code() == ResponseCode::NoError);
    for (key, values) in [("answers", &params.answers), ("contains", &params.contains)] {
        if !has_records && !values.is_empty() {
            let what = "an answer with this code has no records";
            problems.add(&[key], what, Some(&format!("remove `{key}` or `rcode`")));
        }
    }
}

fn name(text: &str, record: RecordType, problems: &mut ParamProblems) -> Option<Name> {
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
    match Name::from_utf8(text.to_lowercase()) {
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

fn resolver(text: &str, problems: &mut ParamProblems) -> Option<SocketAddr> {
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
