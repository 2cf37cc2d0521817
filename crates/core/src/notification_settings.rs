//! The settings of notifications: which alerts one message lists, and when it is repeated.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::ChannelId;
use crate::status::Severity;

/// The settings of notifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationSettings {
    /// The time for which the first alert of a message waits for others.
    pub group_wait: Duration,
    /// The least time between two messages of a group about further monitors, or about the end of some of them.
    pub group_interval: Duration,
    /// The values by which alerts are separated into messages. Empty: one message lists all alerts that fire together.
    pub group_by: Vec<GroupBy>,
    /// The reminders while alerts last, at most one for each severity.
    pub reminders: Vec<ReminderPolicy>,
    /// The further channels of alerts that are not acknowledged.
    pub escalation: Option<Escalation>,
}

/// A value by which alerts are separated into messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// The monitor.
    Monitor,
    /// The heading of the monitor on the page.
    Group,
    /// The rule.
    Rule,
    /// The severity.
    Severity,
}

/// The reminders of alerts of one severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderPolicy {
    /// The severity.
    pub severity: Severity,
    /// The time from the message to its first reminder.
    pub every: Duration,
    /// The growth of the time to the next reminder.
    pub growth: ReminderGrowth,
    /// The most reminders of one group of alerts.
    pub limit: u32,
}

/// The growth of the time between two reminders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReminderGrowth {
    /// The time stays the same.
    Constant,
    /// Each time is twice the one before.
    Doubling,
}

/// The further channels of alerts that are not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// The time without an acknowledgement.
    pub after: Duration,
    /// The mildest severity that is escalated.
    pub min_severity: Severity,
    /// The further channels. Known to exist; not empty.
    pub channels: Vec<ChannelId>,
}

impl GroupBy {
    /// All values, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Monitor, Self::Group, Self::Rule, Self::Severity];

    /// Returns the word used in config and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Group => "group",
            Self::Rule => "rule",
            Self::Severity => "severity",
        }
    }
}

impl ReminderGrowth {
    /// Both forms of growth.
    pub const ALL: [Self; 2] = [Self::Constant, Self::Doubling];

    /// Returns the word used in config and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Doubling => "doubling",
        }
    }
}

impl ReminderPolicy {
    /// Returns the time between the reminder of this number, from 1 on, and the message before it.
    #[must_use]
    pub fn wait(&self, n_reminder: u32) -> Duration {
        match self.growth {
            ReminderGrowth::Constant => self.every,
            ReminderGrowth::Doubling => {
                let doublings = n_reminder.saturating_sub(1).min(16);
                self.every.saturating_mul(1 << doublings)
            }
        }
    }
}

impl NotificationSettings {
    /// The default time for which the first alert of a message waits for others.
    pub const GROUP_WAIT: Duration = Duration::from_secs(10);

    /// The default time between two messages of a group.
    pub const GROUP_INTERVAL: Duration = Duration::from_mins(5);

    /// The default reminders: a critical alert after 4, 12 and 28 hours.
    pub const CRITICAL_REMINDERS: ReminderPolicy = ReminderPolicy {
        severity: Severity::Critical,
        every: Duration::from_hours(4),
        growth: ReminderGrowth::Doubling,
        limit: 3,
    };

    /// Returns the settings under which each message is sent at once, without reminders.
    #[must_use]
    pub fn immediate() -> Self {
        Self {
            group_wait: Duration::ZERO,
            group_interval: Duration::ZERO,
            group_by: Vec::new(),
            reminders: Vec::new(),
            escalation: None,
        }
    }

    /// Returns the reminders of alerts of this severity.
    #[must_use]
    pub fn reminders_of(&self, severity: Severity) -> Option<&ReminderPolicy> {
        self.reminders.iter().find(|policy| policy.severity == severity)
    }
}

impl Default for NotificationSettings {
    fn default() -> Self {
        Self {
            group_wait: Self::GROUP_WAIT,
            group_interval: Self::GROUP_INTERVAL,
            reminders: vec![Self::CRITICAL_REMINDERS],
            ..Self::immediate()
        }
    }
}
