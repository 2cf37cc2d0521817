//! An invocation, from the due checks to the written run.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::beat::Beat;
use allclear_core::id::MonitorId;
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Outcome;
use allclear_core::ports::{ReadBeats, ReadSecrets, RecordRun as _, Recorded, StoreError};
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::schedule::{Slot, due};
use futures_util::future::join;
use tokio::time::timeout_at;

use crate::probe::batch::{BatchTerms, CheckBatch};
use crate::probe::checker_state::NewStates;
use crate::probe::concurrency::STRAGGLE;
use crate::probe::prober::{CheckStore, ProbeStore, Prober};

/// The error of an invocation that did not finish.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The run could not be written. Its outcomes are lost, and the next invocation measures anew.
    #[error("failed to record the run of {scheduled_at}")]
    Record {
        /// The scheduled time of the invocation.
        scheduled_at: Timestamp,
        /// The cause.
        #[source]
        source: StoreError,
    },
    /// The beats could not be read.
    #[error("failed to read the beats")]
    Beats(#[source] StoreError),
}

/// The result of an invocation.
#[derive(Debug, Default)]
pub struct ProbeReport {
    /// The outcomes that were written.
    pub outcomes: Vec<Outcome>,
    /// The number of monitors that were skipped because their last check was still running.
    pub n_skipped: usize,
    /// True if another invocation had already written the same run. Then nothing was written.
    pub was_duplicate: bool,
}

/// The period whose checks are due: from `start` up to, not including, `start + length`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DuePeriod {
    /// The start of the period.
    pub start: Timestamp,
    /// The length of the period.
    pub length: Duration,
}

/// The time frame of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invocation {
    /// The start of the invocation.
    pub now: Timestamp,
    /// The longest time that a check may take, in addition to its own timeout.
    pub limit: Duration,
}

impl Prober {
    /// Makes the checks that are due in `period`, each at its own due time, and writes the outcomes. `now` is
    /// the start of the invocation.
    ///
    /// # Errors
    ///
    /// Fails if the beats that a due check depends on cannot be read, or if the run cannot be
    /// written. Without the beats, the other checks are made and written nevertheless.
    pub async fn probe_due<S, K>(
        &self,
        store: &S,
        secrets: &K,
        period: DuePeriod,
        now: Timestamp,
    ) -> Result<ProbeReport, ProbeError>
    where
        S: ProbeStore,
        K: ReadSecrets,
    {
        let DuePeriod { start, length } = period;
        let slots = due(&self.config.monitors, start, length);
        let (limit, force_all) = (Duration::MAX, false);
        self.probe(store, secrets, slots, BatchTerms { scheduled_at: start, now, limit, force_all })
            .await
    }

    /// Makes the checks that are due in `period` now, one per monitor, and writes the outcomes as of the
    /// start of the period. Waits only for answers, because the function pays for waiting. No check takes
    /// longer than the limit of the invocation.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::probe_due`].
    pub async fn probe_at_once<S, K>(
        &self,
        store: &S,
        secrets: &K,
        period: DuePeriod,
        invocation: Invocation,
    ) -> Result<ProbeReport, ProbeError>
    where
        S: ProbeStore,
        K: ReadSecrets,
    {
        let DuePeriod { start, length } = period;
        let Invocation { now, limit } = invocation;
        let mut seen = HashSet::new();
        let due = due(&self.config.monitors, start, length).into_iter();
        let once = due.filter(|slot| seen.insert(&slot.monitor.id));
        let slots = once.map(|slot| at_once(slot.monitor)).collect();
        let force_all = false;
        self.probe(store, secrets, slots, BatchTerms { scheduled_at: start, now, limit, force_all })
            .await
    }

    /// Checks every monitor now, and writes the outcomes.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::probe_due`].
    pub async fn probe_all<S, K>(
        &self,
        store: &S,
        secrets: &K,
        now: Timestamp,
    ) -> Result<ProbeReport, ProbeError>
    where
        S: ProbeStore,
        K: ReadSecrets,
    {
        let slots = self.config.monitors.iter().map(at_once).collect();
        let (limit, force_all) = (Duration::MAX, false);
        self.probe(store, secrets, slots, BatchTerms { scheduled_at: now, now, limit, force_all })
            .await
    }

    /// Checks `monitors` now and in full, for an operator, and writes the outcomes. No check takes longer
    /// than the limit of the invocation.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::probe_due`].
    pub async fn probe_these<S, K>(
        &self,
        store: &S,
        secrets: &K,
        monitors: &[&Monitor],
        invocation: Invocation,
    ) -> Result<ProbeReport, ProbeError>
    where
        S: ProbeStore,
        K: ReadSecrets,
    {
        let Invocation { now, limit } = invocation;
        let slots = monitors.iter().map(|monitor| at_once(monitor)).collect();
        let force_all = true;
        self.probe(store, secrets, slots, BatchTerms { scheduled_at: now, now, limit, force_all })
            .await
    }

