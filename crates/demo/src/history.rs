//! 90 days of history, computed by folding simulated runs.
//!
//! The real fold computes rollups, transitions, alerts and the state, so that the live part of the demo
//! continues from them. Single outcomes are not kept, because the page does not show old ones.

use std::collections::BTreeMap;
use std::hash::Hasher as _;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::{IdError, MaintenanceId, RegionId, ShardId};
use allclear_core::kind::KindSet;
use allclear_core::monitor::Monitor;
use allclear_core::outcome::{Finding, Outcome, Verdict};
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::rule::RuleScope;
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::state::{Decision, ShardState};
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_evaluate::fold::fold;
use allclear_evaluate::{ConditionError, ConfigIndex};
use fnv::FnvHasher;

use crate::chronicle::{Chronicle, Episode, EpisodeEffect, N_DAYS};

/// Interval between checks while no episode begins or ends.
const COARSE: Duration = Duration::from_mins(30);

/// Interval between checks around the beginning and the end of an episode.
const FINE: Duration = Duration::from_mins(1);

/// Time after an episode's edge during which checks stay at [`FINE`], so that a change of status is
/// confirmed.
const AFTERMATH: Duration = Duration::from_mins(5);

/// A constant, so that each demo has the same past.
const SEED: u64 = 0x0A11_C1EA;

