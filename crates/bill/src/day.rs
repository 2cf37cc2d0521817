//! A day of a config's monitors, folded by the real evaluator, so that the sizes of real records are
//! counted.
//!
//! All monitors are well except for one outage: the first monitor is down for half an hour. Hours
//! without an outage are alike, so only some of them are made and counted, and then the hour of the
//! outage. A day of made-up checks of a thousand monitors would take most of a minute.

use std::sync::Arc;
use std::time::Duration;

use allclear_aws::dynamo::Retention;
use allclear_aws::dynamo::limits::Consistency;
use allclear_core::Timestamp;
use allclear_core::checker::CheckKinds;
use allclear_core::config::Config;
use allclear_core::id::{RegionId, ShardId};
use allclear_core::kind::KindSet;
use allclear_core::monitor::Monitor;
use allclear_core::ports::LoadState as _;
use allclear_core::rollup::{Period, Rollup, RollupRecord};
use allclear_core::rule::RuleScope;
use allclear_core::state::{LATE_LIMIT, ShardState};
use allclear_engine::evaluate::{DEPLOYED_CHECKPOINT_EVERY, Evaluator};
use allclear_engine::probe::WINDOW;
use allclear_engine::publish::PageHistory;
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::fold;

use crate::counts::{BillCounter, UsageCounts};
use crate::error::Result;
use crate::sample::{SampleConfig, SampleHealth};
use crate::table::Table;
use crate::upkeep::RegionUpkeep;
use crate::weight::{self, read_units};

/// Assumed life of an execution environment. The next one reads the state and the secret again.
pub(crate) const SANDBOX_LIFE: Duration = Duration::from_hours(4);

/// Days that the page shows.
pub(crate) const HISTORY_DAYS: u32 = 90;

/// Windows of an hour.
const HOUR_WINDOWS: u32 = 60;

/// Windows of a day.
pub(crate) const DAY_WINDOWS: u32 = 24 * HOUR_WINDOWS;

/// Windows of the outage, from the beginning of its hour.
const OUTAGE: std::ops::Range<u32> = 10..40;

/// Hour of the day at which the counted hours begin.
const FIRST_HOUR: u32 = 11;

/// Hours without an outage in a day.
const QUIET_HOURS: u32 = 23;

/// Outcomes and monitors of states that are made for the hours without an outage, at most.
const MAX_WORK: u64 = 80_000;

/// Windows in which notes of checks are written before those of a day are counted.
const UPKEEP_BEFORE: u32 = 150;

/// The counts of a day, and its last state.
pub(crate) struct DayUsage {
    /// The counted writes and reads.
    pub(crate) counts: UsageCounts,
    /// Checks of all regions.
    pub(crate) n_checks: f64,
    /// Beats that jobs report.
    pub(crate) n_beats: f64,
    /// Mean size of the state's item, in bytes.
    pub(crate) state_bytes: f64,
    /// Rollups of the day.
    rollups: Vec<RollupRecord>,
    /// State at the end.
    pub(crate) state: ShardState,
    /// Time of the end.
    pub(crate) end: Timestamp,
}

/// Makes a day and counts it. `start` is the beginning of a day of UTC.
pub(crate) async fn make(
    config: &Arc<Config>,
    kinds: &dyn CheckKinds,
    regions: &[RegionId],
    start: Timestamp,
) -> Result<DayUsage> {
    let n_checks = n_checks(config, regions);
    let n_hours = n_sampled_hours(config, n_checks);
    let mut shift = Shift::begin(config, kinds.declared(), regions, start).await?;
    let mut counts = UsageCounts::default();
    for _ in 0..n_hours {
        shift.hour(|_| SampleHealth::AllWell).await?;
    }
    counts.add_times(&shift.table.take_counts(), f64::from(QUIET_HOURS) / f64::from(n_hours));
    shift.hour(outage).await?;
    counts.add_times(&shift.table.take_counts(), 1.0);

    let Shift { table, at: end, .. } = &shift;
    let state = shift.state().await?;
    let rollups = close_day(&state, Period::Day.start_of(start), config, &mut counts)?;
    upkeep(config, kinds, regions, (table, start)).await?;
    counts.add_times(&table.take_counts(), 1.0);
    let state_bytes = counts.mean(BillCounter::StateBytes, BillCounter::Commits);
    restarts(state_bytes, &mut counts);
    let n_beats = n_beats(config, kinds);
    Ok(DayUsage { counts, n_checks, n_beats, state_bytes, rollups, state, end: *end })
}

impl DayUsage {
    /// Returns the history of days of which each was like this one.
    pub(crate) fn history(&self) -> PageHistory {
        let ago = |n| Duration::from_hours(24) * n;
        let records = (0..HISTORY_DAYS).flat_map(|n| {
            self.rollups.iter().cloned().map(move |mut record| {
                record.start = Period::Day.start_of(record.start - ago(n));
                record
            })
        });
        records.collect()
    }
}

/// Returns which monitors fail in a window of the hour with the outage.
pub(crate) fn outage(window: u32) -> SampleHealth {
    if OUTAGE.contains(&window) { SampleHealth::FirstDown } else { SampleHealth::AllWell }
}

