//! The whole of a configuration, valid: every name it uses exists, every condition compiles.
//!
//! Reading it from text is the config crate's; nothing here can be wrong.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::id::{ChannelId, MonitorId};
use crate::monitor::Monitor;
use crate::rule::Rule;
use crate::summary::Summary;
use crate::window::{Maintenance, Silence};

/// A valid configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// The public page.
    pub page: Page,
    /// What holds for the whole.
    pub settings: Settings,
    /// What is watched, in the order of the page. Ids are unique.
    pub monitors: Vec<Monitor>,
    /// What raises alerts: the built-in rules as configured, and the config's own.
    pub rules: Vec<Rule>,
    /// Where notifications go. Ids are unique.
    pub channels: Vec<Channel>,
    /// Planned windows.
    pub maintenances: Vec<Maintenance>,
    /// Temporary mutes.
    pub silences: Vec<Silence>,
    /// What is told on schedule. Ids are unique.
    #[serde(default)]
    pub summaries: Vec<Summary>,
}

/// The public page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Whose page it is.
    pub title: String,
    /// Where it will be read, without a slash at the end.
    pub url: Option<String>,
    /// A line under the title.
    pub description: Option<String>,
    /// A link for readers who need a person: `mailto:` or `https:`.
    pub contact: Option<String>,
}

/// What holds for the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How many checks run at once.
    pub concurrency: usize,
    /// Hosts that are reached, `host:port`, to tell our own network's failure from a target's.
    pub controls: Vec<String>,
    /// How long single outcomes are kept.
    pub keep_runs: Duration,
    /// How long hour rollups are kept.
    pub keep_hours: Duration,
    /// How long day rollups are kept.
    pub keep_days: Duration,
    /// How long transitions, alerts and deliveries are kept.
    pub keep_events: Duration,
}

const DAY: Duration = Duration::from_hours(24);

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 256,
            controls: Vec::new(),
            keep_runs: DAY * 14,
            keep_hours: DAY * 90,
            keep_days: DAY * 730,
            keep_events: DAY * 365,
        }
    }
}

impl Config {
    /// The monitor with this id.
    #[must_use]
    pub fn monitor(&self, id: &MonitorId) -> Option<&Monitor> {
        self.monitors.iter().find(|monitor| monitor.id == *id)
    }

    /// The channel with this id.
    #[must_use]
    pub fn channel(&self, id: &ChannelId) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == *id)
    }
}

/// A store whose records expire after the times that the config gives.
pub trait WithRetention {
    /// Returns the same store, which keeps what it writes for the times in `settings`.
    #[must_use]
    fn with_retention_of(&self, settings: &Settings) -> Self;
}
