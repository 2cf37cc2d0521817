//! The evaluator: folds the new runs of a shard and commits the decisions.

use std::sync::Arc;
use std::time::Duration;

use crate::ConfigAge;
use allclear_core::Timestamp;
use allclear_core::id::ShardId;
use allclear_core::ports::{
    CommitState, LoadState, LookBack, ReadDeliveries, ReadHistory, ReadRuns, StoreError, Version,
};
use allclear_core::state::{Decision, ShardState};
use allclear_evaluate::fold::{fold, retire, set_back, tick};
use allclear_evaluate::{ConfigIndex, window_revisions};

/// The ports of a store that the evaluator uses.
pub trait EvaluateStore: ReadRuns + LoadState + CommitState + ReadDeliveries + ReadHistory {}

impl<S> EvaluateStore for S where
    S: ReadRuns + LoadState + CommitState + ReadDeliveries + ReadHistory
{
}

/// The longest time between two checkpoints in `allclear up`, where a run is written each second.
pub const CHECKPOINT_EVERY: Duration = Duration::from_mins(3);

/// The longest time between two checkpoints in functions, where a run is written each minute and each write
/// of a state costs money. Folding thirty runs again costs less than ten writes of the state.
pub const DEPLOYED_CHECKPOINT_EVERY: Duration = Duration::from_mins(30);

/// The age, relative to the newest folded run, up to which runs are searched for without an announcement.
const SKEW: Duration = Duration::from_mins(2);

/// The interval at which an evaluator searches all that may still be folded, regardless of announcements.
pub const LOOK_EVERY: Duration = Duration::from_mins(10);

/// The number of runs that are folded before their decisions are committed.
const BATCH: usize = 500;

/// The number of conflicts after which the evaluator stops repeating and reports one.
const MAX_CONFLICTS: u32 = 8;

/// The error of an evaluation that did not finish. Committed decisions remain, and the next call continues
/// from there.
#[derive(Debug, thiserror::Error)]
#[error("failed to evaluate shard `{shard}`")]
pub struct EvaluateError {
    /// The shard.
    pub shard: ShardId,
    /// The decisions that were committed before the error.
    pub committed: Box<Decision>,
    /// The cause.
    #[source]
    pub source: StoreError,
}

/// The evaluator of one configuration, which folds runs into states.
#[derive(Debug)]
pub struct Evaluator {
    index: Arc<ConfigIndex>,
    checkpoint_every: Duration,
    config_age: ConfigAge,
    /// True if the windows of the config may differ from those that the state knows.
    may_have_new_windows: bool,
    warm: Option<Warm>,
}

/// A folded state that is kept between two calls. It is dropped when the stored one has another version.
#[derive(Debug)]
struct Warm {
    shard: ShardId,
    version: Version,
    state: ShardState,
    /// The time at which the state was last read or written.
    stored_at: Timestamp,
    has_unstored_runs: bool,
    /// The time of the last search through all that may still be folded.
    looked_at: Option<Timestamp>,
    /// The time at which a notification is due without a further run.
    next_notice_at: Option<Timestamp>,
}

impl Evaluator {
    /// Creates an evaluator for a config.
    #[must_use]
    pub fn new(index: Arc<ConfigIndex>) -> Self {
        Self {
            index,
            checkpoint_every: CHECKPOINT_EVERY,
            config_age: ConfigAge::Active,
            may_have_new_windows: true,
            warm: None,
        }
    }

    /// Creates the evaluator of a function. `allclear cost` estimates its writes with it.
    #[must_use]
    pub fn deployed(index: Arc<ConfigIndex>) -> Self {
        Self { checkpoint_every: DEPLOYED_CHECKPOINT_EVERY, ..Self::new(index) }
    }

    /// Sets the age of the config. Under an older config no alert ends because its rule or monitor is
    /// missing, since the active config may have it.
    pub fn set_config_age(&mut self, age: ConfigAge) {
        self.config_age = age;
    }

    /// Sets the index for the evaluations that follow: of the same config, with other entries of operators.
    pub(crate) fn set_index(&mut self, index: Arc<ConfigIndex>) {
        self.may_have_new_windows |= !Arc::ptr_eq(&self.index, &index);
        self.index = index;
    }

    /// Folds the new runs of `shard` and commits the decisions. Returns the decisions, in order, that this
    /// call has committed.
    ///
    /// # Errors
    ///
    /// Fails if the store fails, or if other processes keep committing newer states of the shard.
    /// The decisions before the error are committed, and the error holds them.
    pub async fn evaluate<S>(
        &mut self,
        store: &S,
        shard: &ShardId,
        now: Timestamp,
    ) -> Result<Decision, EvaluateError>
    where
        S: EvaluateStore,
    {
        self.evaluate_since(store, shard, Timestamp::MIN, now).await
    }

    /// Evaluates like [`Self::evaluate`], for a caller that knows of no new run older than `oldest_new_run`.
    /// Other runs are found within [`LOOK_EVERY`].
    ///
    /// # Errors
    ///
    /// Fails like [`Self::evaluate`].
    pub async fn evaluate_since<S>(
        &mut self,
        store: &S,
        shard: &ShardId,
        oldest_new_run: Timestamp,
        now: Timestamp,
    ) -> Result<Decision, EvaluateError>
    where
        S: EvaluateStore,
    {
        let mut committed = Decision::default();
        let mut n_conflicts = 0;
        loop {
            match self.step(store, shard, oldest_new_run, now).await {
                Ok((decision, is_done)) => {
                    committed.append(decision);
                    if is_done {
                        return Ok(committed);
                    }
                }
                Err(StoreError::Conflict { .. }) if n_conflicts < MAX_CONFLICTS => {
                    n_conflicts += 1;
                    self.warm = None;
                }
                Err(source) => {
                    self.warm = None;
                    let (shard, committed) = (shard.clone(), Box::new(committed));
                    return Err(EvaluateError { shard, committed, source });
                }
            }
        }
    }

