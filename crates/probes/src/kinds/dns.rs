//! The `dns` check: whether a name server gives the expected answer. It asks plainly and believes
//! only answers to its very question.

mod judge;
mod params;
mod variables;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{CheckContext, Checker, Checking};
use allclear_core::kind::{Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::{Cause, DurationParts, Verdict};
use allclear_core::reason::Reason;
use allclear_core::threshold::Category;
use allclear_expression::Expression;
use hickory_proto::op::ResponseCode;
use tokio::time::timeout;

use super::Implementation;
use crate::SharedState;
use crate::attempt::{Attempt, AttemptPhase, patience};
use crate::explanation;
use crate::net::{AskError, DnsAnswer, DnsQuestion, ask, is_local_shortage};
use judge::{Expected, Observed, Rejection};

pub(super) use variables::VARIABLES;

/// The code of the answer, 0 without an error.
const RCODE: Metric = Metric::new("dns_rcode", Unit::Number);

/// The number of answers.
const ANSWERS: Metric = Metric::new("dns_answers", Unit::Number);

/// The shortest time for which an answer may be kept.
const TTL_SECONDS: Metric = Metric::new("dns_ttl_seconds", Unit::Seconds);

pub(super) const KIND: Kind = Kind {
    name: "dns",
    category: Category::External,
    metrics: &[RCODE, ANSWERS, TTL_SECONDS],
    labels: &[],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::none,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts { first_byte: Some(Duration::from_millis(9)), ..DurationParts::NONE },
        metrics: &[(RCODE.name, 0.0), (ANSWERS.name, 2.0), (TTL_SECONDS.name, 300.0)],
    },
};

pub(super) const IMPLEMENTATION: Implementation =
    Implementation { name: KIND.name, build: params::build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<params::Params>;

/// The time that one question waits before it is asked again.
const PATIENCE: Duration = Duration::from_secs(2);

/// A `dns` check with its parameters.
#[derive(Debug)]
struct DnsCheck {
    shared: Arc<SharedState>,
    question: DnsQuestion,
    /// The name as the config has it, without the last dot.
    shown: String,
    /// The name server in question; `None` for those that the monitor uses itself.
    resolver: Option<SocketAddr>,
    /// The host by which unrelated failures are distinguished.
    host: String,
    expected: Expected,
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
        attempt.enter(AttemptPhase::Resolve);
        let answer = self.ask(context.timeout, attempt).await?;
        let latency = attempt.answered();
        let observed = Observed::of(&answer, latency);
        attempt.measure(RCODE, f64::from(u16::from(answer.code)));
        attempt.measure(ANSWERS, observed.count());
        if let Some(ttl) = observed.ttl {
            attempt.measure(TTL_SECONDS, f64::from(ttl));
        }
        let record = self.question.record;
        self.expected.judge(&observed, &self.shown, record).map_err(
            |rejection| match rejection {
                Rejection::Unexpected(what) => Cause::of(self.reason(answer.code), what),
                Rejection::BeyondLimits(what) => explanation::beyond_limits(what),
            },
        )?;
        let Some(condition) = &self.degraded else { return Ok(Verdict::Healthy) };
        Ok(match observed.evaluate(condition) {
            Ok(truth) if truth.holds() => {
                let what = observed.explain(condition, &truth);
                Verdict::Degraded(Cause::of(Reason::Degraded, what))
            }
            Ok(_) => Verdict::Healthy,
            Err(what) => Verdict::Degraded(explanation::beyond_limits(what)),
        })
    }

    /// Returns the reason of an unexpected answer. If this machine's own name servers do not know
    /// the name, the fault may lie with them, as for every check that resolves a name.
    fn reason(&self, code: ResponseCode) -> Reason {
        let is_expected = self.expected.code == Some(code);
        if self.resolver.is_none() && !is_expected && code != ResponseCode::NoError {
            Reason::DnsFailed
        } else {
            Reason::UnexpectedAnswer
        }
    }

    /// Asks the name servers in turn, again and again, until one answers.
    async fn ask(&self, whole: Duration, attempt: &mut Attempt) -> Result<DnsAnswer, Cause> {
        let servers = match self.resolver {
            Some(server) => vec![server],
            None => self.shared.resolver.name_servers(),
        };
        if servers.is_empty() {
            let what = "this machine has no name server; set `resolver`";
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
                    attempt.set_suspicion(cause.reason, cause.message);
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
            AskError::Io(error) if is_local_shortage(error) => {
                return Cause::of(Reason::NotSent, what);
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
        Cause::of(reason, what)
    }
}
