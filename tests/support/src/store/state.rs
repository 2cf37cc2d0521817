//! Runs, states and decisions.

use allclear_core::config::{Settings, WithRetention};
use allclear_core::id::ShardId;
use allclear_core::ports::{
    Checkpoint, CommitState, LoadState, LookBack, ReadRuns, RecordRun, Recorded, StoreResult,
    Version,
};
use allclear_core::run::Run;
use allclear_core::state::{Decision, Folded, ShardState};

use super::{Call, CallOutcome, Content, MemoryStore, Operation, Write};

impl MemoryStore {
    /// Adds a run without a call.
    pub fn add_run(&self, run: Run) {
        self.content().runs.entry(run.shard.clone()).or_default().insert(run.key.clone(), run);
    }

    /// Stores a state without a call, as the next version.
    pub fn put_state(&self, shard: &ShardId, state: ShardState) {
        let mut content = self.content();
        let version = content.version(shard) + 1;
        content.checkpoints.insert(shard.clone(), Checkpoint { version, state });
    }

    /// Adds what was decided without a call.
    pub fn add_decision(&self, decision: &Decision) {
        self.content().decide(&ShardId::main(), decision);
    }

    /// Returns the stored state of a shard without a call.
    #[must_use]
    pub fn checkpoint(&self, shard: &ShardId) -> Option<Checkpoint> {
        self.content().checkpoints.get(shard).cloned()
    }

    /// Returns all runs without a call, by shard and key.
    #[must_use]
    pub fn all_runs(&self) -> Vec<Run> {
        self.content().runs.values().flat_map(|runs| runs.values().cloned()).collect()
    }

    /// Returns all that was decided without a call: each record once, in its latest form.
    #[must_use]
    pub fn decided(&self) -> Decision {
        let content = self.content();
        Decision {
            transitions: content.transitions.values().cloned().collect(),
            alerts: content.alerts_since(None),
            suppressions: content.suppressions.values().cloned().collect(),
            deliveries: content.deliveries.all().cloned().collect(),
            incidents: content.incidents.values().cloned().collect(),
            rollups: content.rollups.values().cloned().collect(),
            too_late: content.too_late.iter().map(|(_, key)| key.clone()).collect(),
        }
    }
}

impl Content {
    pub(super) fn version(&self, shard: &ShardId) -> Version {
        self.checkpoints.get(shard).map_or(0, |one| one.version)
    }

    fn decide(&mut self, shard: &ShardId, decision: &Decision) {
        let Decision {
            transitions,
            alerts,
            suppressions,
            deliveries,
            incidents,
            rollups,
            too_late,
        } = decision.clone();
        for one in transitions {
            self.transitions.insert((one.at, one.monitor.clone(), one.confirmed_at), one);
        }
        self.alerts.extend(alerts.into_iter().map(|one| (one.id.clone(), one)));
        for one in suppressions {
            self.suppressions.insert((one.at, one.alert.clone(), one.by.as_str()), one);
        }
        for one in rollups {
            self.rollups.insert((one.period, one.start, one.monitor.clone()), one);
        }
        for one in deliveries {
            self.deliveries.insert(one);
        }
        self.incidents.extend(incidents.into_iter().map(|one| (one.id.clone(), one)));
        for key in too_late {
            let named = (shard.clone(), key);
            if !self.too_late.contains(&named) {
                self.too_late.push(named);
            }
        }
    }
}

impl RecordRun for MemoryStore {
    async fn record_run(&self, run: &Run) -> StoreResult<Recorded> {
        self.call(Call::new(Operation::RecordRun, run.key.scheduled_at), |content, _| {
            let runs = content.runs.entry(run.shard.clone()).or_default();
            if runs.contains_key(&run.key) {
                return Ok(Recorded::Already);
            }
            runs.insert(run.key.clone(), run.clone());
            self.notify_observers(&Write::Run(run));
            Ok(Recorded::New)
        })
        .await
    }
}

impl ReadRuns for MemoryStore {
    async fn unfolded_runs(
        &self,
        shard: &ShardId,
        folded: &Folded,
        look_back: LookBack,
        limit: usize,
    ) -> StoreResult<Vec<Run>> {
        self.call(Call::new(Operation::UnfoldedRuns, shard), |content, _| {
            let from = look_back.from(folded);
            let is_in_time = |run: &&Run| from.is_none_or(|from| run.key.scheduled_at >= from);
            let runs = content.runs.get(shard).into_iter().flat_map(|runs| runs.values());
            let unfolded = runs.filter(is_in_time).filter(|run| !folded.contains(&run.key));
            Ok(unfolded.take(limit).cloned().collect())
        })
        .await
    }
}

impl LoadState for MemoryStore {
    async fn state_version(&self, shard: &ShardId) -> StoreResult<Version> {
        let call = Call::new(Operation::StateVersion, shard);
        self.call_with_fate(call, |content, _, outcome| {
            let version = content.version(shard);
            Ok(if outcome == CallOutcome::Stale { version.saturating_sub(1) } else { version })
        })
        .await
    }

    async fn load_state(&self, shard: &ShardId) -> StoreResult<Option<Checkpoint>> {
        let call = Call::new(Operation::LoadState, shard);
        self.call(call, |content, _| Ok(content.checkpoints.get(shard).cloned())).await
    }
}

impl CommitState for MemoryStore {
    async fn commit(
        &self,
        shard: &ShardId,
        expected: Version,
        state: &ShardState,
        decision: &Decision,
    ) -> StoreResult<Version> {
        self.call(Call::new(Operation::Commit, shard), |content, call| {
            if content.version(shard) != expected {
                return Err(call.conflict());
            }
            let version = expected + 1;
            let checkpoint = Checkpoint { version, state: state.clone() };
            content.checkpoints.insert(shard.clone(), checkpoint);
            content.decide(shard, decision);
            self.notify_observers(&Write::Commit { shard, version, state, decision });
            Ok(version)
        })
        .await
    }
}

/// All records are kept for ever, unless they are pruned.
impl WithRetention for MemoryStore {
    fn with_retention_of(&self, _: &Settings) -> Self {
        self.clone()
    }
}