/// Returns the number of checks in a day of all regions.
pub(crate) fn n_checks(config: &Config, regions: &[RegionId]) -> f64 {
    let day = f64::from(DAY_WINDOWS) * WINDOW.as_secs_f64();
    let of_each = config.monitors.iter().map(|one| day / one.interval.max(WINDOW).as_secs_f64());
    of_each.sum::<f64>() * regions.len() as f64
}

/// Returns the number of beats in a day of all jobs, each of which reports a success in its period.
fn n_beats(config: &Config, kinds: &dyn CheckKinds) -> f64 {
    let day = f64::from(DAY_WINDOWS) * WINDOW.as_secs_f64();
    let period = |one: &Monitor| kinds.build(&one.check).ok()?.beats_every();
    config.monitors.iter().filter_map(period).map(|period| day / period.as_secs_f64()).sum()
}

/// Returns the number of simulated hours without an outage: all if that takes no noticeable time,
/// and at least one. More than one makes a difference only to intervals that do not divide an hour.
pub(crate) fn n_sampled_hours(config: &Config, n_checks: f64) -> u32 {
    let commits = 60 * 60 / DEPLOYED_CHECKPOINT_EVERY.as_secs().max(1);
    let states = (config.monitors.len() as u64 * commits) as f64;
    let an_hour = (n_checks / 24.0 + states).max(1.0);
    (1..=QUIET_HOURS).rev().find(|n| f64::from(*n) * an_hour <= MAX_WORK as f64).unwrap_or(1)
}

/// The evaluator at work on a table, from one hour to the next.
pub(crate) struct Shift<'a> {
    config: Arc<Config>,
    kinds: KindSet,
    regions: &'a [RegionId],
    evaluator: Evaluator,
    /// The time that the evaluator has recorded.
    next_notice_at: Option<Timestamp>,
    pub(crate) table: Table,
    pub(crate) at: Timestamp,
}

impl<'a> Shift<'a> {
    /// Begins with an empty table at `at`.
    pub(crate) fn new(
        config: &Arc<Config>,
        kinds: KindSet,
        regions: &'a [RegionId],
        at: Timestamp,
    ) -> Result<Self> {
        let config = with_rules_that_matter(config);
        let index = ConfigIndex::new(Arc::clone(&config))?.with_kinds(kinds);
        let evaluator = Evaluator::deployed(Arc::new(index));
        let table = Table::new(Retention::from(&config.settings));
        Ok(Self { config, kinds, regions, evaluator, next_notice_at: None, table, at })
    }

    /// Begins at [`FIRST_HOUR`] of the day of `start`, with the state that a stack has which has run
    /// for more than a day.
    pub(crate) async fn begin(
        config: &Arc<Config>,
        kinds: KindSet,
        regions: &'a [RegionId],
        start: Timestamp,
    ) -> Result<Self> {
        let at = start + hours(FIRST_HOUR);
        let mut shift = Self::new(config, kinds, regions, at)?;
        let state = state_of_hour(&shift.config, kinds, regions, at - hours(1), &shift.table)?;
        shift.table.store(state);
        // Reads the stored state and all that may be unfolded, as each evaluator does once. Some minutes
        // before, so that the hour has as many such looks as each has.
        shift.at = at - WINDOW * 4;
        shift.evaluate().await?;
        shift.at = at;
        shift.table.take_counts();
        Ok(shift)
    }

    /// Makes and evaluates the runs of an hour.
    pub(crate) async fn hour(&mut self, health: impl Fn(u32) -> SampleHealth) -> Result<()> {
        for window in 0..HOUR_WINDOWS {
            for region in self.regions {
                let sample = SampleConfig::new(&self.config, self.kinds);
                let run = sample.run(region, self.at, health(window));
                if !run.outcomes.is_empty() {
                    self.table.record(run);
                    self.evaluate().await?;
                }
            }
            self.at += WINDOW;
            self.table.forget_before(self.at - LATE_LIMIT - WINDOW * 2);
        }
        Ok(())
    }

    async fn evaluate(&mut self) -> Result<()> {
        let (shard, now) = (ShardId::main(), self.at + WINDOW);
        self.evaluator.evaluate_since(&self.table, &shard, self.at, now).await?;
        let next_notice_at = self.evaluator.next_notice_at();
        if next_notice_at != self.next_notice_at {
            self.table.record_next_notice(&shard, next_notice_at)?;
            self.next_notice_at = next_notice_at;
        }
        Ok(())
    }

    pub(crate) async fn state(&self) -> Result<ShardState> {
        if let Some(state) = self.evaluator.state() {
            return Ok(state.clone());
        }
        let stored = self.table.load_state(&ShardId::main()).await?;
        Ok(stored.map(|stored| stored.state).unwrap_or_default())
    }
}

