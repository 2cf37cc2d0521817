//! Monitors: what is watched, how often, and what is expected of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::MonitorId;

/// One configured thing to watch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Monitor {
    /// Its stable name.
    pub id: MonitorId,
    /// Its name for people.
    pub name: String,
    /// The heading it stands under on the page.
    pub group: Option<String>,
    /// What is done to find out how it is.
    pub check: CheckSpec,
    /// How often it is checked.
    pub interval: Duration,
    /// How long one attempt may take; at most `interval`.
    pub timeout: Duration,
    /// Whether a failure is tried once more at once before it counts.
    pub recheck: bool,
    /// When a status counts as confirmed.
    pub confirmation: Confirmation,
    /// Whether its being unhealthy is critical for the whole.
    pub critical: bool,
    /// Whether the public page shows it.
    pub public: bool,
    /// How fast it usually answers; rules compare with it.
    pub expected_response_time: Option<Duration>,
    /// The monitors without which it cannot work. Known and free of cycles.
    pub depends_on: Vec<MonitorId>,
    /// Labels that rules can ask for.
    pub tags: Vec<String>,
}

/// The kind of a check and its parameters, valid for that kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckSpec {
    /// The kind: `http`, `tcp`, `dns`, `tls`, `heartbeat`, …
    pub kind: String,
    /// Its parameters, as the kind's own module defines them.
    pub params: serde_json::Value,
}

/// When a change of status is confirmed: m of the last n outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// How many outcomes must be bad; at least 1.
    pub failures: u8,
    /// Among how many of the last ones; at least `failures`, at most [`Confirmation::MAX_OF`].
    pub of: u8,
    /// How many good outcomes in a row make a recovery; at least 1.
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
