#![doc = include_str!("../README.md")]

mod attempt;
mod lanes;
mod witness;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::checker::{Beat, CheckKinds, Checker, Secrets};
use allclear_core::config::Config;
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Outcome;
use allclear_core::ports::{Freshness, ReadBeats, ReadSecrets, RecordRun, Recorded, StoreError};
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::schedule::{Slot, due};
use allclear_core::window::Opening;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};

use crate::attempt::Attempt;
use crate::lanes::{Lanes, STRAGGLE};
use crate::witness::Witnesses;

/// Why a prober cannot be built from a config.
#[derive(Debug, thiserror::Error)]
#[error("the check of `{monitor}` cannot be built: {what}")]
pub struct BuildError {
    /// Whose check.
    pub monitor: MonitorId,
    /// What is wrong with it.
    pub what: String,
}

/// Why an invocation did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The run could not be written; its outcomes are lost, the next invocation measures anew.
    #[error("the run of {scheduled_at} could not be written")]
    Record {
        /// When the invocation was due.
        scheduled_at: Timestamp,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The beats could not be read.
    #[error("the beats could not be read")]
    Beats(#[source] StoreError),
}

/// What an invocation did.
#[derive(Debug, Default)]
pub struct ProbeReport {
    /// The outcomes that were written.
    pub outcomes: Vec<Outcome>,
    /// How many monitors were passed over because their last check still ran.
    pub n_passed_over: usize,
    /// Whether another invocation had written the same run; nothing was written then.
    pub was_duplicate: bool,
}

/// Checks the monitors of a config.
pub struct Prober {
    config: Arc<Config>,
    shard: ShardId,
    region: RegionId,
    checkers: HashMap<MonitorId, Arc<dyn Checker>>,
    lanes: Arc<Lanes>,
    witnesses: Witnesses,
    deaf: Option<Opening>,
}

impl Prober {
    /// Builds the checks of `config`.
    pub fn new(
        config: Arc<Config>,
        kinds: &dyn CheckKinds,
        region: RegionId,
    ) -> Result<Self, BuildError> {
        let mut checkers: HashMap<MonitorId, Arc<dyn Checker>> = HashMap::new();
        for monitor in &config.monitors {
            let checker = kinds.build(&monitor.check).map_err(|problems| BuildError {
                monitor: monitor.id.clone(),
                what: problems.into_iter().map(|one| one.what).collect::<Vec<_>>().join("; "),
            })?;
            checkers.insert(monitor.id.clone(), Arc::from(checker));
        }
        let lanes = Arc::new(Lanes::new(config.settings.concurrency));
        let witnesses = Witnesses::new(&config, kinds, &checkers);
        let shard = ShardId::main();
        Ok(Self { config, shard, region, checkers, lanes, witnesses, deaf: None })
    }

    /// The prober, where nobody listened for beats during `gap`: a job whose beat was due then is
    /// unknown rather than missing.
    #[must_use]
    pub fn deaf_during(mut self, gap: Opening) -> Self {
        self.deaf = Some(gap);
        self
    }

    /// The monitors that listen for beats, by the token that their beats carry.
    pub fn beat_tokens(&self) -> impl Iterator<Item = (String, MonitorId)> {
        self.checkers
            .iter()
            .filter_map(|(id, checker)| Some((checker.beat_token()?.to_owned(), id.clone())))
    }

    /// Checks what is due from `start` up to `start + length`, each at its own moment, and writes
    /// the outcomes. `now` is when the invocation began.
    pub async fn probe_due<S, K>(
        &self,
        store: &S,
        secrets: &K,
        start: Timestamp,
        length: Duration,
        now: Timestamp,
    ) -> Result<ProbeReport, ProbeError>
    where
        S: RecordRun + ReadBeats,
        K: ReadSecrets,
    {
        self.probe(store, secrets, due(&self.config.monitors, start, length), start, now).await
    }

    /// Checks every monitor at once, and writes the outcomes.
    pub async fn probe_all<S, K>(
        &self,
        store: &S,
        secrets: &K,
        now: Timestamp,
    ) -> Result<ProbeReport, ProbeError>
    where
        S: RecordRun + ReadBeats,
        K: ReadSecrets,
    {
        let slots =
            self.config.monitors.iter().map(|monitor| Slot { monitor, offset: Duration::ZERO });
        self.probe(store, secrets, slots.collect(), now, now).await
    }

    /// Checks `monitors` at once and writes nothing.
    pub async fn check<S, K>(
        &self,
        store: &S,
        secrets: &K,
        monitors: &[&Monitor],
        now: Timestamp,
    ) -> Result<Vec<Outcome>, ProbeError>
    where
        S: ReadBeats,
        K: ReadSecrets,
    {
        let slots: Vec<Slot<'_>> =
            monitors.iter().map(|monitor| Slot { monitor, offset: Duration::ZERO }).collect();
        let mut report = ProbeReport::default();
        let mut checks = self.start(store, secrets, &slots, now, now, &mut report).await?;
        let mut outcomes = Vec::with_capacity(slots.len());
        while let Some(outcome) = checks.join_next().await {
            outcomes.extend(taken(outcome));
        }
        self.witnesses.judge(&mut outcomes, &self.checkers, now).await;
        Ok(outcomes)
    }

    async fn probe<S, K>(
        &self,
        store: &S,
        secrets: &K,
        slots: Vec<Slot<'_>>,
        scheduled_at: Timestamp,
        now: Timestamp,
    ) -> Result<ProbeReport, ProbeError>
    where
        S: RecordRun + ReadBeats,
        K: ReadSecrets,
    {
        let mut report = ProbeReport::default();
        let Some(last) = slots.last() else { return Ok(report) };
        let began = Instant::now();
        let lag = Duration::try_from(now.duration_since(scheduled_at)).unwrap_or_default();
        let straggling_from = began + last.offset.saturating_sub(lag) + STRAGGLE;
        let mut checks = self.start(store, secrets, &slots, scheduled_at, now, &mut report).await?;

        let mut outcomes = Vec::with_capacity(slots.len());
        while let Ok(Some(outcome)) = timeout_at(straggling_from, checks.join_next()).await {
            outcomes.extend(taken(outcome));
        }
        for lane in [Lane::Main, Lane::Slow] {
            if lane == Lane::Slow {
                while let Some(outcome) = checks.join_next().await {
                    outcomes.extend(taken(outcome));
                }
            }
            if outcomes.is_empty() {
                continue;
            }
            self.witnesses.judge(&mut outcomes, &self.checkers, now).await;
            let key = RunKey { scheduled_at, region: self.region.clone(), lane };
            let shard = self.shard.clone();
            let run = Run { shard, key, lag, took: began.elapsed(), outcomes };
            let recorded = store
                .record_run(&run)
                .await
                .map_err(|source| ProbeError::Record { scheduled_at, source })?;
            if recorded == Recorded::Already {
                // Another invocation for the same time owns this run, stragglers and all.
                report.was_duplicate = true;
                return Ok(report);
            }
            report.outcomes.extend(run.outcomes);
            outcomes = Vec::new();
        }
        Ok(report)
    }

    /// Starts one task for each slot whose monitor has no check under way.
    async fn start<S, K>(
        &self,
        store: &S,
        secrets: &K,
        slots: &[Slot<'_>],
        scheduled_at: Timestamp,
        now: Timestamp,
        report: &mut ProbeReport,
    ) -> Result<JoinSet<Outcome>, ProbeError>
    where
        S: ReadBeats,
        K: ReadSecrets,
    {
        let mut beats = self.beats(store, slots).await?;
        let began = Instant::now();
        let lag = Duration::try_from(now.duration_since(scheduled_at)).unwrap_or_default();
        let mut checks = JoinSet::new();
        for slot in slots {
            let Some(checker) = self.checkers.get(&slot.monitor.id) else { continue };
            let Some(place) = self.lanes.enter(&slot.monitor.id) else {
                report.n_passed_over += 1;
                continue;
            };
            let names = checker.secrets();
            let secrets = if names.is_empty() {
                Ok(Secrets::new())
            } else {
                secrets.secrets(&names, Freshness::Cached).await
            };
            let attempt = Attempt {
                monitor: slot.monitor.clone(),
                checker: Arc::clone(checker),
                lanes: Arc::clone(&self.lanes),
                place,
                secrets,
                beat: beats.remove(&slot.monitor.id),
                deaf: self.deaf,
                offset: slot.offset,
                due_at: scheduled_at + slot.offset,
                starts_at: began + slot.offset.saturating_sub(lag),
            };
            checks.spawn(attempt.make());
        }
        Ok(checks)
    }

    async fn beats<S: ReadBeats>(
        &self,
        store: &S,
        slots: &[Slot<'_>],
    ) -> Result<HashMap<MonitorId, Beat>, ProbeError> {
        let listening: Vec<MonitorId> = slots
            .iter()
            .map(|slot| &slot.monitor.id)
            .filter(|id| self.checkers.get(*id).is_some_and(|one| one.listens_for_beats()))
            .cloned()
            .collect();
        if listening.is_empty() {
            return Ok(HashMap::new());
        }
        let beats = store.beats(&listening).await.map_err(ProbeError::Beats)?;
        Ok(beats.into_iter().collect())
    }
}

/// The outcome of a task. A check that panicked was caught inside it, so none is lost but by the end
/// of the runtime.
fn taken(outcome: Result<Outcome, JoinError>) -> Option<Outcome> {
    outcome.inspect_err(|error| tracing::error!(%error, "a check ended without an outcome")).ok()
}
