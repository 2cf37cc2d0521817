//! The SQLite store. One module per port or group of ports; what they share is here.

mod beats;
mod budgets;
mod catalogs;
mod column;
mod encoding;
mod history;
mod identity;
mod notes;
mod open;
mod outbox;
mod prune;
mod runs;
mod state;
mod worker;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use allclear_core::ports::{StoreError, StoreResult};
use rusqlite::{Connection, ErrorCode};

use self::identity::{Displaced, Identity};
pub use self::open::OpenError;
use self::open::{Existing, Locks, is_busy};
use self::runs::SetAside;
use self::worker::Worker;
use crate::lock;

/// Everything that is recorded and decided, in one SQLite file. Cloning it is cheap and gives the
/// same store; the file is closed when the last clone is dropped.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

/// Dropped in this order, so that the writer is the last to close and tidies up the WAL.
struct Shared {
    /// `None` where one connection does both.
    reader: Option<Worker>,
    writer: Worker,
    /// `None` for a store in memory.
    file: Option<Identity>,
    /// Set while the last write found the file locked. The next ones then wait less, so that they do
    /// not pile up.
    is_locked: Arc<AtomicBool>,
    set_aside: SetAside,
}

/// The failure of a job on a connection.
enum JobError {
    Sqlite(rusqlite::Error),
    Displaced(Displaced),
}

impl SqliteStore {
    /// Opens the store at `path`, and makes it where there is none, with its folder. Blocks for as
    /// long as the disk takes.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        open::create_file(path)?;
        Self::start(path)
    }

    /// Checks that [`Self::open`] can be expected to succeed at `path`, and changes nothing: another
    /// process may work with the file.
    pub fn check(path: impl AsRef<Path>) -> Result<(), OpenError> {
        let path = path.as_ref();
        match open::look_for(path)? {
            Existing::Missing => Ok(()),
            Existing::ReadOnly => {
                let source = std::io::ErrorKind::PermissionDenied.into();
                Err(OpenError::Create { path: path.to_owned(), source })
            }
            Existing::Writable => match open::open_to_read(path) {
                Ok(_) | Err(OpenError::TooOld { .. }) => Ok(()),
                Err(error) => Err(error),
            },
        }
    }

    /// Opens the store at `path` where there is one, and creates nothing. Where this process may
    /// not write there, the store can be read, and writes to it fail. `None` where nothing was ever
    /// recorded.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Option<Self>, OpenError> {
        let path = path.as_ref();
        match open::look_for(path)? {
            Existing::Missing => Ok(None),
            Existing::Writable => match Self::start(path) {
                Err(OpenError::Unavailable { .. }) => Self::open_for_reading(path),
                opened => opened.map(Some),
            },
            Existing::ReadOnly => Self::open_for_reading(path),
        }
    }

    /// Opens the store at `path` for reading where there is one, and creates nothing. `None` where
    /// nothing was ever recorded.
    pub fn open_for_reading(path: impl AsRef<Path>) -> Result<Option<Self>, OpenError> {
        let path = path.as_ref();
        if let Existing::Missing = open::look_for(path)? {
            return Ok(None);
        }
        let Some(connection) = open::open_to_read(path)? else { return Ok(None) };
        Self::of(None, connection, None).map(Some)
    }

    /// A store in memory, which is gone with the last clone.
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
        let shared = Shared {
            reader: reader.map(|reader| start("allclear-read", reader)).transpose()?,
            writer: start("allclear-write", writer)?,
            file,
            is_locked: Arc::default(),
            set_aside: SetAside::default(),
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

    /// Has `job` done by the thread that writes. While another process holds the file locked, the
    /// first job waits for it, and those after it only for a moment. A file that is no longer the
    /// one at its path is not written to.
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

    /// `` database is locked: `…/allclear.db` is held by process 4711 (sqlite3) ``.
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
    use rusqlite::Error as E;
    let object = object.to_owned();
    let corrupt = match error.sqlite_error_code() {
        Some(code) => matches!(
            code,
            ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::TypeMismatch
                | ErrorCode::ConstraintViolation
        ),
        None => matches!(
            error,
            E::FromSqlConversionFailure(..)
                | E::ToSqlConversionFailure(..)
                | E::IntegralValueOutOfRange(..)
                | E::InvalidColumnType(..)
                | E::Utf8Error(..)
        ),
    };
    let source = error.into();
    if corrupt {
        StoreError::Corrupt { operation, object, source }
    } else {
        StoreError::Unavailable { operation, object, source }
    }
}
