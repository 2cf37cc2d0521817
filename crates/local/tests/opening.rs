//! Which files the store opens, which it refuses, and what it leaves alone.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::PathBuf;

use allclear_contract::samples::{decision, full_run, known_catalog, monitor, note, shard, state};
use allclear_core::id::RegionId;
use allclear_core::ports::{
    CommitState, LoadState, LookBack, ReadCatalogs, ReadHistory, ReadNotes, ReadRuns,
    RecordCatalog, RecordNotes, RecordRun, Recorded, StoreError,
};
use allclear_core::state::{Decision, Folded};
use allclear_local::{OpenError, SqliteStore};
use rusqlite::Connection;
use tempfile::TempDir;

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("allclear.db");
    (folder, path)
}

/// The message as the edge prints it: the error and its sources.
fn refusal(path: &std::path::Path) -> OpenError {
    match SqliteStore::open(path) {
        Ok(_) => panic!("`{}` was opened", path.display()),
        Err(error) => error,
    }
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let (_folder, path) = file();
    let store = SqliteStore::open(&path).unwrap();
    store.record_run(&full_run(0)).await.unwrap();
    store.commit(&shard(), 0, &state(), &decision("api", 0)).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    let runs =
        store.unfolded_runs(&shard(), &Folded::default(), LookBack::Horizon, 10).await.unwrap();
    assert_eq!(runs, [full_run(0)]);
    assert_eq!(store.load_state(&shard()).await.unwrap().unwrap().state, state());
}

#[test]
fn closing_leaves_one_file_and_nothing_beside_it() {
    let (folder, path) = file();
    drop(SqliteStore::open(&path).unwrap());
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["allclear.db"]);
}

#[test]
fn several_may_create_the_same_file_at_once() {
    let (_folder, path) = file();
    std::thread::scope(|scope| {
        let openers: Vec<_> =
            (0..8).map(|_| scope.spawn(|| SqliteStore::open(&path).map(drop))).collect();
        for opener in openers {
            opener.join().unwrap().unwrap();
        }
    });
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = file();
    let _store = SqliteStore::open(&path).unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", entry.path().display());
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let (_folder, path) = file();
    let text = "[page]\ntitle = \"Status\"\n".repeat(100);
    fs::write(&path, &text).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
    let expected = format!(
        "`{}` is not a SQLite database: name another file, or move this one away",
        path.display()
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn the_database_of_another_program_is_refused_and_left_alone() {
    let (_folder, path) = file();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE health_checks (a)").unwrap();
    let before = fs::read(&path).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Foreign { .. }), "{error:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_database_of_a_newer_program_is_refused_and_left_alone() {
    let (_folder, path) = file();
    drop(SqliteStore::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::TooNew { found: 99, known: 2, .. }), "{error:?}");
    assert!(error.to_string().contains("install the newer one"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_database_says_how_to_save_what_is_readable() {
    let (_folder, path) = file();
    let store = SqliteStore::open(&path).unwrap();
    store.record_run(&full_run(0)).await.unwrap();
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    // The first page after the header: the schema itself.
    bytes[100..4096].fill(0xff);
    fs::write(&path, &bytes).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains(".recover"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_folder_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = refusal(folder.path());
    assert!(matches!(error, OpenError::Create { .. }), "{error:?}");
    assert!(error.to_string().contains(&folder.path().display().to_string()), "{error}");
}

#[tokio::test]
async fn a_state_in_an_unknown_format_is_named_and_left_alone() {
    let (_folder, path) = file();
    let store = SqliteStore::open(&path).unwrap();
    store.commit(&shard(), 0, &state(), &Decision::default()).await.unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.execute("UPDATE checkpoints SET state = x'0700'", []).unwrap();
    let error = store.load_state(&shard()).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert_eq!(error.to_string(), "load state of `main`: what is stored cannot be read");
    assert!(source.starts_with("it has the format 7, and this program knows only 1"), "{source}");
    let left: Vec<u8> =
        connection.query_row("SELECT state FROM checkpoints", [], |row| row.get(0)).unwrap();
    assert_eq!(left, [7, 0]);
}

#[tokio::test]
async fn a_state_that_is_too_short_or_too_long_is_corrupt() {
    let (_folder, path) = file();
    let store = SqliteStore::open(&path).unwrap();
    store.commit(&shard(), 0, &state(), &Decision::default()).await.unwrap();
    let connection = Connection::open(&path).unwrap();
    let whole: Vec<u8> =
        connection.query_row("SELECT state FROM checkpoints", [], |row| row.get(0)).unwrap();
    let longer = [&whole[..], b"\0"].concat();
    for change in [&whole[..whole.len() - 1], &longer, &[]] {
        connection.execute("UPDATE checkpoints SET state = ?1", [change]).unwrap();
        let error = store.load_state(&shard()).await.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_run_that_cannot_be_read_holds_up_no_other() {
    let (_folder, path) = file();
    let store = SqliteStore::open(&path).unwrap();
    for minutes in 0..3 {
        store.record_run(&full_run(minutes)).await.unwrap();
    }
    let connection = Connection::open(&path).unwrap();
    connection.execute("UPDATE outcomes SET status = 'purple' WHERE run = 2", []).unwrap();
    let expected = [full_run(0), full_run(2)];
    let unfolded =
        store.unfolded_runs(&shard(), &Folded::default(), LookBack::Horizon, 10).await.unwrap();
    assert_eq!(unfolded, expected);
    assert_eq!(store.runs(full_run(0).key.scheduled_at).await.unwrap(), expected);
    assert_eq!(store.record_run(&full_run(1)).await.unwrap(), Recorded::Already);
}

#[tokio::test]
async fn a_note_or_a_catalog_that_cannot_be_read_hides_no_other() {
    let (_folder, path) = file();
    let store = SqliteStore::open(&path).unwrap();
    let (region, [one, two]) = (RegionId::local(), ["one", "two"].map(monitor));
    let notes = [(one.clone(), note(1)), (two.clone(), note(2))];
    store.record_notes(&region, &notes).await.unwrap();
    for monitor in [&one, &two] {
        store.record_catalog(monitor, &known_catalog(2)).await.unwrap();
    }
    let connection = Connection::open(&path).unwrap();
    connection.execute("UPDATE notes SET note = '{' WHERE monitor = 'one'", []).unwrap();
    connection.execute("UPDATE catalogs SET known = '[]' WHERE monitor = 'one'", []).unwrap();
    let stored = store.notes(&region, &[one, two.clone()]).await.unwrap();
    assert_eq!(stored, [(two.clone(), note(2))]);
    assert_eq!(store.catalogs().await.unwrap(), [(two, known_catalog(2))]);
}
