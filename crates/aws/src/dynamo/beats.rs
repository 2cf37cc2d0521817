//! The latest beat of each heartbeat monitor.

use allclear_core::checker::Beat;
use allclear_core::id::MonitorId;
use allclear_core::ports::{ReadBeats, RecordBeat, StoreResult};

use super::calls::refused;
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
    async fn record_beat(&self, monitor: &MonitorId, beat: &Beat) -> StoreResult<()> {
        let item =
            items::beat(monitor, beat).map_err(|error| refused(RECORD, monitor.as_str(), error))?;
        self.put(RECORD, item, None).await?;
        Ok(())
    }
}
