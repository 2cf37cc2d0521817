//! Benchmark of a storm: all monitors fail in one run, and recover in one run. Prints the sizes and the peak memory for
//! each number of monitors, and measures the run that confirms the failure, with the message and the stored state.

#![expect(clippy::unwrap_used, reason = "a benchmark is no interface and fails by panicking")]

use std::hint::black_box;
use std::time::Duration;

use allclear_core::config::Config;
use allclear_core::delivery::Delivery;
use allclear_core::monitor::Monitor;
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::run::Run;
use allclear_core::state::ShardState;
use allclear_evaluate::fold::{fold, tick};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use scenario::{FoldScenario, INTERVAL};
use serde_json::json;

#[path = "../tests/fold/scenario.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
#[expect(clippy::indexing_slicing, clippy::panic, reason = "these are tests elsewhere")]
mod scenario;

const SIZES: [usize; 3] = [100, 1_000, 10_000];

/// The run after which all monitors fire, and the one after which all have recovered.
const DOWN_AT: usize = 12;
const UP_AT: usize = 16;

/// Returns the outcomes of a run: five minutes of health, five failures, and health again.
fn run(names: &[String], n: usize) -> Run {
    let letter = if (10..15).contains(&n) { 'U' } else { 'H' };
    let outcomes: Vec<(&str, char)> = names.iter().map(|name| (name.as_str(), letter)).collect();
    scenario::run(n, &outcomes)
}

/// Returns a monitor of which each third is on one of ten hosts.
fn monitor(n: usize) -> Monitor {
    let mut monitor = scenario::monitor(&format!("service-{n}"));
    if n.is_multiple_of(3) {
        monitor.check.params = json!({ "url": format!("https://host-{}.example.com/{n}", n % 10) });
    }
    monitor
}

struct Storm {
    names: Vec<String>,
    scenario: FoldScenario,
}

/// The state and the messages after a run and the tick that follows it.
struct Decided {
    stored: Vec<u8>,
    messages: Vec<Delivery>,
}

impl Storm {
    fn new(n_monitors: usize) -> Self {
        let monitors: Vec<Monitor> = (0..n_monitors).map(monitor).collect();
        let names = monitors.iter().map(|one| one.id.to_string()).collect();
        let config = scenario::config(monitors, scenario::builtin_rules());
        let notifications = NotificationSettings::default();
        let scenario = FoldScenario::new(Config { notifications, ..config });
        Self { names, scenario }
    }

    fn decide(&self, state: &mut ShardState, run: &Run) -> Decided {
        let mut messages = fold(state, run, &self.scenario.index).deliveries;
        let later = run.key.scheduled_at + INTERVAL / 2;
        messages.extend(tick(state, &self.scenario.index, later).0.deliveries);
        Decided { stored: postcard::to_stdvec(state).unwrap(), messages }
    }

    /// Returns the state before the run `end`.
    fn state_before(&self, end: usize) -> ShardState {
        let mut state = ShardState::default();
        for n in 0..end {
            self.decide(&mut state, &run(&self.names, n));
        }
        state
    }

    /// Prints the sizes of the whole story.
    fn describe(&self) {
        let mut state = ShardState::default();
        let (mut n_messages, mut largest, mut largest_message) = (0, 0, 0);
        for n in 0..20 {
            let decided = self.decide(&mut state, &run(&self.names, n));
            largest = largest.max(decided.stored.len());
            n_messages += decided.messages.len();
            let sizes = decided.messages.iter().map(|one| serde_json::to_vec(one).unwrap().len());
            largest_message = largest_message.max(sizes.max().unwrap_or_default());
        }
        eprintln!(
            "storm of {} monitors: {n_messages} messages of at most {largest_message} bytes, state of at most {largest} \
             bytes, peak memory of the process {} KB",
            self.names.len(),
            peak_memory_kb().map_or_else(|| "unknown".to_owned(), |size| size.to_string())
        );
    }
}

/// Returns the largest resident size of this process so far. The sizes are measured in ascending order.
fn peak_memory_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

fn bench(criterion: &mut Criterion) {
    for n_monitors in SIZES {
        Storm::new(n_monitors).describe();
    }
    let mut group = criterion.benchmark_group("storm: fold, tick and serialize");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for n_monitors in SIZES {
        let storm = Storm::new(n_monitors);
        group.throughput(Throughput::Elements(u64::try_from(n_monitors).unwrap()));
        for (name, at) in [("failure", DOWN_AT), ("recovery", UP_AT)] {
            let before = storm.state_before(at);
            let run = run(&storm.names, at);
            group.bench_function(BenchmarkId::new(name, n_monitors), |bencher| {
                let decide = |mut state: ShardState| {
                    black_box(storm.decide(&mut state, &run));
                    state
                };
                bencher.iter_batched(|| before.clone(), decide, BatchSize::PerIteration);
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
