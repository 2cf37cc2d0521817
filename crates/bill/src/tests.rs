use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use allclear_channels::{ChannelSettings, Channels};
use allclear_config::Kinds;
use allclear_core::Timestamp;
use allclear_core::action::NoActions;
use allclear_core::config::Config;
use allclear_core::id::RegionId;
use allclear_probes::{ProbeSettings, Probes, kinds};
use rustls::RootCertStore;

use crate::counts::{BillCounter, UsageCounts};
use crate::day::{self, Shift};
use crate::prices::{self, PricedItem};
use crate::sample::SampleHealth;
use crate::{Assumptions, Estimate, number, usage};

mod charges;
mod page;
mod requests;

/// A config with the kinds of check that it was read with.
struct Loaded {
    config: Arc<Config>,
    probes: Probes,
}

fn load(text: &str) -> Loaded {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let roots = Arc::new(RootCertStore::empty());
    let probes = Probes::new(ProbeSettings::new(Arc::clone(&roots)));
    let channels = Channels::new(ChannelSettings::new(roots)).unwrap();
    let kinds = Kinds { checks: &probes, channels: &channels, actions: &NoActions };
    let loaded = allclear_config::load("allclear.toml", text, &kinds);
    let config = loaded.map_err(|all| format!("{:?}", all.problems)).unwrap().config;
    Loaded { config: Arc::new(config), probes }
}

/// Returns the settings and the rules of the repository's own config, with a hundred monitors.
fn a_hundred_monitors() -> Loaded {
    monitors(100)
}

fn monitors(n_monitors: usize) -> Loaded {
    let example = include_str!("../../../allclear.toml");
    let head = example.split("[[monitor]]").next().unwrap();
    let mut text = head.to_owned();
    for n in 0..n_monitors {
        let _ = writeln!(
            text,
            "[[monitor]]\nid = 'service-{n}'\nname = 'Service {n}'\n\
             check.http = {{ url = 'https://service-{n}.example.com/health' }}"
        );
    }
    text.push_str("[[channel]]\nid = 'team'\nsend.slack = { webhook_url = 'secret:slack' }\n");
    load(&text)
}

async fn estimate_of(loaded: &Loaded, assumptions: Assumptions, now: Timestamp) -> Estimate {
    Estimate::of(&loaded.config, &loaded.probes, assumptions, now).await.unwrap()
}

async fn estimate(n_regions: u32) -> Estimate {
    let assumptions = Assumptions::new(n_regions, Duration::from_millis(1_500));
    let now = "2026-11-21T12:10:30Z".parse().unwrap();
    estimate_of(&a_hundred_monitors(), assumptions, now).await
}

#[tokio::test]
async fn a_hundred_monitors_each_minute_cost_less_than_a_dollar() {
    let estimate = estimate(1).await;
    assert!((estimate.checks_per_month - 4_380_000.0).abs() < 1.0, "a check a minute for each");
    let bill = &estimate.bill;
    assert!(bill.usd_beyond_free_tiers < 1.0, "${}", bill.usd_beyond_free_tiers);
    assert!(bill.usd_beyond_free_tiers >= 0.4, "the secret alone is not free");
    let of = |item| -> f64 {
        bill.charges.iter().filter(|one| one.item == item).map(|one| one.usd).sum()
    };
    for item in [
        prices::PricedItem::LambdaCompute,
        prices::PricedItem::TableWrites,
        prices::PricedItem::TableReads,
        prices::PricedItem::SiteWrites,
        prices::PricedItem::Logs,
        prices::PricedItem::Secrets,
    ] {
        assert!(of(item) > 0.0, "{item:?} is not free");
    }
    assert!(estimate.write_units_per_1000_checks < 30.0);
}

/// Returns one monitor of a provider, checked each minute.
fn a_provider(steps: &str) -> Loaded {
    let text = format!(
        "[[monitor]]\nid = 'openai'\ninterval = '1m'\ncheck.llm = {{ provider = 'openai', \
         api_key = 'secret:openai', model = 'gpt-6-luna', steps = {{ {steps} }} }}\n"
    );
    load(&text)
}

/// Returns the daily amount of the charges whose names begin with `what`.
async fn written(loaded: &Loaded, n_regions: u32, what: &str) -> f64 {
    let assumptions = Assumptions::new(n_regions, Duration::from_millis(1_500));
    let now = "2026-11-21T12:10:30Z".parse().unwrap();
    let estimate = estimate_of(loaded, assumptions, now).await;
    let charges = estimate.bill.charges.iter().filter(|charge| charge.what.starts_with(what));
    charges.map(|charge| charge.amount).sum::<f64>() / usage::DAYS
}

