//! The catalog of models of each monitor's provider.

use allclear_core::catalog::KnownCatalog;
use allclear_core::id::MonitorId;
use allclear_core::ports::{ReadCatalogs, RecordCatalog, StoreResult};

use super::calls::Range;
use super::limits::MAX_ITEM_BYTES;
use super::request::unavailable;
use super::units::item_bytes;
use super::{DynamoStore, items, keys};

const RECORD: &str = "record catalog of";

impl ReadCatalogs for DynamoStore {
    async fn catalogs(&self) -> StoreResult<Vec<(MonitorId, KnownCatalog)>> {
        let stored = self.query("read catalogs in", &Range::all_of(keys::CATALOG)).await?;
        Ok(self.readable(&stored, items::read_of_monitor))
    }
}

impl RecordCatalog for DynamoStore {
    async fn record_catalog(&self, monitor: &MonitorId, known: &KnownCatalog) -> StoreResult<()> {
        let item = items::catalog(monitor, known)
            .map_err(|error| unavailable(RECORD, monitor.as_str(), error))?;
        let n_bytes = item_bytes(&item);
        if n_bytes > MAX_ITEM_BYTES {
            let what = format!(
                "the {} models that `{}` lists take {n_bytes} bytes, and an item of DynamoDB has at \
                 most {MAX_ITEM_BYTES}: set `steps.models` of this monitor to `off`",
                known.latest.items.len(),
                known.latest.provider,
            );
            return Err(unavailable(RECORD, monitor.as_str(), what));
        }
        self.put(RECORD, item, None).await?;
        Ok(())
    }
}
