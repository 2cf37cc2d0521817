//! The latest beat of each heartbeat monitor.

use std::collections::HashSet;

use allclear_core::checker::Beat;
use allclear_core::id::MonitorId;
use allclear_core::ports::{ReadBeats, RecordBeat, StoreResult};

use super::calls::{Range, refused};
use super::{DynamoStore, encoding, items, keys};

const RECORD: &str = "record beat of";

impl ReadBeats for DynamoStore {
    async fn beats(&self, monitors: &[MonitorId]) -> StoreResult<Vec<(MonitorId, Beat)>> {
        if monitors.is_empty() {
            return Ok(Vec::new());
        }
        // All of them together cost less than each of some by itself.
        let range = Range {
            pk: keys::BEAT,
            from: "0",
            to: keys::AFTER_ALL,
            by_time: false,
            consistent: true,
        };
        let stored = self.query("read beats in", &range).await?;
        let asked: HashSet<&str> = monitors.iter().map(MonitorId::as_str).collect();
        let asked_for = |item: &items::Item| {
            items::text(item, keys::SK).is_some_and(|monitor| asked.contains(monitor))
        };
        let stored: Vec<items::Item> = stored.into_iter().filter(asked_for).collect();
        Ok(self.readable(&stored, |item| {
            let monitor = MonitorId::new(items::read_text(item, keys::SK)?)
                .map_err(|_| items::ItemError::Key)?;
            Ok((monitor, encoding::decode_value(items::body(item)?)?))
        }))
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
