//! Runs: the outcomes of one prober invocation, written as one record.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{RegionId, ShardId};
use crate::outcome::Outcome;
use crate::serde_time;

/// The part of an invocation that a run holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// The checks that had finished when the run was written.
    Main,
    /// The slow checks, in a run of their own so that they do not delay the outcomes of other monitors.
    Slow,
}

impl Lane {
    /// Returns the word used in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Slow => "slow",
        }
    }
}

/// The identity of a run. A schedule that fires twice records one run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunKey {
    /// The scheduled time of the invocation.
    #[serde(with = "serde_time::at")]
    pub scheduled_at: Timestamp,
    /// The region that the prober ran in.
    pub region: RegionId,
    /// The part of the invocation.
    pub lane: Lane,
}

/// The outcomes of one prober invocation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The shard whose monitors were checked.
    pub shard: ShardId,
    /// The identity of the run.
    pub key: RunKey,
    /// The delay between the scheduled time and the start of the invocation.
    pub lag: Duration,
    /// The duration of the invocation.
    pub took: Duration,
    /// One outcome for each monitor that was due.
    pub outcomes: Vec<Outcome>,
}

impl Run {
    /// Returns the due time of the check behind `outcome`.
    #[must_use]
    pub fn time_of(&self, outcome: &Outcome) -> Timestamp {
        self.key.scheduled_at + outcome.offset
    }

    /// Returns the time at which the run was recorded.
    #[must_use]
    pub fn recorded_at(&self) -> Timestamp {
        let at = self.key.scheduled_at.checked_add(self.lag);
        at.and_then(|at| at.checked_add(self.took)).unwrap_or(self.key.scheduled_at)
    }
}
