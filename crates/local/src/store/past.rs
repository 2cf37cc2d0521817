//! The past: slices of the log, and the entries of operators that are no longer in force.

use allclear_core::Timestamp;
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::{ReadPast, StoreResult};
use allclear_core::run::Run;
use rusqlite::Connection;

use super::{SqliteStore, column};

const OPERATION: &str = "read";

impl ReadPast for SqliteStore {
    async fn runs_between(&self, from: Timestamp, to: Timestamp) -> StoreResult<Vec<Run>> {
        let store = self.clone();
        self.read(OPERATION, "runs", move |connection| {
            let select = "
                SELECT id FROM runs WHERE scheduled_at >= ?1 AND scheduled_at < ?2
                ORDER BY scheduled_at, region, lane, shard";
            let mut statement = connection.prepare_cached(select)?;
            let range = (column::from_bound(from), column::from_bound(to));
            let ids = statement.query_map(range, |row| row.get(0))?;
            let ids = ids.collect::<rusqlite::Result<Vec<i64>>>()?;
            store.read_runs(connection, &ids)
        })
        .await
    }

    async fn oldest_run(&self) -> StoreResult<Option<Timestamp>> {
        self.read(OPERATION, "runs", |connection| {
            let select = "SELECT MIN(scheduled_at) FROM runs";
            connection.prepare_cached(select)?.query_row([], |row| column::optional_time(row, 0))
        })
        .await
    }

    async fn past_entries(&self, from: Timestamp) -> StoreResult<Vec<OperatorEntry>> {
        let select = "SELECT id, entry FROM past_entries
            WHERE expires_at IS NULL OR expires_at > ?1 ORDER BY created_at, id";
        self.read_entries("past entries", select, from).await
    }
}

/// Writes the copy of an entry that is kept after it has expired, in place of an earlier copy of the same entry.
pub(super) fn keep(connection: &Connection, entry: &OperatorEntry) -> rusqlite::Result<usize> {
    let insert = "INSERT INTO past_entries (created_at, id, expires_at, entry)
        VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at, entry = excluded.entry";
    connection.prepare_cached(insert)?.execute((
        column::from_bound(entry.created_at),
        entry.id.as_str(),
        entry.expires_at.map(column::from_bound),
        column::from_value(entry)?,
    ))
}
