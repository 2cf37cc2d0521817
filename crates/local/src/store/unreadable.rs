//! Rows that cannot be read. They are kept, logged once and skipped, because one such row must not hide the others.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use rusqlite::types::ValueRef;
use rusqlite::{Error, Row, Rows};

use super::SqliteStore;

/// The unreadable rows that were logged.
#[derive(Default)]
pub(super) struct UnreadableRows(Mutex<HashSet<String>>);

impl UnreadableRows {
    /// Logs a row, such as `delivery 5f1c`, unless it was logged before.
    fn report(&self, row: String, error: &Error) {
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !reported.contains(&row) {
            tracing::error!(code = "store_corrupt", %error, "failed to read {row}; kept and skipped it");
            reported.insert(row);
        }
    }
}

/// Returns true if the content of the row is the reason for the error.
pub(super) fn is_unreadable(error: &Error) -> bool {
    matches!(
        error,
        Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..)
    )
}

impl SqliteStore {
    /// Returns the value of a row, such as `the beat of api`; `None` if it is unreadable.
    pub(super) fn readable_row<T>(
        &self,
        row: impl FnOnce() -> String,
        read: rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(error) if is_unreadable(&error) => {
                self.shared.unreadable_rows.report(row(), &error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads rows, whose first column names them, without the unreadable ones.
    pub(super) fn readable_rows<T>(
        &self,
        what: &str,
        mut rows: Rows<'_>,
        item: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            items.extend(self.readable_row(|| format!("{what} {}", name(row)), item(row))?);
        }
        Ok(items)
    }
}

/// Returns the value of the first column as text.
fn name(row: &Row<'_>) -> String {
    match row.get_ref(0) {
        Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
        Ok(ValueRef::Integer(number)) => number.to_string(),
        Ok(ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_)) | Err(_) => {
            "without a readable name".to_owned()
        }
    }
}
