//! The latest beat of each heartbeat monitor.

use allclear_core::beat::Beat;
use allclear_core::id::MonitorId;
use allclear_core::ports::{ReadBeats, RecordBeat, StoreError, StoreResult};

use super::calls::PutCondition;
use super::items::Item;
use super::request::{WriteResult, unavailable};
use super::{DynamoStore, items, keys};

const RECORD: &str = "record beat of";

impl ReadBeats for DynamoStore {
    async fn beats(&self, monitors: &[MonitorId]) -> StoreResult<Vec<(MonitorId, Beat)>> {
        if monitors.is_empty() {
            return Ok(Vec::new());
        }
        self.of_monitors("read beats in", keys::BEAT, monitors).await
    }
}

impl RecordBeat for DynamoStore {
    async fn record_beat(
        &self,
        monitor: &MonitorId,
        previous: Option<&Beat>,
        beat: &Beat,
    ) -> StoreResult<()> {
        let item = |beat| {
            items::beat(monitor, beat).map_err(|error| unavailable(RECORD, monitor.as_str(), error))
        };
        let condition = match previous {
            None => PutCondition::Absent,
            Some(previous) => PutCondition::has_content_of(&item(previous)?),
        };
        let stored = match self.put(RECORD, item(beat)?, Some(&condition)).await? {
            WriteResult::Yes(_) => return Ok(()),
            WriteResult::No(stored) => stored,
        };
        let conflict = || StoreError::Conflict { operation: RECORD, object: monitor.to_string() };
        let stored = stored.ok_or_else(conflict)?;
        let known = read(&stored);
        // An earlier try wrote it, and the response to that try was lost.
        if known.as_ref() == Some(beat) {
            return Ok(());
        }
        // Another version wrote the same value in other bytes, or an unreadable value.
        if known.as_ref() == previous {
            let condition = PutCondition::has_content_of(&stored);
            if let WriteResult::Yes(_) = self.put(RECORD, item(beat)?, Some(&condition)).await? {
                return Ok(());
            }
        }
        Err(conflict())
    }
}

fn read(item: &Item) -> Option<Beat> {
    items::read_of_monitor(item).ok().map(|(_, beat)| beat)
}
