//! The raw types of `allclear.toml`: the single source of truth for its keys.
//!
//! The JSON Schema is generated from these types, with their docs as descriptions, and the later
//! stages read them. A mandatory key is an `Option` that the schema marks as required: a file that
//! lacks it is still read, so that its other problems are reported too.
//!
//! The first sentence of a description also appears as a hint in error messages.

mod action;
mod page;
mod route;
mod silence;
mod threshold;
mod watchdog;

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::id::{ChannelId, MaintenanceId, MonitorId, RuleId, SummaryId};
use allclear_core::incident::IncidentPublishing;
use allclear_core::notification_settings::{GroupBy, ReminderGrowth};
use allclear_core::status::{Fault, Severity};
use allclear_core::window::{RecurrenceRule, WeekDay};
use allclear_expression::Expression;
use jiff::civil::Time;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::formats::{
    HostPort, Keyword, LaterTime, OfChannel, OfCheck, OneKind, Parsed, PointInTime, Vocabulary,
    WebAddress, ZoneName,
};
use crate::quorum::WrittenQuorum;
use crate::spanned::{AtText, Spanned};

pub(crate) use self::action::Action;
pub(crate) use self::page::{AnnouncementTable, Page, PageGroupTable, SubscribeTable, TokenTable};
pub(crate) use self::route::{ActiveTime, RootRoute, Route};
pub(crate) use self::silence::Silence;
pub(crate) use self::threshold::{ThresholdTable, ThresholdTables};
pub(crate) use self::watchdog::Watchdog;

/// The configuration of Allclear: monitors, alert rules, notification channels and the public page.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct File {
    /// The public status page.
    pub(crate) page: Page,
    /// Global settings, and defaults for monitors and rules.
    pub(crate) defaults: Defaults,
    /// The grouping and the repetition of notifications.
    pub(crate) notifications: Notifications,
    /// The incidents of the public page.
    pub(crate) incidents: Incidents,
    /// The routes of alerts to channels. Default: none; every channel gets the alerts that its own filters accept.
    pub(crate) route: Option<Spanned<RootRoute>>,
    /// The limits of metrics, by category and metric. The built-in categories are `database`, `external`, `internal` and
    /// `host`; an empty table applies their usual limits. Default: none.
    pub(crate) thresholds: BTreeMap<String, ThresholdTables>,
    /// The monitors, in the order of the page.
    pub(crate) monitor: Vec<Monitor>,
    /// Rules that raise alerts, in addition to the built-in ones.
    pub(crate) rule: Vec<Spanned<Rule>>,
    /// The destinations of notifications.
    pub(crate) channel: Vec<Spanned<Channel>>,
    /// Actions that are executed while alerts fire. Default: none; nothing is ever executed.
    pub(crate) action: Vec<Spanned<Action>>,
    /// Planned maintenance windows: alerts are suppressed, and the page announces the window.
    pub(crate) maintenance: Vec<Spanned<Maintenance>>,
    /// Temporary mutes of alerts.
    pub(crate) silence: Vec<Spanned<Silence>>,
    /// Scheduled summaries of a day or a week.
    pub(crate) summary: Vec<Spanned<Summary>>,
    /// A watchdog outside, which alerts if Allclear itself stands still. Default: none.
    pub(crate) watchdog: Option<Watchdog>,
}

/// Global settings, and defaults for monitors and rules.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Defaults {
    /// The time between two checks of a monitor, from `10s` to `1d`. Default: `60s`.
    pub(crate) interval: Option<AtText<Duration>>,
    /// The time limit of one attempt, at most the interval. Default: `10s`.
    pub(crate) timeout: Option<AtText<Duration>>,
    /// `true` to repeat a failed check once, immediately, before the failure counts. Default:
    /// `true`.
    pub(crate) recheck: Option<bool>,
    /// The outcomes that confirm a change of status. Default: 2 bad of 2, 2 good.
    pub(crate) confirm: Option<Confirm>,
    /// The regions that decide a status, of those that report: one (`any`), more than half (`majority`),
    /// `all`, or a number of regions. A failure that fewer of them see is degraded. Default: `majority`.
    pub(crate) quorum: Option<WrittenQuorum>,
    /// The usual response time of a monitor, for comparison in rules.
    pub(crate) expected_response_time: Option<AtText<Duration>>,
    /// The minimum time between two notifications of the same rule and monitor. Default: `15m`.
    pub(crate) cooldown: Option<Parsed<Duration>>,
    /// The HTTP proxy of checks that support `proxy` and do not set it: its URL, `secret:name` for
    /// a secret that contains its URL, or `none`. Default: the environment variables `HTTPS_PROXY`,
    /// `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` decide.
    pub(crate) proxy: Option<Spanned<String>>,
    /// The maximum number of checks that run at the same time. Default: `256`.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) concurrency: Option<u32>,
    /// Hosts, as `host:port`, that are contacted to tell a failure of Allclear's own network from
    /// one of a target.
    pub(crate) controls: Option<Vec<Parsed<HostPort>>>,
    /// The retention of the history.
    pub(crate) keep: Keep,
}

