//! An invocation, from what is due to the written run.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::MemoryBudgets;
use allclear_core::checker::{Beat, CheckKinds, Checkers};
use allclear_core::config::Config;
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Outcome;
use allclear_core::ports::{
    ReadBeats, ReadCatalogs, ReadNotes, ReadSecrets, RecordCatalog, RecordNotes, RecordRun,
    Recorded, ReserveBudget, StoreError,
};
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::schedule::{Slot, due};
use allclear_core::window::Opening;
use futures_util::future::join;
use tokio::time::timeout_at;

use crate::probe::lanes::{Lanes, STRAGGLE};
use crate::probe::memory::{News, NoteCache};
use crate::probe::round::{Round, Terms};
use crate::probe::witness::Witnesses;

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

/// The ports of a store that checks use.
pub trait CheckStore:
    ReadBeats + ReadNotes + RecordNotes + ReserveBudget + ReadCatalogs + RecordCatalog
{
}

impl<S> CheckStore for S where
    S: ReadBeats + ReadNotes + RecordNotes + ReserveBudget + ReadCatalogs + RecordCatalog
{
}

/// The ports of the prober. A store that has all of them is both parts; a process that keeps runs in
/// memory while its store is not available has a log of its own.
pub trait ProbeStore: Sync {
    /// The log.
    type Log: RecordRun;
    /// The other ports.
    type Checks: CheckStore;

    /// Returns the log to which runs are written.
    fn log(&self) -> &Self::Log;

    /// Returns the store that checks use.
    fn checks(&self) -> &Self::Checks;
}

impl<S: RecordRun + CheckStore> ProbeStore for S {
    type Log = S;
    type Checks = S;

    fn log(&self) -> &S {
        self
    }

    fn checks(&self) -> &S {
        self
    }
}

/// The period whose checks are due: from `start` up to, not including, `start + length`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DuePeriod {
    /// Begin of the period.
    pub start: Timestamp,
    /// Length of the period.
    pub length: Duration,
}

/// The time that an invocation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invocation {
    /// Begin of the invocation.
    pub now: Timestamp,
    /// The longest time that a check may take, beside its own timeout.
    pub limit: Duration,
}

/// Checks the monitors of a config.
pub struct Prober {
    config: Arc<Config>,
    shard: ShardId,
    pub(crate) region: RegionId,
    pub(crate) checkers: Checkers,
    pub(crate) lanes: Arc<Lanes>,
    witnesses: Witnesses,
    pub(crate) deaf: Option<Opening>,
    pub(crate) is_forgetful: bool,
    pub(crate) notes: NoteCache,
    /// The counters of checks that leave the store alone.
    pub(crate) budgets: MemoryBudgets,
}

impl Prober {
    /// Builds the checks of `config`.
    pub fn new(
        config: Arc<Config>,
        kinds: &dyn CheckKinds,
        region: RegionId,
    ) -> Result<Self, BuildError> {
        let build = |monitor: &Monitor| match kinds.build(&monitor.check) {
            Ok(checker) => Ok((monitor.id.clone(), Arc::from(checker))),
            Err(problems) => {
                let whats: Vec<String> = problems.into_iter().map(|one| one.what).collect();
                Err(BuildError { monitor: monitor.id.clone(), what: whats.join("; ") })
            }
        };
        let checkers = config.monitors.iter().map(build).collect::<Result<Checkers, _>>()?;
        Ok(Self::with_checkers(config, checkers, kinds, region))
    }

    /// A prober with checkers that were built when the config was read.
    pub fn with_checkers(
        config: Arc<Config>,
        checkers: Checkers,
        kinds: &dyn CheckKinds,
        region: RegionId,
    ) -> Self {
        let lanes = Arc::new(Lanes::new(config.settings.concurrency));
        let witnesses = Witnesses::new(&config, kinds, &checkers);
        let shard = ShardId::main();
        Self {
            config,
            shard,
            region,
            checkers,
            lanes,
            witnesses,
            deaf: None,
            is_forgetful: false,
            notes: NoteCache::default(),
            budgets: MemoryBudgets::default(),
        }
    }

    /// The prober, where nobody listened for beats during `gap`: a job whose beat was due then is
    /// unknown rather than missing.
    #[must_use]
    pub fn deaf_during(mut self, gap: Opening) -> Self {
        self.deaf = Some(gap);
        self
    }

    /// The prober, with at most `n` checks under way at once, those that hang included. Where the
    /// descriptors of a process are few, more would fail for want of them.
    #[must_use]
    pub fn with_at_most(mut self, n: usize) -> Self {
        self.lanes = Arc::new(Lanes::new(self.config.settings.concurrency).with_at_most(n));
        self
    }

    /// The prober, without memory: no note is read and nothing is kept, so that the checks of
    /// monitors that only look like those of a config leave those alone. What they spend is counted
    /// in this process, against caps of their own.
    #[must_use]
    pub fn without_memory(mut self) -> Self {
        self.is_forgetful = true;
        self
    }

    /// The monitors that listen for beats, by the token that their beats carry.
    pub fn beat_tokens(&self) -> impl Iterator<Item = (String, MonitorId)> {
        self.checkers
            .iter()
            .filter_map(|(id, checker)| Some((checker.beat_token()?.to_owned(), id.clone())))
    }

