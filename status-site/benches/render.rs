//! Benchmark of rendering all files, for a page of usual size and a very large one.

#![expect(clippy::unwrap_used, reason = "a benchmark is no interface and fails by panicking")]

use std::hint::black_box;

use allclear_status_site::render;
use criterion::{Criterion, criterion_group, criterion_main};

#[path = "../tests/scenarios/mod.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod scenarios;

fn bench(criterion: &mut Criterion) {
    for n_services in [30, 300] {
        let snapshot = scenarios::many_services(n_services);
        criterion.bench_function(&format!("render {n_services} services"), |bencher| {
            bencher.iter(|| render(black_box(&snapshot)));
        });
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
