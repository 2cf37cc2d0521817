//! A table in memory that counts what the one on AWS would charge for the same calls.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use allclear_aws::dynamo::Retention;
use allclear_core::Timestamp;
use allclear_core::budget::{BudgetKey, MemoryBudgets, Reservation, Reserved};
use allclear_core::cost::Cost;
use allclear_core::delivery::Delivery;
use allclear_core::event::{AlertRecord, Suppression, Transition};
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::note::Note;
use allclear_core::ports::{
    Checkpoint, CommitState, LoadState, LookBack, ReadHistory, ReadNotes, ReadRuns, RecordNotes,
    ReserveBudget, StoreError, StoreResult, Version,
};
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::run::{Run, RunKey};
use allclear_core::state::{Decision, Folded, ShardState};

use super::weight::{self, read_units};

/// What was written and read, as AWS counts it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    /// Runs written.
    pub(super) n_runs: u64,
    /// Bytes of the run items.
    pub(super) run_bytes: u64,
    /// Units of writing runs.
    pub(super) run_units: u64,
    /// States written, with decisions or without.
    pub(super) n_commits: u64,
    /// Units of writing states and decisions.
    pub(super) commit_units: u64,
    /// Bytes of the state's items, each time they were written.
    pub(super) state_bytes: u64,
    /// Units of reading runs and states.
    pub(super) read_units: f64,
    /// Bytes of the items of hours.
    pub(super) hour_bytes: u64,
    /// Bytes of the items of days, each time they were written.
    pub(super) day_bytes: u64,
    /// Notifications that were decided.
    pub(super) n_deliveries: u64,
    /// Units of sending them.
    pub(super) delivery_units: u64,
    /// Notes written.
    pub(super) n_notes: u64,
    /// Bytes of the items of notes, each time they were written.
    pub(super) note_bytes: u64,
    /// Units of writing notes.
    pub(super) note_units: u64,
    /// Units of reading notes.
    pub(super) note_read_units: f64,
    /// Units of reserving money and settling it.
    pub(super) budget_units: u64,
    /// Commits after which the page is made at once.
    pub(super) n_wakes: u64,
}

/// The table.
pub(super) struct Table {
    retention: Retention,
    budgets: MemoryBudgets,
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    runs: BTreeMap<RunKey, (Run, u64)>,
    state: Option<Checkpoint>,
    state_bytes: u64,
    /// The bytes of each note's item.
    notes: BTreeMap<(RegionId, MonitorId), u64>,
    /// Of the last day that was written.
    day: Vec<RollupRecord>,
    counts: Counts,
}

impl Table {
    /// An empty table that keeps records as long as `retention` says.
    pub(super) fn new(retention: Retention) -> Self {
        Self { retention, budgets: MemoryBudgets::default(), content: Mutex::default() }
    }

    /// Writes a run.
    pub(super) fn record(&self, run: Run) {
        let mut content = self.content();
        let (units, bytes) = weight::run(&run, &self.retention);
        content.counts.n_runs += 1;
        content.counts.run_bytes += bytes;
        content.counts.run_units += units;
        content.runs.insert(run.key.clone(), (run, bytes));
    }

    /// Forgets runs that nobody reads any more.
    pub(super) fn forget_before(&self, at: Timestamp) {
        self.content().runs.retain(|key, _| key.scheduled_at >= at);
    }

    /// What was counted so far, counting from 0 again.
    pub(super) fn take_counts(&self) -> Counts {
        std::mem::take(&mut self.content().counts)
    }

    /// The rollups of the last day that was written.
    pub(super) fn last_day(&self) -> Vec<RollupRecord> {
        self.content().day.clone()
    }