    /// Checks what is due in `period`, each at its own moment, and writes the outcomes. `now` is when
    /// the invocation began.
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
        let (limit, is_thorough) = (Duration::MAX, false);
        self.probe(store, secrets, slots, Terms { scheduled_at: start, now, limit, is_thorough })
            .await
    }

    /// Checks what is due in `period` now, each monitor once, and writes the outcomes as of its start.
    /// Waits for answers alone, since waiting costs money. No check takes longer than the limit of the
    /// invocation.
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
        let is_thorough = false;
        self.probe(store, secrets, slots, Terms { scheduled_at: start, now, limit, is_thorough })
            .await
    }

    /// Checks every monitor at once, and writes the outcomes.
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
        let (limit, is_thorough) = (Duration::MAX, false);
        self.probe(store, secrets, slots, Terms { scheduled_at: now, now, limit, is_thorough })
            .await
    }

    /// Checks `monitors` at once and thoroughly, as a person asks for it, and writes the outcomes.
    /// No check takes longer than the limit of the invocation.
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
        let is_thorough = true;
        self.probe(store, secrets, slots, Terms { scheduled_at: now, now, limit, is_thorough })
            .await
    }

    /// Checks `monitors` at once and thoroughly, as a person asks for it, and writes no run. No check
    /// takes longer than the limit of the invocation. The outcomes are in the order of `monitors`.
    ///
    /// What the checkers note is kept as ever: what was spent counts in the sums that they keep, and
    /// what was found out need not be found out again.
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
        let terms = Terms { scheduled_at: now, now, limit, is_thorough: true };
        let store = store.checks();
        let mut round = Round::new(self, store, secrets, terms);
        self.begin(&mut round, store, slots).await?;
        let mut outcomes = Vec::with_capacity(monitors.len());
        let mut news = News::default();
        while let Some(found) = round.next().await {
            outcomes.push(news.take(found));
        }
        Box::pin(self.keep(store, news)).await;
        self.witnesses.judge(&mut outcomes, &self.checkers, now).await;
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
        terms: Terms,
    ) -> Result<ProbeReport, ProbeError>
    where
        S: ProbeStore,
        K: ReadSecrets,
    {
        let mut report = ProbeReport::default();
        let Some(last) = slots.last() else { return Ok(report) };
        let Terms { scheduled_at, now, .. } = terms;
        let (log, store) = (store.log(), store.checks());
        let mut round = Round::new(self, store, secrets, terms);
        let (began, lag) = (round.began, round.lag);
        let straggling_from = began + last.offset.saturating_sub(lag) + STRAGGLE;
        let n_slots = slots.len();
        let mut failure = self.begin(&mut round, store, slots).await.err();

        let mut outcomes = Vec::with_capacity(n_slots);
        let mut news = News::default();
        while let Ok(Some(found)) = timeout_at(straggling_from, round.next()).await {
            outcomes.push(news.take(found));
        }
        for lane in [Lane::Main, Lane::Slow] {
            if lane == Lane::Slow {
                while let Some(found) = round.next().await {
                    outcomes.push(news.take(found));
                }
            }
            report.n_passed_over = round.n_passed_over;
            if outcomes.is_empty() {
                continue;
            }
            let judging = self.witnesses.judge(&mut outcomes, &self.checkers, now);
            round.meanwhile(Box::pin(judging)).await;
            // In an order of their own, runs differ in less and are shorter where they are stored.
            outcomes.sort_by(|a, b| (&a.monitor, a.offset).cmp(&(&b.monitor, b.offset)));
            let key = RunKey { scheduled_at, region: self.region.clone(), lane };
            let shard = self.shard.clone();
            let run = Run { shard, key, lag, took: began.elapsed(), outcomes };
            let recorded = round.meanwhile(Box::pin(log.record_run(&run))).await;
            outcomes = Vec::new();
            let news = std::mem::take(&mut news);
            match recorded {
                Ok(Recorded::New) => {
                    report.outcomes.extend(run.outcomes);
                    round.meanwhile(Box::pin(self.keep(store, news))).await;
                }
                // Another invocation for the same time owns this run, stragglers, notes and all.
                Ok(Recorded::Already) => {
                    report.was_duplicate = true;
                    return Ok(report);
                }
                // The store may be back when the stragglers have come in.
                Err(source) => {
                    failure.get_or_insert(ProbeError::Record { scheduled_at, source });
                    self.keep_in_mind(news);
                }
            }
        }
        failure.map_or(Ok(report), Err)
    }

    /// Begins the checks of `slots`. Where the beats cannot be read, those that listen for beats are
    /// left out, and the others are begun all the same.
    async fn begin<'a, S, K>(
        &self,
        round: &mut Round<'a, S, K>,
        store: &S,
        slots: Vec<Slot<'a>>,
    ) -> Result<(), ProbeError>
    where
        S: CheckStore,
        K: ReadSecrets,
    {
        let (beats, mut memories) =
            join(self.beats(store, &slots), Box::pin(self.memories(store, &slots))).await;
        let (mut beats, failure) = match beats {
            Ok(beats) => (beats, None),
            Err(error) => (HashMap::new(), Some(error)),
        };
        for slot in slots {
            // Without its beat a job would seem to have missed it.
            if failure.is_some() && self.listens(&slot) {
                continue;
            }
            let beat = beats.remove(&slot.monitor.id);
            let memory = memories.take(&slot.monitor.id);
            round.begin(slot, beat, memory).await;
        }
        failure.map_or(Ok(()), Err)
    }

    fn listens(&self, slot: &Slot<'_>) -> bool {
        self.checkers.get(&slot.monitor.id).is_some_and(|one| one.listens_for_beats())
    }

    async fn beats<S: ReadBeats>(
        &self,
        store: &S,
        slots: &[Slot<'_>],
    ) -> Result<HashMap<MonitorId, Beat>, ProbeError> {
        let listening: Vec<MonitorId> = slots
            .iter()
            .filter(|slot| self.listens(slot))
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
