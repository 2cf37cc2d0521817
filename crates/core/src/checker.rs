//! The protocol between the prober and the kinds of check.
//!
//! A kind is one module that implements [`Checker`] and stands in one list, its crate's
//! [`CheckKinds`]. The config crate validates a check's parameters through that list, so it knows
//! no kind by name.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::budget::Budget;
use crate::id::{MonitorId, SecretName};
use crate::kind::KindSet;
use crate::monitor::CheckSpec;
use crate::note::Note;
use crate::outcome::Finding;
use crate::price_model::PriceModel;
pub use crate::secret::Secrets;
use crate::window::Opening;

/// What a checker is handed for one attempt.
#[derive(Debug, Clone, Copy)]
pub struct CheckContext<'a> {
    /// When the check is made.
    pub now: Timestamp,
    /// How long the attempt may take. The prober ends it then, whatever the checker does.
    pub timeout: Duration,
    /// The secrets that [`Checker::secrets`] asked for, all of them.
    pub secrets: &'a Secrets,
    /// The latest beat, where [`Checker::listens_for_beats`] says so and one has come.
    pub beat: Option<&'a Beat>,
    /// When last nobody listened for beats; `None` where somebody always did. A beat that was due
    /// then says nothing about its job.
    pub deaf: Option<Opening>,
    /// What the checker noted at its last check, where [`Checker::takes_notes`] says so.
    pub recall: Recall<'a>,
    /// The money that the check may spend.
    pub budget: &'a dyn Budget,
    /// The time between two scheduled checks of the monitor.
    pub interval: Duration,
    /// Whether a person asks, and wants everything checked, due or not.
    pub is_thorough: bool,
}

/// What there is of a checker's last note.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Recall<'a> {
    /// It cannot be read at the moment. What depends on it must not be done.
    #[default]
    Unreadable,
    /// There is none yet.
    Blank,
    /// The last one.
    Noted(&'a Note),
}

/// The future of one attempt.
pub type Checking<'a> = Pin<Box<dyn Future<Output = Finding> + Send + 'a>>;

/// One check with its parameters, ready to be made.
pub trait Checker: Send + Sync {
    /// Makes one attempt. Never panics on what the target answers, and holds bounded memory.
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a>;

    /// The secrets it needs, by name.
    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    /// The host that the check goes to, if it goes anywhere: `api.example.com`. Two checks with
    /// unrelated hosts that both fail at transport level are evidence against our own network.
    fn host(&self) -> Option<&str> {
        None
    }

    /// Whether it judges beats that come in rather than going out itself.
    fn listens_for_beats(&self) -> bool {
        false
    }

    /// Whether it wants to be handed what it noted at its last check.
    fn takes_notes(&self) -> bool {
        false
    }

    /// The price model of a check that costs money or keeps notes.
    fn price_model(&self) -> Option<&dyn PriceModel> {
        None
    }

    /// The token in the address that its beats are sent to, if it listens for beats.
    fn beat_token(&self) -> Option<&str> {
        None
    }

    /// Returns the time between two beats of the job; `None` for a check that has none.
    fn beats_every(&self) -> Option<Duration> {
        None
    }
}

/// The latest word of a job that reports by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// When it came.
    pub at: Timestamp,
    /// What it said.
    pub signal: BeatSignal,
    /// When the job last said that it began, if it has not ended since.
    pub started_at: Option<Timestamp>,
    /// When the job last succeeded.
    pub succeeded_at: Option<Timestamp>,
    /// What it said when it last failed, if it has not succeeded since: beginning again mends
    /// nothing.
    pub failure: Option<BeatFailure>,
    /// How long the last finished job took, where it said when it began.
    pub duration: Option<Duration>,
    /// The first bytes of what it sent along; for the team's eyes only.
    pub body: String,
    /// The last failure that a success has ended. Without it, a failure would leave no trace if the
    /// job succeeded before the next check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_failure: Option<BeatFailure>,
    /// A duration that the job has measured itself, reported with its last success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Duration>,
}

/// What a job said of its failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeatFailure {
    /// The time of the report.
    #[serde(default)]
    pub at: Timestamp,
    /// The exit code, 1 to 255, where it gave one.
    pub exit_code: Option<u8>,
    /// The first bytes of what it sent along; for the team's eyes only.
    pub body: String,
}

