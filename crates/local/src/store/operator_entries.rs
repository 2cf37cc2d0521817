//! The entries of operators. The commands write them from another process than the services that read them.

use allclear_core::Timestamp;
use allclear_core::id::EntryId;
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::{ReadOperatorEntries, RecordOperatorEntries, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::{SqliteStore, column, past};

const ADD: &str = "add entry";
const END: &str = "end entry";

impl ReadOperatorEntries for SqliteStore {
    async fn operator_entries(&self, now: Timestamp) -> StoreResult<Vec<OperatorEntry>> {
        let select = "SELECT id, entry FROM operator_entries
            WHERE needed_until IS NULL OR needed_until > ?1 ORDER BY id";
        self.read_entries("operator entries", select, now).await
    }
}

impl SqliteStore {
    /// Returns the entries that `select`, with the columns `id` and `entry`, finds for the bound `at`. Leaves out
    /// unreadable ones.
    pub(super) async fn read_entries(
        &self,
        object: &'static str,
        select: &'static str,
        at: Timestamp,
    ) -> StoreResult<Vec<OperatorEntry>> {
        let store = self.clone();
        self.read("read", object, move |connection| {
            let mut statement = connection.prepare_cached(select)?;
            let rows = statement.query([column::from_bound(at)])?;
            store.readable_rows("the operator entry", rows, |row| column::value(row, 1))
        })
        .await
    }
}

impl RecordOperatorEntries for SqliteStore {
    async fn add_operator_entry(&self, entry: &OperatorEntry) -> StoreResult<()> {
        let object = entry.id.to_string();
        let entry = entry.clone();
        let n_added = self.write(ADD, &object, move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let insert =
                "INSERT INTO operator_entries (id, needed_until, entry) VALUES (?1, ?2, ?3)
                ON CONFLICT DO NOTHING";
            let n_added = transaction.prepare_cached(insert)?.execute(columns(&entry)?)?;
            if n_added == 1 {
                past::keep(&transaction, &entry)?;
            }
            transaction.commit()?;
            Ok(n_added)
        });
        if n_added.await? == 1 {
            return Ok(());
        }
        Err(StoreError::Conflict { operation: ADD, object })
    }

    async fn end_operator_entry(
        &self,
        id: &EntryId,
        at: Timestamp,
    ) -> StoreResult<Option<OperatorEntry>> {
        let named = id.clone();
        self.write(END, id.as_str(), move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let Some(entry) = stored(&transaction, &named)? else { return Ok(None) };
            let entry = entry.ended(at);
            let update = "UPDATE operator_entries SET needed_until = ?2, entry = ?3 WHERE id = ?1";
            transaction.prepare_cached(update)?.execute(columns(&entry)?)?;
            past::keep(&transaction, &entry)?;
            transaction.commit()?;
            Ok(Some(entry))
        })
        .await
    }
}

/// Returns the columns of an entry.
fn columns(entry: &OperatorEntry) -> rusqlite::Result<(String, Option<i64>, String)> {
    let needed_until = entry.needed_until().map(column::from_bound);
    Ok((entry.id.to_string(), needed_until, column::from_value(entry)?))
}

fn stored(connection: &Connection, id: &EntryId) -> rusqlite::Result<Option<OperatorEntry>> {
    let select = "SELECT entry FROM operator_entries WHERE id = ?1";
    let mut statement = connection.prepare_cached(select)?;
    statement.query_row([id.as_str()], |row| column::value(row, 0)).optional()
}
