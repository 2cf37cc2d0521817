//! The SQLite store. Each port or group of ports has a module; shared parts are here.

mod beats;
mod budgets;
mod catalogs;
mod column;
mod encoding;
mod history;
mod identity;
mod incidents;
mod notes;
mod open;
mod operator_entries;
mod outbox;
mod past;
mod prune;
mod runs;
mod state;
mod unreadable;
mod worker;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use allclear_core::ports::{StoreError, StoreResult};
use rusqlite::{Connection, ErrorCode};

use self::identity::{FileReplaced, Identity};
pub use self::open::OpenError;
use self::open::{ExistingFile, Locks, is_busy};
use self::unreadable::{UnreadableRows, is_unreadable};
use self::worker::Worker;
use crate::lock;

/// A store of all recorded and decided data in one SQLite file. Clones are cheap and share the
/// store; the file is closed when the last clone is dropped.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<SqliteState>,
}

/// Fields are dropped in this order, so that the writer closes last and checkpoints the WAL.
struct SqliteState {
    /// `None` if one connection reads and writes.
    reader: Option<Worker>,
    writer: Worker,
    /// `None` for a store in memory.
    file: Option<Identity>,
    /// Set while the last write found the file locked. Later writes then wait less, so that they do
    /// not pile up.
    is_locked: Arc<AtomicBool>,
    unreadable_rows: UnreadableRows,
}

/// The failure of a job on a connection.
enum JobError {
    Sqlite(rusqlite::Error),
    Displaced(FileReplaced),
}

