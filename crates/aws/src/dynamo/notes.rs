//! The latest note of each checker that takes notes, in one partition per region.

use allclear_core::checker_state::Note;
use allclear_core::id::{MonitorId, RegionId};
use allclear_core::ports::{ReadNotes, RecordNotes, StoreResult};
use futures_util::{StreamExt as _, TryStreamExt as _};

use super::request::unavailable;
use super::{DynamoStore, items, keys};

const RECORD: &str = "record note of";

/// The number of concurrent writes.
const AT_ONCE: usize = 10;

impl ReadNotes for DynamoStore {
    async fn notes(
        &self,
        region: &RegionId,
        monitors: &[MonitorId],
    ) -> StoreResult<Vec<(MonitorId, Note)>> {
        if monitors.is_empty() {
            return Ok(Vec::new());
        }
        self.of_monitors("read notes in", &keys::notes_of(region), monitors).await
    }
}

impl RecordNotes for DynamoStore {
    /// Records each note independently: if one is refused, the others may still be written.
    async fn record_notes(
        &self,
        region: &RegionId,
        notes: &[(MonitorId, Note)],
    ) -> StoreResult<()> {
        let items: Vec<items::Item> = notes
            .iter()
            .map(|(monitor, note)| {
                items::note(region, monitor, note)
                    .map_err(|error| unavailable(RECORD, monitor.as_str(), error))
            })
            .collect::<StoreResult<_>>()?;
        let writes = items.into_iter().map(|item| self.put(RECORD, item, None));
        futures_util::stream::iter(writes)
            .buffer_unordered(AT_ONCE)
            .try_for_each(async |_| Ok(()))
            .await
    }
}