/// The reason why no history can be computed.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A rule of the config has a condition that does not compile.
    #[error(transparent)]
    Condition(#[from] ConditionError),
    /// The id of the past maintenance is invalid.
    #[error("the maintenance of the demo has an invalid id: {0}")]
    Id(#[from] IdError),
}

/// Returns the state after the history up to `now`, and the decisions of the 90 days.
///
/// `kinds` declares the kinds of check of `config`, and `chronicle` contains the events that are not usual.
///
/// # Errors
///
/// Fails if a rule of `config` has a condition that does not compile.
pub fn history(
    config: &Config,
    kinds: KindSet,
    chronicle: &Chronicle<'_>,
    now: Timestamp,
) -> Result<(ShardState, Decision), HistoryError> {
    let past = Past::new(config, kinds, chronicle, now)?;
    let mut state = ShardState::default();
    let mut decision = Decision::default();
    let mut at = past.day(N_DAYS - 1);
    while at < now {
        let end = at + COARSE;
        if past.is_off(at) {
            at = end;
            continue;
        }
        let is_close_up = end + FINE > now || past.has_edge(at, end);
        let is_calm = state.monitors.values().all(|known| known.alerts.is_empty());
        // The rules find nothing in a calm time, and their evaluation takes most of a fold's time.
        let (step, index) = match (is_close_up, is_calm) {
            (true, _) => (FINE, &past.fine),
            (false, true) => (COARSE, &past.calm),
            (false, false) => (COARSE, &past.coarse),
        };
        while at < end && at + step <= now {
            decision.append(fold(&mut state, &past.run(at), index));
            at += step;
        }
        at = end;
    }
    decision.rollups = newest(decision.rollups);
    decision.deliveries = decision
        .deliveries
        .into_iter()
        .map(|delivery| {
            let at = delivery.created_at;
            delivery.after_try(Ok(None), at)
        })
        .collect();
    Ok((state, decision))
}

/// Returns each rollup once, in the order of their places.
fn newest(rollups: Vec<RollupRecord>) -> Vec<RollupRecord> {
    let by_place: BTreeMap<_, _> = rollups
        .into_iter()
        .map(|record| ((record.period, record.start, record.monitor.clone()), record))
        .collect();
    by_place.into_values().collect()
}

/// The days before now, and the config with the intervals of the simulated checks.
struct Past<'a> {
    today: Timestamp,
    /// Each with its beginning and its end.
    episodes: Vec<(Timestamp, Timestamp, Episode<'a>)>,
    day_off: Option<Timestamp>,
    config: Arc<Config>,
    kinds: KindSet,
    fine: ConfigIndex,
    coarse: ConfigIndex,
    calm: ConfigIndex,
}

impl<'a> Past<'a> {
    fn new(
        config: &Config,
        kinds: KindSet,
        chronicle: &Chronicle<'a>,
        now: Timestamp,
    ) -> Result<Self, HistoryError> {
        let today = Period::Day.start_of(now);
        let mut config = config.clone();
        if let Some(planned) = chronicle.maintenance {
            let window = maintenance(&config, planned, today)?;
            config.maintenances.push(window);
        }
        let prepared = |interval: Duration, with_rules: bool| {
            let mut config = config.clone();
            for monitor in &mut config.monitors {
                monitor.interval = interval;
            }
            if !with_rules {
                config.rules.clear();
            }
            let index = ConfigIndex::new(Arc::new(config))?;
            Ok::<_, HistoryError>(index.with_kinds(kinds))
        };
        Ok(Self {
            today,
            episodes: chronicle.episodes.iter().map(|episode| episode.dated(today)).collect(),
            day_off: chronicle.day_off.map(|days_ago| day(today, days_ago)),
            fine: prepared(FINE, true)?,
            coarse: prepared(COARSE, true)?,
            calm: prepared(COARSE, false)?,
            kinds,
            config: Arc::new(config),
        })
    }

    fn day(&self, days_ago: i64) -> Timestamp {
        day(self.today, days_ago)
    }

    fn is_off(&self, at: Timestamp) -> bool {
        self.day_off == Some(Period::Day.start_of(at))
    }

    fn has_edge(&self, from: Timestamp, until: Timestamp) -> bool {
        self.episodes.iter().any(|(start, end, _)| {
            [*start, *end].into_iter().any(|edge| edge < until && from < edge + AFTERMATH)
        })
    }

    fn run(&self, at: Timestamp) -> Run {
        let region = RegionId::local();
        Run {
            shard: ShardId::main(),
            key: RunKey { scheduled_at: at, region, lane: Lane::Main },
            lag: Duration::ZERO,
            took: Duration::ZERO,
            outcomes: self.config.monitors.iter().map(|one| self.outcome(one, at)).collect(),
        }
    }

    fn outcome(&self, monitor: &Monitor, at: Timestamp) -> Outcome {
        let trouble = self
            .episodes
            .iter()
            .find(|(start, end, episode)| {
                (*start..*end).contains(&at) && episode.monitor == monitor.id.as_str()
            })
            .map(|(_, _, episode)| episode.trouble);
        let verdict = trouble.map_or(Verdict::Healthy, EpisodeEffect::verdict);
        let finding =
            Finding { latency: self.latency(monitor, trouble, at), ..Finding::of(verdict) };
        Outcome::new(monitor.id.clone(), Duration::ZERO, finding, 1)
    }

    /// Returns the latency of a check: around half of the expected maximum, higher by day than by night.
    fn latency(
        &self,
        monitor: &Monitor,
        trouble: Option<EpisodeEffect>,
        at: Timestamp,
    ) -> Option<Duration> {
        let usual = match trouble {
            Some(EpisodeEffect::Slow(ms)) => Duration::from_millis(ms),
            Some(EpisodeEffect::Down(..) | EpisodeEffect::KeyRefused(_)) => return None,
            Some(EpisodeEffect::Degraded(..)) | None => monitor.expected_response_time? / 2,
        };
        let kind = self.kinds.get(&monitor.check.kind)?;
        let hour = at.as_second().rem_euclid(Period::Day.seconds()) as f64 / 3_600.0;
        let by_day = 0.15 * ((hour - 9.0) * std::f64::consts::TAU / 24.0).sin();
        let factor = 0.9 + by_day + 0.25 * noise(monitor.id.as_str(), at);
        kind.example.has_latency().then(|| usual.mul_f64(factor))
    }
}

/// Returns the maintenance of the monitor of `planned` during that episode.
fn maintenance(
    config: &Config,
    planned: Episode<'_>,
    today: Timestamp,
) -> Result<Maintenance, IdError> {
    let (start, end, _) = planned.dated(today);
    let affected = config.monitors.iter().filter(|one| one.id.as_str() == planned.monitor);
    Ok(Maintenance {
        id: MaintenanceId::new("failover-drill")?,
        title: "Failover drill".to_owned(),
        description: None,
        scope: RuleScope {
            monitors: affected.map(|one| one.id.clone()).collect(),
            ..RuleScope::default()
        },
        schedule: WindowSchedule::Once { start, end },
        ended_at: None,
    })
}

impl Episode<'_> {
    /// Returns the episode with its beginning and its end, as seen on the day that begins at `today`.
    fn dated(self, today: Timestamp) -> (Timestamp, Timestamp, Self) {
        let minutes = |n: i64| Duration::from_mins(n.unsigned_abs());
        let start = day(today, self.days_ago) + minutes(self.minute);
        (start, start + minutes(self.minutes), self)
    }
}

fn day(today: Timestamp, days_ago: i64) -> Timestamp {
    today - Duration::from_hours(24 * days_ago.unsigned_abs())
}

/// Returns a pseudo-random number from 0 to 1 (FNV-1a, then the finalizer of `SplitMix64`).
fn noise(id: &str, at: Timestamp) -> f64 {
    let mut hasher = FnvHasher::with_key(FnvHasher::default().finish() ^ SEED);
    hasher.write(id.as_bytes());
    hasher.write(&at.as_second().to_le_bytes());
    let mut hash = hasher.finish();
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^= hash >> 31;
    (hash >> 32) as f64 / f64::from(u32::MAX)
}
