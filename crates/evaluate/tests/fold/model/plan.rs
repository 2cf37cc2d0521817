//! The random part of a simulation: the config, and the steps of some weeks.

use std::time::Duration;

use allclear_core::channel::Channel;
use allclear_core::config::Config;
use allclear_core::id::{ChannelId, MonitorId};
use allclear_core::monitor::Monitor;
use allclear_core::notification_settings::{
    Escalation, GroupBy, NotificationSettings, ReminderGrowth, ReminderPolicy,
};
use allclear_core::rule::{Rule, RuleConfirmation, SERVICE_RECOVERY};
use allclear_core::status::{Fault, Severity};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;

use crate::scenario::{channel, config, id, monitor, rule};

pub(super) const MAX_MONITORS: usize = 8;

/// A simulation before it runs.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) setup: Setup,
    pub(super) steps: Vec<Step>,
    /// The weather of the monitors after the last step, which lasts for an hour.
    pub(super) last_weather: Vec<Weather>,
}

/// The config of a simulation.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) sites: Vec<Site>,
    pub(super) interval: Duration,
    pub(super) notifications: NotificationSettings,
    pub(super) cooldown: Duration,
    pub(super) timer: Timer,
}

/// A monitor.
#[derive(Debug, Clone)]
pub(super) struct Site {
    host: Option<u8>,
    /// Reduced to the position of an earlier monitor.
    parent: Option<usize>,
    heading: Option<u8>,
    critical: bool,
}

/// The calls of `tick`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timer {
    /// At the times that `tick` asks for, as `allclear up` does.
    Exact,
    /// Only after runs and at the end of a pause, as the function does.
    WithRuns,
}

/// The outcomes of a monitor, one letter per run, repeated.
pub(super) type Weather = &'static str;

/// The arrival of the runs of one time of checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    InOrder,
    Twice,
    Reversed,
    /// The last run arrives after the next pause.
    LastIsLate,
    /// Half of the monitors are in runs of another lane, which arrive after those of the first.
    TwoLanes,
}

/// An event of a simulation.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Checks {
        n_runs: usize,
        weather: Vec<Weather>,
        arrival: Arrival,
    },
    Pause {
        minutes: u64,
    },
    Silence {
        monitor: usize,
        severity: Option<Severity>,
        delay: u64,
        minutes: u64,
    },
    Window {
        monitor: Option<usize>,
        delay: u64,
        minutes: u64,
    },
    /// Acknowledges the alerts of an open group.
    Acknowledge {
        nth: usize,
    },
    /// Ends the entry of an operator that was made last and is in force.
    EndEntry,
    Restart,
}

impl Setup {
    /// Returns the names of the monitors.
    pub(super) fn names(&self) -> Vec<String> {
        (0..self.sites.len()).map(|n| format!("m{n}")).collect()
    }

    /// Returns the position of the monitor that this one depends on.
    pub(super) fn parent(&self, n: usize) -> Option<usize> {
        self.sites[n].parent.filter(|_| n > 0).map(|parent| parent % n)
    }

    pub(super) fn config(&self) -> Config {
        let monitors = (0..self.sites.len()).map(|n| self.monitor(n)).collect();
        Config {
            channels: channels(),
            notifications: self.notifications.clone(),
            ..config(monitors, rules(self.cooldown))
        }
    }

    fn monitor(&self, n: usize) -> Monitor {
        let site = &self.sites[n];
        let mut monitor = monitor(&format!("m{n}"));
        monitor.interval = self.interval;
        monitor.critical = site.critical;
        monitor.group = site.heading.map(|heading| format!("heading {heading}"));
        monitor.depends_on = self.parent(n).map(|n| id(&format!("m{n}"))).into_iter().collect();
        if let Some(host) = site.host {
            monitor.check.params = json!({ "url": format!("https://h{host}.example.com/{n}") });
        }
        monitor
    }
}

/// Returns a channel for all, one for severe failures of targets, one for the owners of accounts, and one that only
/// escalations use.
fn channels() -> Vec<Channel> {
    let mut pager = channel("pager");
    pager.filter.min_severity = Severity::Critical;
    pager.filter.faults = vec![Fault::Target];
    let mut owners = channel("owners");
    owners.filter.faults = vec![Fault::Credentials, Fault::Quota];
    let mut backup = channel("backup");
    backup.filter.scope.monitors = vec![MonitorId::new("none").unwrap()];
    vec![channel("team"), pager, owners, backup]
}

fn rules(cooldown: Duration) -> Vec<Rule> {
    let credit = |name, limit: f64, severity| Rule {
        fault: Some(Fault::Quota),
        ..rule(name, &format!("metrics.credit < {limit}"), severity)
    };
    let slow = rule("slow", "response_time_ms > expected_response_time_ms * 2", Severity::Warning);
    let recovery = rule(SERVICE_RECOVERY, "healthy && was_unhealthy", Severity::Info);
    let rules = vec![
        rule("failing", "unhealthy", Severity::Warning),
        rule("down", "consecutive_failures >= 3", Severity::Critical),
        Rule { confirm: RuleConfirmation::SAMPLES, ..slow },
        credit("low_credit", 5.0, Severity::Warning),
        credit("no_credit", 2.0, Severity::Critical),
        Rule { momentary: true, ..recovery },
    ];
    rules.into_iter().map(|rule| Rule { cooldown, ..rule }).collect()
}

