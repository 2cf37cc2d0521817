//! The interface between the prober and the kinds of check.
//!
//! A kind is one module that implements [`Checker`] and is listed once, in its crate's [`CheckKinds`]. The
//! config crate validates a check's parameters through that list, so it contains no name of a kind.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::beat::Beat;
use crate::budget::Budget;
use crate::checker_state::Note;
use crate::id::{MonitorId, SecretName};
use crate::kind::KindSet;
use crate::monitor::CheckSpec;
use crate::outcome::Finding;
use crate::price_model::PriceModel;
use crate::secret::Secrets;
use crate::window::Opening;

/// The input of a checker for one attempt.
#[derive(Debug, Clone, Copy)]
pub struct CheckContext<'a> {
    /// The time of the check.
    pub now: Timestamp,
    /// The time limit of the attempt. The prober ends the attempt at the limit, even if the checker is still
    /// running.
    pub timeout: Duration,
    /// The secrets that [`Checker::secrets`] asked for, all of them.
    pub secrets: &'a Secrets,
    /// The latest beat, if [`Checker::listens_for_beats`] returns true and a beat has arrived.
    pub beat: Option<&'a Beat>,
    /// The latest period in which no process received beats; `None` if there was none. A beat that was due in
    /// that period says nothing about its job.
    pub listener_gap: Option<Opening>,
    /// The note that the checker left at its last check, if [`Checker::takes_notes`] returns true.
    pub prior_state: PriorState<'a>,
    /// The money that the check may spend.
    pub budget: &'a dyn Budget,
    /// The time between two scheduled checks of the monitor.
    pub interval: Duration,
    /// True if an operator requested the check and wants every part of it made, due or not.
    pub force_all: bool,
}

/// The last note of a checker, as far as it could be read.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum PriorState<'a> {
    /// The note cannot be read at the moment. Steps that depend on it must be left out.
    #[default]
    Unreadable,
    /// There is no note yet.
    Blank,
    /// The last note.
    Noted(&'a Note),
}

/// The future of one attempt.
pub type Checking<'a> = Pin<Box<dyn Future<Output = Finding> + Send + 'a>>;

/// One check with its parameters, ready to run.
pub trait Checker: Send + Sync {
    /// Makes one attempt. Never panics on the answer of a target, and uses bounded memory.
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a>;

    /// Returns the names of the secrets that it needs.
    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    /// Returns the host that the check connects to, if any: `api.example.com`. Two checks with unrelated
    /// hosts that both fail at transport level are evidence against our own network.
    fn host(&self) -> Option<&str> {
        None
    }

    /// Returns a sentence about this interval of the check if it is not advisable, for the warnings about a
    /// config.
    fn advice(&self, _interval: Duration) -> Option<String> {
        None
    }

    /// Returns true if the check judges incoming beats instead of sending a request.
    fn listens_for_beats(&self) -> bool {
        false
    }

    /// Returns true if the checker needs the note that it left at its last check.
    fn takes_notes(&self) -> bool {
        false
    }

    /// Returns the price model of a check that costs money or keeps notes.
    fn price_model(&self) -> Option<&dyn PriceModel> {
        None
    }

    /// Returns the token in the address of its beats; `None` if it listens for none.
    fn beat_token(&self) -> Option<&str> {
        None
    }

    /// Returns the time between two beats of the job; `None` for a check that has none.
    fn beats_every(&self) -> Option<Duration> {
        None
    }
}

/// An error in a parameter of a check or a channel, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamProblem {
    /// The keys from the table of parameters down to the value.
    pub path: Vec<String>,
    /// The offending bytes of a text value, if only a part of the value is wrong.
    pub range: Option<std::ops::Range<usize>>,
    /// The problem: lower case, the offending name in backticks.
    pub what: String,
    /// The correction to suggest.
    pub hint: Option<String>,
}

impl ParamProblem {
    /// Creates a problem with the value at `path`.
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

/// The available kinds of check.
pub trait CheckKinds: Send + Sync {
    /// Returns the declarations of the kinds.
    fn declared(&self) -> KindSet;

    /// Returns the names of the kinds, in the order of the documentation.
    fn names(&self) -> Vec<&'static str> {
        self.declared().names()
    }

    /// Builds the checker of `spec`. The error lists all problems of its parameters.
    ///
    /// # Errors
    ///
    /// Fails with all problems of the parameters, or if the kind is unknown.
    fn build(&self, spec: &CheckSpec) -> Result<Box<dyn Checker>, Vec<ParamProblem>>;
}

/// The kinds of check, with the schemas of their parameters. A separate trait, because a program that only
/// runs checks does not link schemas.
pub trait CheckSchemas: CheckKinds {
    /// Returns the JSON Schema of a kind's parameters; `None` for an unknown kind.
    fn schema(&self, kind: &str) -> Option<serde_json::Value>;
}