    /// Folds one batch. Returns its decisions, and true if it was the last one.
    async fn step<S>(
        &mut self,
        store: &S,
        shard: &ShardId,
        oldest_new_run: Timestamp,
        now: Timestamp,
    ) -> Result<(Decision, bool), StoreError>
    where
        S: EvaluateStore,
    {
        let mut decision = Decision::default();
        let kept = match self.warm.take() {
            Some(warm)
                if warm.shard == *shard && store.state_version(shard).await? == warm.version =>
            {
                Some(warm)
            }
            _ => None,
        };
        let is_kept = kept.is_some();
        self.may_have_new_windows |= !is_kept;
        let mut warm = match kept {
            Some(warm) => warm,
            None => load(store, shard, now).await?,
        };
        let open_incidents = super::incident_log::open_in(&warm.state);
        let was_set_back = set_back(&mut warm.state, now);
        if was_set_back {
            tracing::error!(%shard, "the clock was set back: what was folded lay in the future");
        }
        if !is_kept && self.config_age == ConfigAge::Active {
            decision.append(retire(&mut warm.state, &self.index, now));
        }
        let has_revisions = self.revise_windows(&mut warm.state, now);
        let has_results = super::attempts::record_results(store, &mut warm.state, now).await?;
        let look_back = warm.search_start(oldest_new_run, now);
        let runs = store.unfolded_runs(shard, &warm.state.folded, look_back, BATCH).await?;
        if look_back == LookBack::Horizon && runs.len() < BATCH {
            warm.looked_at = Some(now);
        }
        for run in &runs {
            decision.append(fold(&mut warm.state, run, &self.index));
        }
        for key in &decision.too_late {
            tracing::warn!(%shard, scheduled_at = %key.scheduled_at, region = %key.region,
                "ignored a late run; it stays in the log");
        }
        warm.has_unstored_runs |= was_set_back || !runs.is_empty();
        let is_last = runs.len() < BATCH;
        if is_last {
            let (decided, next_notice_at) = tick(&mut warm.state, &self.index, now);
            decision.append(decided);
            warm.next_notice_at = next_notice_at;
        }
        // The summaries of a backlog are sent when all of it is folded.
        let (config, state) = ((&*self.index, self.config_age), &mut warm.state);
        let has_summaries = is_last
            && super::summaries::add_due_summaries(store, shard, config, state, &mut decision)
                .await;
        let must_store = was_set_back || has_results || has_summaries || has_revisions;
        let checkpoint_is_due =
            warm.has_unstored_runs && warm.stored_at + self.checkpoint_every <= now;
        if !decision.is_empty() || checkpoint_is_due || must_store {
            warm.version = store.commit(shard, warm.version, &warm.state, &decision).await?;
            super::incident_log::log(shard, &open_incidents, &decision);
            warm.stored_at = now;
            warm.has_unstored_runs = false;
        }
        self.may_have_new_windows = false;
        self.warm = Some(warm);
        Ok((decision, is_last))
    }

    /// Records the changes of maintenance windows since the state was written, or since the last call. Returns true if the
    /// state has changed.
    fn revise_windows(&self, state: &mut ShardState, now: Timestamp) -> bool {
        self.may_have_new_windows
            && self.config_age == ConfigAge::Active
            && window_revisions::observe(state, &self.index, now)
    }

    /// Writes the runs folded since the last checkpoint, before the process ends. Without this call the next
    /// process folds those runs again. If another process has written a newer state, nothing is written, and
    /// the call succeeds.
    ///
    /// # Errors
    ///
    /// Fails if the state cannot be written.
    pub async fn checkpoint<S: CommitState>(&mut self, store: &S) -> Result<(), StoreError> {
        let Some(warm) = self.warm.take().filter(|warm| warm.has_unstored_runs) else {
            return Ok(());
        };
        let nothing = Decision::default();
        match store.commit(&warm.shard, warm.version, &warm.state, &nothing).await {
            Ok(_) | Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Returns the time at which a notification is due although no further run may be folded before: evaluate again at
    /// that time.
    #[must_use]
    pub fn next_notice_at(&self) -> Option<Timestamp> {
        self.warm.as_ref()?.next_notice_at
    }

    /// Returns the state as of the last call, if it is in memory.
    #[must_use]
    pub fn state(&self) -> Option<&ShardState> {
        self.warm.as_ref().map(|warm| &warm.state)
    }
}

impl Warm {
    /// Returns how far back to search for runs, given that no announced run is older than `oldest_new_run`.
    fn search_start(&self, oldest_new_run: Timestamp, now: Timestamp) -> LookBack {
        let is_recent = |at: Timestamp| now.duration_since(at).unsigned_abs() < LOOK_EVERY;
        match self.state.folded.newest.and_then(|newest| newest.checked_sub(SKEW).ok()) {
            Some(at) if self.looked_at.is_some_and(is_recent) => {
                LookBack::To(at.min(oldest_new_run))
            }
            Some(_) | None => LookBack::Horizon,
        }
    }
}

async fn load<S: LoadState>(
    store: &S,
    shard: &ShardId,
    now: Timestamp,
) -> Result<Warm, StoreError> {
    let (version, state) = match store.load_state(shard).await? {
        Some(checkpoint) => (checkpoint.version, checkpoint.state),
        None => (0, ShardState::default()),
    };
    let shard = shard.clone();
    Ok(Warm {
        shard,
        version,
        state,
        stored_at: now,
        has_unstored_runs: false,
        looked_at: None,
        next_notice_at: None,
    })
}
