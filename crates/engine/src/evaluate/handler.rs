//! The handler of the function: evaluates shards for stream records or the schedule, and returns the
//! unfinished records. It contains no rules of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::failure::store_code;
use crate::stream_batch::{move_poison_records, move_to_dead_letters, move_unreadable_records};
use crate::{
    ActiveConfig, BatchItemFailures, Code, Current, Event, InvocationFailure, RecordKind, Service,
    StreamRecord, Trigger,
};
use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::config::WithRetention;
use allclear_core::error_chain::chain;
use allclear_core::id::ShardId;
use allclear_core::kind::KindSet;
use allclear_core::ports::{
    DeadLetters, FindUnreadable, PoisonRecord, ReadConfig, ReadOperatorEntries, RecordNextNotice,
    WakeGenerator,
};
use allclear_core::state::Decision;
use allclear_evaluate::ConfigIndex;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use crate::evaluate::evaluator::{EvaluateError, EvaluateStore};
use crate::evaluate::next_notices::RecordedNotices;
use crate::evaluate::shards::{EntriesRead, Evaluated, Shards};

/// The longest time that an invocation waits for notices that are due soon. The times of later ones are recorded, and the
/// sweep of the notifier, each minute, wakes the evaluator for them.
pub const MAX_WAIT: Duration = Duration::from_secs(20);

/// The evaluator as a function: its ports, and the evaluators of the active config.
pub struct EvaluateHandler<S, A, W> {
    store: S,
    dead_letters: A,
    waker: W,
    kinds: KindSet,
    active: ActiveConfig<BuiltEvaluators<S>>,
    recorded: RecordedNotices,
    /// The time up to which starts and ends of maintenance have woken the generator.
    maintenance_seen_at: Option<Timestamp>,
}

/// The parts of a handler that are built from a config.
struct BuiltEvaluators<S> {
    /// The store, with the configured retention of decisions.
    store: S,
    shards: Shards,
}

/// The new runs of a shard.
struct NewRuns {
    /// The time of the oldest run.
    oldest: Timestamp,
    /// The position of the first record of the shard.
    first: usize,
}

impl<S, A, W> EvaluateHandler<S, A, W>
where
    S: ReadConfig
        + EvaluateStore
        + ReadOperatorEntries
        + RecordNextNotice
        + FindUnreadable
        + WithRetention,
    A: DeadLetters,
    W: WakeGenerator,
{
    /// Creates the handler over its ports.
    pub fn new(store: S, dead_letters: A, waker: W) -> Self {
        Self {
            store,
            dead_letters,
            waker,
            kinds: KindSet::default(),
            active: ActiveConfig::default(),
            recorded: RecordedNotices::default(),
            maintenance_seen_at: None,
        }
    }

    /// Returns the handler with the declarations of the kinds of check that configs name.
    #[must_use]
    pub fn with_kinds(self, kinds: KindSet) -> Self {
        Self { kinds, ..self }
    }

    /// Reads the config ahead of the first event.
    pub async fn warm_up(&mut self) {
        let Self { store, active, kinds, .. } = self;
        active.warm_up(store, |config| make(config, store, *kinds)).await;
    }

    /// Evaluates the shards that `wake` concerns. Returns the record of the stream from which the stream
    /// resumes.
    ///
    /// # Errors
    ///
    /// Fails if no config can be used, or if the store does not answer the request for it. An
    /// invocation of the schedule also fails, after its work, if a shard could not be evaluated or
    /// the config is stale.
    pub async fn handle(
        &mut self,
        wake: &Trigger,
        now: Timestamp,
    ) -> Result<BatchItemFailures, InvocationFailure> {
        let began = Instant::now();
        let Self { store, dead_letters, waker, kinds, active, recorded, maintenance_seen_at } =
            self;
        let current = active.current(store, |config| make(config, store, *kinds)).await?;
        let Current { value: built, staleness, .. } = current;
        built.shards.set_config_age(staleness.config_age());
        let mut work = Evaluations {
            built,
            recorded,
            maintenance_seen_at,
            dead_letters,
            waker,
            clock: InvocationClock { began, began_at: now },
            now,
            committed: Decision::default(),
            events: Vec::new(),
        };
        match wake {
            Trigger::Records(records) => {
                staleness.log();
                let unfinished = work.records(records).await;
                work.wake_generator().await;
                work.log_result(records.len(), &unfinished);
                Ok(unfinished)
            }
            Trigger::Schedule => {
                let swept = work.sweep().await;
                work.wake_generator().await;
                work.log_result(0, &BatchItemFailures::default());
                swept?;
                staleness.fail_or(BatchItemFailures::default())
            }
        }
    }
}

