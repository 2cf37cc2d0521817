//! The latest beat of each heartbeat monitor.

use allclear_core::beat::Beat;
use allclear_core::id::MonitorId;
use allclear_core::ports::{ReadBeats, RecordBeat, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::{SqliteStore, column};

const RECORD: &str = "record beat of";

impl ReadBeats for SqliteStore {
    async fn beats(&self, monitors: &[MonitorId]) -> StoreResult<Vec<(MonitorId, Beat)>> {
        if monitors.is_empty() {
            return Ok(Vec::new());
        }
        let (store, monitors) = (self.clone(), monitors.to_vec());
        self.read("read", "beats", move |connection| {
            let mut beats = Vec::new();
            for monitor in monitors {
                let beat = store.stored_beat(connection, &monitor)?;
                beats.extend(beat.map(|beat| (monitor, beat)));
            }
            Ok(beats)
        })
        .await
    }
}

impl RecordBeat for SqliteStore {
    async fn record_beat(
        &self,
        monitor: &MonitorId,
        previous: Option<&Beat>,
        beat: &Beat,
    ) -> StoreResult<()> {
        let (store, named) = (self.clone(), monitor.clone());
        let (previous, beat) = (previous.cloned(), beat.clone());
        let is_recorded = self.write(RECORD, monitor.as_str(), move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if store.stored_beat(&transaction, &named)? != previous {
                return Ok(false);
            }
            let upsert = "INSERT OR REPLACE INTO beats (monitor, beat) VALUES (?1, ?2)";
            let beat = column::from_value(&beat)?;
            transaction.prepare_cached(upsert)?.execute((named.as_str(), beat))?;
            transaction.commit()?;
            Ok(true)
        });
        if is_recorded.await? {
            return Ok(());
        }
        Err(StoreError::Conflict { operation: RECORD, object: monitor.to_string() })
    }
}

impl SqliteStore {
    /// Returns the latest beat of `monitor`. An unreadable beat is treated as absent, and replaced by
    /// the next.
    fn stored_beat(
        &self,
        connection: &Connection,
        monitor: &MonitorId,
    ) -> rusqlite::Result<Option<Beat>> {
        let select = "SELECT beat FROM beats WHERE monitor = ?1";
        let mut statement = connection.prepare_cached(select)?;
        let beat = statement.query_row([monitor.as_str()], |row| column::value(row, 0)).optional();
        Ok(self.readable_row(|| format!("the beat of {monitor}"), beat)?.flatten())
    }
}
