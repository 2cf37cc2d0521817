//! Groups of alerts: the alerts of one channel that one notification lists, from their firing notice to their end.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::action::ActionAttempt;
use crate::digest;
use crate::event::AlertId;
use crate::id::{ChannelId, MonitorId};
use crate::notice_path::NoticePath;
use crate::reason::Reason;
use crate::status::{Fault, Severity, Status};

/// The identity of a group of alerts: the same in its firing notice, its updates, its reminders and its end. Channels
/// make of it the thread of a message or the key of an incident.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertGroupId(String);

impl AlertGroupId {
    /// Returns the id of the group of `channel` that was opened with `first`, its first alert.
    #[must_use]
    pub fn new(channel: &ChannelId, first: &AlertId) -> Self {
        Self(digest::hexadecimal(["group", channel.as_str(), first.as_str()]))
    }

    /// Returns the id of the next group of `channel` for an alert that continues after `n_ended` of its groups have ended.
    #[must_use]
    pub fn continued(channel: &ChannelId, alert: &AlertId, n_ended: usize) -> Self {
        if n_ended == 0 {
            return Self::new(channel, alert);
        }
        let n_ended = n_ended.to_string();
        Self(digest::hexadecimal(["group", channel.as_str(), alert.as_str(), &n_ended]))
    }

    /// Returns the id as text: 24 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AlertGroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The facts of a notification beyond its first monitor: the other monitors of its group of alerts, and the state of
/// that group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeDetails {
    /// The group of alerts; `None` in a summary.
    #[serde(default)]
    pub alert_group: Option<AlertGroupId>,
    /// The property that all monitors of the notification share, which is the likely root of their failure.
    #[serde(default)]
    pub root: Option<CommonRoot>,
    /// The monitors beside the first one, the most severe first.
    #[serde(default)]
    pub others: Vec<NamedMonitor>,
    /// The number of further monitors, which are not listed in `others`.
    #[serde(default)]
    pub n_unlisted: usize,
    /// In a resolved notice, the monitors of the group whose alerts still fire.
    #[serde(default)]
    pub remaining: Vec<NamedMonitor>,
    /// The number of the reminder, from 1 on; 0 in other notices.
    #[serde(default)]
    pub n_reminder: u32,
    /// The acknowledgement of the alerts, if an operator has acknowledged them.
    #[serde(default)]
    pub acknowledged: Option<AcknowledgedBy>,
    /// The first step for the party that has to act, with the values of the first monitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The URL of the instructions for the people who repair the monitor.
    #[serde(default)]
    pub runbook: Option<String>,
    /// In a resolved notice, the change of the config that ended the alerts; `None` if an outcome did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_end: Option<ConfigEnd>,
    /// In a resolved notice about recovered alerts, the monitors with alerts that a change of the config has ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub config_ended: Vec<NamedMonitor>,
    /// In an update, the change as a sentence; in a resolved notice, the alerts that a change of the config has ended beside
    /// the recovered ones.
    #[serde(default)]
    pub change: Option<String>,
    /// The progress of the actions that mend the alerts, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// The attempt of an action that the delivery orders; `None` in a notice to a channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<ActionAttempt>,
    /// True for the resolved notice after which no alert of the group fires.
    #[serde(default)]
    pub ends_group: bool,
    /// The evidence for the alerts, and the stages that they passed; `None` in a summary and in a notice of Allclear about
    /// itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<NoticePath>,
}

impl NoticeDetails {
    /// Returns the number of monitors beside the first one.
    #[must_use]
    pub fn n_others(&self) -> usize {
        self.others.len() + self.n_unlisted
    }
}

/// A change of the config that ended an alert without a recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfigEnd {
    /// The monitor was removed.
    MonitorRemoved,
    /// The rule was removed or switched off.
    RuleRemoved,
    /// The rule was changed, and no longer selects the monitor.
    RuleChanged,
}

impl ConfigEnd {
    /// Returns the word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MonitorRemoved => "monitor_removed",
            Self::RuleRemoved => "rule_removed",
            Self::RuleChanged => "rule_changed",
        }
    }

    /// Returns the end as a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::MonitorRemoved => {
                "by a change of the config, not by a check: the monitor was removed"
            }
            Self::RuleRemoved => {
                "by a change of the config, not by a check: the rule was removed or switched off"
            }
            Self::RuleChanged => {
                "by a change of the config, not by a check: the rule no longer selects the monitor"
            }
        }
    }
}

/// The person who has acknowledged alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcknowledgedBy {
    /// The name of the person, as the machine of the command shows it.
    pub author: String,
    /// The time of the acknowledgement.
    pub at: Timestamp,
    /// The comment; empty if there is none.
    pub comment: String,
}

/// A monitor in a list of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedMonitor {
    /// The monitor.
    pub id: MonitorId,
    /// Its name for people.
    pub name: String,
    /// Its heading on the page.
    pub group: Option<String>,
    /// The highest severity of its alerts.
    pub severity: Severity,
    /// Its status.
    pub status: Status,
    /// The present or past fault.
    pub fault: Option<Fault>,
    /// The cause, as a stable code.
    pub reason: Option<Reason>,
    /// The description of the event. It may quote the target, so it is only for the team.
    pub message: String,
    /// The start of the present or past state.
    pub since: Timestamp,
    /// The alerts that fired or were resolved.
    #[serde(default)]
    pub alerts: Vec<AlertId>,
}

/// A property that failing monitors share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CommonRoot {
    /// The kind of property.
    pub kind: RootKind,
    /// Its value: a host name, the name of a group.
    pub value: String,
}

/// The kinds of properties that failing monitors can share, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RootKind {
    /// They depend on the same failing monitor, which is the first one of the notification.
    Parent,
    /// They are on the same host, by name.
    Host,
    /// They are at the same network address.
    Address,
    /// They use the same LLM provider.
    Provider,
    /// They present the same certificate.
    Certificate,
    /// They have the same heading on the page.
    Group,
}

impl RootKind {
    /// All kinds, the strongest first.
    pub const ALL: [Self; 6] =
        [Self::Parent, Self::Host, Self::Address, Self::Provider, Self::Certificate, Self::Group];

    /// Returns the word used in JSON and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parent => "parent",
            Self::Host => "host",
            Self::Address => "address",
            Self::Provider => "provider",
            Self::Certificate => "certificate",
            Self::Group => "group",
        }
    }
}

impl fmt::Display for CommonRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.value)
    }
}

/// The reference by which a destination identifies a message that it has received, such as the timestamp of a Slack
/// message. Later messages of the same group of alerts refer to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageRef(pub String);