fn make<S: WithRetention>(
    config: &Arc<Config>,
    store: &S,
    kinds: KindSet,
) -> Result<BuiltEvaluators<S>, String> {
    let index = ConfigIndex::new(Arc::clone(config)).map_err(|error| error.to_string())?;
    let index = index.with_kinds(kinds);
    let store = store.with_retention_of(&config.settings);
    Ok(BuiltEvaluators { store, shards: Shards::deployed(Arc::new(index)) })
}

/// One invocation.
struct Evaluations<'a, S, A, W> {
    built: &'a mut BuiltEvaluators<S>,
    recorded: &'a mut RecordedNotices,
    maintenance_seen_at: &'a mut Option<Timestamp>,
    dead_letters: &'a A,
    waker: &'a W,
    clock: InvocationClock,
    /// The time of the latest evaluation.
    now: Timestamp,
    committed: Decision,
    /// The events that follow from the evaluations and have woken no service yet.
    events: Vec<Event>,
}

/// The beginning of an invocation, on the clock of the world and on that of the timer.
struct InvocationClock {
    began: Instant,
    began_at: Timestamp,
}

impl InvocationClock {
    /// Waits until `at`. The evaluations since the beginning count as waiting.
    async fn wait_until(&self, at: Timestamp) {
        let since = at.duration_since(self.began_at);
        sleep_until(self.began + Duration::try_from(since).unwrap_or_default()).await;
    }
}

