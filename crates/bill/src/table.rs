//! A table in memory that counts the units that the one on AWS would charge for the same calls.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use allclear_aws::dynamo::Retention;
use allclear_aws::dynamo::limits::Consistency;
use allclear_core::Timestamp;
use allclear_core::budget::{BudgetKey, MemoryBudgets, Reservation, ReserveResult};
use allclear_core::checker_state::Note;
use allclear_core::cost::Cost;
use allclear_core::delivery::{Delivery, DeliveryId};
use allclear_core::event::{AlertRecord, Suppression, Transition};
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::ports::{
    Checkpoint, CommitState, LoadState, LookBack, ReadDeliveries, ReadHistory, ReadNotes, ReadRuns,
    RecordNotes, ReserveBudget, StoreError, StoreResult, Version,
};
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::run::{Run, RunKey};
use allclear_core::state::{Decision, Folded, ShardState};

use crate::counts::{BillCounter, UsageCounts};
use crate::weight::{self, read_units};

/// The table.
pub(crate) struct Table {
    retention: Retention,
    budgets: MemoryBudgets,
    content: Mutex<TableContent>,
}

#[derive(Default)]
struct TableContent {
    /// Each run until it is folded, and the bytes of its item.
    runs: BTreeMap<RunKey, (Option<Run>, u64)>,
    state: Option<Checkpoint>,
    state_bytes: u64,
    /// The bytes of each note's item.
    notes: BTreeMap<(RegionId, MonitorId), u64>,
    counts: UsageCounts,
}

impl Table {
    /// Creates an empty table that keeps records for the periods of `retention`.
    pub(crate) fn new(retention: Retention) -> Self {
        Self { retention, budgets: MemoryBudgets::default(), content: Mutex::default() }
    }

    /// Stores `state` without counting it.
    pub(crate) fn store(&self, state: ShardState) {
        self.content().state = Some(Checkpoint { version: 1, state });
    }

    /// Writes a run.
    pub(crate) fn record(&self, run: Run) {
        let mut content = self.content();
        let (units, bytes) = weight::run(&run, &self.retention);
        content.counts.add(BillCounter::Runs, 1.0);
        content.counts.add(BillCounter::RunBytes, bytes as f64);
        content.counts.add(BillCounter::RunUnits, units as f64);
        content.runs.insert(run.key.clone(), (Some(run), bytes));
    }

    /// Counts the write of the time at which the next notification about `shard` is due.
    pub(crate) fn record_next_notice(
        &self,
        shard: &ShardId,
        at: Option<Timestamp>,
    ) -> StoreResult<()> {
        let units = weight::next_notice(shard, at)?;
        let mut content = self.content();
        content.counts.add(BillCounter::NextNotices, 1.0);
        content.counts.add(BillCounter::NextNoticeUnits, units as f64);
        Ok(())
    }

    /// Counts requests of checks, which are not sent to the table.
    pub(crate) fn count_requests(&self, n_further: f64) {
        self.content().counts.add(BillCounter::FurtherRequests, n_further);
    }

    /// Forgets the runs before `at`, which no reader asks for.
    pub(crate) fn forget_before(&self, at: Timestamp) {
        self.content().runs.retain(|key, _| key.scheduled_at >= at);
    }

    /// Returns the counts, and counts from 0 again.
    pub(crate) fn take_counts(&self) -> UsageCounts {
        std::mem::take(&mut self.content().counts)
    }

    fn count_budget(&self, key: &BudgetKey, spent: Cost) {
        self.content().counts.add(BillCounter::BudgetUnits, weight::budget(key, spent) as f64);
    }

    fn content(&self) -> std::sync::MutexGuard<'_, TableContent> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LoadState for Table {
    async fn state_version(&self, _: &ShardId) -> StoreResult<Version> {
        let mut content = self.content();
        let units = read_units(content.state_bytes as f64, Consistency::Eventual);
        content.counts.add(BillCounter::ReadUnits, units);
        Ok(content.state.as_ref().map_or(0, |checkpoint| checkpoint.version))
    }

    async fn load_state(&self, _: &ShardId) -> StoreResult<Option<Checkpoint>> {
        let mut content = self.content();
        let units = read_units(content.state_bytes as f64, Consistency::Strong);
        content.counts.add(BillCounter::ReadUnits, units);
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
        let mut bytes: u64 = 0;
        let mut new = Vec::new();
        for (key, (run, run_bytes)) in &mut content.runs {
            if from.is_some_and(|from| key.scheduled_at < from) {
                continue;
            }
            bytes += *run_bytes;
            // A folded run is not asked for again: there is one evaluator, which does not restart.
            if new.len() < limit && !folded.contains(key) {
                new.extend(run.take());
            }
        }
        content.counts.add(BillCounter::ReadUnits, read_units(bytes as f64, Consistency::Strong));
        Ok(new)
    }
}

/// Without content: only reading is counted, by the written amount.
impl ReadNotes for Table {
    async fn notes(
        &self,
        region: &RegionId,
        monitors: &[MonitorId],
    ) -> StoreResult<Vec<(MonitorId, Note)>> {
        if !monitors.is_empty() {
            let mut content = self.content();
            let of_region = content.notes.iter().filter(|((one, _), _)| one == region);
            let bytes: u64 = of_region.map(|(_, bytes)| bytes).sum();
            content
                .counts
                .add(BillCounter::NoteReadUnits, read_units(bytes as f64, Consistency::Strong));
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
            content.counts.add(BillCounter::Notes, 1.0);
            content.counts.add(BillCounter::NoteBytes, bytes as f64);
            content.counts.add(BillCounter::NoteUnits, units as f64);
            content.notes.insert((region.clone(), monitor.clone()), bytes);
        }
        Ok(())
    }
}

impl ReserveBudget for Table {
    async fn reserve(
        &self,
        key: &BudgetKey,
        amount: Cost,
        cap: Cost,
    ) -> StoreResult<ReserveResult> {
        self.count_budget(key, amount);
        self.budgets.reserve(key, amount, cap).await
    }

    async fn settle(&self, reservation: &Reservation, actual: Cost) -> StoreResult<Cost> {
        let Reservation { key, spent, .. } = reservation;
        self.count_budget(key, *spent);
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

/// Without content: no action is executed.
impl ReadDeliveries for Table {
    async fn read_deliveries(&self, _: &[DeliveryId]) -> StoreResult<Vec<Delivery>> {
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
        let is_news = allclear_engine::wake::changes_page(decision);
        for (counter, amount) in [
            (BillCounter::Commits, 1),
            (BillCounter::CommitUnits, weight.units),
            (BillCounter::StateBytes, weight.state_bytes),
            (BillCounter::HourBytes, weight.hour_bytes),
            (BillCounter::DayBytes, weight.day_bytes),
            (BillCounter::Deliveries, decision.deliveries.len() as u64),
            (BillCounter::DeliveryUnits, weight.delivery_units),
            (BillCounter::Wakes, u64::from(is_news)),
        ] {
            content.counts.add(counter, amount as f64);
        }
        let version = version + 1;
        content.state = Some(Checkpoint { version, state: state.clone() });
        Ok(version)
    }
}
