//! The SQLite store. One module per port or group of ports; what they share is here.

mod beats;
mod budgets;
mod catalogs;
mod column;
mod encoding;
mod history;
mod notes;
mod open;
mod outbox;
mod prune;
mod runs;
mod state;
mod worker;

use std::path::Path;
use std::sync::Arc;

use allclear_core::ports::{StoreError, StoreResult};
use rusqlite::{Connection, ErrorCode};

pub use self::open::OpenError;
use self::runs::SetAside;
use self::worker::Worker;

/// Everything that is recorded and decided, in one SQLite file. Cloning it is cheap and gives the
/// same store; the file is closed when the last clone is dropped.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

/// Dropped in this order, so that the writer is the last to close and tidies up the WAL.
struct Shared {
    reader: Worker,
    writer: Worker,
    set_aside: SetAside,
}

impl SqliteStore {
    /// Opens the store at `path`, and makes it where there is none, with its folder. Blocks for as
    /// long as the disk takes.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let writer = open::open_writer(path)?;
        let reader = open::open_reader(path)?;
        let start = |name, connection| {
            Worker::start(name, connection).map_err(|source| OpenError::Thread { source })
        };
        let shared = Shared {
            reader: start("allclear-read", reader)?,
            writer: start("allclear-write", writer)?,
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
        call(&self.shared.reader, operation, object, job).await
    }

    async fn write<T: Send + 'static>(
        &self,
        operation: &'static str,
        object: &str,
        job: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        call(&self.shared.writer, operation, object, job).await
    }
}

async fn call<T: Send + 'static>(
    worker: &Worker,
    operation: &'static str,
    object: &str,
    job: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
) -> StoreResult<T> {
    match worker.call(job).await {
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) => Err(store_error(operation, object, error)),
        None => {
            let source = "the thread of the store has ended".into();
            Err(StoreError::Unavailable { operation, object: object.to_owned(), source })
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
