//! The catalog of models of each monitor's provider.

use allclear_core::catalog::KnownCatalog;
use allclear_core::id::MonitorId;
use allclear_core::ports::{ReadCatalogs, RecordCatalog, StoreResult};

use rusqlite::Row;

use super::{SqliteStore, column};

impl ReadCatalogs for SqliteStore {
    async fn catalogs(&self) -> StoreResult<Vec<(MonitorId, KnownCatalog)>> {
        let store = self.clone();
        self.read("read", "catalogs", move |connection| {
            let select = "SELECT monitor, known FROM catalogs ORDER BY monitor";
            let mut statement = connection.prepare_cached(select)?;
            let catalog = |row: &Row<'_>| Ok((column::keyword(row, 0)?, column::value(row, 1)?));
            store.readable_rows("the catalog of", statement.query([])?, catalog)
        })
        .await
    }
}

impl RecordCatalog for SqliteStore {
    async fn record_catalog(&self, monitor: &MonitorId, known: &KnownCatalog) -> StoreResult<()> {
        let (named, known) = (monitor.clone(), known.clone());
        self.write("record catalog of", monitor.as_str(), move |connection| {
            let upsert = "INSERT OR REPLACE INTO catalogs (monitor, known) VALUES (?1, ?2)";
            let row = (named.as_str(), column::from_value(&known)?);
            connection.prepare_cached(upsert)?.execute(row)?;
            Ok(())
        })
        .await
    }
}
