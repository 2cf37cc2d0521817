//! The part of the state of a monitor that is kept for each region.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::outcome::{Cause, Metrics};
use crate::serde_time;
use crate::status::Status;

/// The outcomes of a monitor in one region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegionState {
    /// The status that the outcomes of the region confirm.
    pub status: Status,
    /// The time since which it has this status.
    #[serde(with = "serde_time::at")]
    pub since: Timestamp,
    /// The cause; `None` if healthy.
    pub cause: Option<Cause>,
    /// The last confirmed status that was measured; `None` before the first one.
    pub measured: Option<Status>,
    /// The latest measured outcomes, oldest first, as many as a confirmation needs.
    pub recent: VecDeque<MeasuredOutcome>,
    /// The outcomes in a row that measured nothing.
    pub unmeasured: Option<Unmeasured>,
    /// The latest outcome that counts in the status.
    pub last: Option<LastOutcome>,
    /// The outcomes of checks about which other regions have not reported yet, oldest first.
    pub pending: VecDeque<PendingOutcome>,
}

/// An outcome of a check about which other regions have not reported yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingOutcome {
    /// The outcome.
    pub outcome: LastOutcome,
    /// Its metrics that a rule reads.
    pub metrics: Metrics,
}

impl RegionState {
    /// The shortest time without an outcome after which a region is silent.
    pub const MIN_SILENCE: Duration = Duration::from_mins(3);

    /// The number of intervals without an outcome after which a region is silent.
    const SILENT_INTERVALS: u32 = 3;

    /// Returns the time without an outcome after which a region is silent, if it checks every `interval`.
    #[must_use]
    pub fn silence_limit(interval: Duration) -> Duration {
        interval.saturating_mul(Self::SILENT_INTERVALS).max(Self::MIN_SILENCE)
    }

    /// Creates the state of a region without any outcome, since `at`.
    #[must_use]
    pub fn unmeasured(at: Timestamp) -> Self {
        Self {
            status: Status::Unknown,
            since: at,
            cause: None,
            measured: None,
            recent: VecDeque::new(),
            unmeasured: None,
            last: None,
            pending: VecDeque::new(),
        }
    }

    /// Returns the newest outcome that has arrived.
    #[must_use]
    pub fn newest(&self) -> Option<&LastOutcome> {
        self.pending.back().map(|pending| &pending.outcome).or(self.last.as_ref())
    }

    /// Forgets the status at `at`. The time of the newest outcome stays known.
    pub fn forget_status(&mut self, at: Timestamp) {
        let last = self.newest().cloned();
        *self = Self { last, ..Self::unmeasured(at) };
    }

    /// Bounds all times by `now`, after the clock was set back.
    pub fn set_back(&mut self, now: Timestamp) {
        self.since = self.since.min(now);
        self.pending.retain(|pending| pending.outcome.at <= now);
        self.last = self.last.take().filter(|last| last.at <= now);
        self.recent.retain(|measured| measured.at <= now);
    }
}

/// A failure that fewer regions see than the quorum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialFailure {
    /// The number of regions that see the failure.
    pub failing: u8,
    /// The number of regions that report.
    pub of: u8,
}

/// A measured outcome, as an input of a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeasuredOutcome {
    /// The due time of the check.
    #[serde(with = "serde_time::at")]
    pub at: Timestamp,
    /// Its status; never unknown.
    pub status: Status,
}

/// A row of outcomes that measured nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Unmeasured {
    /// The time of the first one.
    #[serde(with = "serde_time::at")]
    pub since: Timestamp,
    /// The number of outcomes in the row.
    pub n_outcomes: u32,
}

/// The latest outcome of a monitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastOutcome {
    /// The due time of the check.
    #[serde(with = "serde_time::at")]
    pub at: Timestamp,
    /// Its status.
    pub status: Status,
    /// The cause; `None` if healthy.
    pub cause: Option<Cause>,
    /// The response time of the target.
    pub latency: Option<Duration>,
    /// True if the outcome before it had the same fault, so that the fault does not rest on a single outcome.
    pub repeats_fault: bool,
}
