//! A session after its login, on which statements are sent.

use std::pin::pin;

use allclear_core::outcome::Cause;
use futures_util::TryStreamExt;
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Client, Row};

use super::refusal;
use crate::kinds::database::{MAX_ROWS, too_many_rows};
use crate::service::WireWatch;

/// A session after its login.
pub(super) struct PostgresSession {
    pub(super) client: Client,
    pub(super) watch: WireWatch,
}

impl PostgresSession {
    /// Makes one query, and returns its rows.
    pub(super) async fn rows(
        &self,
        query: &str,
        values: &[(&(dyn ToSql + Sync), Type)],
        doing: &str,
    ) -> Result<Vec<Row>, Cause> {
        let failed = |error| refusal::cause(&error, &self.watch, doing);
        let values = values.iter().map(|(value, ty)| (*value, ty.clone()));
        let answer = self.client.query_typed_raw(query, values).await.map_err(failed)?;
        let mut answer = pin!(answer);
        let mut rows = Vec::new();
        while let Some(row) = answer.try_next().await.map_err(failed)? {
            rows.push(row);
            if rows.len() > MAX_ROWS {
                return Err(too_many_rows());
            }
        }
        Ok(rows)
    }

    /// Reads a value of a row.
    pub(super) fn value<'a, T: FromSql<'a>>(
        &self,
        row: &'a Row,
        index: usize,
        doing: &str,
    ) -> Result<T, Cause> {
        row.try_get(index).map_err(|error| refusal::cause(&error, &self.watch, doing))
    }

    /// Makes several statements without results.
    pub(super) async fn batch(&self, statements: &str, doing: &str) -> Result<(), Cause> {
        let made = self.client.batch_execute(statements).await;
        made.map_err(|error| refusal::cause(&error, &self.watch, doing))
    }
}