/// The incidents of the public page.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Incidents {
    /// The incidents that the page shows without an operator: `all`, `critical` for those with an outage of a monitor
    /// with `critical = true`, or `none`. The others wait as drafts for `allclear incident publish`. Default: `all`.
    pub(crate) publish: Option<Keyword<IncidentPublishing>>,
}

/// The grouping and the repetition of notifications.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Notifications {
    /// The time for which the first alert of a message waits for others. `0s` sends each message at once. Default:
    /// `10s`.
    pub(crate) group_wait: Option<Parsed<Duration>>,
    /// The minimum time between two messages about the same group of alerts that report further monitors, or the end of
    /// some alerts. The end of all is reported at once. Default: `5m`.
    pub(crate) group_interval: Option<Parsed<Duration>>,
    /// The values by which alerts are separated into messages: `monitor`, `group`, `rule`, `severity`. Default: none;
    /// one message lists all alerts that fire together.
    pub(crate) group_by: Vec<Keyword<GroupBy>>,
    /// The reminders while alerts last and are not acknowledged, for each severity. The table replaces the default: a
    /// severity that it does not name has no reminder, and `{}` switches all off. Default: for `critical` after `4h`,
    /// doubling, 3 times.
    pub(crate) reminders: Option<Reminders>,
    /// The further channels of alerts that are not acknowledged in time. Default: none.
    pub(crate) escalate: Option<Escalate>,
}

/// The reminders of each severity. A severity that is not named has none.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Reminders {
    /// The reminders of alerts of severity `info`.
    pub(crate) info: Option<Reminder>,
    /// The reminders of alerts of severity `warning`.
    pub(crate) warning: Option<Reminder>,
    /// The reminders of alerts of severity `error`.
    pub(crate) error: Option<Reminder>,
    /// The reminders of alerts of severity `critical`.
    pub(crate) critical: Option<Reminder>,
}

/// The reminders of one severity.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reminder {
    /// The time from a message to its reminder, at least `5m`.
    #[schemars(required)]
    pub(crate) every: Option<AtText<Duration>>,
    /// The growth of that time: `constant`, or `doubling` with each reminder. Default: `constant`.
    pub(crate) growth: Option<Keyword<ReminderGrowth>>,
    /// The maximum number of reminders. Default: `3`.
    #[schemars(range(min = 1, max = 1000))]
    pub(crate) limit: Option<u32>,
}

/// The escalation of a route. An empty table switches an inherited one off.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RouteEscalate {
    /// The time without an acknowledgement: `15m`. Default: none; required beside `to`.
    pub(crate) after: Option<Parsed<Duration>>,
    /// The ids of the further channels. Their filters do not apply. Default: none; required beside `after`.
    #[schemars(length(min = 1))]
    pub(crate) to: Option<Vec<AtText<ChannelId>>>,
    /// The lowest severity that is escalated. Default: `critical`.
    pub(crate) min_severity: Option<Keyword<Severity>>,
}

/// The further channels of alerts that are not acknowledged in time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Escalate {
    /// The time without an acknowledgement: `15m`.
    #[schemars(required)]
    pub(crate) after: Option<Parsed<Duration>>,
    /// The ids of the further channels. Their filters do not apply.
    #[schemars(required, length(min = 1))]
    pub(crate) to: Option<Vec<AtText<ChannelId>>>,
    /// The lowest severity that is escalated. Default: `critical`.
    pub(crate) min_severity: Option<Keyword<Severity>>,
}

