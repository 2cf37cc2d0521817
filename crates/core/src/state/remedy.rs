//! The progress of the actions that mend alerts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::action::AttemptResult;
use crate::delivery::DeliveryId;
use crate::event::AlertId;
use crate::id::{ActionId, MonitorId};
use crate::serde_time;

/// The name of a series of attempts: an action, or an action and a monitor if its attempts are counted for each monitor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RemedyKey(String);

impl RemedyKey {
    /// Returns the key of the attempts of `action`, for `monitor` if they are counted for each monitor.
    #[must_use]
    pub fn new(action: &ActionId, monitor: Option<&MonitorId>) -> Self {
        match monitor {
            Some(monitor) => Self(format!("{action}/{monitor}")),
            None => Self(action.to_string()),
        }
    }

    /// Returns the id of the action as text.
    #[must_use]
    pub fn action(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }
}

/// A series of attempts: from the first alert that an action mends until none has fired for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemedySeries {
    /// The attempts, oldest first.
    pub attempts: Vec<RemedyAttempt>,
    /// The latest time at which an alert of the action fired.
    #[serde(with = "serde_time::at")]
    pub fired_at: Timestamp,
    /// The time from which on no further attempt is made, because the attempts did not help.
    #[serde(with = "serde_time::option_at")]
    pub stopped_at: Option<Timestamp>,
    /// The number of events that notices report: results of attempts, and the stop.
    pub n_events: u32,
}

/// An attempt of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemedyAttempt {
    /// The delivery that orders it.
    pub delivery: DeliveryId,
    /// The alert that caused it.
    pub alert: AlertId,
    /// The monitor of the alert.
    pub monitor: MonitorId,
    /// The time of the decision.
    #[serde(with = "serde_time::at")]
    pub at: Timestamp,
    /// The time from which on it is not executed any more.
    #[serde(with = "serde_time::at")]
    pub expires_at: Timestamp,
    /// The result; `None` until it is known.
    pub result: Option<AttemptResult>,
    /// True once it was ordered not to begin any more, because its alert is over.
    pub is_taken_back: bool,
}

impl RemedySeries {
    /// Moves the times that lie after `now` to `now`, because the clock was set back. An attempt expires at most as long
    /// after `now` as it was valid from its decision.
    pub fn set_back(&mut self, now: Timestamp) {
        self.fired_at = self.fired_at.min(now);
        self.stopped_at = self.stopped_at.map(|at| at.min(now));
        for attempt in &mut self.attempts {
            let valid_for = attempt.expires_at.duration_since(attempt.at);
            let latest = now.checked_add(valid_for).unwrap_or(Timestamp::MAX);
            attempt.expires_at = attempt.expires_at.min(latest);
            attempt.at = attempt.at.min(now);
        }
    }
}
