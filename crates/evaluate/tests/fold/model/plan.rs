//! The random part of a simulation: the config, and the steps of some weeks.

use std::time::Duration;

use allclear_core::id::ChannelId;
use allclear_core::notification_settings::{
    Escalation, GroupBy, NotificationSettings, ReminderGrowth, ReminderPolicy,
};
use allclear_core::quorum::Quorum;
use allclear_core::route::{AfterMatch, EscalationSetting, Route, RouteSettings};
use allclear_core::status::Severity;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::setup::{ChangedParts, ConfigChange, Regions, Setup, Site, Timer};

pub(super) const MAX_MONITORS: usize = 8;

/// The largest number of regions.
const MAX_REGIONS: usize = 3;

/// A simulation before it runs.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) setup: Setup,
    pub(super) steps: Vec<Step>,
    /// The weather of the monitors after the last step, which lasts for an hour.
    pub(super) last_weather: Vec<Weather>,
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

/// The difference between the regions. Reduced to the regions that there are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Spread {
    /// All see the weather.
    Everywhere,
    /// One sees the weather, the others see nothing but successes.
    OnlyIn(usize),
    /// One has no runs.
    Without(usize),
}

/// An event of a simulation.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Checks {
        n_runs: usize,
        weather: Vec<Weather>,
        arrival: Arrival,
        spread: Spread,
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
    /// Acknowledges the alerts of an open group, by a clock that is ahead by some minutes.
    Acknowledge {
        nth: usize,
        minutes_ahead: i64,
    },
    /// Ends the entry of an operator that was made last and is in force.
    EndEntry,
    ChangeConfig(ConfigChange),
    Restart,
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

fn escalations() -> impl Strategy<Value = Escalation> {
    let channels = subsequence(channel_ids(&["backup", "pager", "team"]), 1..=2);
    let severities = select(vec![Severity::Warning, Severity::Critical]);
    (select(vec![1_u64, 15, 90]), severities, channels).prop_map(
        |(minutes, min_severity, channels)| Escalation {
            after: Duration::from_mins(minutes),
            min_severity,
            channels,
        },
    )
}

fn channel_ids(names: &[&str]) -> Vec<ChannelId> {
    names.iter().map(|name| ChannelId::new(*name).unwrap()).collect()
}

fn seconds(choices: &[u64]) -> impl Strategy<Value = Duration> + use<> {
    select(choices.to_vec()).prop_map(Duration::from_secs)
}

fn group_by() -> impl Strategy<Value = Vec<GroupBy>> {
    subsequence(GroupBy::ALL.to_vec(), 1..=2)
}

fn notifications() -> impl Strategy<Value = NotificationSettings> {
    (
        seconds(&[0, 10, 30, 120]),
        seconds(&[0, 60, 300, 900]),
        prop_oneof![3 => Just(Vec::new()), 1 => group_by()],
        reminders(),
        option::of(escalations()),
    )
        .prop_map(|(group_wait, group_interval, group_by, reminders, escalation)| {
            NotificationSettings { group_wait, group_interval, group_by, reminders, escalation }
        })
}

fn route_settings() -> impl Strategy<Value = RouteSettings> {
    let escalation = prop_oneof![
        3 => Just(EscalationSetting::Inherited),
        1 => Just(EscalationSetting::Off),
        1 => escalations().prop_map(EscalationSetting::On),
    ];
    (
        option::weighted(0.2, seconds(&[0, 10, 60])),
        option::weighted(0.2, seconds(&[0, 300])),
        option::weighted(0.2, group_by()),
        option::weighted(0.2, reminders()),
        escalation,
    )
        .prop_map(|(group_wait, group_interval, group_by, reminders, escalation)| {
            RouteSettings { group_wait, group_interval, group_by, reminders, escalation }
        })
}

/// Generates a route above `routes`. Patterns of matchers are tested elsewhere.
fn routes_above(routes: impl Strategy<Value = Vec<Route>>) -> impl Strategy<Value = Route> {
    let matchers = [
        "monitor=m0",
        "monitor!=m1",
        "group=heading 1",
        "group=",
        "severity>=critical",
        "severity=warning",
        "fault=target",
        "fault!=target",
        "rule=down",
        "rule=failing",
        "region=r1",
        "region=",
        "region!=r0",
    ];
    let matchers = subsequence(matchers.map(|text| text.parse().unwrap()).to_vec(), 1..=2);
    let channels = subsequence(channel_ids(&["team", "pager", "owners"]), 0..=3);
    let after_match = select(vec![AfterMatch::Stop, AfterMatch::Continue]);
    let channels = option::weighted(0.8, channels);
    (matchers, channels, after_match, route_settings(), routes).prop_map(
        |(matchers, channels, after_match, settings, routes)| Route {
            matchers,
            channels,
            after_match,
            settings,
            routes,
            ..Route::default()
        },
    )
}

