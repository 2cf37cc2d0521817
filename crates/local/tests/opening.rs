//! Files that the store opens, refuses and leaves unchanged.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::PathBuf;

use allclear_contract::samples::{
    at, decision, full_run, known_catalog, monitor, note, shard, state,
};
use allclear_core::delivery::{Delivery, DeliveryId};
use allclear_core::id::RegionId;
use allclear_core::ports::{
    CommitState, LoadState, LookBack, Outbox, OwedMark, ReadCatalogs, ReadHistory, ReadNotes,
    ReadRuns, RecordCatalog, RecordNotes, RecordRun, Recorded, StoreError,
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

/// Returns the error, which is printed with its sources.
fn refusal(path: &std::path::Path) -> OpenError {
    match SqliteStore::open(path) {
        Ok(_) => panic!("`{}` was opened", path.display()),
        Err(error) => error,
    }
}

#[tokio::test]
async fn written_data_is_present_after_reopening() {
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
fn closing_leaves_only_the_database_file() {
    let (folder, path) = file();
    drop(SqliteStore::open(&path).unwrap());
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["allclear.db"]);
}

#[test]
fn several_stores_may_create_the_same_file_at_once() {
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
fn only_the_owner_can_access_the_file() {
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
fn a_file_that_is_not_a_database_is_refused_and_unchanged() {
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
fn the_database_of_another_program_is_refused_and_unchanged() {
    let (_folder, path) = file();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE health_checks (a)").unwrap();
    let before = fs::read(&path).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Foreign { .. }), "{error:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn the_database_of_a_newer_version_is_refused_and_unchanged() {
    let (_folder, path) = file();
    drop(SqliteStore::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::TooNew { found: 99, .. }), "{error:?}");
    assert!(error.to_string().contains("install the newer one"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_database_is_reported_with_a_way_to_save_readable_data() {
    let (_folder, path) = file();
    let store = SqliteStore::open(&path).unwrap();
    store.record_run(&full_run(0)).await.unwrap();
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    // The first page after the header, which holds the schema.
    bytes[100..4096].fill(0xff);
    fs::write(&path, &bytes).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains(".recover"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[tokio::test]
async fn a_state_in_an_unknown_format_is_reported_and_unchanged() {
    let (_folder, path) = file();
    let store = SqliteStore::open(&path).unwrap();
    store.commit(&shard(), 0, &state(), &Decision::default()).await.unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.execute("UPDATE checkpoints SET state = x'ff00'", []).unwrap();
    let error = store.load_state(&shard()).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert_eq!(error.to_string(), "load state of `main`: the stored record cannot be read");
    assert!(source.starts_with("unknown format 255, expected "), "{source}");
    let left: Vec<u8> =
        connection.query_row("SELECT state FROM checkpoints", [], |row| row.get(0)).unwrap();
    assert_eq!(left, [255, 0]);
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
async fn an_unreadable_run_blocks_no_other_run() {
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
async fn an_unreadable_note_or_catalog_hides_no_other() {
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

#[tokio::test]
async fn an_unreadable_decision_hides_no_other_and_delays_no_notification() {
    let (_folder, path) = file();
    let store = SqliteStore::open(&path).unwrap();
    let (one, two) = (decision("one", 0), decision("two", 1));
    store.commit(&shard(), 0, &state(), &one).await.unwrap();
    store.commit(&shard(), 1, &state(), &two).await.unwrap();
    let damaged = &one.deliveries[0].id;
    let connection = Connection::open(&path).unwrap();
    for damage in [
        format!("UPDATE deliveries SET notification = '{{' WHERE id = '{}'", damaged.as_str()),
        "UPDATE transitions SET to_status = 'purple' WHERE monitor = 'one'".to_owned(),
        "UPDATE fired_alerts SET severity = 'loud' WHERE monitor = 'one'".to_owned(),
        "UPDATE held SET evidence = '{' WHERE alert LIKE 'one/%'".to_owned(),
    ] {
        assert_ne!(connection.execute(&damage, []).unwrap(), 0, "{damage}");
    }
    let is_damaged = |id: &DeliveryId| id == damaged;
    let (owed, _) = store.owed_since(OwedMark::START).await.unwrap();
    let all = one.deliveries.iter().chain(&two.deliveries);
    let readable: Vec<&Delivery> = all.filter(|it| !is_damaged(&it.id)).collect();
    assert_eq!(owed.iter().collect::<Vec<_>>(), readable);
    assert_eq!(store.deliveries(at(-60)).await.unwrap().len(), readable.len());
    assert_eq!(store.transitions(at(-60)).await.unwrap(), two.transitions);
    assert_eq!(store.alerts(at(-60)).await.unwrap(), two.alerts);
    assert_eq!(store.suppressions(at(-60)).await.unwrap(), two.suppressions);
    // Nothing waits for it for ever.
    let error = store.predecessor(damaged).await.unwrap_err();
    assert!(!error.is_retryable(), "{error:?}");
    // It is not removed, so that it can be repaired.
    let n_stored: usize =
        connection.query_row("SELECT COUNT(*) FROM deliveries", [], |row| row.get(0)).unwrap();
    assert_eq!(n_stored, readable.len() + 1);
}

#[cfg(unix)]
#[test]
fn the_folder_is_created_with_access_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("deep/data");
    drop(SqliteStore::open(data.join("allclear.db")).unwrap());
    let mode = fs::metadata(&data).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[cfg(unix)]
#[test]
fn anything_but_a_file_is_refused_with_its_type() {
    let (folder, path) = file();
    let make = |command: &[&str]| {
        let status = std::process::Command::new(command[0]).args(&command[1..]).arg(&path).status();
        assert!(status.unwrap().success());
    };
    let elsewhere = folder.path().join("elsewhere.db");
    for (command, what) in [
        (&["mkfifo"][..], "a FIFO"),
        (&["mkdir"], "a folder"),
        (&["ln", "-s", elsewhere.to_str().unwrap()], "a symbolic link"),
    ] {
        make(command);
        for error in [
            refusal(&path),
            SqliteStore::open_existing(&path).err().unwrap(),
            SqliteStore::open_for_reading(&path).err().unwrap(),
        ] {
            assert!(matches!(error, OpenError::NotAFile { .. }), "{error:?}");
            let message = error.to_string();
            assert!(
                message.contains(what) && message.contains(path.to_str().unwrap()),
                "{message}"
            );
            assert!(message.contains("move it away"), "{message}");
        }
        if path.is_dir() { fs::remove_dir(&path).unwrap() } else { fs::remove_file(&path).unwrap() }
    }
    assert!(!elsewhere.exists(), "a link was followed");
}

#[tokio::test]
async fn opening_a_missing_store_creates_nothing() {
    let (folder, _) = file();
    let path = folder.path().join("data/allclear.db");
    assert!(SqliteStore::open_for_reading(&path).unwrap().is_none());
    assert!(SqliteStore::open_existing(&path).unwrap().is_none());
    assert!(!folder.path().join("data").exists());
    let store = SqliteStore::in_memory().unwrap();
    store.record_run(&full_run(0)).await.unwrap();
    assert_eq!(store.runs(full_run(0).key.scheduled_at).await.unwrap(), [full_run(0)]);
}

#[tokio::test]
async fn a_store_that_is_opened_for_reading_refuses_writes() {
    let (_folder, path) = file();
    let writer = SqliteStore::open(&path).unwrap();
    writer.record_run(&full_run(0)).await.unwrap();
    let reader = SqliteStore::open_for_reading(&path).unwrap().unwrap();
    assert_eq!(reader.runs(full_run(0).key.scheduled_at).await.unwrap(), [full_run(0)]);
    let refused = reader.record_run(&full_run(1)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
    drop(reader);
    writer.record_run(&full_run(1)).await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_deleted_or_replaced_is_not_written_to() {
    let (folder, path) = file();
    let store = SqliteStore::open(&path).unwrap();
    store.record_run(&full_run(0)).await.unwrap();
    let aside = folder.path().join("aside.db");
    let why = async || {
        let refused = store.record_run(&full_run(1)).await;
        let Err(StoreError::Unavailable { source, .. }) = refused else { panic!("{refused:?}") };
        source.to_string()
    };

    fs::rename(&path, &aside).unwrap();
    let message = why().await;
    assert!(
        message.contains("was deleted") && message.contains(path.to_str().unwrap()),
        "{message}"
    );
    assert!(message.contains("put it back, or restart Allclear"), "{message}");
    fs::write(&path, "another file").unwrap();
    let message = why().await;
    assert!(
        message.contains("was replaced") && message.contains(path.to_str().unwrap()),
        "{message}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "another file");

    fs::rename(&aside, &path).unwrap();
    assert_eq!(store.record_run(&full_run(1)).await.unwrap(), Recorded::New);
    assert_eq!(store.runs(full_run(0).key.scheduled_at).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_lock_is_waited_for_once_and_its_holder_is_named() {
    let (_folder, path) = file();
    let store = SqliteStore::open(&path).unwrap();
    store.record_run(&full_run(0)).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; DELETE FROM runs WHERE id = 99").unwrap();
    let why = async |n| {
        let began = std::time::Instant::now();
        let refused = store.record_run(&full_run(n)).await;
        let Err(StoreError::Unavailable { source, .. }) = refused else { panic!("{refused:?}") };
        (source.to_string(), began.elapsed())
    };
    let (message, _) = why(1).await;
    assert!(message.contains("database is locked"), "{message}");
    assert!(message.contains(path.to_str().unwrap()), "{message}");
    let mut waits = Vec::new();
    for n in 2..6 {
        waits.push(why(n).await.1);
    }
    let shortest = waits.iter().min().unwrap();
    assert!(*shortest < std::time::Duration::from_secs(3), "each waits as the first: {waits:?}");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.record_run(&full_run(1)).await.unwrap(), Recorded::New);
}

/// Makes the folder read-only for this process. For root, which file modes do not restrict, it uses
/// a bind mount. Returns a guard that undoes the change; `None` if it is not possible.
#[cfg(target_os = "linux")]
fn read_only(folder: &std::path::Path) -> Option<impl Drop> {
    struct Unmount(PathBuf);
    impl Drop for Unmount {
        fn drop(&mut self) {
            let _ = std::process::Command::new("umount").arg(&self.0).status();
        }
    }
    let mount = |options: &[&str]| {
        let status = std::process::Command::new("mount").args(options).arg(folder).status();
        status.is_ok_and(|status| status.success())
    };
    if !mount(&["--bind", folder.to_str().unwrap()]) {
        return None;
    }
    let mounted = Unmount(folder.to_owned());
    mount(&["-o", "remount,bind,ro"]).then_some(mounted)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn recorded_data_can_be_read_in_a_read_only_folder() {
    let (folder, path) = file();
    let store = SqliteStore::open(&path).unwrap();
    store.record_run(&full_run(0)).await.unwrap();
    drop(store);
    let Some(_mounted) = read_only(folder.path()) else {
        eprintln!("NOT TESTED: a bind mount is not allowed here; try it as root");
        return;
    };
    assert!(fs::write(folder.path().join("new"), "").is_err(), "the folder can be written to");
    for store in [
        SqliteStore::open_for_reading(&path).unwrap().unwrap(),
        SqliteStore::open_existing(&path).unwrap().unwrap(),
    ] {
        assert_eq!(store.runs(full_run(0).key.scheduled_at).await.unwrap(), [full_run(0)]);
        assert!(store.record_run(&full_run(1)).await.is_err());
    }
}