/// The retention of the history.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Keep {
    /// Retention of single outcomes, at least `1h`. Default: `14d`.
    pub(crate) runs: Option<AtText<Duration>>,
    /// Retention of hourly rollups, at least `1h`. Default: `90d`.
    pub(crate) hours: Option<AtText<Duration>>,
    /// Retention of daily rollups, at least `1h`. Default: `730d`.
    pub(crate) days: Option<AtText<Duration>>,
    /// Retention of transitions, alerts, incidents and deliveries, at least `1h`. Default: `400d`.
    pub(crate) events: Option<AtText<Duration>>,
}

/// The outcomes that confirm a change of status: m of the last n.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirm {
    /// The number of bad outcomes that confirm a failure. Default: that of `[defaults]`, where it
    /// is `2`.
    #[schemars(range(min = 1, max = 60))]
    pub(crate) failures: Option<Spanned<u8>>,
    /// The number of last outcomes among which `failures` are counted; at least `failures`.
    /// Default: `failures`, and that of `[defaults]` without it.
    #[schemars(range(min = 1, max = 60))]
    pub(crate) of: Option<Spanned<u8>>,
    /// The number of good outcomes in a row that confirm a recovery. Default: that of `[defaults]`,
    /// where it is `2`.
    #[schemars(range(min = 1, max = 60))]
    pub(crate) successes: Option<Spanned<u8>>,
}

/// A monitor: one target, and the check that is run against it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Monitor {
    /// Its stable name: up to 64 lower-case letters, digits, `-`, `_` and `.`.
    #[schemars(required)]
    pub(crate) id: Option<AtText<MonitorId>>,
    /// The display name. Default: the id.
    #[schemars(length(min = 1))]
    pub(crate) name: Option<String>,
    /// The heading under which the page lists the monitor.
    #[schemars(length(min = 1))]
    pub(crate) group: Option<String>,
    /// `true` if an outage of this monitor is critical: rules can test for it, and the page shows its
    /// incidents with critical impact. Default: `false`.
    pub(crate) critical: Option<bool>,
    /// `true` to show the monitor on the public page. Default: `true`.
    pub(crate) public: Option<bool>,
    /// The time between two checks, from `10s` to `1d`. Default: that of `[defaults]`.
    pub(crate) interval: Option<AtText<Duration>>,
    /// The time limit of one attempt, at most the interval. Default: that of `[defaults]`.
    pub(crate) timeout: Option<AtText<Duration>>,
    /// `true` to repeat a failed check once, immediately, before the failure counts. Default: that
    /// of `[defaults]`.
    pub(crate) recheck: Option<bool>,
    /// The outcomes that confirm a change of status, in each region. Default: those of `[defaults]`.
    pub(crate) confirm: Option<Confirm>,
    /// The regions that decide the status, of those that report: `any`, `majority`, `all`, or a number of
    /// regions. Default: that of `[defaults]`.
    pub(crate) quorum: Option<WrittenQuorum>,
    /// The usual response time, for comparison in rules. Default: that of `[defaults]`.
    pub(crate) expected_response_time: Option<AtText<Duration>>,
    /// The category whose thresholds apply. Default: that of the kind of check, if `[thresholds]` has a table for it.
    pub(crate) category: Option<Spanned<String>>,
    /// The limits of its metrics, over those of the category: `thresholds.response_time_ms = { warning = 100, critical = 500 }`.
    #[serde(default)]
    pub(crate) thresholds: ThresholdTables,
    /// The ids of the monitors that this one depends on.
    #[serde(default)]
    pub(crate) depends_on: Vec<AtText<MonitorId>>,
    /// Labels by which rules and channels select monitors.
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// The URL of the instructions for its repair, which messages name.
    pub(crate) runbook: Option<Parsed<WebAddress>>,
    /// The check that is run: `check.http = { url = "https://example.com" }`.
    #[expect(dead_code, reason = "read through the kind's own list, from the document")]
    #[schemars(required)]
    check: Option<OneKind<OfCheck>>,
}

