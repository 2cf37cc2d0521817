//! Opening of the database file: check of its owner, settings and migrations.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::lock;

/// `Allc`, in the file's header; it identifies a database of Allclear.
const APPLICATION_ID: i32 = 0x416c_6c63;

/// The time that a call waits for other processes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The time that a call waits after the previous call waited in vain.
const SHORT_BUSY_TIMEOUT: Duration = Duration::from_millis(200);

/// The migrations. Each one brings the file from the version of its index to the next.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_first.sql"),
    include_str!("../../migrations/0002_budgets.sql"),
    include_str!("../../migrations/0003_claims.sql"),
    include_str!("../../migrations/0004_message_refs.sql"),
    include_str!("../../migrations/0005_operator_entries.sql"),
    include_str!("../../migrations/0006_incidents.sql"),
    include_str!("../../migrations/0007_past_entries.sql"),
    include_str!("../../migrations/0008_not_executable.sql"),
];

/// The reason that the store could not be opened. The file is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder of the file, or the file in it, cannot be created.
    #[error("cannot create the database `{}`: check that its folder can be written to", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The path exists and is not a file.
    #[error("`{}` is {what} and not a database file: move it away, or name another data folder", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// The kind of object at the path.
        what: &'static str,
    },
    /// The file was written by an older program, and this process may not change it.
    #[error(
        "`{}` has the older format {found}: run `allclear up` once, which brings it up to date",
        path.display()
    )]
    TooOld {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: i64,
    },
    /// Another process holds the file locked.
    #[error("the database `{}` is locked by {holder}: end it, or try again later", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
        /// The holding process, as far as the system names it.
        holder: String,
    },
    /// The file is not a database.
    #[error("`{}` is not a SQLite database: name another file, or move this one away", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of another program.
    #[error("`{}` is the database of another program: name another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer program.
    #[error(
        "`{}` has the format {found} of a newer Allclear, and this one knows formats up to {known}: \
         install the newer one, or name another file",
        path.display()
    )]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: i64,
        /// The newest format that this program supports.
        known: i64,
    },
    /// The file is damaged.
    #[error(
        "the database `{0}` is damaged: stop Allclear, save what is readable with \
         `sqlite3 {0} .recover | sqlite3 recovered.db`, and put that in its place",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: rusqlite::Error,
    },
    /// The file cannot be used at present, or not at this place.
    #[error(
        "cannot open the database `{}`: check that it is on a local disk that is not full, and \
         that you may read and write it",
        path.display()
    )]
    Unavailable {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: rusqlite::Error,
    },
    /// The system cannot start a thread.
    #[error("failed to start the thread of the store")]
    Thread {
        /// The reason.
        #[source]
        source: io::Error,
    },
}

/// The object at the path of a database.
pub(super) enum ExistingFile {
    /// Nothing, or an empty file.
    Missing,
    /// A file that this process may write to.
    Writable,
    /// A file that this process may only read.
    ReadOnly,
}

/// Looks for a database at `path`. Anything but a file is refused: SQLite would follow a symbolic
/// link, and block at a FIFO.
pub(super) fn look_for(path: &Path) -> Result<ExistingFile, OpenError> {
    let failed = |source| OpenError::Create { path: path.to_owned(), source };
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ExistingFile::Missing),
        Err(source) => return Err(failed(source)),
    };
    if !found.is_file() {
        let what = match found.file_type() {
            one if one.is_dir() => "a folder",
            one if one.is_symlink() => "a symbolic link",
            _ => "a FIFO, socket or device",
        };
        return Err(OpenError::NotAFile { path: path.to_owned(), what });
    }
    if found.len() == 0 {
        return Ok(ExistingFile::Missing);
    }
    let may_write = fs::OpenOptions::new().append(true).open(path).is_ok();
    Ok(if may_write { ExistingFile::Writable } else { ExistingFile::ReadOnly })
}

/// Opens the connection that writes. The file must be a database of Allclear, and is migrated to
/// the current version.
pub(super) fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    let explain = |source| explain(path, source);
    let mut connection = connect(path).map_err(explain)?;
    check_owner(path, &connection)?;
    migrate(path, &mut connection)?;
    enter_wal(&connection).map_err(explain)?;
    // Every commit is on the disk before its call returns; see the README.
    let settings = "PRAGMA synchronous = FULL;
         PRAGMA cache_size = -2000;
         PRAGMA wal_autocheckpoint = 1000;
         PRAGMA journal_size_limit = 4194304;
         PRAGMA foreign_keys = ON;";
    connection.execute_batch(settings).map_err(explain)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Opens a connection that only reads, on a file that [`open_writer`] has opened.
pub(super) fn open_reader(path: &Path) -> Result<Connection, OpenError> {
    let explain = |source| explain(path, source);
    let connection = connect(path).map_err(explain)?;
    let settings = "PRAGMA query_only = ON; PRAGMA cache_size = -1000;";
    connection.execute_batch(settings).map_err(explain)?;
    Ok(connection)
}

