//! The latest note of each checker that takes notes, by region.

use allclear_core::checker_state::Note;
use allclear_core::id::{MonitorId, RegionId};
use allclear_core::ports::{ReadNotes, RecordNotes, StoreResult};
use rusqlite::{OptionalExtension, TransactionBehavior};

use super::{SqliteStore, column};

impl ReadNotes for SqliteStore {
    async fn notes(
        &self,
        region: &RegionId,
        monitors: &[MonitorId],
    ) -> StoreResult<Vec<(MonitorId, Note)>> {
        if monitors.is_empty() {
            return Ok(Vec::new());
        }
        let (store, region, monitors) = (self.clone(), region.clone(), monitors.to_vec());
        self.read("read", "notes", move |connection| {
            let select = "SELECT note FROM notes WHERE region = ?1 AND monitor = ?2";
            let mut statement = connection.prepare_cached(select)?;
            let mut notes = Vec::new();
            for monitor in monitors {
                let note = statement
                    .query_row((region.as_str(), monitor.as_str()), |row| column::value(row, 0))
                    .optional();
                let note = store.readable_row(|| format!("the note of {monitor}"), note)?.flatten();
                notes.extend(note.map(|note| (monitor, note)));
            }
            Ok(notes)
        })
        .await
    }
}

impl RecordNotes for SqliteStore {
    /// Records all notes or none.
    async fn record_notes(
        &self,
        region: &RegionId,
        notes: &[(MonitorId, Note)],
    ) -> StoreResult<()> {
        if notes.is_empty() {
            return Ok(());
        }
        let (region, notes) = (region.clone(), notes.to_vec());
        self.write("record", "notes", move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for (monitor, note) in notes {
                let upsert =
                    "INSERT OR REPLACE INTO notes (region, monitor, note) VALUES (?1, ?2, ?3)";
                let row = (region.as_str(), monitor.as_str(), column::from_value(&note)?);
                transaction.prepare_cached(upsert)?.execute(row)?;
            }
            transaction.commit()
        })
        .await
    }
}
