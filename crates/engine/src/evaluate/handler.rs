//! The handler of the function: evaluates shards for stream records or the schedule, and returns the
//! unfinished records. It contains no rules of its own.

use std::collections::BTreeMap;
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
    DeadLetters, FindUnreadable, PoisonRecord, ReadConfig, ReadOperatorEntries, WakeGenerator,
};
use allclear_core::state::Decision;
use allclear_evaluate::ConfigIndex;
use serde_json::json;
use tokio::time::sleep;

use crate::evaluate::evaluator::{EvaluateError, EvaluateStore};
use crate::evaluate::shards::{EntriesRead, Evaluated, Shards};

/// The longest time that an invocation waits for alerts that others join. What waits longer is notified by the
/// invocation of the next run.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// The evaluator as a function: its ports, and the evaluators of the active config.
pub struct EvaluateHandler<S, A, W> {
    store: S,
    dead_letters: A,
    waker: W,
    kinds: KindSet,
    active: ActiveConfig<BuiltEvaluators<S>>,
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
    S: ReadConfig + EvaluateStore + ReadOperatorEntries + FindUnreadable + WithRetention,
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
        let Self { store, dead_letters, waker, kinds, active } = self;
        let current = active.current(store, |config| make(config, store, *kinds)).await?;
        let Current { value: built, staleness, .. } = current;
        built.shards.set_config_age(staleness.config_age());
        let mut work = Evaluations {
            built,
            dead_letters,
            waker,
            now,
            waited: Duration::ZERO,
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
    dead_letters: &'a A,
    waker: &'a W,
    now: Timestamp,
    /// The time that the invocation has waited for alerts that others join.
    waited: Duration,
    committed: Decision,
    /// The events that follow from the evaluations.
    events: Vec<Event>,
}

impl<S, A, W> Evaluations<'_, S, A, W>
where
    S: EvaluateStore + ReadOperatorEntries + FindUnreadable,
    A: DeadLetters,
    W: WakeGenerator,
{
    async fn records(&mut self, records: &[StreamRecord]) -> BatchItemFailures {
        let mut failed = move_poison_records(records, self.dead_letters).await;
        for (shard, NewRuns { oldest, first }) in new_runs(records) {
            let Err(error) = self.evaluate(&shard, oldest).await else { continue };
            let code = store_code(&error.source).as_str();
            tracing::error!(code, %shard, error = chain(&error), "failed to evaluate a shard");
            if error.source.is_retryable() {
                failed.push(first);
                continue;
            }
            let record = json!({ "shard": shard, "oldest": oldest });
            let poison = PoisonRecord { code, reason: chain(&error), record };
            if !move_to_dead_letters(&poison, self.dead_letters).await {
                failed.push(first);
            }
        }
        let (service, store) = (Service::Evaluator, &self.built.store);
        failed.extend(move_unreadable_records(records, service, store, self.dead_letters).await);
        BatchItemFailures::from_first(records, failed)
    }

    /// Evaluates all shards. Fails with the error of the first shard that could not be evaluated.
    async fn sweep(&mut self) -> Result<(), InvocationFailure> {
        let mut shards = self.built.store.shards().await?;
        // The main shard is not listed before its first checkpoint.
        if !shards.contains(&ShardId::main()) {
            shards.push(ShardId::main());
        }
        let mut failure = None;
        for shard in shards {
            if let Err(error) = self.evaluate(&shard, Timestamp::MIN).await {
                failure.get_or_insert(InvocationFailure::of(store_code(&error.source), &error));
            }
        }
        failure.map_or(Ok(()), Err)
    }

    /// Evaluates a shard. If alerts wait a short while for others, so does this call, and then evaluates again.
    async fn evaluate(&mut self, shard: &ShardId, oldest: Timestamp) -> Result<(), EvaluateError> {
        loop {
            let BuiltEvaluators { store, shards } = &mut *self.built;
            let evaluated = shards.evaluate(store, shard, oldest, self.now).await;
            self.events.extend(evaluated.events());
            let Evaluated { committed, error, entries } = evaluated;
            if let EntriesRead::Failed(error) = entries {
                let code = store_code(&error).as_str();
                tracing::error!(
                    code,
                    error = chain(&error),
                    "failed to read the entries of operators"
                );
            }
            self.committed.append(committed);
            if let Some(error) = error {
                return Err(error);
            }
            let next_at = shards.next_notice_at(shard);
            let wait = next_at.and_then(|at| Duration::try_from(at.duration_since(self.now)).ok());
            let Some(wait) = wait.filter(|wait| self.waited + *wait <= MAX_WAIT) else {
                return Ok(());
            };
            // The decisions so far are committed. If the function is killed here, the next run continues.
            sleep(wait).await;
            self.waited += wait;
            self.now += wait;
        }
    }

    /// Wakes the generator if the decisions concern it. The stream wakes the notifier, and schedules wake
    /// both.
    async fn wake_generator(&self) {
        if !self.events.iter().any(|event| event.wakes().contains(&Service::Generator)) {
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
