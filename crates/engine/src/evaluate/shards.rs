//! The evaluation that one wake-up leads to, and the events that follow from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_core::Timestamp;
use allclear_core::id::ShardId;
use allclear_core::ports::{CommitState, StoreResult};
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
}

/// The result of an evaluation.
#[derive(Debug)]
pub struct Evaluated {
    /// The decisions that were committed, in order.
    pub committed: Decision,
    /// The error that ended the evaluation. The decisions before it are committed nevertheless.
    pub error: Option<EvaluateError>,
}

impl Evaluated {
    /// Returns the events that follow from the committed decisions, also after an error.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        Event::of_decision(&self.committed)
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
        Self { index, create, config_age: ConfigAge::Active, evaluators }
    }

    /// Sets the age of the config for the evaluations that follow.
    pub fn set_config_age(&mut self, age: ConfigAge) {
        self.config_age = age;
    }

    /// Folds the new runs of `shard`, of which none is older than `oldest` as far as the caller knows, and
    /// commits the decisions.
    pub async fn evaluate<S>(
        &mut self,
        store: &S,
        shard: &ShardId,
        oldest: Timestamp,
        now: Timestamp,
    ) -> Evaluated
    where
        S: EvaluateStore,
    {
        let Self { index, create, config_age, evaluators } = self;
        let evaluator =
            evaluators.entry(shard.clone()).or_insert_with(|| create(Arc::clone(index)));
        evaluator.set_config_age(*config_age);
        match evaluator.evaluate_since(store, shard, oldest, now).await {
            Ok(committed) => Evaluated { committed, error: None },
            Err(mut error) => {
                let committed = std::mem::take(&mut *error.committed);
                Evaluated { committed, error: Some(error) }
            }
        }
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

    /// Returns the state of `shard` as of the last evaluation, if it is in memory.
    #[must_use]
    pub fn state(&self, shard: &ShardId) -> Option<&ShardState> {
        self.evaluators.get(shard).and_then(Evaluator::state)
    }
}
