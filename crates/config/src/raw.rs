//! The shape of `allclear.toml`: the one source of truth for its keys.
//!
//! From these types come both the JSON Schema, with their docs as its descriptions, and what the
//! later stages read. A key that must be there is `Option` and marked as required in the schema: a
//! file that lacks it is still read, so that the rest of its problems are found as well.

use std::time::Duration;

use allclear_core::id::{ChannelId, MaintenanceId, MonitorId, RuleId, SummaryId};
use allclear_core::status::{Fault, Severity};
use allclear_core::window::Day;
use allclear_expression::Expression;
use jiff::civil::Time;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::at::{At, AtText};
use crate::written::{
    Contact, HostPort, OfChannel, OfCheck, OneKind, Text, Vocabulary, WebAddress, When, Word,
    ZoneName,
};

/// What Allclear watches, whom it tells and what the public page says.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct File {
    /// The public page.
    pub(crate) page: Page,
    /// What holds for each monitor and rule that does not say otherwise, and for the whole.
    pub(crate) defaults: Defaults,
    /// What is watched, in the order of the page.
    pub(crate) monitor: Vec<Monitor>,
    /// What raises alerts, beside the built-in rules.
    pub(crate) rule: Vec<At<Rule>>,
    /// Where notifications go.
    pub(crate) channel: Vec<At<Channel>>,
    /// Planned windows: paging is held, and the page says so.
    pub(crate) maintenance: Vec<At<Maintenance>>,
    /// Temporary mutes.
    pub(crate) silence: Vec<At<Silence>>,
    /// What is told on schedule: how a day or a week went.
    pub(crate) summary: Vec<At<Summary>>,
}

/// The public page.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Page {
    /// Whose page it is. Without it: `Status`.
    #[schemars(length(min = 1))]
    pub(crate) title: Option<String>,
    /// Where it will be read: `https://status.example.com`.
    pub(crate) url: Option<Text<WebAddress>>,
    /// A line under the title.
    pub(crate) description: Option<String>,
    /// A link for readers who need a person: `mailto:` or `https:`.
    pub(crate) contact: Option<Text<Contact>>,
}

/// What holds for each monitor and rule that does not say otherwise, and for the whole.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Defaults {
    /// How often a monitor is checked, from `10s` to `1d`. Without it: `60s`.
    pub(crate) interval: Option<AtText<Duration>>,
    /// How long one attempt may take, at most the interval. Without it: `10s`.
    pub(crate) timeout: Option<AtText<Duration>>,
    /// Whether a failure is tried once more at once before it counts. Without it: `true`.
    pub(crate) recheck: Option<bool>,
    /// When a change of status is confirmed. Without it: 2 bad of 2, 2 good.
    pub(crate) confirm: Option<Confirm>,
    /// How fast a monitor usually answers; rules compare with it.
    pub(crate) expected_response_time: Option<AtText<Duration>>,
    /// How long after a notification the next one of the same rule and monitor is held. Without
    /// it: `15m`.
    pub(crate) cooldown: Option<Text<Duration>>,
    /// The HTTP proxy of checks that have a `proxy` and do not set it: its URL, `secret:name` with
    /// its URL, or `none`. Without it, the environment decides, by `HTTPS_PROXY`, `HTTP_PROXY`,
    /// `ALL_PROXY` and `NO_PROXY`.
    pub(crate) proxy: Option<At<String>>,
    /// How many checks run at once. Without it: 256.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) concurrency: Option<u32>,
    /// Hosts, `host:port`, that are reached to tell our own network's failure from a target's.
    pub(crate) controls: Option<Vec<Text<HostPort>>>,
    /// How long history is kept.
    pub(crate) keep: Keep,
}

/// How long history is kept.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Keep {
    /// Single outcomes. Without it: `14d`.
    pub(crate) runs: Option<AtText<Duration>>,
    /// Hour rollups. Without it: `90d`.
    pub(crate) hours: Option<AtText<Duration>>,
    /// Day rollups. Without it: `730d`.
    pub(crate) days: Option<AtText<Duration>>,
    /// Transitions, alerts and deliveries. Without it: `365d`.
    pub(crate) events: Option<AtText<Duration>>,
}

