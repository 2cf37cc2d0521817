//! The alerts of a monitor.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alert_group::{AlertGroupId, CommonRoot};
use crate::event::{AlertId, SuppressedBy};
use crate::id::{ChannelId, RegionId, RuleId};
use crate::notice_path::SuppressionPeriod;
use crate::outcome::Cause;
use crate::serde_time;
use crate::status::{Fault, Severity};

/// The alert of one rule on one monitor, pending or firing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The severity of the alert.
    pub severity: Severity,
    /// The time since which its condition is true.
    #[serde(with = "serde_time::at")]
    pub since: Timestamp,
    /// The latest time at which its condition was true.
    #[serde(with = "serde_time::at")]
    pub true_at: Timestamp,
    /// The latest outcomes that decided the condition, oldest first, as many as the rule's confirmation needs; empty
    /// if one outcome confirms it.
    pub samples: VecDeque<ConditionSample>,
    /// Set when it fires; `None` while it is pending.
    pub firing: Option<Firing>,
}

/// An outcome that decided the condition of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionSample {
    /// The due time of the check.
    #[serde(with = "serde_time::at")]
    pub at: Timestamp,
    /// True if the condition was true.
    pub holds: bool,
}

/// An alert that fires.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Firing {
    /// The identity of the alert.
    pub id: AlertId,
    /// The time at which it began to fire.
    #[serde(with = "serde_time::at")]
    pub at: Timestamp,
    /// The name of its monitor. The config may not have the monitor any more when the end is reported.
    pub monitor_name: String,
    /// The description for a person.
    pub message: String,
    /// The channels that were notified, each with its group of alerts. Empty while no channel was.
    pub notified: BTreeMap<ChannelId, AlertGroupId>,
    /// Once a channel was notified, the other channels that wait for their group or for the active time of their route.
    pub awaiting: BTreeSet<ChannelId>,
    /// The channels of `notified` whose group it joined without a message.
    pub joined: BTreeSet<ChannelId>,
    /// The fault of which the channels were notified.
    pub fault: Option<Fault>,
    /// The trouble that it has outlasted; `None` if the present trouble is its first one.
    pub past: Option<PastTrouble>,
    /// The time of the first outcome that no longer shows its trouble; `None` while the latest one shows it.
    #[serde(with = "serde_time::option_at")]
    pub calm_since: Option<Timestamp>,
    /// The regions that see the trouble while another region does not, as of the latest outcome that shows the trouble.
    pub regions: Vec<RegionId>,
    /// The properties of the target when the alert fired that other monitors can share: its address, its certificate.
    pub properties: Vec<CommonRoot>,
    /// The reason for which it is not notified now.
    pub suppressed_by: Option<SuppressedBy>,
    /// The values that made the condition true, as a text.
    pub values: String,
    /// The latest reasons that suppressed it, oldest first.
    pub suppressions: Vec<SuppressionPeriod>,
}

impl Alert {
    /// Moves the times that lie after `now` to `now`, because the clock was set back.
    pub fn set_back(&mut self, now: Timestamp) {
        self.since = self.since.min(now);
        self.true_at = self.true_at.min(now);
        self.samples.retain(|sample| sample.at <= now);
        if let Some(firing) = &mut self.firing {
            firing.at = firing.at.min(now);
            firing.calm_since = firing.calm_since.map(|at| at.min(now));
            if let Some(past) = &mut firing.past {
                past.since = past.since.min(now);
            }
        }
    }
}

impl Firing {
    /// Returns true if it has joined the groups of all its channels without a message.
    #[must_use]
    pub fn has_only_joined(&self) -> bool {
        !self.notified.is_empty() && self.notified.keys().all(|one| self.joined.contains(one))
    }
}

/// Trouble that an alert has outlasted: the status has recovered since, and the alert fires on or again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastTrouble {
    /// The start of the first trouble.
    #[serde(with = "serde_time::at")]
    pub since: Timestamp,
    /// The cause of the latest trouble.
    pub cause: Option<Cause>,
}

/// An alert that has ended after a channel was notified of it, while no channel was notified of its end. It continues if
/// its rule fires again before that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnreportedAlert {
    /// The rule that raised it.
    pub rule: RuleId,
    /// The party that owns the subject, if the alert was about an account.
    pub owner: Option<Fault>,
    /// The alert, as it fired last.
    pub alert: Alert,
}

impl UnreportedAlert {
    /// Returns true if it is the alert with this id.
    #[must_use]
    pub fn is(&self, id: &AlertId) -> bool {
        self.alert.firing.as_ref().is_some_and(|firing| firing.id == *id)
    }
}