fn reminders() -> impl Strategy<Value = Vec<ReminderPolicy>> {
    let policy = |severity| {
        let growth = select(ReminderGrowth::ALL.to_vec());
        (select(vec![5_u64, 60, 240]), growth, 1_u32..4).prop_map(
            move |(minutes, growth, limit)| ReminderPolicy {
                severity,
                every: Duration::from_mins(minutes),
                growth,
                limit,
            },
        )
    };
    let one = |severity| option::of(policy(severity));
    (one(Severity::Critical), one(Severity::Warning))
        .prop_map(|(critical, warning)| critical.into_iter().chain(warning).collect())
}

fn escalation() -> impl Strategy<Value = Option<Escalation>> {
    let channel_ids = ["backup", "pager", "team"].map(|name| ChannelId::new(name).unwrap());
    let channels = subsequence(channel_ids.to_vec(), 1..=2);
    let severities = select(vec![Severity::Warning, Severity::Critical]);
    option::of((select(vec![1_u64, 15, 90]), severities, channels).prop_map(
        |(minutes, min_severity, channels)| Escalation {
            after: Duration::from_mins(minutes),
            min_severity,
            channels,
        },
    ))
}

fn notifications() -> impl Strategy<Value = NotificationSettings> {
    let seconds = |choices: Vec<u64>| select(choices).prop_map(Duration::from_secs);
    (
        seconds(vec![0, 10, 30, 120]),
        seconds(vec![0, 60, 300, 900]),
        prop_oneof![3 => Just(Vec::new()), 1 => subsequence(GroupBy::ALL.to_vec(), 1..=2)],
        reminders(),
        escalation(),
    )
        .prop_map(|(group_wait, group_interval, group_by, reminders, escalation)| {
            NotificationSettings { group_wait, group_interval, group_by, reminders, escalation }
        })
}

fn setups() -> impl Strategy<Value = Setup> {
    let site = (option::of(0_u8..2), option::weighted(0.3, 0..MAX_MONITORS), option::of(0_u8..2))
        .prop_flat_map(|(host, parent, heading)| {
            any::<bool>().prop_map(move |critical| Site { host, parent, heading, critical })
        });
    (
        prop::collection::vec(site, 2..=MAX_MONITORS),
        select(vec![30_u64, 60]),
        notifications(),
        select(vec![0_u64, 2, 15]),
        select(vec![Timer::Exact, Timer::Exact, Timer::WithRuns]),
    )
        .prop_map(|(sites, interval, notifications, cooldown, timer)| Setup {
            sites,
            interval: Duration::from_secs(interval),
            notifications,
            cooldown: Duration::from_mins(cooldown),
            timer,
        })
}

/// Generates the weather of all monitors: mostly fine, in one of ten cases without a network.
fn weathers() -> impl Strategy<Value = Vec<Weather>> {
    let one = prop_oneof![
        4 => Just("H"),
        4 => Just("U"),
        3 => select(vec!["K", "UK", "UH", "UUH", "UUUHH", "S", "D", "?", "L", "E", "LU"]),
    ];
    let all = prop::collection::vec(one, MAX_MONITORS);
    prop_oneof![9 => all, 1 => Just(vec!["I"; MAX_MONITORS])]
}

fn steps() -> impl Strategy<Value = Step> {
    let arrivals = vec![
        Arrival::InOrder,
        Arrival::InOrder,
        Arrival::InOrder,
        Arrival::Twice,
        Arrival::Reversed,
        Arrival::LastIsLate,
        Arrival::TwoLanes,
    ];
    let checks = (1_usize..8, weathers(), select(arrivals))
        .prop_map(|(n_runs, weather, arrival)| Step::Checks { n_runs, weather, arrival });
    let pause = select(vec![1_u64, 1, 3, 10, 16, 50, 70, 240, 1_500, 5_000]);
    let minutes = || select(vec![2_u64, 10, 60, 600, 2_000]);
    let delay = || select(vec![0_u64, 0, 1, 5]);
    let severities = select(vec![None, Some(Severity::Warning), Some(Severity::Critical)]);
    let silence = (0..MAX_MONITORS, severities, delay(), minutes()).prop_map(
        |(monitor, severity, delay, minutes)| Step::Silence { monitor, severity, delay, minutes },
    );
    let window = (option::of(0..MAX_MONITORS), delay(), minutes())
        .prop_map(|(monitor, delay, minutes)| Step::Window { monitor, delay, minutes });
    prop_oneof![
        10 => checks,
        6 => pause.prop_map(|minutes| Step::Pause { minutes }),
        2 => silence,
        2 => window,
        3 => (0_usize..8).prop_map(|nth| Step::Acknowledge { nth }),
        2 => Just(Step::EndEntry),
        2 => Just(Step::Restart),
    ]
}

/// Generates simulations of up to some weeks.
pub(super) fn plans() -> impl Strategy<Value = Plan> {
    let last = prop::collection::vec(select(vec!["H", "U", "K", "S", "L", "E"]), MAX_MONITORS);
    (setups(), prop::collection::vec(steps(), 4..24), last)
        .prop_map(|(setup, steps, last_weather)| Plan { setup, steps, last_weather })
}