/// What a beat says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BeatSignal {
    /// The job is done and well.
    Success,
    /// The job has begun.
    Start,
    /// The job failed, with its exit code where it gave one.
    Failure {
        /// The exit code, 1 to 255.
        exit_code: Option<u8>,
    },
}

impl Beat {
    /// The most bytes of a beat's body that are kept.
    pub const MAX_BODY_BYTES: usize = 10_000;

    /// The beat that follows `previous` when `signal` comes in at `at`.
    #[must_use]
    pub fn following(
        previous: Option<&Self>,
        signal: BeatSignal,
        at: Timestamp,
        body: String,
    ) -> Self {
        let ended_failure = previous.and_then(|beat| beat.ended_failure.clone());
        let began_at = previous.and_then(|beat| beat.started_at);
        let succeeded_at = previous.and_then(|beat| beat.succeeded_at);
        let took = began_at.and_then(|start| Duration::try_from(at.duration_since(start)).ok());
        let failure = previous.and_then(|beat| beat.failure.clone());
        let beat = Self {
            at,
            signal,
            started_at: None,
            succeeded_at,
            failure: None,
            duration: took,
            body,
            ended_failure,
            latency: None,
        };
        match signal {
            BeatSignal::Start => Self {
                started_at: Some(at),
                duration: previous.and_then(|beat| beat.duration),
                latency: previous.and_then(|beat| beat.latency),
                failure,
                ..beat
            },
            BeatSignal::Success => Self {
                succeeded_at: Some(at),
                ended_failure: failure.or(beat.ended_failure),
                ..beat
            },
            BeatSignal::Failure { exit_code } => {
                let failure = BeatFailure { at, exit_code, body: beat.body.clone() };
                Self { failure: Some(failure), ..beat }
            }
        }
    }

    /// The same beat, with the `latency` that the job has measured.
    #[must_use]
    pub fn with_latency(self, latency: Option<Duration>) -> Self {
        Self { latency: latency.or(self.latency), ..self }
    }
}

/// Something wrong with a parameter of a check or a channel, at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamProblem {
    /// Where: the keys from the table of parameters down to the value.
    pub path: Vec<String>,
    /// Which bytes of a text value, where only a part of it is wrong.
    pub range: Option<std::ops::Range<usize>>,
    /// What is wrong: lower case, the offending name in backticks.
    pub what: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl ParamProblem {
    /// A problem with the value at `path`.
    pub fn at<'a>(
        path: impl IntoIterator<Item = &'a str>,
        what: impl Into<String>,
        hint: Option<&str>,
    ) -> Self {
        Self {
            path: path.into_iter().map(str::to_owned).collect(),
            range: None,
            what: what.into(),
            hint: hint.map(str::to_owned),
        }
    }
}

/// The checkers of the monitors of a config. Each is built once, when its parameters are parsed.
#[derive(Clone, Default)]
pub struct Checkers(HashMap<MonitorId, Arc<dyn Checker>>);

impl Checkers {
    /// Returns the checker of a monitor.
    #[must_use]
    pub fn get(&self, monitor: &MonitorId) -> Option<&Arc<dyn Checker>> {
        self.0.get(monitor)
    }

    /// Returns all checkers in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&MonitorId, &Arc<dyn Checker>)> {
        self.0.iter()
    }
}

impl FromIterator<(MonitorId, Arc<dyn Checker>)> for Checkers {
    fn from_iter<I: IntoIterator<Item = (MonitorId, Arc<dyn Checker>)>>(checkers: I) -> Self {
        Self(checkers.into_iter().collect())
    }
}

impl fmt::Debug for Checkers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The kinds of check that there are.
pub trait CheckKinds: Send + Sync {
    /// Returns the declarations of the kinds.
    fn declared(&self) -> KindSet;

    /// Returns the names of the kinds, in the order of the documentation.
    fn names(&self) -> Vec<&'static str> {
        self.declared().names()
    }

    /// Builds the checker of `spec`, or says everything that is wrong with its parameters.
    fn build(&self, spec: &CheckSpec) -> Result<Box<dyn Checker>, Vec<ParamProblem>>;
}

/// The kinds of check, with the schemas of their parameters. A trait apart, because a program that only
/// runs checks does not link schemas.
pub trait CheckSchemas: CheckKinds {
    /// Returns the JSON Schema of a kind's parameters; `None` for an unknown kind.
    fn schema(&self, kind: &str) -> Option<serde_json::Value>;
}
