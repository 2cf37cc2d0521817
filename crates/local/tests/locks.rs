//! Locks that another process holds: they are waited for a few seconds, then reported with their
//! holder.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::error::Error as _;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use allclear_core::id::SecretName;
use allclear_core::ports::PublishedFile;
use allclear_local::{DataLock, DataLockError, FolderSite, SecretsFile};

/// The upper bound of every wait, with a margin for a busy machine.
const BOUND: Duration = Duration::from_secs(20);

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Returns this process in the form in which a message names the holder of a lock. A lock belongs
/// to an open file, so a second handle of the same process acts as another process.
fn this_process() -> String {
    format!("process {}", std::process::id())
}

fn index() -> [PublishedFile<'static>; 1] {
    let (content_type, cache_control) = ("text/html", "no-cache");
    [PublishedFile { path: "index.html", content_type, cache_control, content: b"new" }]
}

#[test]
fn a_locked_site_is_an_error_that_names_the_folder_and_the_holder() {
    let folder = tempfile::tempdir().unwrap();
    let held = File::open(folder.path()).unwrap();
    held.lock().unwrap();
    let site = FolderSite::new(folder.path());
    let began = Instant::now();
    let error = site.publish_here(&index()).unwrap_err();
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
    let why = error.source().unwrap().to_string();
    assert!(why.contains(&this_process()), "{why}");

    drop(held);
    site.publish_here(&index()).unwrap();
    assert_eq!(fs::read(folder.path().join("index.html")).unwrap(), b"new");
}

#[test]
fn locked_secrets_are_an_error_that_names_the_file_and_the_holder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets.json");
    let secrets = SecretsFile::at(&path);
    let name = SecretName::new("openai").unwrap();
    secrets.set(&name, &"sk-1".into()).unwrap();
    let lock = folder.path().join("secrets.json.lock");
    assert_eq!((mode(&path), mode(&lock)), (0o600, 0o600));

    let held = File::open(&lock).unwrap();
    held.lock().unwrap();
    let began = Instant::now();
    let error = secrets.set(&name, &"sk-2".into()).unwrap_err().to_string();
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    assert!(error.contains("secrets.json.lock") && error.contains(&this_process()), "{error}");
    assert_eq!(secrets.names().unwrap(), ["openai"], "reading waits for no lock");

    drop(held);
    assert!(secrets.set(&name, &"sk-2".into()).unwrap());
}

#[test]
fn a_fifo_in_place_of_the_secrets_or_their_lock_is_refused_without_blocking() {
    for name in ["secrets.json", "secrets.json.lock"] {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join(name);
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let secrets = SecretsFile::at(folder.path().join("secrets.json"));
        let openai = SecretName::new("openai").unwrap();
        let error = secrets.set(&openai, &"sk-1".into()).unwrap_err().to_string();
        assert!(error.contains("a FIFO") && error.contains("move it away"), "{name}: {error}");
    }
}

#[test]
fn a_data_folder_is_reserved_once_and_names_its_process() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = DataLock::acquire(&data, Duration::ZERO).unwrap();
    assert_eq!((mode(&data), mode(&data.join("up.lock"))), (0o700, 0o600));
    let second = DataLock::acquire(&data, Duration::ZERO);
    let Err(error @ DataLockError::InUse { holder: Some(holder), .. }) = second else {
        panic!("{second:?}");
    };
    assert_eq!(holder, std::process::id());
    assert!(error.to_string().contains(&this_process()), "{error}");
    assert!(error.to_string().contains(data.to_str().unwrap()), "{error}");

    drop(first);
    // A process that another test starts at this moment inherits the open file until it executes
    // its program.
    DataLock::acquire(&data, BOUND).unwrap();
}

#[test]
fn an_existing_data_folder_keeps_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let _lock = DataLock::acquire(folder.path(), Duration::ZERO).unwrap();
    assert_eq!(mode(folder.path()), 0o755);
}

#[test]
fn a_folder_stays_reserved_when_its_lock_file_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = DataLock::acquire(folder.path(), Duration::ZERO).unwrap();
    first.set_address("127.0.0.1:8080".parse().unwrap());
    let Err(DataLockError::InUse { address, .. }) =
        DataLock::acquire(folder.path(), Duration::ZERO)
    else {
        panic!("it is reserved twice");
    };
    assert_eq!(address, Some("127.0.0.1:8080".parse().unwrap()));

    fs::remove_file(folder.path().join("up.lock")).unwrap();
    let Err(DataLockError::InUse { address, .. }) =
        DataLock::acquire(folder.path(), Duration::ZERO)
    else {
        panic!("it is reserved twice");
    };
    assert_eq!(address, None);
    first.renew().unwrap();
}

#[test]
fn a_replaced_folder_is_reserved_again_unless_another_process_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, moved) = (folder.path().join("data"), folder.path().join("moved"));
    let mut first = DataLock::acquire(&data, Duration::ZERO).unwrap();
    fs::rename(&data, &moved).unwrap();
    first.renew().unwrap();
    assert!(!data.exists(), "a missing folder stays missing");
    fs::create_dir(&data).unwrap();
    first.renew().unwrap();
    let second = DataLock::acquire(&data, Duration::ZERO);
    assert!(matches!(second, Err(DataLockError::InUse { .. })), "{second:?}");

    fs::rename(&data, folder.path().join("moved too")).unwrap();
    let _second = DataLock::acquire(&data, Duration::ZERO).unwrap();
    let taken = first.renew();
    assert!(matches!(taken, Err(DataLockError::InUse { .. })), "{taken:?}");
}

#[test]
fn a_file_is_not_accepted_as_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = DataLock::acquire(&file, Duration::ZERO).unwrap_err();
    assert!(matches!(refused, DataLockError::NotAFolder { .. }), "{refused}");
    let refused = DataLock::acquire(&file.join("data"), Duration::ZERO).unwrap_err();
    assert!(!refused.to_string().contains(&refused.source().unwrap().to_string()), "{refused}");
}
