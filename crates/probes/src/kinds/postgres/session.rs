//! The statements of an attempt.

use std::pin::pin;
use std::time::Duration;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use futures_util::future::{Either, select};
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};

use super::cell::Cell;
use super::statements::PostgresSession;
use super::{PostgresDialog, negotiate, refusal, rows, statistics};
use crate::kinds::database::{
    DATABASE_SIZE_BYTES, DEFAULT_QUERY, FirstValue, RowCounts, fault_of_the_query,
};
use crate::params::secret;
use crate::service::{ReadValue, ServiceAttempt, ServiceReading};

/// Writes and reads a row that no other session sees, and that ends with the transaction.
const WRITE: &str = "
    CREATE TEMPORARY TABLE allclear_check (value integer) ON COMMIT DROP;
    INSERT INTO allclear_check VALUES (1);
    COMMIT";

/// The time limit for the message that ends the session.
const GOODBYE: Duration = Duration::from_millis(50);

/// Speaks with the server.
pub(super) async fn talk(
    dialog: &PostgresDialog,
    line: &mut ServiceAttempt<'_>,
) -> Result<ServiceReading, Cause> {
    let password = match &dialog.password {
        Some(name) => Some(secret(line.context.secrets, name)?),
        None => None,
    };
    let wire = negotiate::open(line).await?;
    let watch = wire.watch();
    let mut config = Config::new();
    config.user(&dialog.user).application_name("allclear").ssl_mode(SslMode::Disable);
    config.dbname(dialog.database.as_ref().unwrap_or(&dialog.user));
    if let Some(password) = password {
        config.password(password);
    }
    // The connection is encrypted already if it is to be.
    let connected = config.connect_raw(wire, NoTls).await;
    let (client, connection) = match connected {
        Ok(connected) => connected,
        Err(error) => {
            let cause = refusal::cause(&error, &watch, "logging in");
            return Err(without_misleading_tls(cause, line).await);
        }
    };
    let mut reading = ServiceReading::default();
    if let Some(version) = connection.parameter("server_version") {
        let number = version.split(' ').next().unwrap_or(version);
        reading.set("version", ReadValue::Text(number.to_owned()));
    }
    let spoken = pin!(PostgresSession { client, watch: watch.clone() }.run(dialog, line, reading));
    // In a box, which is dropped as soon as it ends: with it end the statements that wait for an answer.
    match select(spoken, Box::pin(connection)).await {
        Either::Left((read, connection)) => {
            // Without this message, the log of the server has a line on each check.
            let _ = timeout(GOODBYE, connection).await;
            read
        }
        Either::Right((ended, spoken)) => match ended {
            // The server's last words say more than the end of the connection.
            Err(error) if error.as_db_error().is_some() => {
                Err(refusal::cause(&error, &watch, "waiting for an answer"))
            }
            Ok(()) | Err(_) => spoken.await,
        },
    }
}

/// Returns the cause of a refused login. A server that does not offer TLS does not require it, although the
/// text of its error mentions the missing encryption.
async fn without_misleading_tls(cause: Cause, line: &mut ServiceAttempt<'_>) -> Cause {
    let is_misleading = cause.reason == Reason::TlsRequired
        && (line.target.has_tls() || !negotiate::offers_tls_elsewhere(line).await);
    if is_misleading { Cause::of(Reason::Permission, cause.message) } else { cause }
}

impl PostgresSession {
    async fn run(
        self,
        dialog: &PostgresDialog,
        line: &mut ServiceAttempt<'_>,
        mut reading: ServiceReading,
    ) -> Result<ServiceReading, Cause> {
        self.begin("BEGIN READ ONLY", line).await?;
        self.own_query(dialog).await?.add_to(&mut reading);
        line.answered();
        self.count_rows(dialog, &mut reading).await?;
        if dialog.optional.size {
            self.measure_size(&mut reading).await?;
        }
        // A server without these views is healthy unless a condition needs them.
        if let Err(cause) = self.add_statistics(&mut reading).await {
            let is_needed = statistics::FILLED.iter().any(|name| line.conditions.ask_for(name));
            if is_needed || self.watch.cause("").is_some() {
                return Err(cause);
            }
        }
        self.batch("ROLLBACK", "ending the transaction").await?;
        if dialog.optional.write {
            self.begin("BEGIN", line).await?;
            self.batch(WRITE, "writing a temporary table").await?;
        }
        Ok(reading)
    }

    /// Begins a transaction whose statements the server ends itself before the deadline of the attempt.
    async fn begin(&self, begin: &str, line: &ServiceAttempt<'_>) -> Result<(), Cause> {
        let limit_ms = (line.remaining().as_millis() * 9 / 10).max(1);
        let statements = format!("{begin}; SET LOCAL statement_timeout = {limit_ms}");
        self.batch(&statements, "beginning a transaction").await
    }

    /// Makes the query of the config. The protocol for single statements refuses more than one, which could
    /// end the read-only transaction.
    async fn own_query(&self, dialog: &PostgresDialog) -> Result<FirstValue, Cause> {
        let doing = "making the query";
        let query = dialog.query.as_deref().unwrap_or(DEFAULT_QUERY);
        let rows = self.rows(query, &[], doing).await.map_err(fault_of_the_query)?;
        let Some(row) = rows.first() else { return Ok(FirstValue::Absent) };
        if row.is_empty() {
            return Ok(FirstValue::Absent);
        }
        match self.value(row, 0, doing)? {
            Cell::Value(value) => Ok(value),
            Cell::Unusable { type_name } => {
                let what = format!(
                    "the first value of the query has the type `{type_name}`: cast it to a number or to text"
                );
                Err(Cause::of(Reason::QueryInvalid, what))
            }
        }
    }

    async fn count_rows(
        &self,
        dialog: &PostgresDialog,
        reading: &mut ServiceReading,
    ) -> Result<(), Cause> {
        let mut counts = RowCounts::default();
        for table in &dialog.tables {
            counts.add(table, rows::count(self, table).await?);
        }
        counts.add_to(reading);
        Ok(())
    }

    async fn measure_size(&self, reading: &mut ServiceReading) -> Result<(), Cause> {
        let doing = "reading the size of the database";
        let query = "SELECT pg_database_size(current_database())::float8";
        if let Some(row) = self.rows(query, &[], doing).await?.first() {
            reading.measure(DATABASE_SIZE_BYTES, self.value(row, 0, doing)?);
        }
        Ok(())
    }

    async fn add_statistics(&self, reading: &mut ServiceReading) -> Result<(), Cause> {
        let doing = "reading the statistics";
        let rows = self.rows(statistics::QUERY, &[], doing).await?;
        let Some(row) = rows.first() else { return Ok(()) };
        statistics::add_to(row, reading).map_err(|error| refusal::cause(&error, &self.watch, doing))
    }
}
