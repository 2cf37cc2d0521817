//! Stored decisions: transitions, alerts, and suppressed notifications.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::ConditionEvidence;
use crate::id::{MonitorId, RuleId};
use crate::outcome::Cause;
use crate::status::{Severity, Status};

/// A confirmed change of a monitor's status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// The monitor whose status changed.
    pub monitor: MonitorId,
    /// The time of the first outcome of the streak that was confirmed.
    pub at: Timestamp,
    /// The time of the confirmation.
    pub confirmed_at: Timestamp,
    /// The previous status.
    pub from: Status,
    /// The new status. Never the same as `from`.
    pub to: Status,
    /// The cause; `None` if `to` is healthy, or if the config no longer has the monitor.
    pub cause: Option<Cause>,
}

/// The identity of an alert, made of its rule, its monitor and the time at which it fired.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertId(String);

impl AlertId {
    /// Returns the id of the alert of `rule` on `monitor` that fired at `fired_at`.
    #[must_use]
    pub fn new(monitor: &MonitorId, rule: &RuleId, fired_at: Timestamp) -> Self {
        Self(format!("{monitor}/{rule}/{}", fired_at.as_millisecond()))
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AlertId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// The stored form of an alert: written when it fires, and again when it is resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRecord {
    /// The identity of the alert.
    pub id: AlertId,
    /// The subject of the alert.
    pub monitor: MonitorId,
    /// The rule that raised it.
    pub rule: RuleId,
    /// The severity of the alert.
    pub severity: Severity,
    /// The description for a person.
    pub message: String,
    /// The time since which its condition was true.
    pub pending_since: Timestamp,
    /// The time at which it fired.
    pub fired_at: Timestamp,
    /// The time at which it was resolved; `None` while it fires.
    pub resolved_at: Option<Timestamp>,
}

/// The reason for which a firing alert is not notified now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressedBy {
    /// A maintenance window is open.
    Maintenance,
    /// An operator silenced it.
    Silence,
    /// A monitor that it depends on is failing.
    Dependency,
    /// The latest outcome is better, and a recovery awaits its confirmation.
    Recovering,
    /// A channel was notified a short while ago.
    Cooldown,
    /// Allclear itself cannot measure.
    Impaired,
    /// The same channels were notified of an alert at least as severe on the same monitor.
    AlreadyNotified,
    /// The alert is about a period, and an outage within it was an alert of its own.
    RecentOutage,
    /// An all-clear reports the same.
    AllClear,
    /// No channel accepts it.
    NoChannel,
    /// The route by which it goes to its channels is not active at this time.
    InactiveRoute,
}

impl SuppressedBy {
    /// Returns true if it suppresses all alerts of a monitor rather than one of them.
    #[must_use]
    pub fn is_about_the_monitor(self) -> bool {
        match self {
            Self::Maintenance | Self::Silence | Self::Dependency | Self::Impaired => true,
            Self::Recovering
            | Self::Cooldown
            | Self::AlreadyNotified
            | Self::RecentOutage
            | Self::AllClear
            | Self::NoChannel
            | Self::InactiveRoute => false,
        }
    }

    /// Returns the word used in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Maintenance => "maintenance",
            Self::Silence => "silence",
            Self::Dependency => "dependency",
            Self::Recovering => "recovering",
            Self::Cooldown => "cooldown",
            Self::Impaired => "impaired",
            Self::AlreadyNotified => "already_notified",
            Self::RecentOutage => "recent_outage",
            Self::AllClear => "all_clear",
            Self::NoChannel => "no_channel",
            Self::InactiveRoute => "inactive_route",
        }
    }
}

/// A firing alert that is not notified. Recorded when the reason begins to apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The alert.
    pub alert: AlertId,
    /// The time from which on it is suppressed.
    pub at: Timestamp,
    /// The reason.
    pub by: SuppressedBy,
    /// The reason as a sentence.
    pub reason: String,
    /// The evidence for the alert; `None` in a record of an older version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<ConditionEvidence>,
}
