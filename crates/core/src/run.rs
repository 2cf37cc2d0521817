//! Runs: the outcomes of one prober invocation, written as one record.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{RegionId, ShardId};
use crate::outcome::Outcome;
use crate::stored;

/// Which part of an invocation a run holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// What had answered when the run was written.
    Main,
    /// The stragglers, in a run of their own so that they hold up nobody else's outcome.
    Slow,
}

impl Lane {
    /// The word used in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Slow => "slow",
        }
    }
}

/// What makes a run the same run: a schedule that fires twice records once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunKey {
    /// When the invocation was due.
    #[serde(with = "stored::at")]
    pub scheduled_at: Timestamp,
    /// Where it ran.
    pub region: RegionId,
    /// Which part of it this is.
    pub lane: Lane,
}

/// The outcomes of one prober invocation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The shard whose monitors were checked.
    pub shard: ShardId,
    /// What makes it the same run.
    pub key: RunKey,
    /// How late the invocation began.
    pub lag: Duration,
    /// How long it took.
    pub took: Duration,
    /// One outcome for each monitor that was due.
    pub outcomes: Vec<Outcome>,
}

impl Run {
    /// When the check behind `outcome` was due.
    #[must_use]
    pub fn time_of(&self, outcome: &Outcome) -> Timestamp {
        self.key.scheduled_at + outcome.offset
    }
}
