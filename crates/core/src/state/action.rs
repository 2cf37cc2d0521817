//! The progress of the actions that mend alerts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::action::{AttemptResult, Execution};
use crate::alert_group::AlertGroupId;
use crate::delivery::DeliveryId;
use crate::event::AlertId;
use crate::id::{ActionId, MonitorId};
use crate::serde_time;

/// An action, or an action and a monitor if its attempts are counted for each monitor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionKey(String);

impl ActionKey {
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

    /// Returns the id of the monitor as text; `None` if the attempts are counted for all monitors together.
    #[must_use]
    pub fn monitor(&self) -> Option<&str> {
        self.0.split_once('/').map(|(_, monitor)| monitor)
    }
}

/// The attempts of an action that count: from its first alert until none has fired for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionState {
    /// The attempts, oldest first.
    pub attempts: Vec<DecidedAttempt>,
    /// The latest time at which an alert of the action fired.
    #[serde(with = "serde_time::at")]
    pub fired_at: Timestamp,
    /// The stop of the action; `None` while further attempts may follow.
    pub stop: Option<ActionStop>,
    /// The number of events that notices report: results of attempts, and the stop.
    pub n_events: u32,
}

/// The stop of an action, because its attempts did not end the alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionStop {
    /// The time of the decision.
    #[serde(with = "serde_time::at")]
    pub at: Timestamp,
    /// The number of events of the action with this one. A channel that was notified of fewer events does not know the
    /// stop.
    pub n_events: u32,
}

/// An attempt that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedAttempt {
    /// The delivery that orders it.
    pub delivery: DeliveryId,
    /// The alert that caused it.
    pub alert: AlertId,
    /// The group of its delivery and of the order that takes it back.
    pub group: AlertGroupId,
    /// The monitor of the alert.
    pub monitor: MonitorId,
    /// Its number, from 1 on.
    pub number: u32,
    /// Its execution.
    pub execution: Execution,
    /// The time of the outcome that caused it.
    #[serde(with = "serde_time::at")]
    pub seen_at: Timestamp,
    /// The time of the decision: the outcome was recorded by then.
    #[serde(with = "serde_time::at")]
    pub at: Timestamp,
    /// The time from which on it is not executed any more.
    #[serde(with = "serde_time::at")]
    pub expires_at: Timestamp,
    /// The result; `None` until it is known.
    pub result: Option<AttemptResult>,
    /// The number of events of the action with the result; `None` until it is known. A channel that was notified of fewer
    /// events does not know the result. That of a dry run is known with the decision, unless another result follows.
    pub result_event: Option<u32>,
    /// True once it was ordered not to begin any more, because its alert is over.
    pub is_taken_back: bool,
}

impl ActionState {
    /// Moves the times that lie after `now` to `now`, because the clock was set back. An attempt expires at most as long
    /// after `now` as it was valid from its decision.
    pub fn set_back(&mut self, now: Timestamp) {
        self.fired_at = self.fired_at.min(now);
        if let Some(stop) = &mut self.stop {
            stop.at = stop.at.min(now);
        }
        for attempt in &mut self.attempts {
            let valid_for = attempt.expires_at.duration_since(attempt.at);
            let latest = now.checked_add(valid_for).unwrap_or(Timestamp::MAX);
            attempt.expires_at = attempt.expires_at.min(latest);
            attempt.at = attempt.at.min(now);
            attempt.seen_at = attempt.seen_at.min(now);
        }
    }
}