/// Generates a tree of routes with up to two levels below the root.
fn trees() -> impl Strategy<Value = Route> {
    let below = prop::collection::vec(routes_above(Just(Vec::new())), 0..=2);
    let routes = prop::collection::vec(routes_above(below), 1..=3);
    let channels = subsequence(channel_ids(&["team", "pager", "owners"]), 1..=3);
    (option::of(channels), routes).prop_map(|(channels, routes)| Route {
        channels,
        routes,
        ..Route::default()
    })
}

fn regions() -> impl Strategy<Value = Regions> {
    let quorums = select(vec![Quorum::Any, Quorum::Majority, Quorum::All]);
    (1..=MAX_REGIONS, quorums).prop_map(|(count, quorum)| Regions { count, quorum })
}

fn setups() -> impl Strategy<Value = Setup> {
    let site = (option::of(0_u8..2), option::weighted(0.3, 0..MAX_MONITORS), option::of(0_u8..2))
        .prop_flat_map(|(host, parent, heading)| {
            any::<bool>().prop_map(move |critical| Site { host, parent, heading, critical })
        });
    (
        prop::collection::vec(site, 2..=MAX_MONITORS),
        regions(),
        select(vec![30_u64, 60]),
        notifications(),
        [option::of(trees()), option::of(trees())],
        select(vec![0_u64, 2, 15]),
        select(vec![Timer::Exact, Timer::Exact, Timer::WithRuns]),
    )
        .prop_map(|(sites, regions, interval, notifications, trees, cooldown, timer)| Setup {
            sites,
            regions,
            interval: Duration::from_secs(interval),
            notifications,
            trees,
            cooldown: Duration::from_mins(cooldown),
            timer,
            changed: ChangedParts::default(),
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

fn checks() -> impl Strategy<Value = Step> {
    let arrivals = vec![
        Arrival::InOrder,
        Arrival::InOrder,
        Arrival::InOrder,
        Arrival::Twice,
        Arrival::Reversed,
        Arrival::LastIsLate,
        Arrival::TwoLanes,
    ];
    let spread = prop_oneof![
        4 => Just(Spread::Everywhere),
        3 => (0..MAX_REGIONS).prop_map(Spread::OnlyIn),
        1 => (0..MAX_REGIONS).prop_map(Spread::Without),
    ];
    (1_usize..8, weathers(), select(arrivals), spread).prop_map(
        |(n_runs, weather, arrival, spread)| Step::Checks { n_runs, weather, arrival, spread },
    )
}

fn config_changes() -> impl Strategy<Value = ConfigChange> {
    prop_oneof![
        (0..MAX_MONITORS).prop_map(ConfigChange::Monitor),
        (0..MAX_MONITORS).prop_map(ConfigChange::Rule),
        (0..MAX_MONITORS).prop_map(ConfigChange::Momentary),
        Just(ConfigChange::ChannelName),
        Just(ConfigChange::Routes),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    let pause = select(vec![1_u64, 1, 3, 10, 16, 50, 70, 240, 1_500, 5_000]);
    let minutes = || select(vec![2_u64, 10, 60, 600, 2_000]);
    let delay = || select(vec![0_u64, 0, 1, 5]);
    let severities = select(vec![None, Some(Severity::Warning), Some(Severity::Critical)]);
    let silence = (0..MAX_MONITORS, severities, delay(), minutes()).prop_map(
        |(monitor, severity, delay, minutes)| Step::Silence { monitor, severity, delay, minutes },
    );
    let window = (option::of(0..MAX_MONITORS), delay(), minutes())
        .prop_map(|(monitor, delay, minutes)| Step::Window { monitor, delay, minutes });
    let acknowledge = (0_usize..8, select(vec![0_i64, 0, -2, 2]))
        .prop_map(|(nth, minutes_ahead)| Step::Acknowledge { nth, minutes_ahead });
    prop_oneof![
        10 => checks(),
        6 => pause.prop_map(|minutes| Step::Pause { minutes }),
        2 => silence,
        2 => window,
        3 => acknowledge,
        2 => Just(Step::EndEntry),
        2 => config_changes().prop_map(Step::ChangeConfig),
        2 => Just(Step::Restart),
    ]
}

/// Generates simulations of up to some weeks.
pub(super) fn plans() -> impl Strategy<Value = Plan> {
    let last = prop::collection::vec(select(vec!["H", "U", "K", "S", "L", "E"]), MAX_MONITORS);
    (setups(), prop::collection::vec(steps(), 4..24), last)
        .prop_map(|(setup, steps, last_weather)| Plan { setup, steps, last_weather })
}