    /// Checks `monitors` now and in full, for an operator, and writes no run. No check takes longer than the
    /// limit of the invocation. The outcomes are in the order of `monitors`.
    ///
    /// The notes of the checkers are kept as after a scheduled check, so that the money spent is counted and
    /// findings need not be repeated.
    ///
    /// # Errors
    ///
    /// Fails if the beats that a check depends on cannot be read. In this case no outcome is
    /// returned.
    pub async fn check<S, K>(
        &self,
        store: &S,
        secrets: &K,
        monitors: &[&Monitor],
        invocation: Invocation,
    ) -> Result<Vec<Outcome>, ProbeError>
    where
        S: ProbeStore,
        K: ReadSecrets,
    {
        let Invocation { now, limit } = invocation;
        let slots = monitors.iter().map(|monitor| at_once(monitor)).collect();
        let terms = BatchTerms { scheduled_at: now, now, limit, force_all: true };
        let store = store.checks();
        let mut batch = CheckBatch::new(self, store, secrets, terms);
        self.begin(&mut batch, store, slots).await?;
        let mut outcomes = Vec::with_capacity(monitors.len());
        let mut new_states = NewStates::default();
        while let Some(found) = batch.next().await {
            outcomes.push(new_states.take(found));
        }
        Box::pin(self.write_states(store, new_states)).await;
        self.controls.reclassify_lost_network(&mut outcomes, &self.checkers, now).await;
        let places: HashMap<&MonitorId, usize> =
            monitors.iter().enumerate().map(|(place, monitor)| (&monitor.id, place)).collect();
        outcomes.sort_by_key(|outcome| places.get(&outcome.monitor).copied());
        Ok(outcomes)
    }

    async fn probe<S, K>(
        &self,
        store: &S,
        secrets: &K,
        slots: Vec<Slot<'_>>,
        terms: BatchTerms,
    ) -> Result<ProbeReport, ProbeError>
    where
        S: ProbeStore,
        K: ReadSecrets,
    {
        let mut report = ProbeReport::default();
        let Some(last) = slots.last() else { return Ok(report) };
        let BatchTerms { scheduled_at, now, .. } = terms;
        let (log, store) = (store.log(), store.checks());
        let mut batch = CheckBatch::new(self, store, secrets, terms);
        let (began, lag) = (batch.began, batch.lag);
        let straggling_from = began + last.offset.saturating_sub(lag) + STRAGGLE;
        let mut outcomes = Vec::with_capacity(slots.len());
        let mut failure = self.begin(&mut batch, store, slots).await.err();

        let mut new_states = NewStates::default();
        while let Ok(Some(found)) = timeout_at(straggling_from, batch.next()).await {
            outcomes.push(new_states.take(found));
        }
        for lane in [Lane::Main, Lane::Slow] {
            if lane == Lane::Slow {
                while let Some(found) = batch.next().await {
                    outcomes.push(new_states.take(found));
                }
            }
            report.n_skipped = batch.n_skipped;
            if outcomes.is_empty() {
                continue;
            }
            let judging = self.controls.reclassify_lost_network(&mut outcomes, &self.checkers, now);
            batch.run_during(Box::pin(judging)).await;
            let key = RunKey { scheduled_at, region: self.region.clone(), lane };
            let outcomes = in_fixed_order(std::mem::take(&mut outcomes));
            let shard = self.shard.clone();
            let run = Run { shard, key, lag, took: began.elapsed(), outcomes };
            let recorded = batch.run_during(Box::pin(log.record_run(&run))).await;
            let new_states = std::mem::take(&mut new_states);
            match recorded {
                Ok(Recorded::New) => {
                    report.outcomes.extend(run.outcomes);
                    batch.run_during(Box::pin(self.write_states(store, new_states))).await;
                }
                // Another invocation for the same time owns this run, with its slow checks and its notes.
                Ok(Recorded::Already) => {
                    report.was_duplicate = true;
                    return Ok(report);
                }
                // The store may be available again when the slow checks have finished.
                Err(source) => {
                    failure.get_or_insert(ProbeError::Record { scheduled_at, source });
                    self.cache_unwritten(new_states);
                }
            }
        }
        failure.map_or(Ok(report), Err)
    }

    /// Begins the checks of `slots`. If the beats cannot be read, the checks that depend on beats are left
    /// out, and the others are begun.
    async fn begin<'a, S, K>(
        &self,
        batch: &mut CheckBatch<'a, S, K>,
        store: &S,
        slots: Vec<Slot<'a>>,
    ) -> Result<(), ProbeError>
    where
        S: CheckStore,
        K: ReadSecrets,
    {
        let (beats, mut prior_states) =
            join(self.beats(store, &slots), Box::pin(self.prior_states(store, &slots))).await;
        let (mut beats, failure) = match beats {
            Ok(beats) => (beats, None),
            Err(error) => (HashMap::new(), Some(error)),
        };
        for slot in slots {
            // Without the beat, the job would seem to have missed it.
            if failure.is_some() && self.expects_beats(&slot) {
                continue;
            }
            let beat = beats.remove(&slot.monitor.id);
            let memory = prior_states.take(&slot.monitor.id);
            batch.begin(slot, beat, memory).await;
        }
        failure.map_or(Ok(()), Err)
    }

    fn expects_beats(&self, slot: &Slot<'_>) -> bool {
        self.checkers.get(&slot.monitor.id).is_some_and(|one| one.listens_for_beats())
    }

    async fn beats<S: ReadBeats>(
        &self,
        store: &S,
        slots: &[Slot<'_>],
    ) -> Result<HashMap<MonitorId, Beat>, ProbeError> {
        let listening: Vec<MonitorId> = slots
            .iter()
            .filter(|slot| self.expects_beats(slot))
            .map(|slot| slot.monitor.id.clone())
            .collect();
        if listening.is_empty() {
            return Ok(HashMap::new());
        }
        let beats = store.beats(&listening).await.map_err(ProbeError::Beats)?;
        Ok(beats.into_iter().collect())
    }
}

fn at_once(monitor: &Monitor) -> Slot<'_> {
    Slot { monitor, offset: Duration::ZERO }
}

/// Sorts the outcomes of a run. In a fixed order, successive runs differ less and compress better in the store.
fn in_fixed_order(mut outcomes: Vec<Outcome>) -> Vec<Outcome> {
    outcomes.sort_by(|a, b| (&a.monitor, a.offset).cmp(&(&b.monitor, b.offset)));
    outcomes
}
