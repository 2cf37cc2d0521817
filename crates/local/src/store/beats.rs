//! The latest beat of each heartbeat monitor.

use allclear_core::checker::Beat;
use allclear_core::id::MonitorId;
use allclear_core::ports::{ReadBeats, RecordBeat, StoreResult};
use rusqlite::OptionalExtension;

use super::{SqliteStore, column};

impl ReadBeats for SqliteStore {
    async fn beats(&self, monitors: &[MonitorId]) -> StoreResult<Vec<(MonitorId, Beat)>> {
        if monitors.is_empty() {
            return Ok(Vec::new());
        }
        let monitors = monitors.to_vec();
        self.read("read", "beats", move |connection| {
            let select = "SELECT beat FROM beats WHERE monitor = ?1";
            let mut statement = connection.prepare_cached(select)?;
            let mut beats = Vec::new();
            for monitor in monitors {
                let beat = statement
                    .query_row([monitor.as_str()], |row| column::value(row, 0))
                    .optional()?;
                beats.extend(beat.map(|beat| (monitor, beat)));
            }
            Ok(beats)
        })
        .await
    }
}

impl RecordBeat for SqliteStore {
    async fn record_beat(&self, monitor: &MonitorId, beat: &Beat) -> StoreResult<()> {
        let (named, beat) = (monitor.clone(), beat.clone());
        self.write("record beat of", monitor.as_str(), move |connection| {
            let upsert = "INSERT OR REPLACE INTO beats (monitor, beat) VALUES (?1, ?2)";
            let beat = column::from_value(&beat)?;
            connection.prepare_cached(upsert)?.execute((named.as_str(), beat))?;
            Ok(())
        })
        .await
    }
}