/// When a change of status is confirmed: m of the last n outcomes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirm {
    /// How many outcomes must be bad.
    #[schemars(range(min = 1, max = 60))]
    pub(crate) failures: Option<At<u8>>,
    /// Among how many of the last ones; at least `failures`.
    #[schemars(range(min = 1, max = 60))]
    pub(crate) of: Option<At<u8>>,
    /// How many good outcomes in a row make a recovery.
    #[schemars(range(min = 1, max = 60))]
    pub(crate) successes: Option<At<u8>>,
}

/// One thing to watch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Monitor {
    /// Its stable name: lower case, digits, `-`, `_` and `.`.
    #[schemars(required)]
    pub(crate) id: Option<AtText<MonitorId>>,
    /// Its name for people. Without it: the id.
    #[schemars(length(min = 1))]
    pub(crate) name: Option<String>,
    /// The heading it stands under on the page.
    #[schemars(length(min = 1))]
    pub(crate) group: Option<String>,
    /// Whether its being unhealthy is critical for the whole. Without it: `false`.
    pub(crate) critical: Option<bool>,
    /// Whether the public page shows it. Without it: `true`.
    pub(crate) public: Option<bool>,
    /// How often it is checked, from `10s` to `1d`.
    pub(crate) interval: Option<AtText<Duration>>,
    /// How long one attempt may take, at most the interval.
    pub(crate) timeout: Option<AtText<Duration>>,
    /// Whether a failure is tried once more at once before it counts.
    pub(crate) recheck: Option<bool>,
    /// When a change of status is confirmed.
    pub(crate) confirm: Option<Confirm>,
    /// How fast it usually answers; rules compare with it.
    pub(crate) expected_response_time: Option<AtText<Duration>>,
    /// The monitors without which it cannot work, by id.
    #[serde(default)]
    pub(crate) depends_on: Vec<AtText<MonitorId>>,
    /// Labels that rules and channels can choose by.
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// What is done to find out how it is: `check.http = { url = "https://example.com" }`.
    #[expect(dead_code, reason = "read through the kind's own list, from the document")]
    #[schemars(required)]
    check: Option<OneKind<OfCheck>>,
}

/// A condition that raises an alert. With the id of a built-in rule it changes that rule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Its stable name, or that of a built-in rule.
    #[schemars(required)]
    pub(crate) id: Option<AtText<RuleId>>,
    /// Whether it is on. Without it: `true`.
    pub(crate) enabled: Option<bool>,
    /// When it is true, in CEL: `response_time_ms > 2000`.
    pub(crate) condition: Option<At<Text<Expression>>>,
    /// How loud its alert is. Without it: `warning`.
    pub(crate) severity: Option<Word<Severity>>,
    /// How long the condition must stay true before the alert fires. Without it: `0s`.
    #[serde(rename = "for")]
    pub(crate) hold_for: Option<Text<Duration>>,
    /// How long after a notification the next one of the same rule and monitor is held.
    pub(crate) cooldown: Option<Text<Duration>>,
    /// The monitors it applies to, by id.
    #[serde(default)]
    pub(crate) monitors: Vec<AtText<MonitorId>>,
    /// The groups it applies to.
    #[serde(default)]
    pub(crate) groups: Vec<At<String>>,
    /// The tags it applies to.
    #[serde(default)]
    pub(crate) tags: Vec<At<String>>,
    /// Whose matter its alerts are, where that does not follow from the outcome. Without it: whose
    /// fault the outcome is.
    pub(crate) fault: Option<Word<Fault>>,
    /// Whether it marks a moment rather than a state: such an alert has no resolved notice.
    pub(crate) momentary: Option<bool>,
    /// The only channels its alerts go to, by id. Without it: each whose filter accepts them.
    #[serde(default)]
    pub(crate) channels: Vec<AtText<ChannelId>>,
}

