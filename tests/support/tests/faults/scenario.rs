//! Scenarios: monitors, rules and channels, and how the targets fare.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::MonitorId;
use allclear_core::monitor::Monitor;
use allclear_core::rule::{BUILTIN_RULES, Rule};
use allclear_core::status::Severity;
use allclear_support::samples;
use serde_json::json;

use crate::rng::FaultRng;

/// The first minute of each scenario. An hour ends in the middle of it.
pub(crate) const START: Timestamp = Timestamp::constant(1_763_717_400, 0);

/// The kind of the checks and of the channels.
pub(crate) const KIND: &str = "scripted";

/// The rules of all scenarios.
const RULES: [&str; 6] = [
    "service_down",
    "high_response_time",
    "consecutive_failures",
    "low_uptime",
    "critical_service_down",
    "service_recovery",
];

/// The channels of all scenarios; the second one takes critical alerts alone.
const CHANNELS: [&str; 3] = ["team", "pager", "owner"];

/// The condition of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Good,
    /// It answers with an error.
    Down,
    /// It answers late.
    Slow,
    /// It does not answer.
    Hangs,
    /// It answers with an error in every second minute.
    Flaps,
}

/// A time in which a target is not well.
#[derive(Debug, Clone, Copy)]
struct Trouble {
    from: Timestamp,
    until: Timestamp,
    health: Health,
}

/// The scenario of a seed, apart from the faults of single calls.
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) config: Config,
    pub(crate) length: Duration,
    /// Calls that meet a fault, of a thousand.
    pub(crate) fault_rate: u64,
    troubles: Vec<(MonitorId, Vec<Trouble>)>,
    /// The times in which the store answers no call.
    store_down: Vec<(Timestamp, Timestamp)>,
    /// The times in which a channel takes no message.
    channel_down: Vec<(&'static str, Timestamp, Timestamp)>,
}

impl Scenario {
    pub(crate) fn of(seed: u64) -> Self {
        let mut rng = FaultRng::of(seed, 0);
        let names = ["api", "web", "cdn", "auth", "search"];
        let n_monitors = usize::try_from(rng.between(2, 6)).unwrap();
        let mut monitors: Vec<Monitor> = names[..n_monitors].iter().map(|id| watched(id)).collect();
        monitors[0].critical = true;
        monitors[1].interval = Duration::from_mins(rng.between(1, 4));
        if rng.happens(500) {
            monitors[1].depends_on = vec![samples::monitor_id("api")];
        }
        let length = Duration::from_mins(rng.between(60, 95));
        let troubles = monitors
            .iter()
            .map(|monitor| (monitor.id.clone(), troubles(&mut rng, length)))
            .collect();
        let mut config = samples::config(monitors);
        config.rules = RULES.map(builtin).to_vec();
        config.channels =
            CHANNELS.iter().map(|id| samples::channel(id, KIND, json!({ "id": id }))).collect();
        config.channels[1].filter.min_severity = Severity::Critical;
        let fault_rate = rng.one_of(&[20, 60, 120, 200]);
        let mut away = |share, longest| absence(&mut rng, share, length, longest);
        let store_down = (0..2).filter_map(|_| away(300, 4)).collect();
        let channel_down = CHANNELS
            .into_iter()
            .filter_map(|id| away(500, 20).map(|(from, until)| (id, from, until)))
            .collect();
        Self { seed, config, length, fault_rate, troubles, store_down, channel_down }
    }

    /// Returns true while the store answers no call.
    pub(crate) fn is_store_down(&self, now: Timestamp) -> bool {
        self.store_down.iter().any(|(from, until)| *from <= now && now < *until)
    }

    /// Returns true while a channel takes no message.
    pub(crate) fn is_channel_down(&self, channel: &str, now: Timestamp) -> bool {
        let is_away = |one: &&(&str, Timestamp, Timestamp)| one.1 <= now && now < one.2;
        self.channel_down.iter().filter(is_away).any(|(id, ..)| *id == channel)
    }

    /// Returns how a target is for the check that is due at `at`.
    pub(crate) fn health(&self, monitor: &str, at: Timestamp) -> Health {
        let known = self.troubles.iter().find(|(id, _)| id.as_str() == monitor);
        let troubles = known.map(|(_, troubles)| troubles.as_slice()).unwrap_or_default();
        let trouble = troubles.iter().find(|one| one.from <= at && at < one.until);
        match trouble.map(|one| one.health) {
            Some(Health::Flaps) if (at.as_second() / 60) % 2 == 0 => Health::Down,
            None | Some(Health::Flaps) => Health::Good,
            Some(health) => health,
        }
    }
}

fn watched(id: &str) -> Monitor {
    let mut monitor = samples::monitor(id);
    monitor.check.kind = KIND.to_owned();
    monitor.check.params = json!({ "id": id });
    monitor.interval = Duration::from_mins(1);
    monitor.expected_response_time = Some(Duration::from_secs(1));
    monitor
}

fn builtin(id: &str) -> Rule {
    let known = BUILTIN_RULES.iter().find(|rule| rule.id == id).unwrap();
    Rule {
        severity: known.severity,
        hold_for: known.hold_for,
        confirm: known.confirm,
        keep_firing_for: Duration::ZERO,
        cooldown: Duration::from_mins(5),
        momentary: known.momentary,
        ..samples::rule(known.id, known.condition)
    }
}

/// Returns a time of so many minutes at the longest, in so many of a thousand cases.
fn absence(
    rng: &mut FaultRng,
    per_mille: u64,
    length: Duration,
    longest: u64,
) -> Option<(Timestamp, Timestamp)> {
    let from = START + Duration::from_secs(rng.between(60, length.as_secs() - 60 * longest));
    let until = from + Duration::from_mins(rng.between(1, longest + 1));
    rng.happens(per_mille).then_some((from, until))
}

fn troubles(rng: &mut FaultRng, length: Duration) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    let mut minute = rng.between(2, 20);
    while Duration::from_mins(minute) < length {
        let from = START + Duration::from_mins(minute);
        minute += rng.between(1, 15);
        let until = START + Duration::from_mins(minute);
        let kinds = [Health::Down, Health::Down, Health::Slow, Health::Hangs, Health::Flaps];
        troubles.push(Trouble { from, until, health: rng.one_of(&kinds) });
        minute += rng.between(3, 25);
    }
    troubles
}