    fn content(&self) -> std::sync::MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LoadState for Table {
    async fn state_version(&self, _: &ShardId) -> StoreResult<Version> {
        let mut content = self.content();
        content.counts.read_units += read_units(content.state_bytes, false);
        Ok(content.state.as_ref().map_or(0, |checkpoint| checkpoint.version))
    }

    async fn load_state(&self, _: &ShardId) -> StoreResult<Option<Checkpoint>> {
        let mut content = self.content();
        content.counts.read_units += read_units(content.state_bytes, true);
        Ok(content.state.clone())
    }
}

impl ReadRuns for Table {
    async fn unfolded_runs(
        &self,
        _: &ShardId,
        folded: &Folded,
        look_back: LookBack,
        limit: usize,
    ) -> StoreResult<Vec<Run>> {
        let mut content = self.content();
        let from = look_back.from(folded);
        let since = |key: &RunKey| from.is_none_or(|from| key.scheduled_at >= from);
        let read: Vec<&(Run, u64)> =
            content.runs.iter().filter(|(key, _)| since(key)).map(|(_, run)| run).collect();
        let units = read_units(read.iter().map(|(_, bytes)| bytes).sum(), true);
        let new = read.into_iter().map(|(run, _)| run).filter(|run| !folded.contains(&run.key));
        let new = new.take(limit).cloned().collect();
        content.counts.read_units += units;
        Ok(new)
    }
}

/// Without content: only reading is counted, by what was written.
impl ReadNotes for Table {
    async fn notes(
        &self,
        region: &RegionId,
        monitors: &[MonitorId],
    ) -> StoreResult<Vec<(MonitorId, Note)>> {
        if !monitors.is_empty() {
            let mut content = self.content();
            let of_region = content.notes.iter().filter(|((one, _), _)| one == region);
            let bytes = of_region.map(|(_, bytes)| bytes).sum();
            content.counts.note_read_units += read_units(bytes, true);
        }
        Ok(Vec::new())
    }
}

impl RecordNotes for Table {
    async fn record_notes(
        &self,
        region: &RegionId,
        notes: &[(MonitorId, Note)],
    ) -> StoreResult<()> {
        let mut content = self.content();
        for (monitor, note) in notes {
            let (units, bytes) = weight::note(region, monitor, note)?;
            content.counts.n_notes += 1;
            content.counts.note_bytes += bytes;
            content.counts.note_units += units;
            content.notes.insert((region.clone(), monitor.clone()), bytes);
        }
        Ok(())
    }
}

impl ReserveBudget for Table {
    async fn reserve(&self, key: &BudgetKey, amount: Cost, cap: Cost) -> StoreResult<Reserved> {
        self.content().counts.budget_units += weight::budget(key, amount);
        self.budgets.reserve(key, amount, cap).await
    }

    async fn settle(&self, reservation: &Reservation, actual: Cost) -> StoreResult<Cost> {
        let Reservation { key, spent, .. } = reservation;
        self.content().counts.budget_units += weight::budget(key, *spent);
        self.budgets.settle(reservation, actual).await
    }
}

/// Without content: it is read for summaries alone, once a day at most, which costs next to nothing.
impl ReadHistory for Table {
    async fn shards(&self) -> StoreResult<Vec<ShardId>> {
        Ok(Vec::new())
    }

    async fn rollups(&self, _: Period, _: Timestamp) -> StoreResult<Vec<RollupRecord>> {
        Ok(Vec::new())
    }

    async fn transitions(&self, _: Timestamp) -> StoreResult<Vec<Transition>> {
        Ok(Vec::new())
    }

    async fn alerts(&self, _: Timestamp) -> StoreResult<Vec<AlertRecord>> {
        Ok(Vec::new())
    }

    async fn suppressions(&self, _: Timestamp) -> StoreResult<Vec<Suppression>> {
        Ok(Vec::new())
    }

    async fn deliveries(&self, _: Timestamp) -> StoreResult<Vec<Delivery>> {
        Ok(Vec::new())
    }

    async fn runs(&self, _: Timestamp) -> StoreResult<Vec<Run>> {
        Ok(Vec::new())
    }
}

impl CommitState for Table {
    async fn commit(
        &self,
        shard: &ShardId,
        expected: Version,
        state: &ShardState,
        decision: &Decision,
    ) -> StoreResult<Version> {
        let mut content = self.content();
        let version = content.state.as_ref().map_or(0, |checkpoint| checkpoint.version);
        if version != expected {
            return Err(StoreError::Conflict { operation: "commit", object: shard.to_string() });
        }
        let weight = weight::commit(shard, version + 1, state, decision, &self.retention)?;
        content.state_bytes = weight.state_bytes;
        let counts = &mut content.counts;
        counts.n_commits += 1;
        counts.commit_units += weight.units;
        counts.state_bytes += weight.state_bytes;
        counts.hour_bytes += weight.hour_bytes;
        counts.day_bytes += weight.day_bytes;
        counts.n_deliveries += decision.deliveries.len() as u64;
        counts.delivery_units += weight.delivery_units;
        let days = decision.rollups.iter().filter(|record| record.period == Period::Day);
        let days: Vec<RollupRecord> = days.cloned().collect();
        let is_news = !decision.transitions.is_empty() || !decision.alerts.is_empty();
        counts.n_wakes += u64::from(is_news);
        if !days.is_empty() {
            content.day = days;
        }
        let version = version + 1;
        content.state = Some(Checkpoint { version, state: state.clone() });
        Ok(version)
    }
}