#[tokio::test]
async fn the_budget_of_each_completion_is_written_twice() {
    for (steps, n_completions) in [("", 288.0), ("completion = '10m'", 144.0)] {
        let units = written(&a_provider(steps), 1, "budgets of checks").await;
        assert!((units - 2.0 * n_completions).abs() < 1e-6, "{steps}: {units}");
    }
    assert!(written(&a_provider(""), 2, "budgets of checks").await > 1_000.0);
    assert!(written(&a_provider("completion = 'off'"), 1, "budgets of checks").await < 1e-6);
    assert!(written(&a_hundred_monitors(), 1, "budgets of checks").await < 1e-6);
}

#[tokio::test]
async fn a_note_is_written_only_when_it_changes() {
    let all = "status_page = 'off'";
    let units = written(&a_provider(all), 1, "notes of checks").await;
    // With each completion; completions are made if the key is checked and the models are listed too.
    assert!((units - 288.0).abs() < 1e-6, "{units}");
    let free = format!("{all}, completion = 'off'");
    let units = written(&a_provider(&free), 1, "notes of checks").await;
    assert!((units - 96.0).abs() < 1e-6, "{units}");
    let reach = format!("{free}, key = 'off', models = 'off'");
    let units = written(&a_provider(&reach), 1, "notes of checks").await;
    assert!((units - 24.0).abs() < 1e-6, "{units}");
    assert!(written(&a_provider(&reach), 1, "reading them").await > 1_000.0);
    assert!(written(&a_hundred_monitors(), 1, "notes of checks").await < 1e-6);
}

#[test]
fn large_numbers_are_grouped_and_small_ones_keep_their_digits() {
    let numbers = [0.0, 0.00214, 0.5, 16.42, 99.0, 1_000.0, 43_800.0, 4_380_000.0];
    assert_eq!(
        numbers.map(number),
        ["0", "0.0021", "0.5", "16.4", "99", "1,000", "43,800", "4,380,000"]
    );
}

/// The numbers that a bill is made of, each with the difference that is allowed to the counted one.
const COMPARED: [(BillCounter, f64); 11] = [
    (BillCounter::Runs, 0.0),
    (BillCounter::RunBytes, 0.01),
    (BillCounter::RunUnits, 0.01),
    (BillCounter::Commits, 0.01),
    // Whole units of a few kilobytes: one of them is a tenth.
    (BillCounter::CommitUnits, 0.05),
    (BillCounter::StateBytes, 0.03),
    (BillCounter::HourBytes, 0.03),
    (BillCounter::ReadUnits, 0.05),
    (BillCounter::Deliveries, 0.0),
    (BillCounter::DeliveryUnits, 0.0),
    (BillCounter::Wakes, 0.0),
];

