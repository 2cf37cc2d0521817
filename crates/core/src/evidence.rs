//! The evidence for an alert: the values of its condition, and the outcomes behind them.
//!
//! It is stored with each notification and each suppression, so all lists are bounded.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::RegionId;
use crate::outcome::Outcome;
use crate::reason::Reason;
use crate::status::Status;

/// The evidence for one alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionEvidence {
    /// The time since which the condition was true.
    pub pending_since: Timestamp,
    /// The values that made the condition true, as a text; empty if the alert has ended.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub values: String,
    /// The latest outcomes that were counted, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<CountedOutcome>,
}

/// An outcome that was counted for alerts of a monitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedOutcome {
    /// The due time of the check.
    pub at: Timestamp,
    /// The status of this one check.
    pub status: Status,
    /// The cause, as a stable code; `None` if the check succeeded.
    pub reason: Option<Reason>,
    /// The response time of the target in milliseconds; `None` if it did not answer.
    pub response_time_ms: Option<u32>,
    /// The region of the check.
    pub region: RegionId,
}

impl CountedOutcome {
    /// The most outcomes of one monitor that are kept.
    pub const MAX: usize = 5;

    /// Returns the counted form of an outcome of `region`, whose check was due at `at`.
    #[must_use]
    pub fn of(outcome: &Outcome, at: Timestamp, region: &RegionId) -> Self {
        let milliseconds = outcome.latency.map(|latency| latency.as_millis());
        Self {
            at,
            status: outcome.status(),
            reason: outcome.verdict.cause().map(|cause| cause.reason),
            response_time_ms: milliseconds.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX)),
            region: region.clone(),
        }
    }
}
