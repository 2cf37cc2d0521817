//! Benchmark of the fold: an hour of runs of 100 monitors with all built-in rules, on top of an hour that was
//! folded before.

#![expect(clippy::unwrap_used, reason = "a benchmark is no interface and fails by panicking")]

use std::hint::black_box;

use allclear_core::run::Run;
use allclear_core::state::ShardState;
use allclear_evaluate::fold::fold;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use scenario::FoldScenario;

#[path = "../tests/fold/scenario.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
#[expect(clippy::indexing_slicing, clippy::panic, reason = "these are tests elsewhere")]
mod scenario;

const N_MONITORS: usize = 100;

/// An hour of runs, one each half minute.
const N_RUNS: usize = 120;

/// The outcome of the monitor `n` in the run `time`, as a letter.
type Weather = fn(n: usize, time: usize) -> char;

/// Returns a healthy outcome for every check.
fn healthy(_: usize, _: usize) -> char {
    'H'
}

/// Returns a mix: one monitor in ten is slow, one in ten is down for five minutes of every twenty, one in
/// ten fails one check in four.
fn mixed(n: usize, time: usize) -> char {
    match n % 10 {
        0 => 'S',
        1 if (time + n) % 40 < 10 => 'U',
        2 if time.is_multiple_of(4) => 'U',
        _ => 'H',
    }
}

fn hour(names: &[String], weather: Weather, from: usize) -> Vec<Run> {
    let run = |time| {
        let outcomes: Vec<(&str, char)> =
            names.iter().enumerate().map(|(n, name)| (name.as_str(), weather(n, time))).collect();
        scenario::run(time, &outcomes)
    };
    (from..from + N_RUNS).map(run).collect()
}

fn bench(criterion: &mut Criterion) {
    let names: Vec<String> = (0..N_MONITORS).map(|n| format!("service-{n}")).collect();
    let monitors = names.iter().map(|name| scenario::monitor(name)).collect();
    let scenario = FoldScenario::new(scenario::config(monitors, scenario::builtin_rules()));
    let mut group = criterion.benchmark_group("fold an hour of 100 monitors");
    group.throughput(Throughput::Elements(u64::try_from(N_MONITORS * N_RUNS).unwrap()));
    let weathers: [(&str, Weather); 2] = [("healthy", healthy), ("mixed", mixed)];
    for (name, weather) in weathers {
        let mut warm = ShardState::default();
        for run in hour(&names, weather, 0) {
            fold(&mut warm, &run, &scenario.index);
        }
        let runs = hour(&names, weather, N_RUNS);
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            let fold_all = |mut state: ShardState| {
                for run in &runs {
                    black_box(fold(&mut state, run, &scenario.index));
                }
                state
            };
            bencher.iter_batched(|| warm.clone(), fold_all, BatchSize::LargeInput);
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