impl SqliteStore {
    /// Opens the store at `path`. Creates the file and its folder if they are missing. Blocks until
    /// the disk is done.
    ///
    /// # Errors
    ///
    /// Fails if the file or its folder cannot be created, if the path is not a file, if the file is
    /// locked, damaged, of another program or of a newer format, or if it cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        open::create_file(path)?;
        Self::start(path)
    }

    /// Checks that [`Self::open`] can be expected to succeed at `path`. Changes nothing, because
    /// another process may be using the file.
    ///
    /// # Errors
    ///
    /// Fails if the path is not a file, if the file cannot be written, or if it is locked, damaged,
    /// of another program or of a newer format.
    pub fn check(path: impl AsRef<Path>) -> Result<(), OpenError> {
        let path = path.as_ref();
        match open::look_for(path)? {
            ExistingFile::Missing => Ok(()),
            ExistingFile::ReadOnly => {
                let source = std::io::ErrorKind::PermissionDenied.into();
                Err(OpenError::Create { path: path.to_owned(), source })
            }
            ExistingFile::Writable => match open::open_to_read(path) {
                Ok(_) | Err(OpenError::TooOld { .. }) => Ok(()),
                Err(error) => Err(error),
            },
        }
    }

    /// Opens an existing store at `path`, and creates nothing. If this process has no write access,
    /// the store can be read and writes to it fail. `None` if nothing was ever recorded.
    ///
    /// # Errors
    ///
    /// Fails if the path is not a file, if the file is locked, damaged, of another program or of a
    /// newer format, or if it cannot be opened. A file of an older format fails without write
    /// access.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Option<Self>, OpenError> {
        let path = path.as_ref();
        match open::look_for(path)? {
            ExistingFile::Missing => Ok(None),
            ExistingFile::Writable => match Self::start(path) {
                Err(OpenError::Unavailable { .. }) => Self::open_for_reading(path),
                opened => opened.map(Some),
            },
            ExistingFile::ReadOnly => Self::open_for_reading(path),
        }
    }

    /// Opens an existing store at `path` for reading, and creates nothing. `None` if nothing was
    /// ever recorded.
    ///
    /// # Errors
    ///
    /// Fails if the path is not a file, if the file is locked, damaged, of another program or of
    /// another format, or if it cannot be read.
    pub fn open_for_reading(path: impl AsRef<Path>) -> Result<Option<Self>, OpenError> {
        let path = path.as_ref();
        if let ExistingFile::Missing = open::look_for(path)? {
            return Ok(None);
        }
        let Some(connection) = open::open_to_read(path)? else { return Ok(None) };
        Self::of(None, connection, None).map(Some)
    }

    /// Creates a store in memory, which is dropped with the last clone.
    ///
    /// # Errors
    ///
    /// Fails if SQLite cannot create the database, or if its thread cannot be started.
    pub fn in_memory() -> Result<Self, OpenError> {
        Self::of(None, open::open_in_memory()?, None)
    }

    fn start(path: &Path) -> Result<Self, OpenError> {
        let writer = open::open_writer(path)?;
        let reader = open::open_reader(path)?;
        let file = Identity::of(path)
            .map_err(|source| OpenError::Create { path: path.to_owned(), source })?;
        Self::of(Some(reader), writer, Some(file))
    }

    fn of(
        reader: Option<Connection>,
        writer: Connection,
        file: Option<Identity>,
    ) -> Result<Self, OpenError> {
        let start = |name, connection| {
            Worker::start(name, connection).map_err(|source| OpenError::Thread { source })
        };
        let shared = SqliteState {
            reader: reader.map(|reader| start("allclear-read", reader)).transpose()?,
            writer: start("allclear-write", writer)?,
            file,
            is_locked: Arc::default(),
            unreadable_rows: UnreadableRows::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    async fn read<T: Send + 'static>(
        &self,
        operation: &'static str,
        object: &str,
        job: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let worker = self.shared.reader.as_ref().unwrap_or(&self.shared.writer);
        let job = |connection: &mut Connection| job(connection).map_err(JobError::Sqlite);
        self.call(worker, operation, object, job).await
    }

    /// Runs `job` on the writing thread. While another process holds the file locked, the first job
    /// waits for the lock, and later jobs wait only briefly. A file that is no longer the one at
    /// its path is not written to.
    async fn write<T: Send + 'static>(
        &self,
        operation: &'static str,
        object: &str,
        job: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let (file, is_locked) = (self.shared.file.clone(), Arc::clone(&self.shared.is_locked));
        let job = move |connection: &mut Connection| {
            file.map_or(Ok(()), |file| file.check()).map_err(JobError::Displaced)?;
            let was_locked = is_locked.load(Ordering::Relaxed);
            let last = if was_locked { Locks::Held } else { Locks::Free };
            open::wait_for_locks(connection, last).map_err(JobError::Sqlite)?;
            let done = job(connection);
            is_locked.store(done.as_ref().is_err_and(is_busy), Ordering::Relaxed);
            done.map_err(JobError::Sqlite)
        };
        self.call(&self.shared.writer, operation, object, job).await
    }

    async fn call<T: Send + 'static>(
        &self,
        worker: &Worker,
        operation: &'static str,
        object: &str,
        job: impl FnOnce(&mut Connection) -> Result<T, JobError> + Send + 'static,
    ) -> StoreResult<T> {
        let unavailable =
            |source| Err(StoreError::Unavailable { operation, object: object.to_owned(), source });
        match worker.call(job).await {
            Some(Ok(value)) => Ok(value),
            Some(Err(JobError::Displaced(displaced))) => unavailable(displaced.into()),
            Some(Err(JobError::Sqlite(error))) if is_busy(&error) => {
                unavailable(self.explain_lock(&error).into())
            }
            Some(Err(JobError::Sqlite(error))) => Err(store_error(operation, object, error)),
            None => unavailable("the thread of the store has ended".into()),
        }
    }

    /// Returns a message such as `` database is locked: `…/allclear.db` is held by process 4711
    /// (sqlite3) ``.
    fn explain_lock(&self, error: &rusqlite::Error) -> String {
        match self.shared.file.as_ref().map(Identity::path) {
            Some(path) => {
                format!("{error}: `{}` is held by {}", path.display(), lock::locked_by(path))
            }
            None => error.to_string(),
        }
    }
}

fn store_error(operation: &'static str, object: &str, error: rusqlite::Error) -> StoreError {
    let object = object.to_owned();
    let corrupt = match error.sqlite_error_code() {
        Some(code) => matches!(
            code,
            ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::TypeMismatch
                | ErrorCode::ConstraintViolation
        ),
        None => {
            is_unreadable(&error) || matches!(error, rusqlite::Error::ToSqlConversionFailure(..))
        }
    };
    let source = error.into();
    if corrupt {
        StoreError::Corrupt { operation, object, source }
    } else {
        StoreError::Unavailable { operation, object, source }
    }
}