/// A rule: a condition that raises an alert. A rule with the id of a built-in one changes that one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Its stable name, or the id of a built-in rule.
    #[schemars(required)]
    pub(crate) id: Option<AtText<RuleId>>,
    /// `false` to switch the rule off, `true` to switch a built-in rule on that is off by default.
    /// Default: `true`.
    pub(crate) enabled: Option<bool>,
    /// The condition, in CEL: `response_time_ms > 2000`.
    pub(crate) condition: Option<Spanned<Parsed<Expression>>>,
    /// The severity of the alert. Default: `warning`.
    pub(crate) severity: Option<Keyword<Severity>>,
    /// The time for which the condition must hold before the alert fires. Default: `0s`.
    #[serde(rename = "for")]
    pub(crate) hold_for: Option<Parsed<Duration>>,
    /// The outcomes that confirm the condition, and its end. Default: one outcome if `for` is set;
    /// else that of the built-in rule; else 4 of 7 for a condition over `response_time_ms` or
    /// `metrics` without `fault` and `momentary`; else one outcome.
    pub(crate) confirm: Option<ConfirmRule>,
    /// The time for which the alert keeps firing after its condition was last true. Default: `0s`.
    pub(crate) keep_firing_for: Option<Parsed<Duration>>,
    /// The minimum time between two notifications of the same rule and monitor. Default: that of
    /// `[defaults]`.
    pub(crate) cooldown: Option<Parsed<Duration>>,
    /// The ids of the monitors that the rule applies to. Default: all.
    #[serde(default)]
    pub(crate) monitors: Vec<AtText<MonitorId>>,
    /// The groups that the rule applies to. Default: all.
    #[serde(default)]
    pub(crate) groups: Vec<Spanned<String>>,
    /// The tags that the rule applies to. Default: all.
    #[serde(default)]
    pub(crate) tags: Vec<Spanned<String>>,
    /// The fault category of the alerts, if the outcome does not determine it. Default: the fault
    /// of the outcome.
    pub(crate) fault: Option<Keyword<Fault>>,
    /// `true` if the rule marks an event rather than a state: its alert sends no resolved
    /// notification. Default: `false`.
    pub(crate) momentary: Option<bool>,
    /// The ids of the only channels that get its alerts. Default: every channel whose filter
    /// accepts them.
    #[serde(default)]
    pub(crate) channels: Vec<AtText<ChannelId>>,
    /// The URL of the instructions for the repair, which messages name. Default: that of the monitor.
    pub(crate) runbook: Option<Parsed<WebAddress>>,
}

/// The outcomes that confirm the condition of a rule: true in `count` of the last `of`. As many outcomes in a row
/// without it confirm its end.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRule {
    /// The number of outcomes in which the condition is true.
    #[schemars(required, range(min = 1, max = 60))]
    pub(crate) count: Option<Spanned<u8>>,
    /// The number of last outcomes among which `count` are counted; at least `count`. Default: `count`.
    #[schemars(range(min = 1, max = 60))]
    pub(crate) of: Option<Spanned<u8>>,
}

/// A destination of notifications, and its filter.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Channel {
    /// Its stable name.
    #[schemars(required)]
    pub(crate) id: Option<AtText<ChannelId>>,
    /// The kind of channel and its parameters: `send.slack = { webhook_url = "secret:slack" }`.
    #[expect(dead_code, reason = "read through the kind's own list, from the document")]
    #[schemars(required)]
    send: Option<OneKind<OfChannel>>,
    /// The lowest severity that the channel gets. Default: `info`.
    pub(crate) min_severity: Option<Keyword<Severity>>,
    /// The faults that the channel gets. Default: all.
    #[serde(default)]
    pub(crate) faults: Vec<Keyword<Fault>>,
    /// The ids of the monitors that the channel gets notifications about. Default: all.
    #[serde(default)]
    pub(crate) monitors: Vec<AtText<MonitorId>>,
    /// The groups that the channel gets notifications about. Default: all.
    #[serde(default)]
    pub(crate) groups: Vec<Spanned<String>>,
    /// The tags that the channel gets notifications about. Default: all.
    #[serde(default)]
    pub(crate) tags: Vec<Spanned<String>>,
}

