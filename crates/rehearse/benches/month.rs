//! Benchmark of a simulation: 1,000 monitors that are checked once a minute, with all rules that are on by default.
//!
//! The first argument is the number of days, 30 if omitted. Their runs are recorded in a database, about 6 GB for 30 days,
//! and rehearsed as `allclear simulate` does: read while earlier ones are folded. Then three days are folded in memory,
//! to show the part of the fold.

#![expect(clippy::unwrap_used, reason = "a benchmark is no interface and fails by panicking")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the figures are the output")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use allclear_core::Timestamp;
use allclear_core::channel::{Channel, ChannelFilter, SendSpec};
use allclear_core::config::{Config, Page, Settings};
use allclear_core::id::{ChannelId, MonitorId, RegionId, RuleId, ShardId};
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::ports::RecordRun as _;
use allclear_core::reason::Reason;
use allclear_core::rule::{DEFAULT_COOLDOWN, Rule, RuleScope};
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::status::Severity;
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::replay::Replay;
use allclear_local::SqliteStore;
use allclear_rehearse::{ComparedPeriod, rehearse};

const N_MONITORS: usize = 1_000;

const RUNS_OF_A_DAY: u64 = 24 * 60;

/// The days that are folded without reading.
const FOLDED_DAYS: u64 = 3;

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

/// Records the runs of `days`, then rehearses them as `allclear simulate` does.
async fn rehearse_recorded(days: u64, start: Timestamp) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("allclear.db")).unwrap();
    for minute in 0..days * RUNS_OF_A_DAY {
        store.record_run(&run(minute, start)).await.unwrap();
        if (minute + 1) % RUNS_OF_A_DAY == 0 {
            eprintln!("recorded day {} of {days}", (minute + 1) / RUNS_OF_A_DAY);
        }
    }
    let period = ComparedPeriod { from: start, to: start + Duration::from_hours(24 * days) };
    let (began, cpu_before) = (Instant::now(), cpu_time());
    let rehearsal = rehearse(&store, &index(), period, |_| ()).await.unwrap();
    let (took, cpu) = (began.elapsed(), cpu_time().saturating_sub(cpu_before));
    let (n_outcomes, decided) = (rehearsal.n_outcomes, &rehearsal.decided);
    println!(
        "rehearse {days} days: {n_outcomes} outcomes in {took:.1?}, {cpu:.1?} of CPU time, {} sent, {} suppressed",
        decided.deliveries.len(),
        decided.suppressions.len()
    );
}

/// Returns the CPU time of this process, in user and system mode.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks =
        after_name.split_whitespace().skip(11).take(2).map(|one| one.parse::<u64>().unwrap());
    // The kernel reports in hundredths of a second, whatever its own clock is.
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

#[tokio::main]
async fn main() {
    let start: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    let days = std::env::args().find_map(|one| one.parse().ok()).unwrap_or(30);
    rehearse_recorded(days, start).await;
    fold(days.min(FOLDED_DAYS), start);
}