fn compare(what: &str, estimated: &UsageCounts, counted: &UsageCounts) {
    let mut problems = Vec::new();
    for (counter, allowed) in COMPARED {
        let (estimated, counted) = (estimated.of(counter), counted.of(counter));
        let line = format!("{what}: {counter:?}: {estimated:.0} estimated, {counted:.0} counted");
        println!("{line}");
        if (estimated - counted).abs() / counted.max(1.0) > allowed + 1e-9 {
            problems.push(line);
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

/// Makes a whole day, hour by hour, and counts it.
async fn counted_day(shift: &mut Shift<'_>, hour_of_outage: Option<u32>) -> UsageCounts {
    shift.table.take_counts();
    for hour in 0..24 {
        if hour_of_outage == Some(hour) {
            shift.hour(day::outage).await.unwrap();
        } else {
            shift.hour(|_| SampleHealth::AllWell).await.unwrap();
        }
    }
    shift.table.take_counts()
}

#[tokio::test]
async fn the_estimate_is_what_a_day_of_minutes_writes() {
    // Their state is far from a whole number of units, so that a few bytes make no difference.
    let Loaded { config, probes } = monitors(30);
    let regions = [RegionId::new("region-1").unwrap()];
    let start: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();

    // From an empty table, without any assumption about the hours before.
    let mut shift = Shift::new(&config, kinds(), &regions, start).unwrap();
    counted_day(&mut shift, None).await;
    shift.hour(|_| SampleHealth::AllWell).await.unwrap();
    let quiet = counted_day(&mut shift, None).await;
    let busy = counted_day(&mut shift, Some(12)).await;
    assert!(quiet.of(BillCounter::Deliveries) < 1.0 && busy.of(BillCounter::Deliveries) >= 2.0);

    let mut sampled = Shift::begin(&config, kinds(), &regions, start).await.unwrap();
    sampled.hour(|_| SampleHealth::AllWell).await.unwrap();
    let mut estimated = UsageCounts::default();
    estimated.add_times(&sampled.table.take_counts(), 24.0);
    let state = sampled.state().await.unwrap();
    let records = day::close_day(&state, start, &config, &mut estimated).unwrap();
    assert_eq!(records.len(), 30);
    compare("a quiet day", &estimated, &quiet);

    let day = day::make(&config, &probes, &regions, start).await.unwrap();
    compare("a day with an outage", &day.counts, &busy);
}

#[tokio::test]
async fn a_checkpoint_is_counted_as_often_as_the_evaluator_writes_one() {
    let Loaded { config, .. } = monitors(2);
    let regions = [RegionId::new("region-1").unwrap()];
    let start: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
    let mut shift = Shift::begin(&config, kinds(), &regions, start).await.unwrap();
    shift.hour(|_| SampleHealth::AllWell).await.unwrap();
    let every = allclear_engine::evaluate::DEPLOYED_CHECKPOINT_EVERY.as_secs_f64();
    let n_commits = shift.table.take_counts().of(BillCounter::Commits);
    assert!((n_commits - 3_600.0 / every).abs() < 0.5, "{n_commits}");
}

#[test]
fn for_a_thousand_monitors_only_three_hours_are_simulated() {
    let regions = [RegionId::new("region-1").unwrap()];
    for (n_monitors, n_hours) in [(5, 23), (100, 12), (1_000, 1), (3_000, 1)] {
        let Loaded { config, .. } = monitors(n_monitors);
        let n_checks = day::n_checks(&config, &regions);
        assert!((n_checks - n_monitors as f64 * 1_440.0).abs() < 1e-6, "{n_checks}");
        assert_eq!(day::n_sampled_hours(&config, n_checks), n_hours, "{n_monitors}");
    }
}

fn document(path: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
    let text = std::fs::read_to_string(format!("{root}{path}")).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_documents_state_the_cost_of_a_hundred_monitors() {
    let estimate = estimate(1).await;
    let bill = &estimate.bill;
    let run = bill.charges.iter().find(|charge| charge.what.starts_with("runs: ")).unwrap();
    let run_bytes = run.what.trim_start_matches("runs: ").trim_end_matches(" bytes each");
    let readme = document("README.md");
    for figure in [
        format!("${:.2} a month beyond the free tiers", bill.usd_beyond_free_tiers),
        format!("${:.2} where all of them are used up", bill.usd),
        format!("{:.1} write units for 1,000 checks", estimate.write_units_per_1000_checks),
        format!("{} bytes for a run of a hundred", number(run_bytes.parse().unwrap())),
    ] {
        assert!(readme.contains(&figure), "README.md does not state `{figure}`");
    }

    let of = |items: &[PricedItem]| -> f64 {
        let charges = bill.charges.iter().filter(|one| items.contains(&one.item));
        charges.map(|one| one.usd).sum()
    };
    let table = [
        PricedItem::TableWrites,
        PricedItem::TableReads,
        PricedItem::TableStorage,
        PricedItem::TableBackup,
    ];
    let page = [
        PricedItem::SiteWrites,
        PricedItem::SiteReads,
        PricedItem::SiteRequests,
        PricedItem::SiteTransfer,
    ];
    let rest = [
        PricedItem::Logs,
        PricedItem::TopicMessages,
        PricedItem::TopicMails,
        PricedItem::SecretReads,
    ];
    let cost = document("docs/cost.md");
    let mut total = 0.0;
    for (name, usd) in [
        ("alarms", of(&[PricedItem::Alarms])),
        ("the metric of the prober", of(&[PricedItem::Metrics])),
        ("what checks send", of(&[PricedItem::Transfer])),
        ("the secret", of(&[PricedItem::Secrets])),
        ("Lambda", of(&[PricedItem::LambdaCompute, PricedItem::LambdaRequests])),
        ("the table", of(&table)),
        ("the page", of(&page)),
        ("schedules", of(&[PricedItem::Schedules])),
        ("logs, notifications, reading the secret", of(&rest)),
    ] {
        let row = format!("| {name} | {usd:.2} |");
        assert!(cost.contains(&row), "docs/cost.md does not have `{row}`");
        total += usd;
    }
    assert!((total - bill.usd).abs() < 1e-9, "an item is in no row: {total}, not {}", bill.usd);
}

#[tokio::test]
async fn beats_of_jobs_cost_requests_invocations_and_writes() {
    let mut text =
        "[[monitor]]\nid = 'web'\ncheck.http = { url = 'https://example.com/' }\n".to_owned();
    let of = async |text: &str| {
        let loaded = load(text);
        let assumptions = Assumptions::new(1, Duration::from_millis(1_500));
        let now = "2026-11-21T12:10:30Z".parse().unwrap();
        let bill = estimate_of(&loaded, assumptions, now).await.bill;
        let beats = bill.charges.into_iter().filter(|one| one.what.starts_with("beats of jobs"));
        beats.map(|one| (one.item, one.amount)).collect::<Vec<_>>()
    };
    assert_eq!(of(&text).await, [], "a web service has no beats");
    text.push_str("[[monitor]]\nid = 'backup'\ncheck.heartbeat = { token = 'a-token-of-16-characters', period = '1h' }\n");
    let beats = of(&text).await;
    let amount = |item| beats.iter().find(|(one, _)| *one == item).unwrap().1;
    let n_beats = 24.0 * 365.0 / 12.0;
    for item in [PricedItem::ApiRequests, PricedItem::LambdaRequests, PricedItem::TableWrites] {
        assert!((amount(item) - n_beats).abs() < 1e-6, "{item:?}");
    }
}

#[tokio::test]
async fn the_times_of_next_notices_are_counted_and_cost_less_than_a_cent() {
    let loaded = a_hundred_monitors();
    let written_per_day = written(&loaded, 1, "times of next notices").await;
    // Each ten minutes, and a few times around the outage.
    assert!((145.0..175.0).contains(&written_per_day), "{written_per_day}");
    let read_per_day = written(&loaded, 1, "notifier's reads of next notices").await;
    assert!((read_per_day - 1_440.0 / 2.0).abs() < 1e-6, "{read_per_day}");
    let estimate = estimate(1).await;
    let charges = estimate.bill.charges.iter().filter(|one| one.what.contains("next notices"));
    let usd: Vec<f64> = charges.map(|one| one.usd).collect();
    assert_eq!(usd.len(), 2);
    assert!(usd.iter().sum::<f64>() < 0.01, "{usd:?}");
}

#[tokio::test]
async fn the_waits_of_the_evaluator_for_groups_of_alerts_are_counted() {
    let loaded = a_hundred_monitors();
    let gigabyte_seconds_per_day = written(&loaded, 1, "evaluator: waits for groups").await;
    // The outage and its end are two notifications, which wait for ten seconds with a quarter of a gigabyte.
    assert!((gigabyte_seconds_per_day - 5.0).abs() < 1e-6, "{gigabyte_seconds_per_day}");
}

#[tokio::test]
async fn each_beat_to_the_watchdog_reads_the_state() {
    let of = async |watchdog: &str| {
        let monitor = "[[monitor]]\nid = 'web'\ncheck.http = { url = 'https://example.com/' }\n";
        let loaded = load(&format!("{watchdog}\n{monitor}"));
        let assumptions = Assumptions::new(1, Duration::from_millis(1_500));
        let now = "2026-11-21T12:10:30Z".parse().unwrap();
        let bill = estimate_of(&loaded, assumptions, now).await.bill;
        let reads = bill.charges.into_iter().find(|one| one.what == "watchdog: reads of the state");
        reads.map(|one| one.amount)
    };
    assert_eq!(of("").await, None);
    let each_minute = of("[watchdog]\nurl = 'secret:watchdog'").await.unwrap();
    let each_hour = of("[watchdog]\nurl = 'secret:watchdog'\nevery = '1h'").await.unwrap();
    // One monitor's state takes at least one unit of 4 KB.
    assert!(each_minute >= 1_440.0 * 365.0 / 12.0, "{each_minute}");
    assert!((each_minute / each_hour - 60.0).abs() < 1e-6, "{each_minute} and {each_hour}");
}
