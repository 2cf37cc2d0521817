//! The adapters as single handlers see them.

use std::sync::{Mutex, PoisonError};

use allclear_core::Timestamp;
use allclear_core::budget::{BudgetKey, Reservation, Reserved};
use allclear_core::catalog::KnownCatalog;
use allclear_core::checker::Beat;
use allclear_core::cost::Cost;
use allclear_core::delivery::Delivery;
use allclear_core::event::{AlertRecord, Suppression, Transition};
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::note::Note;
use allclear_core::ports::{
    Checkpoint, LoadState, LookBack, PublishError, PublishSite, PublishedFile, ReadBeats,
    ReadCatalogs, ReadHistory, ReadNotes, ReadRuns, RecordCatalog, RecordNotes, RecordRun,
    Recorded, ReserveBudget, StoreResult, Version,
};
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::run::Run;
use allclear_core::state::{Folded, ShardState};
use allclear_local::{FolderSite, SqliteStore};
use tokio::sync::Notify;

use crate::up::backlog::Backlog;

/// The store as the prober sees it: a written run wakes the evaluator, and one that cannot be written
/// waits.
pub(super) struct Log<'a> {
    store: &'a SqliteStore,
    backlog: &'a Backlog<SqliteStore>,
    runs_written: &'a Notify,
}

impl<'a> Log<'a> {
    /// The log in `store`, written to through `backlog`.
    pub(super) fn new(
        store: &'a SqliteStore,
        backlog: &'a Backlog<SqliteStore>,
        runs_written: &'a Notify,
    ) -> Self {
        Self { store, backlog, runs_written }
    }
}

impl RecordRun for Log<'_> {
    async fn record_run(&self, run: &Run) -> StoreResult<Recorded> {
        let recorded = self.backlog.record(run).await;
        self.runs_written.notify_one();
        Ok(recorded)
    }
}

impl ReadBeats for Log<'_> {
    async fn beats(&self, monitors: &[MonitorId]) -> StoreResult<Vec<(MonitorId, Beat)>> {
        self.store.beats(monitors).await
    }
}

impl ReadNotes for Log<'_> {
    async fn notes(
        &self,
        region: &RegionId,
        monitors: &[MonitorId],
    ) -> StoreResult<Vec<(MonitorId, Note)>> {
        self.store.notes(region, monitors).await
    }
}

impl RecordNotes for Log<'_> {
    async fn record_notes(
        &self,
        region: &RegionId,
        notes: &[(MonitorId, Note)],
    ) -> StoreResult<()> {
        self.store.record_notes(region, notes).await
    }
}

impl ReserveBudget for Log<'_> {
    async fn reserve(&self, key: &BudgetKey, amount: Cost, cap: Cost) -> StoreResult<Reserved> {
        self.store.reserve(key, amount, cap).await
    }

    async fn settle(&self, reservation: &Reservation, actual: Cost) -> StoreResult<Cost> {
        self.store.settle(reservation, actual).await
    }
}

impl ReadCatalogs for Log<'_> {
    async fn catalogs(&self) -> StoreResult<Vec<(MonitorId, KnownCatalog)>> {
        self.store.catalogs().await
    }
}

impl RecordCatalog for Log<'_> {
    async fn record_catalog(&self, monitor: &MonitorId, known: &KnownCatalog) -> StoreResult<()> {
        self.store.record_catalog(monitor, known).await
    }
}

/// The store as the generator sees it: the state is the evaluator's, with all runs folded in, where
/// the checkpoint is minutes old.
pub(super) struct Present<'a> {
    store: &'a SqliteStore,
    /// Given away once.
    state: Mutex<Option<ShardState>>,
    /// Since when no outcome can be written, where that has been notified.
    impaired_since: Option<Timestamp>,
}

impl<'a> Present<'a> {
    /// The facts in `store`, with this state of the one shard. While no outcome can be written, the
    /// page is that of a monitor that is impaired.
    pub(super) fn new(
        store: &'a SqliteStore,
        state: Option<ShardState>,
        impaired_since: Option<Timestamp>,
    ) -> Self {
        Self { store, state: Mutex::new(state), impaired_since }
    }
}

impl LoadState for Present<'_> {
    async fn state_version(&self, shard: &ShardId) -> StoreResult<Version> {
        self.store.state_version(shard).await
    }

    async fn load_state(&self, shard: &ShardId) -> StoreResult<Option<Checkpoint>> {
        let present = if *shard == ShardId::main() {
            self.state.lock().unwrap_or_else(PoisonError::into_inner).take()
        } else {
            None
        };
        let mut checkpoint = match present {
            Some(state) => {
                let version = self.store.state_version(shard).await?;
                Some(Checkpoint { version, state })
            }
            None => self.store.load_state(shard).await?,
        };
        if let Some(Checkpoint { state, .. }) = &mut checkpoint {
            state.impairment.since = state.impairment.since.or(self.impaired_since);
        }
        Ok(checkpoint)
    }
}

impl ReadRuns for Present<'_> {
    async fn unfolded_runs(
        &self,
        shard: &ShardId,
        folded: &Folded,
        look_back: LookBack,
        limit: usize,
    ) -> StoreResult<Vec<Run>> {
        self.store.unfolded_runs(shard, folded, look_back, limit).await
    }
}

impl ReadHistory for Present<'_> {
    async fn shards(&self) -> StoreResult<Vec<ShardId>> {
        self.store.shards().await
    }

    async fn rollups(&self, period: Period, from: Timestamp) -> StoreResult<Vec<RollupRecord>> {
        self.store.rollups(period, from).await
    }

    async fn transitions(&self, from: Timestamp) -> StoreResult<Vec<Transition>> {
        self.store.transitions(from).await
    }

    async fn alerts(&self, from: Timestamp) -> StoreResult<Vec<AlertRecord>> {
        self.store.alerts(from).await
    }

    async fn suppressions(&self, from: Timestamp) -> StoreResult<Vec<Suppression>> {
        self.store.suppressions(from).await
    }

    async fn deliveries(&self, from: Timestamp) -> StoreResult<Vec<Delivery>> {
        self.store.deliveries(from).await
    }

    async fn runs(&self, from: Timestamp) -> StoreResult<Vec<Run>> {
        self.store.runs(from).await
    }
}

/// The folder as a thread sees it that may block: it takes the page without a copy.
pub(super) struct Here<'a>(pub(super) &'a FolderSite);

impl PublishSite for Here<'_> {
    async fn publish(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        self.0.publish_here(files)
    }
}
