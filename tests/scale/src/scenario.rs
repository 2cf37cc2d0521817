//! A config of many monitors, and the runs of an outage that takes all of them.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::channel::{Channel, ChannelFilter, SendSpec};
use allclear_core::config::{Config, Page, Settings};
use allclear_core::id::{ChannelId, MonitorId, RegionId, RuleId, ShardId};
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::reason::Reason;
use allclear_core::rollup::{Period, Rollup, RollupRecord, Tally};
use allclear_core::rule::{BUILTIN_RULES, DEFAULT_COOLDOWN, Rule, RuleScope};
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::status::Severity;
use anyhow::Result;

/// The monitors of a heading of the page.
const PER_GROUP: usize = 50;

/// The outcome of every monitor in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutageKind {
    /// All is well.
    Healthy,
    /// Each target refuses the connection, with an error of its own.
    Down,
    /// Each target hangs.
    Hanging,
}

/// Returns the first minute of the scenario.
///
/// # Errors
/// Never, as the time is constant.
pub fn start() -> Result<Timestamp> {
    Ok("2026-11-21T10:00:00Z".parse()?)
}

/// Returns a config of `n` monitors with the built-in rules, and a channel that gets everything.
///
/// # Errors
/// Where a name is none, which none is.
pub fn config(n: usize) -> Result<Config> {
    let monitors = (0..n).map(monitor).collect::<Result<Vec<_>>>()?;
    let rules = BUILTIN_RULES.iter().filter(|one| one.is_enabled()).map(|builtin| {
        Ok(Rule {
            id: RuleId::new(builtin.id)?,
            condition: builtin.condition.to_owned(),
            severity: builtin.severity,
            hold_for: builtin.hold_for,
            confirm: builtin.confirm,
            keep_firing_for: Duration::ZERO,
            cooldown: DEFAULT_COOLDOWN,
            scope: RuleScope::default(),
            channels: Vec::new(),
            fault: builtin.fault,
            momentary: builtin.momentary,
            runbook: None,
        })
    });
    let send = SendSpec { kind: "sns".to_owned(), params: serde_json::json!({}) };
    let filter = ChannelFilter {
        min_severity: Severity::Info,
        faults: Vec::new(),
        scope: RuleScope::default(),
    };
    Ok(Config {
        page: Page::titled("Status"),
        settings: Settings::default(),
        monitors,
        rules: rules.collect::<Result<Vec<_>>>()?,
        channels: vec![Channel { id: ChannelId::new("all")?, send, filter }],
        maintenances: Vec::new(),
        silences: Vec::new(),
        summaries: Vec::new(),
        actions: Vec::new(),
        notifications: NotificationSettings::immediate(),
        routing: None,
        watchdog: None,
    })
}

fn name(n: usize) -> String {
    format!("service-{n:05}")
}

fn monitor(n: usize) -> Result<Monitor> {
    let check = CheckSpec { kind: "http".to_owned(), params: serde_json::Value::Null };
    Ok(Monitor {
        name: format!("Service {n}"),
        group: Some(format!("Group {}", n / PER_GROUP)),
        expected_response_time: Some(Duration::from_millis(500)),
        ..Monitor::new(MonitorId::new(name(n))?, check)
    })
}

/// Returns the run of all `n` monitors in a minute.
///
/// # Errors
/// Where a name is none, which none is.
pub fn run(n: usize, minute: i64, outage_kind: OutageKind) -> Result<Run> {
    let outcome = |at: usize| {
        let id = MonitorId::new(name(at))?;
        Ok(Outcome::new(id, Duration::ZERO, finding(at, minute, outage_kind), 1))
    };
    Ok(Run {
        shard: ShardId::main(),
        key: RunKey {
            scheduled_at: start()? + Duration::from_mins(u64::try_from(minute)?),
            region: RegionId::local(),
            lane: Lane::Main,
        },
        lag: Duration::ZERO,
        took: Duration::from_secs(2),
        outcomes: (0..n).map(outcome).collect::<Result<Vec<_>>>()?,
    })
}

fn finding(at: usize, minute: i64, outage_kind: OutageKind) -> Finding {
    let host = at % 250;
    let mut finding = Finding::of(match outage_kind {
        OutageKind::Healthy => Verdict::Healthy,
        OutageKind::Down => Verdict::Unhealthy(Cause::of(
            Reason::HttpStatus,
            format!("status 503 from 10.1.{}.{host}, want 2xx", at / 250),
        )),
        OutageKind::Hanging => Verdict::Unhealthy(Cause::of(
            Reason::Timeout,
            format!("no answer from 10.1.{}.{host} within 10 s", at / 250),
        )),
    });
    if outage_kind == OutageKind::Healthy {
        // Between 20 and 276 ms, another one in each run.
        let spread = (at * 7_919 + usize::try_from(minute).unwrap_or_default() * 104_729) % 257;
        finding.latency = Some(Duration::from_micros(20_000 + 997 * spread as u64));
    }
    finding
}

/// Returns the closed days of all `n` monitors before the scenario.
///
/// # Errors
/// Where a name is none, which none is.
pub fn days(n: usize, n_days: u32) -> Result<Vec<Vec<RollupRecord>>> {
    let today = Period::Day.start_of(start()?);
    let day = |back: u32| {
        let record = |at: usize| {
            let tally = Tally { healthy_s: 86_400, n_measured: 1_440, ..Tally::default() };
            let rollup = Rollup { tally, ..Rollup::default() };
            let start = today - Duration::from_hours(24) * back;
            let monitor = MonitorId::new(name(at))?;
            Ok(RollupRecord { monitor, period: Period::Day, start, rollup })
        };
        (0..n).map(record).collect::<Result<Vec<_>>>()
    };
    (1..=n_days).rev().map(day).collect()
}
