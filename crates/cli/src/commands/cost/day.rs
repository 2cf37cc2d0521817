//! A day of a config's monitors, made up and folded by the real evaluator, so that what is counted
//! are the sizes of real records.
//!
//! All is well but for one outage: the first monitor is down for half an hour.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use allclear_aws::dynamo::Retention;
use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::{RegionId, ShardId};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::{Cause, Finding, Metrics, Outcome, Parts, Verdict};
use allclear_core::ports::LoadState as _;
use allclear_core::reason::Reason;
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::rule::Scope;
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::schedule::due;
use allclear_core::state::{LATE_LIMIT, ShardState};
use allclear_engine::evaluate::Evaluator;
use allclear_engine::publish::Days;
use allclear_evaluate::ConfigIndex;
use allclear_probes::Probes;

use super::table::{Counts, Table};
use super::upkeep::RegionUpkeep;

/// On AWS the schedule fires once a minute, and what is due in it is checked at once.
pub(super) const WINDOW: Duration = Duration::from_mins(1);

/// How long an evaluator lives before it begins again with what is stored.
pub(super) const SANDBOX_LIFE: Duration = Duration::from_hours(4);

/// Windows that are folded before counting begins: from then on hours close as they always do.
const N_BEFORE: u32 = 150;

/// Days that the page shows.
const N_HISTORY: u32 = 90;

/// Windows of a day.
pub(super) const N_WINDOWS: u32 = 24 * 60;

/// When the first monitor is down, in windows from the start of counting.
const OUTAGE: std::ops::Range<u32> = 600..630;

/// What a day made.
pub(super) struct Day {
    /// What was written and read.
    pub(super) counts: Counts,
    /// Checks that were made.
    pub(super) n_checks: u64,
    /// The mean size of the state's item, in bytes.
    pub(super) state_bytes: u64,
    /// The rollups of the day.
    rollups: Vec<RollupRecord>,
    /// The state at the end.
    pub(super) state: ShardState,
    /// When it ended.
    pub(super) end: Timestamp,
}

/// Makes the day that follows some hours after `start`, the beginning of a day, so that it writes a
/// whole one; checked from as many regions.
pub(super) async fn make(
    config: &Arc<Config>,
    probes: &Probes,
    regions: &[RegionId],
    start: Timestamp,
) -> anyhow::Result<Day> {
    let config = &with_rules_that_matter(config);
    let table = Table::new(Retention::from(&config.settings));
    let shard = ShardId::main();
    let index = Arc::new(ConfigIndex::new(Arc::clone(config))?);
    let new = || Evaluator::deployed(Arc::clone(&index));
    let mut evaluator = new();
    let mut upkeep: Vec<RegionUpkeep> =
        regions.iter().map(|region| RegionUpkeep::of(config, probes, region, WINDOW)).collect();
    let mut n_checks = 0;
    let mut at = start;
    for window in 0..N_BEFORE + N_WINDOWS {
        let counted = window.checked_sub(N_BEFORE);
        if counted == Some(0) {
            table.take_counts();
            n_checks = 0;
        }
        let is_outage = counted.is_some_and(|window| OUTAGE.contains(&window));
        for (region, upkeep) in regions.iter().zip(&mut upkeep) {
            let run = run(config, region, at, is_outage);
            if !run.outcomes.is_empty() {
                upkeep.write(&table, &run, at).await?;
                n_checks += run.outcomes.len() as u64;
                table.record(run);
            }
            evaluator.evaluate_since(&table, &shard, at, at + WINDOW).await?;
        }
        at += WINDOW;
        table.forget_before(at - LATE_LIMIT - WINDOW * 2);
        if (WINDOW * window).as_secs().is_multiple_of(SANDBOX_LIFE.as_secs()) {
            evaluator = new();
        }
    }
    let counts = table.take_counts();
    let state = match evaluator.state() {
        Some(state) => state.clone(),
        None => table.load_state(&shard).await?.map(|stored| stored.state).unwrap_or_default(),
    };
    let (state_bytes, rollups) = (counts.state_bytes / counts.n_commits.max(1), table.last_day());
    Ok(Day { counts, n_checks, state_bytes, rollups, state, end: at })
}

impl Day {
    /// What was counted on ninety such days, up to this one.
    pub(super) fn history(&self) -> Days {
        let ago = |n| Duration::from_hours(24) * n;
        let records = (0..N_HISTORY).flat_map(|n| {
            self.rollups.iter().cloned().map(move |mut record| {
                record.start = Period::Day.start_of(record.start - ago(n));
                record
            })
        });
        records.collect()
    }
}

