//! The `dns` check: whether a name server gives the expected answer. It asks plainly and believes
//! only answers to its very question.

mod params;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{CheckContext, Checker, Checking};
use allclear_core::expression::Expression;
use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{RData, Record, RecordType};
use tokio::time::timeout;

use super::{Kind, degraded_by_time};
use crate::Shared;
use crate::attempt::{Attempt, Phase, patience};
use crate::excerpt::excerpt;
use crate::net::{AskError, Question, ask, code_name, is_our_own_shortage};

pub(super) const KIND: Kind =
    Kind { name: "dns", schema: super::schema::<params::Params>, build: params::build };

/// How long one question waits before it is asked again.
const PATIENCE: Duration = Duration::from_secs(2);

/// A `dns` check with its parameters.
#[derive(Debug)]
struct DnsCheck {
    shared: Arc<Shared>,
    question: Question,
    /// The name server in question; `None` for those that the monitor uses itself.
    resolver: Option<SocketAddr>,
    /// What unrelated failures are told apart by.
    host: String,
    code: ResponseCode,
    /// In the form of [`value`].
    answers: Vec<String>,
    exactly: bool,
    degraded: Option<Expression>,
}

impl Checker for DnsCheck {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let mut attempt = Attempt::start();
            let ended =
                timeout(patience(context.timeout), self.attempt(context, &mut attempt)).await;
            attempt.finish(ended, context.timeout)
        })
    }

    fn host(&self) -> Option<&str> {
        Some(&self.host)
    }
}

impl DnsCheck {
    async fn attempt(
        &self,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<Verdict, Cause> {
        attempt.enter(Phase::Resolve);
        let answer = self.ask(context.timeout, attempt).await?;
        let latency = attempt.answered();
        let found: Vec<&Record> = answer
            .answers
            .iter()
            .filter(|record| record.record_type() == self.question.record)
            .collect();
        let code = answer.metadata.response_code;
        attempt.measure("dns_rcode", f64::from(u16::from(code)));
        attempt.measure("dns_answers", f64::from(u32::try_from(found.len()).unwrap_or(u32::MAX)));
        if let Some(ttl) = found.iter().map(|record| record.ttl).min() {
            attempt.measure("dns_ttl_seconds", f64::from(ttl));
        }
        let values: Vec<String> = found.iter().map(|record| value(&record.data)).collect();
        self.judge(code, &values).map_err(|what| Cause::target(self.reason(code), what))?;
        Ok(degraded_by_time(self.degraded.as_ref(), latency))
    }

    /// Why an unexpected answer is one. That this machine's own name servers do not know the name
    /// may as well be their failure, as it is for every check that resolves a name.
    fn reason(&self, code: ResponseCode) -> Reason {
        if self.resolver.is_none() && code != self.code && code != ResponseCode::NoError {
            Reason::DnsFailed
        } else {
            Reason::UnexpectedAnswer
        }
    }

    /// Asks the name servers in turn, again and again, until one answers.
    async fn ask(&self, whole: Duration, attempt: &mut Attempt) -> Result<Message, Cause> {
        let servers = match self.resolver {
            Some(server) => vec![server],
            None => self.shared.resolver.name_servers(),
        };
        if servers.is_empty() {
            let what = "this machine names no name server; set `resolver`";
            return Err(Cause::monitor(Reason::DnsFailed, what));
        }
        let patience = PATIENCE.min(whole / 3);
        loop {
            let mut n_refusals = 0;
            for server in &servers {
                let questions = std::slice::from_ref(&self.question);
                let Some(questions) = questions.first_chunk::<1>() else { continue };
                let error = match ask(*server, questions, patience, patience).await {
                    Ok([Some(answer)]) => return Ok(answer),
                    Ok([None]) => AskError::Silent { wrong: None },
                    Err(error) => error,
                };
                let cause = self.no_answer(*server, &error);
                if let AskError::Silent { .. } = error {
                    attempt.suspect(cause.reason, cause.message);
                } else {
                    n_refusals += 1;
                    if n_refusals == servers.len() {
                        return Err(cause);
                    }
                }
            }
        }
    }

    fn no_answer(&self, server: SocketAddr, error: &AskError) -> Cause {
        let what = format!("the name server {server}: {error}");
        let reason = match error {
            AskError::Io(error) if is_our_own_shortage(error) => {
                return Cause::monitor(Reason::NotSent, what);
            }
            AskError::Silent { wrong: Some(_) } | AskError::Invalid(_) => Reason::ResponseInvalid,
            AskError::Io(_) | AskError::Silent { wrong: None } if self.resolver.is_none() => {
                Reason::DnsFailed
            }
            AskError::Silent { wrong: None } => Reason::Timeout,
            AskError::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                Reason::ConnectRefused
            }
            AskError::Io(_) => Reason::ConnectUnreachable,
        };
        Cause::target(reason, what)
    }

    /// What is wrong with an answer of this code and these values.
    fn judge(&self, code: ResponseCode, values: &[String]) -> Result<(), String> {
        let record = self.question.record;
        let name = self.question.name.to_ascii();
        let name = name.trim_end_matches('.');
        if code != self.code {
            return Err(format!(
                "the answer for `{name}` is {}, not {}",
                code_name(code),
                code_name(self.code)
            ));
        }
        if self.code != ResponseCode::NoError {
            return Ok(());
        }
        let listed = || excerpt(&values.join(", "));
        if values.is_empty() {
            return Err(format!("`{name}` has no {record} record"));
        }
        if let Some(missing) = self.answers.iter().find(|wanted| !values.contains(wanted)) {
            return Err(format!(
                "`{missing}` is not among the {record} records of `{name}`: {}",
                listed()
            ));
        }
        let extra = values.iter().find(|value| !self.answers.contains(value));
        if let (true, Some(extra)) = (self.exactly, extra) {
            return Err(format!(
                "`{extra}` is among the {record} records of `{name}` and not expected"
            ));
        }
        Ok(())
    }
}

/// A record's value as text, in the form that two equal values share.
fn value(data: &RData) -> String {
    if let RData::TXT(text) = data {
        // A long text comes in pieces.
        let whole: Vec<u8> = text.txt_data.iter().flat_map(|piece| piece.iter().copied()).collect();
        return String::from_utf8_lossy(&whole).into_owned();
    }
    canonical(&data.to_string(), data.record_type())
}

/// The form that two equal values share: names in lower case without the last dot.
fn canonical(text: &str, record: RecordType) -> String {
    if record == RecordType::TXT {
        return text.to_owned();
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return ip.to_string();
    }
    let words = text.split_whitespace().map(|word| {
        if record == RecordType::CAA {
            word.to_owned()
        } else {
            let bare = word.strip_suffix('.').filter(|bare| !bare.is_empty()).unwrap_or(word);
            bare.to_ascii_lowercase()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_as_dns_does() {
        assert_eq!(canonical("10 Mail.Example.com.", RecordType::MX), "10 mail.example.com");
        assert_eq!(canonical("2001:DB8:0::1", RecordType::AAAA), "2001:db8::1");
        assert_eq!(canonical("v=spf1 -ALL.", RecordType::TXT), "v=spf1 -ALL.");
        assert_eq!(
            canonical("0 issue  \"CA.example.\"", RecordType::CAA),
            "0 issue \"CA.example.\""
        );
        assert_eq!(canonical("0 .", RecordType::MX), "0 .");
    }
}