/// Opens a connection that only reads and changes nothing in the file, which may be read-only.
/// `None` if the file is empty.
pub(super) fn open_to_read(path: &Path) -> Result<Option<Connection>, OpenError> {
    let explain = |source| explain(path, source);
    let connection = match connect(path).and_then(probed) {
        Ok(connection) => connection,
        // A database in WAL mode needs two files beside it, which cannot be created in a read-only
        // folder. Without a WAL, the file itself is complete.
        Err(error) if needs_wal_files(&error) && !has_wal(path) => {
            connect_unchanging(path).and_then(probed).map_err(explain)?
        }
        Err(error) => return Err(explain(error)),
    };
    check_owner(path, &connection)?;
    let known = newest_version();
    match version(&connection).map_err(explain)? {
        0 => return Ok(None),
        found if found > known => {
            return Err(OpenError::TooNew { path: path.to_owned(), found, known });
        }
        found if found < known => return Err(OpenError::TooOld { path: path.to_owned(), found }),
        _ => {}
    }
    let settings = "PRAGMA query_only = ON; PRAGMA cache_size = -2000;";
    connection.execute_batch(settings).map_err(explain)?;
    Ok(Some(connection))
}

/// Opens an empty database in memory with the current schema.
pub(super) fn open_in_memory() -> Result<Connection, OpenError> {
    let path = Path::new(":memory:");
    let mut connection = Connection::open_in_memory().map_err(|error| explain(path, error))?;
    migrate(path, &mut connection)?;
    Ok(connection)
}

/// The last experience with the locks of other processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locks {
    /// The file was free.
    Free,
    /// Another process held the file locked.
    Held,
}

/// Sets how long the next job waits for other processes: shorter if the last one found the file
/// locked.
pub(super) fn wait_for_locks(connection: &Connection, last: Locks) -> rusqlite::Result<()> {
    connection.busy_timeout(match last {
        Locks::Free => BUSY_TIMEOUT,
        Locks::Held => SHORT_BUSY_TIMEOUT,
    })
}

/// Creates a missing file with access for its owner only, because it holds private messages. SQLite
/// gives the files beside it the same mode.
pub(super) fn create_file(path: &Path) -> Result<(), OpenError> {
    look_for(path)?;
    let create = || {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            lock::create_private_folder(folder)?;
        }
        let mut options = fs::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map(drop)
    };
    create().map_err(|source| OpenError::Create { path: path.to_owned(), source })
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// Connects to a file that does not change as long as it is open.
fn connect_unchanging(path: &Path) -> rusqlite::Result<Connection> {
    let mut address = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                address.push(char::from(*byte));
            }
            other => {
                // Writing to a `String` does not fail.
                let _ = write!(address, "%{other:02x}");
            }
        }
    }
    address.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(address, flags)
}

/// Returns the connection if a read through it succeeds.
fn probed(connection: Connection) -> rusqlite::Result<Connection> {
    version(&connection)?;
    let tables = "SELECT COUNT(*) FROM sqlite_schema";
    connection.query_row(tables, [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

fn needs_wal_files(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

fn has_wal(path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    fs::metadata(wal).is_ok_and(|wal| wal.len() > 0)
}

/// Refuses a file that does not belong to Allclear before anything is changed in it.
fn check_owner(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let explain = |source| explain(path, source);
    // All values are read in one transaction, because another process may be creating the file.
    let transaction = connection.unchecked_transaction().map_err(explain)?;
    let owner = pragma(&transaction, "application_id").map_err(explain)?;
    let tables = "SELECT COUNT(*) FROM sqlite_schema";
    let n_tables: i64 = transaction.query_row(tables, [], |row| row.get(0)).map_err(explain)?;
    // A file without an owner may be taken over as long as it is empty.
    let is_new = owner == 0 && n_tables == 0 && version(&transaction).map_err(explain)? == 0;
    drop(transaction);
    if owner == i64::from(APPLICATION_ID) || is_new {
        Ok(())
    } else {
        Err(OpenError::Foreign { path: path.to_owned() })
    }
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), OpenError> {
    let explain = |source| explain(path, source);
    let known = newest_version();
    loop {
        let found = version(connection).map_err(explain)?;
        if found > known {
            return Err(OpenError::TooNew { path: path.to_owned(), found, known });
        }
        if found == known {
            return Ok(());
        }
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(explain)?;
        // Another process may have migrated the file first.
        let found = version(&transaction).map_err(explain)?;
        let next = usize::try_from(found).ok().and_then(|found| MIGRATIONS.get(found));
        if let Some(migration) = next {
            transaction.execute_batch(migration).map_err(explain)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(explain)?;
            transaction.pragma_update(None, "user_version", found + 1).map_err(explain)?;
            transaction.commit().map_err(explain)?;
        } else if found < 0 {
            return Err(OpenError::Foreign { path: path.to_owned() });
        }
    }
}

/// Switches the journal to WAL. Two processes that create the same file can conflict here, and
/// SQLite does not wait for a lock while it changes the journal mode.
fn enter_wal(connection: &Connection) -> rusqlite::Result<()> {
    const PAUSE: Duration = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    loop {
        let mode = connection
            .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Err(error) if !is_busy(&error) => return Err(error),
            Ok(_) | Err(_) if waited >= BUSY_TIMEOUT => {
                let failure = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                let message = "cannot change the journal to WAL".to_owned();
                return Err(rusqlite::Error::SqliteFailure(failure, Some(message)));
            }
            Ok(_) | Err(_) => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
        }
    }
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn newest_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    pragma(connection, "user_version")
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

fn explain(path: &Path, source: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase { path },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path, source },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            OpenError::Locked { holder: lock::locked_by(&path), path }
        }
        _ => OpenError::Unavailable { path, source },
    }
}
