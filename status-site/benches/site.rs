//! Measures the rendering of the whole site: CPU time, bytes and memory. `scripts/bench render` runs it.
//!
//! Each case is measured in a process of its own, because the peak of the memory is that of a process. Without `--bench`,
//! only the smallest one is measured: a test of the measurement.

#![expect(clippy::unwrap_used, reason = "a benchmark is no interface and fails by panicking")]
#![expect(clippy::print_stdout, reason = "the report of a benchmark")]

use std::hint::black_box;
use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use allclear_status_site::snapshot::{HistoryDay, HistoryMonth};
use allclear_status_site::{Language, RenderedMonths, SiteFile, Snapshot, render_again};
use flate2::Compression;
use flate2::write::GzEncoder;

#[path = "../tests/scenarios/mod.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod scenarios;

/// The number of renderings of which the fastest counts.
const N_TIMES: usize = 5;

/// A site of some size.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "a count begins with `n_`")]
struct Case {
    n_services: usize,
    n_languages: usize,
    n_months: usize,
}

const CASES: [Case; 5] = [
    Case { n_services: 100, n_languages: 1, n_months: 13 },
    Case { n_services: 1_000, n_languages: 1, n_months: 1 },
    Case { n_services: 1_000, n_languages: 1, n_months: 13 },
    Case { n_services: 1_000, n_languages: 7, n_months: 1 },
    Case { n_services: 1_000, n_languages: 7, n_months: 13 },
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut numbers = arguments.iter().filter_map(|one| one.parse().ok());
    let mut next = || numbers.next();
    if let (Some(n_services), Some(n_languages), Some(n_months)) = (next(), next(), next()) {
        println!("{}", measure(Case { n_services, n_languages, n_months }));
        return;
    }
    println!(
        "| services | languages | months | files | MB | first page, kB | compressed, kB | CPU ms, new process | CPU ms, \
         later | peak memory, MB |\n|---|---|---|---|---|---|---|---|---|---|"
    );
    let is_whole = arguments.iter().any(|one| one == "--bench");
    let n_cases = if is_whole { CASES.len() } else { 1 };
    for Case { n_services, n_languages, n_months } in CASES.into_iter().take(n_cases) {
        let case = [n_services, n_languages, n_months].map(|n| n.to_string());
        let status = Command::new(std::env::current_exe().unwrap()).args(case).status().unwrap();
        assert!(status.success(), "{n_services} services: {status}");
    }
}

/// Returns the line of a case.
fn measure(case: Case) -> String {
    let snapshot = snapshot(case);
    let before = peak_megabytes();
    let (mut first, mut later) = (Duration::MAX, Duration::MAX);
    let mut files = Vec::new();
    for _ in 0..N_TIMES {
        let mut months = RenderedMonths::default();
        drop(files);
        let began = cpu_time();
        files = render_again(black_box(&snapshot), &mut months);
        first = first.min(cpu_time().saturating_sub(began));
        drop(files);
        let began = cpu_time();
        files = render_again(black_box(&snapshot), &mut months);
        later = later.min(cpu_time().saturating_sub(began));
    }
    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    let page = &files.last().unwrap().bytes;
    let Case { n_services, n_languages, n_months } = case;
    let millions = |n: usize| n as f64 / 1e6;
    let columns = [
        n_services.to_string(),
        n_languages.to_string(),
        n_months.to_string(),
        files.len().to_string(),
        format!("{:.1}", millions(bytes)),
        format!("{:.0}", millions(page.len()) * 1e3),
        format!("{:.1}", millions(compressed(files.last().unwrap())) * 1e3),
        format!("{:.1}", first.as_secs_f64() * 1e3),
        format!("{:.1}", later.as_secs_f64() * 1e3),
        format!("{:.0} ({before:.0} before)", peak_megabytes()),
    ];
    format!("| {} |", columns.join(" | "))
}

/// Returns a page with this many services, languages and months.
fn snapshot(case: Case) -> Snapshot {
    let mut snapshot = scenarios::many_services(case.n_services);
    snapshot.page.languages = Language::ALL.into_iter().take(case.n_languages).collect();
    let mut months = scenarios::months::months(&snapshot);
    // The first month is known in part.
    months.remove(0);
    while months.len() < case.n_months {
        let oldest = before(months.first().unwrap());
        months.insert(0, oldest);
    }
    months.drain(..months.len() - case.n_months);
    Snapshot { months, ..snapshot }
}

/// Returns the month before `month`, with the same days.
fn before(month: &HistoryMonth) -> HistoryMonth {
    let earlier = month.month.back(1);
    let first = earlier.first_day();
    let dates =
        first.series(jiff::Span::new().days(1)).take_while(|date| *date <= earlier.last_day());
    let days = dates.zip(month.days.iter().cycle());
    HistoryMonth {
        month: earlier,
        days: days.map(|(date, day)| HistoryDay { date, ..day.clone() }).collect(),
        ..month.clone()
    }
}

fn compressed(file: &SiteFile) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&file.bytes).unwrap();
    encoder.finish().unwrap().len()
}

/// Returns the processor time of this thread, which other processes do not change.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// Returns the most memory that this process has had.
fn peak_megabytes() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() * 1024.0 / 1e6
}
