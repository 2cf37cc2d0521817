//! Monitors: the checked targets, their intervals and their expected results.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::MonitorId;
use crate::quorum::Quorum;
use crate::threshold::Threshold;

/// One configured target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Monitor {
    /// Its stable name.
    pub id: MonitorId,
    /// Its name for people.
    pub name: String,
    /// Its heading on the page.
    pub group: Option<String>,
    /// The check that measures it.
    pub check: CheckSpec,
    /// The time between two checks.
    pub interval: Duration,
    /// The time limit of one attempt; at most `interval`.
    pub timeout: Duration,
    /// True if a failed check is repeated once, immediately, before it counts.
    pub recheck: bool,
    /// The number of outcomes that confirm a status.
    pub confirmation: Confirmation,
    /// The number of regions that decide the status.
    #[serde(default)]
    pub quorum: Quorum,
    /// True if the whole counts as critical while this monitor is unhealthy.
    pub critical: bool,
    /// True if the public page shows it.
    pub public: bool,
    /// The usual response time, with which rules compare.
    pub expected_response_time: Option<Duration>,
    /// The limits of its metrics.
    #[serde(default)]
    pub thresholds: Vec<Threshold>,
    /// The monitors that it depends on. Known and free of cycles.
    pub depends_on: Vec<MonitorId>,
    /// Labels that rules can select by.
    pub tags: Vec<String>,
    /// The URL of the instructions for the people who repair it.
    #[serde(default)]
    pub runbook: Option<String>,
}

impl Monitor {
    /// The time between two checks, unless the config sets one.
    pub const DEFAULT_INTERVAL: Duration = Duration::from_mins(1);

    /// The time limit of one attempt, unless the config sets one.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

    /// Returns the monitor of a config that sets only the id and the check.
    #[must_use]
    pub fn new(id: MonitorId, check: CheckSpec) -> Self {
        Self {
            name: id.to_string(),
            id,
            group: None,
            check,
            interval: Self::DEFAULT_INTERVAL,
            timeout: Self::DEFAULT_TIMEOUT,
            recheck: true,
            confirmation: Confirmation::default(),
            quorum: Quorum::default(),
            critical: false,
            public: true,
            expected_response_time: None,
            thresholds: Vec::new(),
            depends_on: Vec::new(),
            tags: Vec::new(),
            runbook: None,
        }
    }
}

/// The kind of a check and its parameters, valid for that kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckSpec {
    /// The kind: `http`, `tcp`, `dns`, `tls`, `heartbeat`, …
    pub kind: String,
    /// Its parameters, as the kind's own module defines them.
    pub params: serde_json::Value,
}

/// The condition under which a change of status is confirmed: m of the last n outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The number of bad outcomes that confirm a failure; at least 1.
    pub failures: u8,
    /// The number of latest outcomes among which the failures are counted; at least `failures`, at most
    /// [`Confirmation::MAX_OF`].
    pub of: u8,
    /// The number of good outcomes in a row that confirm a recovery; at least 1.
    pub successes: u8,
}

impl Confirmation {
    /// The most outcomes that a confirmation looks back on.
    pub const MAX_OF: u8 = 60;
}

impl Default for Confirmation {
    fn default() -> Self {
        Self { failures: 2, of: 2, successes: 2 }
    }
}
