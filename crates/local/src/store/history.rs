//! Decisions and counts, for the page and for reports.

use allclear_core::Timestamp;
use allclear_core::delivery::Delivery;
use allclear_core::event::{AlertId, AlertRecord, Suppression, Transition};
use allclear_core::id::ShardId;
use allclear_core::ports::{ReadHistory, StoreResult};
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::run::Run;
use rusqlite::Row;

use super::{SqliteStore, column, encoding, outbox};

const OPERATION: &str = "read";

impl ReadHistory for SqliteStore {
    async fn shards(&self) -> StoreResult<Vec<ShardId>> {
        self.read(OPERATION, "shards", |connection| {
            let select = "SELECT shard FROM checkpoints ORDER BY shard";
            let mut statement = connection.prepare_cached(select)?;
            statement.query_map([], |row| column::keyword(row, 0))?.collect()
        })
        .await
    }

    async fn rollups(&self, period: Period, from: Timestamp) -> StoreResult<Vec<RollupRecord>> {
        self.read(OPERATION, "rollups", move |connection| {
            let select = "
                SELECT monitor, start, rollup FROM rollups
                WHERE period = ?1 AND start >= ?2 ORDER BY start, monitor";
            let mut statement = connection.prepare_cached(select)?;
            let rows = statement.query_map((period.as_str(), column::from_bound(from)), |row| {
                let bytes = row.get_ref(2)?;
                let bytes = bytes.as_blob().map_err(|error| column::unreadable(2, error))?;
                Ok(RollupRecord {
                    monitor: column::keyword(row, 0)?,
                    period,
                    start: column::time(row, 1)?,
                    rollup: encoding::decode(encoding::ROLLUP_FORMAT, bytes)
                        .map_err(|error| column::unreadable(2, error))?,
                })
            })?;
            rows.collect()
        })
        .await
    }

    async fn transitions(&self, from: Timestamp) -> StoreResult<Vec<Transition>> {
        let select = "
            SELECT monitor, at, confirmed_at, from_status, to_status, fault, reason, message
            FROM transitions WHERE at >= ?1 ORDER BY at, confirmed_at, monitor";
        self.list_from(("transitions", "a transition of"), select, from, |row| {
            Ok(Transition {
                monitor: column::keyword(row, 0)?,
                at: column::time(row, 1)?,
                confirmed_at: column::time(row, 2)?,
                from: column::keyword(row, 3)?,
                to: column::keyword(row, 4)?,
                cause: column::cause(row, 5)?,
            })
        })
        .await
    }

    async fn alerts(&self, from: Timestamp) -> StoreResult<Vec<AlertRecord>> {
        let select = "
            SELECT id, monitor, rule, severity, message, pending_at, fired_at, resolved_at
            FROM fired_alerts WHERE fired_at >= ?1 OR resolved_at IS NULL ORDER BY fired_at, id";
        self.list_from(("alerts", "the alert"), select, from, |row| {
            Ok(AlertRecord {
                id: alert_id(row, 0)?,
                monitor: column::keyword(row, 1)?,
                rule: column::keyword(row, 2)?,
                severity: column::keyword(row, 3)?,
                message: row.get(4)?,
                pending_since: column::time(row, 5)?,
                fired_at: column::time(row, 6)?,
                resolved_at: column::optional_time(row, 7)?,
            })
        })
        .await
    }

    async fn suppressions(&self, from: Timestamp) -> StoreResult<Vec<Suppression>> {
        let select = "
            SELECT alert, at, gate, reason, evidence FROM held WHERE at >= ?1 ORDER BY at, alert, gate";
        self.list_from(("suppressions", "a suppression of"), select, from, |row| {
            Ok(Suppression {
                alert: alert_id(row, 0)?,
                at: column::time(row, 1)?,
                by: column::keyword(row, 2)?,
                reason: row.get(3)?,
                evidence: column::optional_value(row, 4)?,
            })
        })
        .await
    }

    async fn deliveries(&self, from: Timestamp) -> StoreResult<Vec<Delivery>> {
        let select =
            format!("{} WHERE created_at >= ?1 ORDER BY created_at, position", outbox::SELECT);
        self.list_from(("deliveries", "the delivery"), &select, from, outbox::delivery).await
    }

    async fn runs(&self, from: Timestamp) -> StoreResult<Vec<Run>> {
        let store = self.clone();
        self.read(OPERATION, "runs", move |connection| {
            let select = "
                SELECT id FROM runs WHERE scheduled_at >= ?1
                ORDER BY scheduled_at, region, lane, shard";
            let mut statement = connection.prepare_cached(select)?;
            let ids = statement.query_map([column::from_bound(from)], |row| row.get(0))?;
            let ids = ids.collect::<rusqlite::Result<Vec<i64>>>()?;
            store.read_runs(connection, &ids)
        })
        .await
    }
}

impl SqliteStore {
    async fn list_from<T: Send + 'static>(
        &self,
        (object, what): (&str, &'static str),
        select: &str,
        from: Timestamp,
        item: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> StoreResult<Vec<T>> {
        let (store, select) = (self.clone(), select.to_owned());
        self.read(OPERATION, object, move |connection| {
            let mut statement = connection.prepare_cached(&select)?;
            let rows = statement.query([column::from_bound(from)])?;
            store.readable_rows(what, rows, item)
        })
        .await
    }
}

/// Reads an alert id through its stored form, a text; the type has no constructor from text.
fn alert_id(row: &Row<'_>, index: usize) -> rusqlite::Result<AlertId> {
    column::keyword(row, index)
}