/// A planned maintenance window: once from `start` to `end`, or repeated with `rrule`, `weekly` or
/// `monthly`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Maintenance {
    /// Its stable name.
    #[schemars(required)]
    pub(crate) id: Option<AtText<MaintenanceId>>,
    /// The title on the public page.
    #[schemars(required, length(min = 1))]
    pub(crate) title: Option<String>,
    /// Further details for the public page.
    pub(crate) description: Option<String>,
    /// The ids of the monitors under maintenance. Default: all.
    #[serde(default)]
    pub(crate) monitors: Vec<AtText<MonitorId>>,
    /// The groups under maintenance. Default: all.
    #[serde(default)]
    pub(crate) groups: Vec<Spanned<String>>,
    /// The tags under maintenance. Default: all.
    #[serde(default)]
    pub(crate) tags: Vec<Spanned<String>>,
    /// The start of the window: `2026-12-01T02:00:00Z`, or local time with a `time_zone`.
    pub(crate) start: Option<AtText<PointInTime>>,
    /// The end of the window, in the same notation.
    pub(crate) end: Option<AtText<PointInTime>>,
    /// The repetition of the window from `start` to `end`, as in a calendar (RFC 5545):
    /// `FREQ=MONTHLY;BYDAY=2TU`. Each opening begins and ends at the local times of the first one.
    pub(crate) rrule: Option<AtText<RecurrenceRule>>,
    /// A window that repeats every week.
    pub(crate) weekly: Option<Spanned<Weekly>>,
    /// A window that repeats every month.
    pub(crate) monthly: Option<Spanned<Monthly>>,
    /// The IANA name of the time zone of local times: `Europe/Berlin`. Default: `UTC`.
    pub(crate) time_zone: Option<Parsed<ZoneName>>,
}

/// A window that opens at the same local time on the same days of every week.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Weekly {
    /// The days on which the window opens.
    #[schemars(required, length(min = 1))]
    pub(crate) days: Option<Vec<Keyword<WeekDay>>>,
    /// The local time at which the window opens: `02:00`.
    #[schemars(required)]
    pub(crate) from: Option<Parsed<Time>>,
    /// The local time at which the window closes: `04:00`, `sunday 18:00`, or `+2d 18:00` for a time
    /// two days later. A time that is not later than `from` is one of the next day.
    pub(crate) to: Option<AtText<LaterTime>>,
    /// The length of the window in elapsed time, in place of `to`: at most `31d`.
    pub(crate) duration: Option<AtText<Duration>>,
}

/// A window that opens at the same local time on one day of every month.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Monthly {
    /// The day of the month: 1 to 31, or -1 to -31 from the end of the month. A month without such a
    /// day is left out.
    #[schemars(range(min = -31, max = 31))]
    pub(crate) day: Option<Spanned<i8>>,
    /// The weekday of a window on the weekday number `nth` of the month.
    pub(crate) weekday: Option<Spanned<Keyword<WeekDay>>>,
    /// The number of the weekday in the month: 1 to 4, or -1 for the last one.
    #[schemars(range(min = -1, max = 4))]
    pub(crate) nth: Option<Spanned<i8>>,
    /// The local time at which the window opens: `02:00`.
    #[schemars(required)]
    pub(crate) from: Option<Parsed<Time>>,
    /// The local time at which the window closes: `04:00`, `sunday 18:00`, or `+2d 18:00` for a time
    /// two days later. A time that is not later than `from` is one of the next day.
    pub(crate) to: Option<AtText<LaterTime>>,
    /// The length of the window in elapsed time, in place of `to`: at most `31d`.
    pub(crate) duration: Option<AtText<Duration>>,
}

/// A scheduled summary of a day or a week.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Summary {
    /// Its stable name.
    #[schemars(required)]
    pub(crate) id: Option<AtText<SummaryId>>,
    /// The rhythm of the summary: `day` or `week`. Each summary covers the time since the previous
    /// one.
    #[schemars(required)]
    pub(crate) every: Option<Spanned<Keyword<Rhythm>>>,
    /// The day of the week of a weekly summary. Default: `monday`.
    pub(crate) weekday: Option<Spanned<Keyword<WeekDay>>>,
    /// The local time at which the summary is sent. Default: `09:00`.
    pub(crate) at: Option<Parsed<Time>>,
    /// The IANA name of the time zone: `Europe/Berlin`. Default: `UTC`.
    pub(crate) time_zone: Option<Parsed<ZoneName>>,
    /// The ids of the channels that get the summary, regardless of their filters. Default: every
    /// channel that accepts `info`.
    #[serde(default)]
    pub(crate) channels: Vec<AtText<ChannelId>>,
}

/// The rhythm of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rhythm {
    Day,
    Week,
}

impl Vocabulary for Rhythm {
    fn words() -> Vec<&'static str> {
        vec!["day", "week"]
    }
}