/// The run of one region in the window that begins at `at`: each monitor that is due, once.
pub(super) fn run(config: &Config, region: &RegionId, at: Timestamp, is_outage: bool) -> Run {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for slot in due(&config.monitors, at, WINDOW) {
        if outcomes.iter().any(|outcome| outcome.monitor == slot.monitor.id) {
            continue;
        }
        let is_down = is_outage && config.monitors.first() == Some(slot.monitor);
        let finding = finding(slot.monitor, region, at, is_down);
        outcomes.push(Outcome::new(slot.monitor.id.clone(), Duration::ZERO, finding, 1));
    }
    outcomes.sort_by(|a, b| a.monitor.cmp(&b.monitor));
    let key = RunKey { scheduled_at: at, region: region.clone(), lane: Lane::Main };
    let shard = ShardId::main();
    Run { shard, key, lag: Duration::from_millis(350), took: Duration::from_millis(450), outcomes }
}

/// The config with rules for the monitor that fails alone: of those that are well they say nothing,
/// and to ask them takes most of the time.
fn with_rules_that_matter(config: &Config) -> Arc<Config> {
    let mut config = config.clone();
    if let Some(failing) = config.monitors.first() {
        config.rules.retain(|rule| rule.scope.includes(failing));
        let scope = Scope { monitors: vec![failing.id.clone()], ..Scope::default() };
        for rule in &mut config.rules {
            rule.scope = scope.clone();
        }
    }
    Arc::new(config)
}

/// What a check of this kind finds: the times vary as they do in life, the rest hardly.
fn finding(monitor: &Monitor, region: &RegionId, at: Timestamp, is_down: bool) -> Finding {
    let noise = noise(monitor.id.as_str(), region.as_str(), at);
    let time = |typical_us: u64| {
        Some(Duration::from_micros(typical_us).mul_f64(0.7 + 0.6 * noise(typical_us)))
    };
    let bytes = (noise_of_id(monitor.id.as_str()) * 20_000.0).round();
    let parts = match monitor.check.kind.as_str() {
        "heartbeat" => Parts::default(),
        "dns" => Parts { first_byte: time(9_000), ..Parts::default() },
        "tcp" => Parts { dns: time(1_500), connect: time(12_000), ..Parts::default() },
        "tls" => {
            Parts { dns: time(1_500), connect: time(12_000), tls: time(21_000), ..Parts::default() }
        }
        _ => Parts {
            dns: time(1_500),
            connect: time(12_000),
            tls: time(21_000),
            first_byte: time(85_000),
            transfer: time(700),
        },
    };
    let metrics: &[(&str, f64)] = match monitor.check.kind.as_str() {
        "heartbeat" => &[("beat_age_seconds", 1_800.0)],
        "dns" => &[("dns_rcode", 0.0), ("dns_answers", 2.0), ("dns_ttl_seconds", 300.0)],
        "tcp" => &[],
        "tls" => &[("certificate_days", 61.0), ("tls_version", 1.3)],
        _ => &[
            ("body_bytes", bytes),
            ("certificate_days", 61.0),
            ("http_version", 2.0),
            ("status_code", 200.0),
            ("tls_version", 1.3),
        ],
    };
    let metrics: Metrics = metrics
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect::<BTreeMap<_, _>>();
    let times = parts.named().into_iter().filter_map(|(_, part)| part);
    let latency: Duration = times.sum();
    let verdict = if is_down {
        Verdict::Unhealthy(Cause::target(Reason::HttpStatus, "the status is 503"))
    } else {
        Verdict::Healthy
    };
    Finding {
        latency: (!latency.is_zero()).then_some(latency),
        parts,
        metrics,
        ..Finding::of(verdict)
    }
}

/// Numbers from 0 to 1 that look like chance, one for each `n`.
fn noise(id: &str, region: &str, at: Timestamp) -> impl Fn(u64) -> f64 {
    let seed = hash(region, hash(id, at.as_second().cast_unsigned()));
    move |n| fraction(seed ^ n.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn noise_of_id(id: &str) -> f64 {
    fraction(hash(id, 1))
}

/// FNV-1a.
fn hash(text: &str, seed: u64) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325 ^ seed, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// The finalizer of `SplitMix64`, as a share of 1.
fn fraction(mut hash: u64) -> f64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^= hash >> 31;
    (hash >> 32) as f64 / f64::from(u32::MAX)
}