/// Where notifications go, and which of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Channel {
    /// Its stable name.
    #[schemars(required)]
    pub(crate) id: Option<AtText<ChannelId>>,
    /// How it is reached: `send.slack = { webhook_url = "secret:slack" }`.
    #[expect(dead_code, reason = "read through the kind's own list, from the document")]
    #[schemars(required)]
    send: Option<OneKind<OfChannel>>,
    /// The mildest severity it gets. Without it: `info`.
    pub(crate) min_severity: Option<Word<Severity>>,
    /// Whose faults it hears of. Without it: all.
    #[serde(default)]
    pub(crate) faults: Vec<Word<Fault>>,
    /// The monitors it hears of, by id.
    #[serde(default)]
    pub(crate) monitors: Vec<AtText<MonitorId>>,
    /// The groups it hears of.
    #[serde(default)]
    pub(crate) groups: Vec<At<String>>,
    /// The tags it hears of.
    #[serde(default)]
    pub(crate) tags: Vec<At<String>>,
}

/// A planned window: once from `start` to `end`, or `weekly`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Maintenance {
    /// Its stable name.
    #[schemars(required)]
    pub(crate) id: Option<AtText<MaintenanceId>>,
    /// What the public reads.
    #[schemars(required, length(min = 1))]
    pub(crate) title: Option<String>,
    /// More of it.
    pub(crate) description: Option<String>,
    /// The monitors it concerns, by id.
    #[serde(default)]
    pub(crate) monitors: Vec<AtText<MonitorId>>,
    /// The groups it concerns.
    #[serde(default)]
    pub(crate) groups: Vec<At<String>>,
    /// The tags it concerns.
    #[serde(default)]
    pub(crate) tags: Vec<At<String>>,
    /// When it begins: `2026-12-01T02:00:00Z`, or local time beside a `time_zone`.
    pub(crate) start: Option<AtText<When>>,
    /// When it ends.
    pub(crate) end: Option<AtText<When>>,
    /// The same hours each week.
    pub(crate) weekly: Option<At<Weekly>>,
    /// The IANA name of the time zone of local times: `Europe/Berlin`. Without it: `UTC`.
    pub(crate) time_zone: Option<Text<ZoneName>>,
}

/// The same hours on the same days of each week.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Weekly {
    /// On which days it opens.
    #[serde(default)]
    #[schemars(required, length(min = 1))]
    pub(crate) days: Option<Vec<Word<Day>>>,
    /// At what local time it opens: `02:00`.
    #[schemars(required)]
    pub(crate) at: Option<Text<Time>>,
    /// How long it stays open, at most `7d`.
    #[schemars(required)]
    pub(crate) duration: Option<AtText<Duration>>,
}

/// A temporary mute.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Silence {
    /// The monitors it mutes, by id.
    #[serde(default)]
    pub(crate) monitors: Vec<AtText<MonitorId>>,
    /// The groups it mutes.
    #[serde(default)]
    pub(crate) groups: Vec<At<String>>,
    /// The tags it mutes.
    #[serde(default)]
    pub(crate) tags: Vec<At<String>>,
    /// The rules it mutes, by id. Without it: all.
    #[serde(default)]
    pub(crate) rules: Vec<AtText<RuleId>>,
    /// Up to when: `2026-12-01T00:00:00Z`.
    #[schemars(required)]
    pub(crate) until: Option<AtText<When>>,
    /// Who asked for it.
    #[schemars(required, length(min = 1))]
    pub(crate) author: Option<String>,
    /// Why.
    #[schemars(required, length(min = 1))]
    pub(crate) reason: Option<String>,
}

/// How a day or a week went, told on schedule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Summary {
    /// Its stable name.
    #[schemars(required)]
    pub(crate) id: Option<AtText<SummaryId>>,
    /// How often it is told: each `day` or each `week`. It covers the time since the one before.
    #[schemars(required)]
    pub(crate) every: Option<At<Word<Rhythm>>>,
    /// On which day of the week, where it is told each week. Without it: `monday`.
    pub(crate) weekday: Option<At<Word<Day>>>,
    /// At what local time it is told: `09:00`. Without it: `09:00`.
    pub(crate) at: Option<Text<Time>>,
    /// The IANA name of the time zone: `Europe/Berlin`. Without it: `UTC`.
    pub(crate) time_zone: Option<Text<ZoneName>>,
    /// The channels that it goes to, by id, whatever their filters say. Without it: each that
    /// takes `info`.
    #[serde(default)]
    pub(crate) channels: Vec<AtText<ChannelId>>,
}

/// How often a summary is told.
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
