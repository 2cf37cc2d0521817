//! Actions, which are executed while alerts of their rules fire, and the attempts that they order.
//!
//! The evaluator decides each attempt and commits it as a delivery. The notifier executes it at most once.

mod kinds;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{ActionId, RuleId};
use crate::matcher::{AlertLabels, Matcher};
use crate::monitor::Monitor;
use crate::rule::RuleScope;
use crate::status::{Fault, Severity};

pub use kinds::{
    ActionExecutor, ActionKinds, ActionSchemas, BuiltExecutor, Executing, ExecutionInput,
    ExecutionPlace, NoActions,
};

/// A configured action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Its stable name, which no channel has.
    pub id: ActionId,
    /// The kind of action and its parameters.
    pub run: ActionSpec,
    /// The effect for people, as its kind describes it: ``restart the systemd unit `nginx.service` ``.
    pub effect: String,
    /// The alerts that it mends.
    pub filter: ActionFilter,
    /// The limits of its attempts.
    pub policy: ActionPolicy,
}

/// The kind of an action and its parameters, valid for that kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionSpec {
    /// The kind: `webhook`, `systemd`, …
    pub kind: String,
    /// Its parameters, as the kind's own module defines them.
    pub params: serde_json::Value,
}

/// The alerts that an action mends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionFilter {
    /// The rules. Never empty.
    pub rules: Vec<RuleId>,
    /// The mildest severity.
    pub min_severity: Severity,
    /// The faults. Never empty: a restart mends no expired key.
    pub faults: Vec<Fault>,
    /// The monitors.
    pub scope: RuleScope,
    /// The matchers, all of which must hold.
    pub matchers: Vec<Matcher>,
}

impl ActionFilter {
    /// Checks whether an alert with `labels` on `monitor` passes, apart from the matchers. An alert without a fault, such
    /// as a slow response, is the target's.
    #[must_use]
    pub fn accepts(&self, labels: &AlertLabels<'_>, monitor: &Monitor) -> bool {
        self.rules.contains(labels.rule)
            && labels.severity >= self.min_severity
            && self.faults.contains(&labels.fault.unwrap_or(Fault::Target))
            && self.scope.includes(monitor)
    }
}

/// The limits of the attempts of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionPolicy {
    /// The most attempts until no alert of the action has fired for [`ActionPolicy::calm`]; at least 1.
    pub max_attempts: u32,
    /// The least time between the decisions for two attempts. An attempt that has not begun within it is not executed.
    pub cooldown: Duration,
    /// The time limit of one attempt; at most the cooldown.
    pub timeout: Duration,
    /// The execution of attempts.
    pub execution: Execution,
    /// The extent to which attempts are counted together.
    pub count: AttemptCount,
}

/// The least time without an alert after which the attempts of an action are counted anew.
const CALM: Duration = Duration::from_hours(1);

impl ActionPolicy {
    /// The most attempts by default.
    pub const DEFAULT_MAX_ATTEMPTS: u32 = 3;

    /// The time between two attempts by default.
    pub const DEFAULT_COOLDOWN: Duration = Duration::from_mins(5);

    /// The time limit of an attempt by default.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

    /// Returns the time without an alert after which attempts are counted anew: an hour, or the cooldown if that is
    /// longer.
    #[must_use]
    pub fn calm(&self) -> Duration {
        self.cooldown.max(CALM)
    }
}

/// The execution of the attempts of an action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Execution {
    /// They are executed.
    #[default]
    Real,
    /// They are recorded and notified, and nothing is executed.
    DryRun,
}

/// The extent to which the attempts of an action are counted together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttemptCount {
    /// All attempts of the action, for all its monitors: the action mends one thing.
    #[default]
    #[serde(rename = "action")]
    PerAction,
    /// The attempts for each monitor on its own: the action mends each monitor separately.
    #[serde(rename = "monitor")]
    PerMonitor,
}

impl AttemptCount {
    /// All extents, in the order of the documentation.
    pub const ALL: [Self; 2] = [Self::PerAction, Self::PerMonitor];

    /// Returns the word used in configs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PerAction => "action",
            Self::PerMonitor => "monitor",
        }
    }
}

/// One attempt of an action, as a delivery orders it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionAttempt {
    /// The action.
    pub action: ActionId,
    /// The number of the attempt, from 1 on.
    pub number: u32,
    /// The most attempts.
    pub max_attempts: u32,
    /// The order.
    pub order: AttemptOrder,
    /// The effect for people.
    pub effect: String,
    /// The time limit.
    pub timeout: Duration,
    /// The time from which on it is not executed any more.
    pub expires_at: Timestamp,
}

/// The order of a delivery to an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOrder {
    /// Execute the action.
    Execute,
    /// Record the attempt, and execute nothing.
    DryRun,
    /// Execute no earlier attempt that has not begun, because its alert is over.
    TakeBack,
}

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttemptResult {
    /// The action was executed and succeeded.
    Succeeded,
    /// Nothing was executed, as configured.
    DryRun,
    /// The action was executed and failed, with the reason.
    Failed(String),
    /// It is not known whether the action was executed, or how it ended, with the reason. It counts as executed.
    Unknown(String),
    /// It was not executed, with the reason. It counts as an attempt all the same.
    NotExecuted(String),
    /// It could not be executed, with the reason and the first step of an operator: a secret is missing, or the parameters
    /// are refused. It counts as an attempt all the same.
    NotExecutable(String),
}

impl AttemptResult {
    /// Returns the word for the result: `succeeded`, `dry_run`, `failed`, `unknown`, `not_executed` or
    /// `not_executable`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::DryRun => "dry_run",
            Self::Failed(_) => "failed",
            Self::Unknown(_) => "unknown",
            Self::NotExecuted(_) => "not_executed",
            Self::NotExecutable(_) => "not_executable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_counted_anew_after_an_hour_or_a_longer_cooldown() {
        let policy = |cooldown| ActionPolicy {
            max_attempts: 3,
            cooldown,
            timeout: ActionPolicy::DEFAULT_TIMEOUT,
            execution: Execution::Real,
            count: AttemptCount::PerAction,
        };
        assert_eq!(policy(Duration::from_mins(5)).calm(), Duration::from_hours(1));
        assert_eq!(policy(Duration::from_hours(4)).calm(), Duration::from_hours(4));
    }
}
