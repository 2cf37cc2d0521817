//! The `tcp` check: a connection, and optionally a text to send and a text to expect.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{CheckContext, Checker, Checking, ParamProblem};
use allclear_core::kind::{ADDRESS, Example, Kind, Texts};
use allclear_core::outcome::{Cause, DurationParts, Verdict};
use allclear_core::reason::Reason;
use allclear_core::threshold::Category;
use allclear_expression::{Expression, ValueKind, Variable};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Host;

use super::{Implementation, degraded_by_time};
use crate::SharedState;
use crate::attempt::{Attempt, AttemptPhase, patience};
use crate::excerpt::excerpt_of_bytes;
use crate::metrics::BODY_BYTES;
use crate::net::{AddressFamily, broken, connect};
use crate::params::{ParamProblems, host_part, read};

pub(super) const KIND: Kind = Kind {
    name: "tcp",
    category: Category::External,
    metrics: &[BODY_BYTES],
    labels: &[ADDRESS],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::host_of_address,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(12)),
            ..DurationParts::NONE
        },
        metrics: &[],
    },
};

pub(super) const IMPLEMENTATION: Implementation = Implementation { name: KIND.name, build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<Params>;

/// The variables of `degraded`.
pub(crate) const VARIABLES: &[Variable] = &[Variable::new(
    "response_time_ms",
    ValueKind::Number,
    "the response time of the target, in milliseconds",
)];

/// The most bytes that are read in search of the expected text.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Parameters of the `tcp` check: a connection, and optionally a text that is sent and one that is expected.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The host and port: `db.example.com:5432`.
    address: String,
    /// A text to send once connected. Nothing is added to it: write `\r\n` where it needs one.
    send: Option<String>,
    /// A text that must appear in the first 64 KiB of the answer.
    expect: Option<String>,
    /// The condition for degraded, over `response_time_ms`.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The address family of the host. Default: `any`.
    #[serde(default)]
    ip: AddressFamily,
}

/// A `tcp` check with its parameters.
#[derive(Debug)]
struct TcpCheck {
    shared: Arc<SharedState>,
    host: Host,
    host_text: String,
    /// The host as the config has it.
    shown: String,
    port: u16,
    send: Option<String>,
    expect: Option<String>,
    degraded: Option<Expression>,
    family: AddressFamily,
}

fn build(params: &Value, shared: &Arc<SharedState>) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let Params { address, send, expect, degraded, ip } = read(params)?;
    let mut problems = ParamProblems::default();
    let shown = host_part(&address).to_owned();
    let address = problems.address(&["address"], &address);
    let degraded = problems.condition(&["degraded"], degraded.as_deref(), VARIABLES);
    if expect.as_deref() == Some("") {
        problems.add(&["expect"], "an empty text is in every answer", Some("remove it"));
    }
    let check = address.map(|(host, port)| TcpCheck {
        shared: Arc::clone(shared),
        host_text: host.to_string(),
        shown,
        host,
        port,
        send,
        expect,
        degraded,
        family: ip,
    });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

impl Checker for TcpCheck {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let mut attempt = Attempt::start().showing(&self.host_text, &self.shown);
            let ended = timeout(patience(context.timeout), self.attempt(&mut attempt)).await;
            attempt.finish(ended, context.timeout)
        })
    }

    fn host(&self) -> Option<&str> {
        Some(&self.host_text)
    }
}

impl TcpCheck {
    async fn attempt(&self, attempt: &mut Attempt) -> Result<Verdict, Cause> {
        let resolver = &self.shared.resolver;
        let mut stream = connect(resolver, &self.host, self.port, self.family, attempt).await?;
        if self.expect.is_some() {
            attempt.enter(AttemptPhase::FirstByte);
        }
        if let Some(text) = &self.send {
            stream.write_all(text.as_bytes()).await.map_err(|error| broken(&error, "sending"))?;
        }
        if let Some(expected) = &self.expect {
            wait_for(&mut stream, expected, attempt).await?;
        }
        let latency = attempt.answered();
        Ok(degraded_by_time(self.degraded.as_ref(), latency))
    }
}

async fn wait_for(
    stream: &mut TcpStream,
    expected: &str,
    attempt: &mut Attempt,
) -> Result<(), Cause> {
    let mut answer: Vec<u8> = Vec::new();
    let unexpected = |what: &str, answer: &[u8]| {
        let came = excerpt_of_bytes(answer);
        (Reason::UnexpectedAnswer, format!("{what} without `{expected}`; it began with `{came}`"))
    };
    loop {
        let n_before = answer.len();
        let n_read = stream
            .read_buf(&mut answer)
            .await
            .map_err(|error| broken(&error, "waiting for the expected text"))?;
        attempt.measure(BODY_BYTES, f64::from(u32::try_from(answer.len()).unwrap_or(u32::MAX)));
        if n_before == 0 && n_read > 0 {
            attempt.enter(AttemptPhase::Transfer);
        }
        // The expected text may have begun in an earlier piece.
        let since = n_before.saturating_sub(expected.len());
        let fresh = answer.get(since..).unwrap_or_default();
        if fresh.windows(expected.len()).any(|window| window == expected.as_bytes()) {
            return Ok(());
        }
        let (reason, message) = unexpected("an answer came", &answer);
        attempt.set_suspicion(reason, message);
        if n_read == 0 {
            let (reason, message) = unexpected("the target closed the connection", &answer);
            return Err(Cause::of(reason, message));
        }
        if answer.len() >= MAX_ANSWER_BYTES {
            let (reason, message) = unexpected("64 KiB came", &answer);
            return Err(Cause::of(reason, message));
        }
    }
}