impl<S, A, W> Evaluations<'_, S, A, W>
where
    S: EvaluateStore + ReadOperatorEntries + RecordNextNotice + FindUnreadable,
    A: DeadLetters,
    W: WakeGenerator,
{
    async fn records(&mut self, records: &[StreamRecord]) -> BatchItemFailures {
        let mut failed = move_poison_records(records, self.dead_letters).await;
        let new_runs = new_runs(records);
        let mut errors = Vec::new();
        for (shard, NewRuns { oldest, .. }) in &new_runs {
            errors.extend(self.evaluate(shard, *oldest).await.err());
        }
        let (service, store) = (Service::Evaluator, &self.built.store);
        failed.extend(move_unreadable_records(records, service, store, self.dead_letters).await);
        errors.extend(self.finish(new_runs.keys(), &errors).await);
        for error in &errors {
            let Some(new_runs) = new_runs.get(&error.shard) else { continue };
            failed.extend(self.unfinished(error, new_runs).await);
        }
        BatchItemFailures::from_first(records, failed)
    }

    /// Returns the position of the record from which the stream must resume after `error`; `None` if another try cannot
    /// help and the error is a dead letter.
    async fn unfinished(&self, error: &EvaluateError, new_runs: &NewRuns) -> Option<usize> {
        let (code, shard) = (store_code(&error.source).as_str(), &error.shard);
        tracing::error!(code, %shard, error = chain(error), "failed to evaluate a shard");
        if error.source.is_retryable() {
            return Some(new_runs.first);
        }
        let record = json!({ "shard": shard, "oldest": new_runs.oldest });
        let poison = PoisonRecord { code, reason: chain(error), record };
        let is_moved = move_to_dead_letters(&poison, self.dead_letters).await;
        (!is_moved).then_some(new_runs.first)
    }

    /// Evaluates all shards. Fails with the error of the first shard that could not be evaluated.
    async fn sweep(&mut self) -> Result<(), InvocationFailure> {
        let mut shards = self.built.store.shards().await?;
        // The main shard is not listed before its first checkpoint.
        if !shards.contains(&ShardId::main()) {
            shards.push(ShardId::main());
        }
        // This process may have been woken because of a time that another one has recorded.
        self.recorded.forget();
        let mut errors = Vec::new();
        for shard in &shards {
            errors.extend(self.evaluate(shard, Timestamp::MIN).await.err());
        }
        errors.extend(self.finish(shards.iter(), &errors).await);
        let failure =
            |error: &EvaluateError| InvocationFailure::of(store_code(&error.source), error);
        errors.first().map_or(Ok(()), |error| Err(failure(error)))
    }

    /// Evaluates a shard once.
    async fn evaluate(&mut self, shard: &ShardId, oldest: Timestamp) -> Result<(), EvaluateError> {
        let BuiltEvaluators { store, shards } = &mut *self.built;
        let evaluated = shards.evaluate(store, shard, oldest, self.now).await;
        self.events.extend(evaluated.events());
        let Evaluated { committed, error, entries } = evaluated;
        if let EntriesRead::Failed(error) = entries {
            let code = store_code(&error).as_str();
            let error = chain(&error);
            tracing::error!(code, error, "failed to read the entries of operators");
        }
        self.committed.append(committed);
        error.map_or(Ok(()), Err)
    }

    /// Wakes the generator, waits for the notices of the evaluated shards, and records the times of later ones. Shards
    /// in `failed` are left out. Returns the errors of the evaluations after the waits.
    async fn finish(
        &mut self,
        shards: impl Iterator<Item = &ShardId>,
        failed: &[EvaluateError],
    ) -> Vec<EvaluateError> {
        self.wake_generator().await;
        let failed: BTreeSet<&ShardId> = failed.iter().map(|error| &error.shard).collect();
        let began_at = self.clock.began_at;
        let mut evaluated: BTreeMap<ShardId, Timestamp> = shards
            .filter(|shard| !failed.contains(shard))
            .map(|shard| (shard.clone(), began_at))
            .collect();
        let errors = self.wait_for_notices(&mut evaluated).await;
        let BuiltEvaluators { store, shards } = &*self.built;
        for shard in evaluated.keys() {
            self.recorded.record(store, shard, shards.next_notice_at(shard)).await;
        }
        errors
    }

    /// Evaluates each shard of `evaluated`, which holds the times of the latest evaluations, again when its next notice is
    /// due, the earliest notice first. Removes the shards that fail, and returns their errors.
    ///
    /// The decisions before a wait are committed. If the function is killed during the wait, the stream sends the
    /// records again, and a sweep finds the rest.
    async fn wait_for_notices(
        &mut self,
        evaluated: &mut BTreeMap<ShardId, Timestamp>,
    ) -> Vec<EvaluateError> {
        let last = self.clock.began_at.checked_add(MAX_WAIT).unwrap_or(Timestamp::MAX);
        let mut errors = Vec::new();
        loop {
            let due = evaluated.iter().filter_map(|(shard, evaluated_at)| {
                let at = self.built.shards.next_notice_at(shard)?;
                (at > *evaluated_at && at <= last).then(|| (at, shard.clone()))
            });
            let Some((at, shard)) = due.min() else { return errors };
            self.clock.wait_until(at).await;
            self.now = self.now.max(at);
            match self.evaluate(&shard, self.now).await {
                Ok(()) => {
                    evaluated.insert(shard, self.now);
                }
                Err(error) => {
                    evaluated.remove(&shard);
                    errors.push(error);
                }
            }
        }
    }

    /// Wakes the generator if the decisions concern it, or if maintenance has started or ended since this process called
    /// it last. The stream wakes the notifier, and schedules wake both.
    async fn wake_generator(&mut self) {
        let seen_at = self.maintenance_seen_at.replace(self.now);
        if seen_at.is_some_and(|at| self.built.shards.has_maintenance_change(at, self.now)) {
            self.events.push(Event::PageChanged);
        }
        let events = std::mem::take(&mut self.events);
        if !events.iter().any(|event| event.wakes().contains(&Service::Generator)) {
            return;
        }
        if let Err(error) = self.waker.wake_generator().await {
            let code = Code::WakeFailed.as_str();
            tracing::error!(code, error = chain(&error), "failed to wake the generator");
        }
    }

    fn log_result(&self, n_records: usize, unfinished: &BatchItemFailures) {
        let Decision { transitions, alerts, deliveries, too_late, .. } = &self.committed;
        tracing::info!(
            n_records,
            n_transitions = transitions.len(),
            n_alerts = alerts.len(),
            n_deliveries = deliveries.len(),
            n_too_late = too_late.len(),
            unfinished_from = unfinished.sequence(),
            "evaluated new runs"
        );
    }
}

fn new_runs(records: &[StreamRecord]) -> BTreeMap<ShardId, NewRuns> {
    let mut new_runs: BTreeMap<ShardId, NewRuns> = BTreeMap::new();
    let runs = records.iter().enumerate().filter(|(_, one)| one.what.wakes(Service::Evaluator));
    for (first, record) in runs {
        if let RecordKind::Run { shard, scheduled_at: oldest, .. } = &record.what {
            let oldest = *oldest;
            new_runs
                .entry(shard.clone())
                .and_modify(|new_runs| new_runs.oldest = new_runs.oldest.min(oldest))
                .or_insert(NewRuns { oldest, first });
        }
    }
    new_runs
}