/// Returns the state after the hour from `start`, with the sums of the hours before it. The table then
/// has the runs of that hour.
fn state_of_hour(
    config: &Arc<Config>,
    kinds: KindSet,
    regions: &[RegionId],
    start: Timestamp,
    table: &Table,
) -> Result<ShardState> {
    let index = ConfigIndex::new(Arc::clone(config))?;
    let sample = SampleConfig::new(config, kinds);
    let mut state = ShardState::default();
    for region in regions {
        for window in 0..HOUR_WINDOWS {
            let at = start + WINDOW * window;
            let run = match window {
                0 => sample.run_of_all(region, at),
                _ => sample.run(region, at, SampleHealth::AllWell),
            };
            if !run.outcomes.is_empty() {
                fold(&mut state, &run, &index);
                table.record(run);
            }
        }
    }
    for monitor_state in state.monitors.values_mut() {
        let Some(rollup) = monitor_state.open.hours.get(&start).cloned() else { continue };
        monitor_state.open.last_day.extend((2..=24).map(|n| (start - hours(n), rollup.tally)));
        // The hour before is closed by the next run.
        monitor_state.open.hours.insert(start - hours(1), rollup);
    }
    closed_hours(sample, regions, start, &mut state);
    Ok(state)
}

/// Adds the hours of the day that are closed when `last_hour` begins and the hour before is open.
fn closed_hours(
    sample: SampleConfig<'_>,
    regions: &[RegionId],
    last_hour: Timestamp,
    state: &mut ShardState,
) {
    let day = Period::Day.start_of(last_hour);
    for monitor_state in state.monitors.values_mut() {
        let Some(hour) = monitor_state.open.hours.get(&last_hour) else { continue };
        let mut closed = Rollup { cost: hour.cost, ..Rollup::default() };
        for _ in 2..FIRST_HOUR {
            closed.tally.merge(&hour.tally);
        }
        monitor_state.open.days.insert(day, closed);
    }
    for region in regions {
        for window in 0..(FIRST_HOUR - 2) * HOUR_WINDOWS {
            for (monitor, latency) in sample.latencies(region, day + WINDOW * window) {
                let monitor_state = state.monitors.get_mut(monitor);
                if let Some(closed) =
                    monitor_state.and_then(|monitor_state| monitor_state.open.days.get_mut(&day))
                {
                    closed.latency.add(latency);
                }
            }
        }
    }
}

/// Counts the end of the day: its rollups are written in one transaction with those of its last hour.
/// Returns them.
pub(crate) fn close_day(
    state: &ShardState,
    day: Timestamp,
    config: &Config,
    counts: &mut UsageCounts,
) -> Result<Vec<RollupRecord>> {
    let records = state.monitors.iter().filter_map(|(monitor, monitor_state)| {
        let rollup = monitor_state.open.days.get(&day)?.clone();
        Some(RollupRecord { monitor: monitor.clone(), period: Period::Day, start: day, rollup })
    });
    let records: Vec<RollupRecord> = records.collect();
    let (units, bytes) = weight::rollups(&records, &Retention::from(&config.settings))?;
    counts.add(BillCounter::CommitUnits, units as f64);
    counts.add(BillCounter::DayBytes, bytes as f64);
    Ok(records)
}

/// Counts the notes, the budgets and the further requests of a day.
async fn upkeep(
    config: &Config,
    kinds: &dyn CheckKinds,
    regions: &[RegionId],
    (table, start): (&Table, Timestamp),
) -> Result<()> {
    let mut upkeep: Vec<RegionUpkeep> = regions
        .iter()
        .filter_map(|region| RegionUpkeep::of(config, kinds, region, WINDOW))
        .collect();
    if upkeep.is_empty() {
        return Ok(());
    }
    for window in 0..UPKEEP_BEFORE + DAY_WINDOWS {
        if window == UPKEEP_BEFORE {
            table.take_counts();
        }
        for one in &mut upkeep {
            let n_further_requests = one.write(table, start + WINDOW * window).await?;
            table.count_requests(n_further_requests);
        }
    }
    Ok(())
}

/// Counts the reads of the evaluators that begin within a day: the state, and the runs of the time in
/// which one may be late.
fn restarts(state_bytes: f64, counts: &mut UsageCounts) {
    let n_restarts = hours(24).as_secs_f64() / SANDBOX_LIFE.as_secs_f64();
    let run_bytes =
        counts.of(BillCounter::RunBytes) * LATE_LIMIT.as_secs_f64() / hours(24).as_secs_f64();
    let units =
        read_units(state_bytes, Consistency::Strong) + read_units(run_bytes, Consistency::Strong);
    counts.add(BillCounter::ReadUnits, n_restarts * units);
}

fn hours(n: u32) -> Duration {
    Duration::from_hours(u64::from(n))
}

/// Returns the config with rules for the failing monitor alone. They find nothing in the others, and
/// evaluating them would take most of the time.
fn with_rules_that_matter(config: &Config) -> Arc<Config> {
    let mut config = config.clone();
    if let Some(failing) = config.monitors.first() {
        config.rules.retain(|rule| rule.scope.includes(failing));
        let scope = RuleScope { monitors: vec![failing.id.clone()], ..RuleScope::default() };
        for rule in &mut config.rules {
            rule.scope = scope.clone();
        }
    }
    Arc::new(config)
}
