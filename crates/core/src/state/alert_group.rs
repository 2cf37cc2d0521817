//! The state of the groups of alerts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alert_group::{AcknowledgedBy, CommonRoot, ConfigEnd};
use crate::delivery::DeliveryId;
use crate::event::AlertId;
use crate::id::{ChannelId, EntryId, MonitorId, RegionId, RuleId};
use crate::outcome::Cause;
use crate::route::RouteId;
use crate::serde_time;
use crate::status::{Fault, Severity};

use super::ActionKey;

/// An open group of alerts: those that one channel was notified of together. Its alerts are the firing ones whose
/// [`Firing::notified`](super::Firing::notified) names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertGroup {
    /// The channel.
    pub channel: ChannelId,
    /// The batch that it was opened from.
    pub batch: BatchKey,
    /// The route by which its alerts came, whose settings it has. Without routes in the config, the root.
    pub route: RouteId,
    /// The time of its firing notice.
    #[serde(with = "serde_time::at")]
    pub opened_at: Timestamp,
    /// The time of its latest notice.
    #[serde(with = "serde_time::at")]
    pub notified_at: Timestamp,
    /// The acknowledgements that were known when its latest alert joined. They do not cover that alert. Their times are
    /// those of the clocks of operators, which need not agree with the times of the group.
    pub earlier_acknowledgements: BTreeSet<EntryId>,
    /// The first notice and the latest ones, oldest first. The next one comes after them.
    pub notices: Vec<DeliveryId>,
    /// The number of all its notices.
    pub n_notices: u32,
    /// The highest severity that the channel was notified of.
    pub severity: Severity,
    /// The property that its monitors shared when it was opened.
    pub root: Option<CommonRoot>,
    /// The alerts that have ended and were not yet reported as ended.
    pub ended: Vec<EndedAlert>,
    /// The time of the latest notice about ended alerts.
    #[serde(with = "serde_time::option_at")]
    pub resolved_at: Option<Timestamp>,
    /// The number of reminders.
    pub n_reminders: u32,
    /// The acknowledgement of an operator.
    pub acknowledged: Option<AcknowledgedBy>,
    /// For each action that the channel was notified of, the number of its events at that time.
    pub actions: BTreeMap<ActionKey, u32>,
    /// True once further channels were notified because of a missing acknowledgement.
    pub is_escalated: bool,
}

impl AlertGroup {
    /// Moves the times that lie after `now` to `now`, because the clock was set back.
    pub fn set_back(&mut self, now: Timestamp) {
        let Self { opened_at, notified_at, ended, resolved_at, .. } = self;
        for at in ended.iter_mut().map(|one| &mut one.decided_at).chain([opened_at, notified_at]) {
            *at = (*at).min(now);
        }
        *resolved_at = resolved_at.map(|at| at.min(now));
    }
}

/// An alert that has ended, as its resolved notice describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedAlert {
    /// The alert.
    pub id: AlertId,
    /// The subject of the alert.
    pub monitor: MonitorId,
    /// The name of the subject.
    pub monitor_name: String,
    /// The rule that raised it.
    pub rule: RuleId,
    /// Its severity.
    pub severity: Severity,
    /// The condition of the rule; empty if the config no longer has the rule.
    pub condition: String,
    /// The description for a person.
    pub message: String,
    /// The party that owns the subject, if the alert was about an account.
    pub owner: Option<Fault>,
    /// The start of the trouble.
    #[serde(with = "serde_time::at")]
    pub since: Timestamp,
    /// The end of the trouble: the first outcome that no longer showed it, or the removal of its monitor or rule.
    #[serde(with = "serde_time::at")]
    pub at: Timestamp,
    /// The end of the alert, which may have waited for further outcomes after that of the trouble.
    #[serde(with = "serde_time::at")]
    pub resolved_at: Timestamp,
    /// The time at which the end was decided.
    #[serde(with = "serde_time::at")]
    pub decided_at: Timestamp,
    /// The cause of the trouble.
    pub cause: Option<Cause>,
    /// The regions that saw the trouble while another region did not.
    pub regions: Vec<RegionId>,
    /// The change of the config that ended it; `None` if an outcome did.
    pub config_end: Option<ConfigEnd>,
}

/// The name of a batch: a channel, and the values by which its alerts are separated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchKey(String);

impl BatchKey {
    /// Returns the key of the alerts to `channel` that have these values.
    #[must_use]
    pub fn new(channel: &ChannelId, values: &[&str]) -> Self {
        let mut key = channel.to_string();
        for value in values {
            key.push('\n');
            key.push_str(value);
        }
        Self(key)
    }
}

/// Alerts to one channel that are notified together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertBatch {
    /// The time since which its first alert waits for others; `None` if none waits.
    #[serde(with = "serde_time::option_at")]
    pub waiting_since: Option<Timestamp>,
    /// The time of the latest firing notice.
    #[serde(with = "serde_time::option_at")]
    pub notified_at: Option<Timestamp>,
}
