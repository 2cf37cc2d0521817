//! Beats, notes, budgets and catalogs: what checks leave for each other.

use allclear_core::beat::Beat;
use allclear_core::budget::{BudgetKey, Reservation, ReserveResult};
use allclear_core::catalog::KnownCatalog;
use allclear_core::checker_state::Note;
use allclear_core::cost::Cost;
use allclear_core::id::{MonitorId, RegionId};
use allclear_core::ports::{
    ReadBeats, ReadCatalogs, ReadNotes, RecordBeat, RecordCatalog, RecordNotes, ReserveBudget,
    StoreResult,
};

use super::{Call, MemoryStore, Operation, Write};

impl MemoryStore {
    /// Returns the note of a monitor without a call; `None` where there is none.
    #[must_use]
    pub fn note(&self, region: &RegionId, monitor: &MonitorId) -> Option<Note> {
        self.content().notes.get(&(region.clone(), monitor.clone())).cloned()
    }

    /// Returns the sum that a budget has spent without a call.
    #[must_use]
    pub fn spent(&self, key: &BudgetKey) -> Cost {
        self.content().budgets.get(key).copied().unwrap_or_default()
    }

    /// Returns what is known of the provider of a monitor without a call.
    #[must_use]
    pub fn catalog(&self, monitor: &MonitorId) -> Option<KnownCatalog> {
        self.content().catalogs.get(monitor).cloned()
    }
}

impl ReadBeats for MemoryStore {
    async fn beats(&self, monitors: &[MonitorId]) -> StoreResult<Vec<(MonitorId, Beat)>> {
        self.call(Call::new(Operation::ReadBeats, "of monitors"), |content, _| {
            let beat = |id: &MonitorId| Some((id.clone(), content.beats.get(id)?.clone()));
            Ok(monitors.iter().filter_map(beat).collect())
        })
        .await
    }
}

impl RecordBeat for MemoryStore {
    async fn record_beat(
        &self,
        monitor: &MonitorId,
        previous: Option<&Beat>,
        beat: &Beat,
    ) -> StoreResult<()> {
        self.call(Call::new(Operation::RecordBeat, monitor), |content, call| {
            if content.beats.get(monitor) != previous {
                return Err(call.conflict());
            }
            content.beats.insert(monitor.clone(), beat.clone());
            self.notify_observers(&Write::Beat(monitor, beat));
            Ok(())
        })
        .await
    }
}

impl ReadNotes for MemoryStore {
    async fn notes(
        &self,
        region: &RegionId,
        monitors: &[MonitorId],
    ) -> StoreResult<Vec<(MonitorId, Note)>> {
        self.call(Call::new(Operation::ReadNotes, region), |content, _| {
            let note = |id: &MonitorId| {
                let note = content.notes.get(&(region.clone(), id.clone()))?;
                Some((id.clone(), note.clone()))
            };
            Ok(monitors.iter().filter_map(note).collect())
        })
        .await
    }
}

impl RecordNotes for MemoryStore {
    async fn record_notes(
        &self,
        region: &RegionId,
        notes: &[(MonitorId, Note)],
    ) -> StoreResult<()> {
        self.call(Call::new(Operation::RecordNotes, region), |content, _| {
            let named = notes.iter().cloned().map(|(id, note)| ((region.clone(), id), note));
            content.notes.extend(named);
            self.notify_observers(&Write::Notes(region, notes));
            Ok(())
        })
        .await
    }
}

impl ReserveBudget for MemoryStore {
    async fn reserve(
        &self,
        key: &BudgetKey,
        amount: Cost,
        cap: Cost,
    ) -> StoreResult<ReserveResult> {
        self.call(Call::new(Operation::Reserve, key), |content, _| {
            let spent = content.budgets.entry(key.clone()).or_default();
            if *spent + amount > cap {
                return Ok(ReserveResult::Exhausted { spent: *spent });
            }
            *spent += amount;
            self.notify_observers(&Write::Budget(key, *spent));
            Ok(ReserveResult::Granted(Reservation { key: key.clone(), amount, spent: *spent }))
        })
        .await
    }

    async fn settle(&self, reservation: &Reservation, actual: Cost) -> StoreResult<Cost> {
        let key = &reservation.key;
        self.call(Call::new(Operation::Settle, key), |content, _| {
            let spent = content.budgets.entry(key.clone()).or_default();
            *spent = spent.saturating_sub(reservation.amount) + actual;
            self.notify_observers(&Write::Budget(key, *spent));
            Ok(*spent)
        })
        .await
    }
}

impl ReadCatalogs for MemoryStore {
    async fn catalogs(&self) -> StoreResult<Vec<(MonitorId, KnownCatalog)>> {
        self.call(Call::new(Operation::ReadCatalogs, "all"), |content, _| {
            Ok(content.catalogs.iter().map(|(id, known)| (id.clone(), known.clone())).collect())
        })
        .await
    }
}

impl RecordCatalog for MemoryStore {
    async fn record_catalog(&self, monitor: &MonitorId, known: &KnownCatalog) -> StoreResult<()> {
        self.call(Call::new(Operation::RecordCatalog, monitor), |content, _| {
            content.catalogs.insert(monitor.clone(), known.clone());
            self.notify_observers(&Write::Catalog(monitor, known));
            Ok(())
        })
        .await
    }
}
