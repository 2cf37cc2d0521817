//! The evaluation that one wake-up leads to, and the events that follow from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_core::Timestamp;
use allclear_core::error_chain::chain;
use allclear_core::id::ShardId;
use allclear_core::ports::{CommitState, ReadOperatorEntries, StoreError, StoreResult};
use allclear_core::state::{Decision, ShardState};
use allclear_evaluate::ConfigIndex;

use crate::evaluate::evaluator::{EvaluateError, EvaluateStore, Evaluator};
use crate::{ConfigAge, Event};

/// The evaluators of one config: one for each shard, with its state.
#[derive(Debug)]
pub struct Shards {
    index: Arc<ConfigIndex>,
    /// Creates the evaluator of a shard.
    create: fn(Arc<ConfigIndex>) -> Evaluator,
    config_age: ConfigAge,
    evaluators: BTreeMap<ShardId, Evaluator>,
    /// True once the entries of operators were read. Those of the last reading stay in force after a failure.
    has_read_entries: bool,
}

/// The result of an evaluation.
#[derive(Debug)]
pub struct Evaluated {
    /// The decisions that were committed, in order.
    pub committed: Decision,
    /// The error that ended the evaluation. The decisions before it are committed nevertheless.
    pub error: Option<EvaluateError>,
    /// The result of reading the entries of operators before the evaluation.
    pub entries: EntriesRead,
}

/// The result of reading the entries of operators.
#[derive(Debug)]
pub enum EntriesRead {
    /// They are those of the last evaluation.
    Same,
    /// They have changed since the last evaluation.
    Changed,
    /// They could not be read. Those of the last evaluation stay in force.
    Failed(StoreError),
}

impl Evaluated {
    /// Returns the events that follow from the committed decisions, also after an error.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        let have_changed = matches!(self.entries, EntriesRead::Changed);
        Event::of_decision(&self.committed).chain(have_changed.then_some(Event::PageChanged))
    }
}

impl Shards {
    /// Creates the evaluators of a process that keeps running.
    #[must_use]
    pub fn new(index: Arc<ConfigIndex>) -> Self {
        Self::with(index, Evaluator::new)
    }

    /// Creates the evaluators of a function, which write fewer checkpoints.
    #[must_use]
    pub fn deployed(index: Arc<ConfigIndex>) -> Self {
        Self::with(index, Evaluator::deployed)
    }

    fn with(index: Arc<ConfigIndex>, create: fn(Arc<ConfigIndex>) -> Evaluator) -> Self {
        let evaluators = BTreeMap::new();
        Self { index, create, config_age: ConfigAge::Active, evaluators, has_read_entries: false }
    }

    /// Sets the age of the config for the evaluations that follow.
    pub fn set_config_age(&mut self, age: ConfigAge) {
        self.config_age = age;
    }

    /// Reads the entries of operators, folds the new runs of `shard`, of which none is older than `oldest` as far as the
    /// caller knows, and commits the decisions.
    pub async fn evaluate<S>(
        &mut self,
        store: &S,
        shard: &ShardId,
        oldest: Timestamp,
        now: Timestamp,
    ) -> Evaluated
    where
        S: EvaluateStore + ReadOperatorEntries,
    {
        let entries = match self.read_entries(store, now).await {
            // Without any entries, silenced alerts would be sent, and acknowledgements taken back.
            EntriesRead::Failed(source) if !self.has_read_entries => {
                let (shard, committed) = (shard.clone(), Box::default());
                let error = Some(EvaluateError { shard, committed, source });
                return Evaluated {
                    committed: Decision::default(),
                    error,
                    entries: EntriesRead::Same,
                };
            }
            read @ (EntriesRead::Failed(_) | EntriesRead::Same | EntriesRead::Changed) => read,
        };
        self.has_read_entries = true;
        let Self { index, create, config_age, evaluators, .. } = self;
        let evaluator =
            evaluators.entry(shard.clone()).or_insert_with(|| create(Arc::clone(index)));
        evaluator.set_config_age(*config_age);
        evaluator.set_index(Arc::clone(index));
        match evaluator.evaluate_since(store, shard, oldest, now).await {
            Ok(committed) => Evaluated { committed, error: None, entries },
            Err(mut error) => {
                let committed = std::mem::take(&mut *error.committed);
                Evaluated { committed, error: Some(error), entries }
            }
        }
    }

    /// Reads the entries of operators for the evaluations that follow. They are few, and commands write them from other
    /// processes, so that each evaluation reads them.
    async fn read_entries<S: ReadOperatorEntries>(
        &mut self,
        store: &S,
        now: Timestamp,
    ) -> EntriesRead {
        let entries = match store.operator_entries(now).await {
            Ok(entries) => entries,
            Err(error) => return EntriesRead::Failed(error),
        };
        if **self.index.entries() == *entries {
            return EntriesRead::Same;
        }
        let index = self.index.with_entries(entries.into());
        for error in index.entry_errors() {
            tracing::error!(code = "store_corrupt", error = chain(error), "ignored an entry");
        }
        self.index = Arc::new(index);
        EntriesRead::Changed
    }

    /// Writes the runs folded since the last checkpoint, before the process ends or its config changes.
    ///
    /// # Errors
    ///
    /// Fails at the first shard whose state cannot be written. The shards after it are not written.
    pub async fn checkpoint<S: CommitState>(&mut self, store: &S) -> StoreResult<()> {
        for evaluator in self.evaluators.values_mut() {
            evaluator.checkpoint(store).await?;
        }
        Ok(())
    }

    /// Returns the time at which a notification about `shard` is due although no further run may be folded before.
    #[must_use]
    pub fn next_notice_at(&self, shard: &ShardId) -> Option<Timestamp> {
        self.evaluators.get(shard).and_then(Evaluator::next_notice_at)
    }

    /// Returns true if maintenance starts or ends after `since` and not after `now`. The page shows that without any
    /// decision.
    #[must_use]
    pub fn has_maintenance_change(&self, since: Timestamp, now: Timestamp) -> bool {
        let of_config = self.index.config().maintenances.iter();
        let windows = of_config.chain(self.index.entered_maintenances().map(|(window, _)| window));
        windows.filter_map(|window| window.next_change(since)).any(|at| at <= now)
    }

    /// Returns the state of `shard` as of the last evaluation, if it is in memory.
    #[must_use]
    pub fn state(&self, shard: &ShardId) -> Option<&ShardState> {
        self.evaluators.get(shard).and_then(Evaluator::state)
    }
}
