//! The entries of operators in the file: their stored form, other processes, unreadable rows.

use allclear_contract::samples::{at, entries};
use allclear_core::ports::{ReadOperatorEntries, RecordOperatorEntries, StoreError};
use allclear_local::SqliteStore;
use rusqlite::Connection;

#[tokio::test]
async fn an_entry_is_stored_in_this_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("allclear.db");
    let store = SqliteStore::open(&path).unwrap();
    for entry in [
        entries::acknowledgement("a"),
        entries::maintenance("b"),
        entries::maintenance_by_rule("c").ended(at(10)),
        entries::silence("d"),
    ] {
        store.add_operator_entry(&entry).await.unwrap();
    }
    let connection = Connection::open(&path).unwrap();
    let select = "SELECT id, needed_until, entry FROM operator_entries ORDER BY id";
    let mut statement = connection.prepare(select).unwrap();
    let rows = statement.query_map([], |row| {
        let (id, until): (String, Option<i64>) = (row.get(0)?, row.get(1)?);
        let entry: String = row.get(2)?;
        Ok(format!("{id} {until:?}\n{entry}"))
    });
    let rows: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
    insta::assert_snapshot!(rows.join("\n"));
}

#[tokio::test]
async fn another_process_sees_an_entry_at_its_next_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("allclear.db");
    let (services, command) =
        (SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap());
    assert_eq!(services.operator_entries(at(0)).await.unwrap(), []);
    let entry = entries::silence("one");
    command.add_operator_entry(&entry).await.unwrap();
    assert_eq!(services.operator_entries(at(0)).await.unwrap(), std::slice::from_ref(&entry));
    let ended = command.end_operator_entry(&entry.id, at(1)).await.unwrap().unwrap();
    assert_eq!(services.operator_entries(at(1)).await.unwrap(), [ended]);
}

#[tokio::test]
async fn an_entry_of_another_shape_is_left_out_and_cannot_be_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("allclear.db");
    let store = SqliteStore::open(&path).unwrap();
    let (kept, other) = (entries::silence("kept"), entries::maintenance("other"));
    store.add_operator_entry(&kept).await.unwrap();
    store.add_operator_entry(&other).await.unwrap();
    let connection = Connection::open(&path).unwrap();
    let update = "UPDATE operator_entries SET entry = '{\"id\":\"other\"}' WHERE id = 'other'";
    connection.execute(update, []).unwrap();
    assert_eq!(store.operator_entries(at(0)).await.unwrap(), [kept]);
    let ended = store.end_operator_entry(&other.id, at(0)).await;
    assert!(matches!(ended, Err(StoreError::Corrupt { .. })), "{ended:?}");
}
