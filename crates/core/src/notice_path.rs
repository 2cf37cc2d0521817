//! The evidence for a notification: why its alerts fire, and the stages that they passed before it was sent.
//!
//! It is stored with each notification, so all lists are bounded.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::{AlertId, SuppressedBy};
use crate::evidence::ConditionEvidence;
use crate::route::RouteId;
use crate::serde_time;

/// The way of the alerts of a notification through the stages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePath {
    /// The route by which the alerts came; `None` for a moment, which belongs to no group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<RouteId>,
    /// The part that the notification has in its group of alerts.
    pub step: GroupStep,
    /// The time since which the alerts have waited for others of their group; `None` if they did not wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
    /// The evidence for each alert, at most [`NoticePath::MAX_ALERTS`].
    pub alerts: Vec<AlertEvidence>,
    /// The number of further alerts.
    #[serde(default)]
    pub n_unlisted: usize,
}

impl NoticePath {
    /// The most alerts whose evidence is stored with a notification. Of hundreds, the first ones explain the rest.
    pub const MAX_ALERTS: usize = 6;

    /// The most alerts whose outcomes are stored with a notification.
    pub const MAX_WITH_OUTCOMES: usize = 2;
}

/// The part that a notification has in its group of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupStep {
    /// It opens the group.
    Opened,
    /// Alerts have joined the open group.
    Joined,
    /// The group is open, and no alert has joined.
    Continued,
    /// It opens a group at channels that were added because of a missing acknowledgement.
    Escalated,
    /// Alerts of the group have ended.
    Ended,
}

impl GroupStep {
    /// Returns the step as a part of a sentence.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Opened => "new group",
            Self::Joined => "joined the open group",
            Self::Continued => "open group",
            Self::Escalated => "new group, by escalation",
            Self::Ended => "end in the group",
        }
    }
}

/// The evidence for one alert, and the reasons that suppressed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertEvidence {
    /// The alert.
    pub alert: AlertId,
    /// The evidence for its condition.
    #[serde(flatten)]
    pub condition: ConditionEvidence,
    /// The reasons that suppressed the alert before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressed: Vec<PastSuppression>,
}

/// A reason that suppressed an alert for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastSuppression {
    /// The reason.
    pub by: SuppressedBy,
    /// The time from which on it applied.
    pub since: Timestamp,
    /// The time at which it no longer applied, or another reason did; `None` if it applied at the time of the notification.
    pub until: Option<Timestamp>,
}

/// A suppression, as a state stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppressionPeriod {
    /// The reason.
    pub by: SuppressedBy,
    /// The time from which on it applies.
    #[serde(with = "serde_time::at")]
    pub at: Timestamp,
    /// The time from which on it no longer applies, or another reason does; `None` while it applies.
    #[serde(with = "serde_time::option_at")]
    pub until: Option<Timestamp>,
}

impl SuppressionPeriod {
    /// The most reasons of one alert that are kept.
    pub const MAX: usize = 4;
}
