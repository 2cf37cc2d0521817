//! Benchmark of a simulation: 1,000 monitors that are checked once a minute, with all rules that are on by default.
//!
//! The first argument is the number of days, 30 if omitted. The runs are made in memory, and their folding is measured.
//! Reading is measured on the database of six hours, and scaled to the days.

#![expect(clippy::unwrap_used, reason = "a benchmark is no interface and fails by panicking")]
#![expect(clippy::print_stdout, reason = "the figures are the output")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use allclear_core::Timestamp;
use allclear_core::channel::{Channel, ChannelFilter, SendSpec};
use allclear_core::config::{Config, Page, Settings};
use allclear_core::id::{ChannelId, MonitorId, RegionId, RuleId, ShardId};
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::ports::{ReadPast as _, RecordRun as _};
use allclear_core::reason::Reason;
use allclear_core::rule::{DEFAULT_COOLDOWN, Rule, RuleScope};
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::status::Severity;
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::replay::Replay;
use allclear_local::SqliteStore;

const N_MONITORS: usize = 1_000;

const RUNS_OF_A_DAY: u64 = 24 * 60;

/// The runs that are written to the database, and read from it.
const STORED_RUNS: u64 = 6 * 60;

fn id(n: usize) -> MonitorId {
    MonitorId::new(format!("service-{n:03}")).unwrap()
}

fn index() -> ConfigIndex {
    let check = CheckSpec { kind: "http".to_owned(), params: serde_json::Value::Null };
    let monitors = (0..N_MONITORS).map(|n| Monitor {
        expected_response_time: Some(Duration::from_millis(400)),
        ..Monitor::new(id(n), check.clone())
    });
    let builtin = allclear_probes::kinds().rules().filter(|one| one.is_enabled());
    let rules = builtin.map(|one| Rule {
        id: RuleId::new(one.id).unwrap(),
        condition: one.condition.to_owned(),
        severity: one.severity,
        hold_for: one.hold_for,
        confirm: one.confirm,
        keep_firing_for: Duration::ZERO,
        cooldown: DEFAULT_COOLDOWN,
        scope: RuleScope::default(),
        momentary: one.momentary,
        channels: Vec::new(),
        fault: one.fault,
        runbook: None,
    });
    let config = Config {
        actions: Vec::new(),
        watchdog: None,
        page: Page::titled("Status"),
        settings: Settings::default(),
        monitors: monitors.collect(),
        rules: rules.collect(),
        channels: vec![Channel {
            id: ChannelId::new("team").unwrap(),
            send: SendSpec { kind: "log".to_owned(), params: serde_json::Value::Null },
            filter: ChannelFilter {
                min_severity: Severity::Info,
                faults: Vec::new(),
                scope: RuleScope::default(),
            },
        }],
        maintenances: Vec::new(),
        silences: Vec::new(),
        summaries: Vec::new(),
        notifications: NotificationSettings::default(),
        routing: None,
    };
    ConfigIndex::new(Arc::new(config)).unwrap().with_kinds(allclear_probes::kinds())
}

/// Returns the run of a minute. Each monitor is down for 20 minutes within three weeks.
fn run(minute: u64, start: Timestamp) -> Run {
    let outcome = |n: usize| {
        let step = u64::try_from(n).unwrap();
        let verdict = if (minute + step * 977) % 30_011 < 20 {
            Verdict::Unhealthy(Cause::of(Reason::HttpStatus, "status 503, want 2xx"))
        } else {
            Verdict::Healthy
        };
        let mut finding = Finding::of(verdict);
        finding.latency = Some(Duration::from_millis(120 + (step * 31 + minute) % 90));
        Outcome::new(id(n), Duration::from_millis(step * 50), finding, 1)
    };
    Run {
        shard: ShardId::main(),
        key: RunKey {
            scheduled_at: start + Duration::from_mins(minute),
            region: RegionId::local(),
            lane: Lane::Main,
        },
        lag: Duration::ZERO,
        took: Duration::from_secs(2),
        outcomes: (0..N_MONITORS).map(outcome).collect(),
    }
}

fn fold(days: u64, start: Timestamp) {
    let mut replay = Replay::new(index());
    let mut folding = Duration::ZERO;
    let (mut n_sent, mut n_suppressed) = (0, 0);
    for minute in 0..days * RUNS_OF_A_DAY {
        let run = run(minute, start);
        let until = run.key.scheduled_at;
        let began = Instant::now();
        replay.play(vec![run], until, |_, decision| {
            n_sent += decision.deliveries.len();
            n_suppressed += decision.suppressions.len();
        });
        folding += began.elapsed();
    }
    println!("fold {days} days: {folding:.1?}, {n_sent} sent, {n_suppressed} suppressed");
}

async fn read(days: u64, start: Timestamp) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("allclear.db")).unwrap();
    for minute in 0..STORED_RUNS {
        store.record_run(&run(minute, start)).await.unwrap();
    }
    let began = Instant::now();
    let mut n_outcomes = 0;
    for hour in 0..STORED_RUNS / 60 {
        let from = start + Duration::from_hours(hour);
        let runs = store.runs_between(from, from + Duration::from_hours(1)).await.unwrap();
        n_outcomes += runs.iter().map(|run| run.outcomes.len()).sum::<usize>();
    }
    let took = began.elapsed();
    let whole = took.mul_f64(days as f64 * RUNS_OF_A_DAY as f64 / STORED_RUNS as f64);
    println!("read {n_outcomes} outcomes: {took:.2?}, scaled to {days} days: {whole:.1?}");
}

#[tokio::main]
async fn main() {
    let start: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    let days = std::env::args().find_map(|one| one.parse().ok()).unwrap_or(30);
    read(days, start).await;
    fold(days, start);
}
