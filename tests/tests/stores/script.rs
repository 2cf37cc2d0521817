//! The script of the week: configs, runs of two regions each hour, and the entries of operators.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::channel::Channel;
use allclear_core::config::Config;
use allclear_core::event::AlertId;
use allclear_core::id::{ChannelId, EntryId, MaintenanceId, RegionId, ShardId};
use allclear_core::monitor::Monitor;
use allclear_core::notification_settings::{
    Escalation, NotificationSettings, ReminderGrowth, ReminderPolicy,
};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use allclear_core::route::{AfterMatch, EscalationSetting, Route, RouteSettings};
use allclear_core::rule::{Rule, RuleScope};
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::state::ShardState;
use allclear_core::status::Severity;
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_support::samples;

pub(super) const N_HOURS: u32 = 168;

const HOUR: Duration = Duration::from_hours(1);
const REGIONS: [&str; 2] = ["eu", "us"];

/// Trouble of a monitor: its first hour, the one after its last, the outcomes, and the region that alone sees it.
type Trouble = (&'static str, u32, u32, &'static str, Option<&'static str>);

const TROUBLE: [Trouble; 9] = [
    // The parent and its child: one story.
    ("db", 10, 18, "U", None),
    ("api", 10, 24, "U", None),
    // During a window, and beyond its end.
    ("mail", 30, 36, "U", None),
    // During a silence that ends early.
    ("api", 40, 46, "U", None),
    // In one region only.
    ("mail", 60, 66, "U", Some("eu")),
    // Back and forth.
    ("api", 70, 78, "UUH", None),
    // A change of the config while these fire.
    ("key", 80, 92, "K", None),
    ("api", 82, 90, "U", None),
    // A crash while this fires, and the end of its monitor.
    ("db", 120, 140, "U", None),
];

/// The hours in which the region `us` is silent.
const SILENT: std::ops::Range<u32> = 100..112;

/// An event before the runs of an hour.
pub(super) enum Event {
    Enter(OperatorEntry),
    /// An operator acknowledges all alerts of a monitor.
    Acknowledge(&'static str),
    End(EntryId),
    /// The process continues with this config.
    Config(usize),
    /// The process is killed, and another one starts with this config.
    Crash(usize),
}

/// Returns the start of the week, a Monday in the future: the emulators drop items that have expired by their clock.
pub(super) fn start() -> Timestamp {
    "2036-11-03T00:00:00Z".parse().unwrap()
}

pub(super) fn hour(n: u32) -> Timestamp {
    start() + HOUR * n
}

/// Returns the events of an hour.
pub(super) fn events(n: u32) -> Vec<Event> {
    match n {
        14 => vec![Event::Acknowledge("db")],
        29 => vec![Event::Enter(window())],
        39 => vec![Event::Enter(silence())],
        44 => vec![Event::End(entry_id("silence"))],
        50 => vec![Event::Crash(0)],
        86 => vec![Event::Config(1)],
        122 => vec![Event::Crash(1)],
        130 => vec![Event::Config(2)],
        _ => Vec::new(),
    }
}

fn entry_id(text: &str) -> EntryId {
    EntryId::new(text).unwrap()
}

fn entry(
    id: &str,
    at: Timestamp,
    expires_at: Option<Timestamp>,
    content: EntryContent,
) -> OperatorEntry {
    let (author, comment) = ("ann".to_owned(), "known".to_owned());
    OperatorEntry { id: entry_id(id), created_at: at, author, comment, expires_at, content }
}

fn window() -> OperatorEntry {
    let (start, end) = (hour(29), hour(34));
    let window = Maintenance {
        id: MaintenanceId::new("upgrade").unwrap(),
        title: "Upgrade".to_owned(),
        description: None,
        scope: RuleScope { monitors: vec![samples::monitor_id("mail")], ..RuleScope::default() },
        schedule: WindowSchedule::Once { start, end },
        ended_at: None,
    };
    entry("window", start, Some(end), EntryContent::Maintenance(Box::new(window)))
}

fn silence() -> OperatorEntry {
    let starts_at = hour(39);
    let matchers = vec!["group=shop".parse().unwrap(), "severity>=error".parse().unwrap()];
    let content = EntryContent::Silence { matchers, starts_at };
    entry("silence", starts_at, Some(hour(60)), content)
}

/// Returns the acknowledgement of all firing alerts of a monitor, by a clock that is a minute late.
pub(super) fn acknowledgement(state: &ShardState, monitor: &str, now: Timestamp) -> OperatorEntry {
    let alerts = state.monitors[&samples::monitor_id(monitor)].alerts.values();
    let firing = alerts.filter_map(|alert| alert.firing.as_ref());
    let alerts: Vec<AlertId> = firing.map(|firing| firing.id.clone()).collect();
    assert!(!alerts.is_empty(), "{monitor} has no alert");
    let at = now - Duration::from_mins(1);
    entry(&format!("ack-{monitor}"), at, None, EntryContent::Acknowledgement { alerts })
}

/// Returns the runs of an hour, one of each region that reports.
pub(super) fn runs(n: u32) -> Vec<Run> {
    let is_silent = |region: &str| region == "us" && SILENT.contains(&n);
    REGIONS.into_iter().filter(|region| !is_silent(region)).map(|region| run(n, region)).collect()
}

fn run(n: u32, region: &str) -> Run {
    let outcome = |monitor: &str| samples::outcome(monitor, verdict(monitor, region, n));
    Run {
        shard: ShardId::main(),
        key: RunKey {
            scheduled_at: hour(n),
            region: RegionId::new(region).unwrap(),
            lane: Lane::Main,
        },
        lag: Duration::ZERO,
        took: Duration::from_millis(60),
        outcomes: ["api", "db", "key", "mail"].map(outcome).to_vec(),
    }
}

fn verdict(monitor: &str, region: &str, n: u32) -> Verdict {
    let found = TROUBLE.iter().find(|(one, from, until, _, only)| {
        *one == monitor && (*from..*until).contains(&n) && only.is_none_or(|only| only == region)
    });
    let Some((_, from, _, letters, _)) = found else { return Verdict::Healthy };
    let position = usize::try_from(n - from).unwrap() % letters.len();
    match letters.as_bytes()[position] {
        b'U' => samples::down(),
        b'K' => Verdict::Unhealthy(Cause::of(Reason::AuthInvalid, "status 401")),
        _ => Verdict::Healthy,
    }
}

/// Returns one of the three configs that follow each other: the first; one with a rule less, another name of a channel
/// and other routes; and one with a monitor less.
pub(super) fn config_of(n: usize) -> Config {
    let team = if n == 0 { "team" } else { "crew" };
    let mut monitors = vec![monitor("api"), monitor("db"), monitor("key"), monitor("mail")];
    monitors[0].group = Some("shop".to_owned());
    monitors[0].depends_on = vec![samples::monitor_id("db")];
    monitors[1].group = Some("shop".to_owned());
    let mut rules = rules();
    if n > 0 {
        rules.retain(|rule| rule.id.as_str() != "failing");
    }
    if n > 1 {
        monitors[0].depends_on.clear();
        monitors.remove(1);
    }
    Config {
        channels: [team, "pager", "owner", "eu-team"].map(channel).to_vec(),
        notifications: notifications(),
        routing: Some(routes(n, team)),
        rules,
        ..samples::config(monitors)
    }
}

fn monitor(id: &str) -> Monitor {
    Monitor { interval: HOUR, ..samples::monitor(id) }
}

fn channel(id: &str) -> Channel {
    samples::channel(id, "log", serde_json::Value::Null)
}

fn rules() -> Vec<Rule> {
    let with = |id, condition, severity| Rule { severity, ..samples::rule(id, condition) };
    vec![
        with("failing", "unhealthy", Severity::Error),
        with("down", "consecutive_failures >= 3", Severity::Critical),
        with("partly", "degraded", Severity::Warning),
        Rule { momentary: true, ..with("recovered", "healthy && was_unhealthy", Severity::Info) },
    ]
}

fn notifications() -> NotificationSettings {
    let reminder = |severity, hours, growth| ReminderPolicy {
        severity,
        every: HOUR * hours,
        growth,
        limit: 3,
    };
    NotificationSettings {
        group_wait: Duration::from_mins(1),
        group_interval: Duration::from_mins(5),
        reminders: vec![
            reminder(Severity::Critical, 2, ReminderGrowth::Doubling),
            reminder(Severity::Error, 4, ReminderGrowth::Constant),
        ],
        escalation: Some(Escalation {
            after: HOUR * 3,
            min_severity: Severity::Critical,
            channels: ids(&["pager"]),
        }),
        ..NotificationSettings::default()
    }
}

fn ids(names: &[&str]) -> Vec<ChannelId> {
    names.iter().map(|name| ChannelId::new(*name).unwrap()).collect()
}

fn routes(n: usize, team: &str) -> Route {
    let route = |matchers: &[&str], channels: &[&str]| Route {
        matchers: matchers.iter().map(|text| text.parse().unwrap()).collect(),
        channels: Some(ids(channels)),
        ..Route::default()
    };
    let no_escalation =
        RouteSettings { escalation: EscalationSetting::Off, ..RouteSettings::default() };
    let owner =
        Route { settings: no_escalation, ..route(&["fault=~credentials|quota"], &["owner"]) };
    let nowhere = route(&["rule=recovered", "monitor!=mail"], &[]);
    let region = Route { after_match: AfterMatch::Continue, ..route(&["region=eu"], &["eu-team"]) };
    let shop = route(&["group=shop"], if n == 0 { &["team"] } else { &["crew", "eu-team"] });
    let routes = vec![owner, nowhere, region, shop];
    Route { channels: Some(ids(&[team])), routes, ..Route::default() }
}
