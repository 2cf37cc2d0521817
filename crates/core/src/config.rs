//! A whole, valid configuration: every name in it exists, and every condition compiles.
//!
//! The config crate parses it from text. A value of these types is always valid.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::channel::Channel;
use crate::id::{ChannelId, MonitorId, PageGroupId};
use crate::incident::IncidentPublishing;
use crate::monitor::Monitor;
use crate::notification_settings::NotificationSettings;
use crate::page_brand::PageBrand;
use crate::page_language::PageLanguage;
use crate::route::Route;
use crate::rule::Rule;
use crate::sns_topic::SnsTopic;
use crate::summary::Summary;
use crate::watchdog::Watchdog;
use crate::web_origin::WebOrigin;
use crate::window::{Maintenance, Silence};

/// A valid configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// The public page.
    pub page: Page,
    /// The settings that hold for the whole config.
    pub settings: Settings,
    /// The monitors, in the order of the page. Ids are unique.
    pub monitors: Vec<Monitor>,
    /// The rules that raise alerts: the built-in rules as configured, and the rules of the config itself.
    pub rules: Vec<Rule>,
    /// The channels that receive notifications. Ids are unique.
    pub channels: Vec<Channel>,
    /// Planned windows.
    pub maintenances: Vec<Maintenance>,
    /// Temporary mutes.
    pub silences: Vec<Silence>,
    /// The scheduled summaries. Ids are unique.
    #[serde(default)]
    pub summaries: Vec<Summary>,
    /// The actions. Ids are unique, also among the channels.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// The grouping and the repetition of notifications.
    #[serde(default)]
    pub notifications: NotificationSettings,
    /// The root of the routes; `None` if the filters of the channels alone choose the channels of an alert.
    #[serde(default)]
    pub routing: Option<Route>,
    /// The watchdog outside that gets a beat after each successful cycle; `None` if there is none.
    #[serde(default)]
    pub watchdog: Option<Watchdog>,
}

/// The public page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The title of the page.
    pub title: String,
    /// The public address of the page, without a slash at the end.
    pub url: Option<String>,
    /// A line under the title.
    pub description: Option<String>,
    /// A link for readers who need a person: `mailto:` or `https:`.
    pub contact: Option<String>,
    /// The settings of groups, each with another name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<PageGroup>,
    /// The websites that may show the widget of the page in a frame.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub embed_origins: Vec<WebOrigin>,
    /// The languages of the page, the first one first; English if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<PageLanguage>,
    /// The look of the page.
    #[serde(default, skip_serializing_if = "PageBrand::is_default")]
    pub brand: PageBrand,
    /// The ways to get messages that the operator offers beside the feeds.
    #[serde(default, skip_serializing_if = "PageSubscription::is_empty")]
    pub subscribe: PageSubscription,
}

/// The ways in which readers of the page can get messages, beside its feeds. The operator runs them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSubscription {
    /// A form or a mail address: `https:` or `mailto:`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// A topic to which readers with an account of AWS subscribe their mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sns_topic: Option<SnsTopic>,
}

impl PageSubscription {
    /// Returns true if the operator offers nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The settings of a group of the page, the monitors under one heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageGroup {
    /// The name of the group, as its monitors name it.
    pub name: String,
    /// The id in links and files; `None` for one that is made of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PageGroupId>,
    /// The state in which a reader finds the group; `None` depends on the number of services of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folding: Option<GroupFolding>,
}

/// The state in which a reader finds a group of which all services work. A group with a problem is always open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupFolding {
    /// Its services are shown.
    Open,
    /// Only its name and its state are shown.
    Closed,
}

impl Page {
    /// Creates the settings of a page of which only the title is set.
    #[must_use]
    pub fn titled(title: impl Into<String>) -> Self {
        let title = title.into();
        Self {
            title,
            url: None,
            description: None,
            contact: None,
            groups: Vec::new(),
            embed_origins: Vec::new(),
            languages: Vec::new(),
            brand: PageBrand::default(),
            subscribe: PageSubscription::default(),
        }
    }
}

/// The settings that hold for the whole config.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The maximum number of checks that run at the same time.
    pub concurrency: usize,
    /// Hosts, `host:port`, that must be reachable. They distinguish a failure of our own network from one of
    /// a target.
    pub controls: Vec<String>,
    /// The retention of single outcomes.
    pub keep_runs: Duration,
    /// The retention of hour rollups.
    pub keep_hours: Duration,
    /// The retention of day rollups.
    pub keep_days: Duration,
    /// The retention of transitions, alerts, incidents and deliveries.
    pub keep_events: Duration,
    /// The incidents that are published without an operator.
    #[serde(default)]
    pub publish_incidents: IncidentPublishing,
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
            // Twelve months of the page and the present one.
            keep_events: DAY * 400,
            publish_incidents: IncidentPublishing::All,
        }
    }
}

impl Config {
    /// Returns the monitor with this id.
    #[must_use]
    pub fn monitor(&self, id: &MonitorId) -> Option<&Monitor> {
        self.monitors.iter().find(|monitor| monitor.id == *id)
    }

    /// Returns the channel with this id.
    #[must_use]
    pub fn channel(&self, id: &ChannelId) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == *id)
    }
}

/// A store whose records expire after the configured times.
pub trait WithRetention {
    /// Returns the same store with the retention in `settings`.
    #[must_use]
    fn with_retention_of(&self, settings: &Settings) -> Self;
}
