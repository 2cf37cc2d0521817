//! The statements of an attempt.

use std::time::Duration;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use tokio::time::timeout;

use super::login::{LoggedIn, log_in};
use super::packets::Packets;
use super::{MysqlDialog, rows, statistics};
use crate::kinds::database::{
    DATABASE_SIZE_BYTES, DEFAULT_QUERY, FirstValue, MAX_ROWS, RowCounts, fault_of_the_query,
    too_many_rows,
};
use crate::params::secret;
use crate::service::{ReadValue, ServiceAttempt, ServiceReading};

const SIZE: &str = "SELECT SUM(DATA_LENGTH + INDEX_LENGTH) FROM information_schema.TABLES \
                    WHERE TABLE_SCHEMA = DATABASE()";

/// Begins a transaction. Its access mode alone does not hold for statements that begin another one implicitly,
/// such as `DROP TABLE`.
const READ_ONLY: [&str; 2] = ["SET SESSION TRANSACTION READ ONLY", "START TRANSACTION READ ONLY"];

/// Writes a row that no other session sees. The table ends with the session.
const WRITE: [&str; 4] = [
    "SET SESSION TRANSACTION READ WRITE",
    "CREATE TEMPORARY TABLE allclear_check (value INT)",
    "INSERT INTO allclear_check VALUES (1)",
    "DROP TEMPORARY TABLE allclear_check",
];

/// The time limit for the message that ends the session.
const GOODBYE: Duration = Duration::from_millis(50);

/// Speaks with the server.
pub(super) async fn talk(
    dialog: &MysqlDialog,
    line: &mut ServiceAttempt<'_>,
) -> Result<ServiceReading, Cause> {
    let password = match &dialog.password {
        Some(name) => secret(line.context.secrets, name)?,
        None => "",
    };
    let LoggedIn { mut packets, version } = log_in(dialog, password, line).await?;
    let read = read(&mut packets, dialog, line, &version).await;
    // Without this message, the log of the server has a line on each check.
    packets.sequence = 0;
    let _ = timeout(GOODBYE, packets.send(b"\x01", "ending the session")).await;
    read
}

async fn read(
    packets: &mut Packets,
    dialog: &MysqlDialog,
    line: &mut ServiceAttempt<'_>,
    version: &str,
) -> Result<ServiceReading, Cause> {
    let mut reading = ServiceReading::default();
    let server = ServerVersion::of(version);
    reading.set("version", ReadValue::Text(server.number.to_owned()));
    limit_statements(packets, server, line).await?;
    for statement in READ_ONLY {
        packets.query(statement, MAX_ROWS, "beginning a transaction").await?;
    }
    own_query(packets, dialog).await?.add_to(&mut reading);
    line.answered();
    let mut counts = RowCounts::default();
    for table in &dialog.tables {
        counts.add(table, rows::count(packets, table).await?);
    }
    counts.add_to(&mut reading);
    if dialog.optional.size {
        measure_size(packets, &mut reading).await?;
    }
    packets.query("ROLLBACK", MAX_ROWS, "ending the transaction").await?;
    let is_read_only = statistics::add_to(packets, &mut reading).await?;
    // A user without the permission is no failure unless a condition needs the values.
    if let Err(cause) = statistics::add_replication(packets, &mut reading).await {
        let needed = statistics::OF_REPLICATION;
        if needed.iter().any(|name| line.conditions.ask_for(name))
            || cause.reason == Reason::ConnectionClosed
        {
            return Err(cause);
        }
    }
    if dialog.optional.write {
        if is_read_only {
            let what = "the server is read-only: its setting `read_only` is on";
            return Err(Cause::of(Reason::ReadOnly, what));
        }
        for statement in WRITE {
            packets.query(statement, MAX_ROWS, "writing a temporary table").await?;
        }
    }
    Ok(reading)
}

/// The version of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ServerVersion<'a> {
    /// Without the names of builds: `10.11.6`.
    number: &'a str,
    is_mariadb: bool,
}

impl<'a> ServerVersion<'a> {
    fn of(version: &'a str) -> Self {
        // MariaDB pretends to be 5.5.5, which old replicas expect.
        let own = version.strip_prefix("5.5.5-").unwrap_or(version);
        let number = own.split(['-', '+', ' ']).next().unwrap_or(own);
        Self { number, is_mariadb: version.contains("MariaDB") }
    }
}

/// Lets the server end a statement itself before the deadline of the attempt.
async fn limit_statements(
    packets: &mut Packets,
    server: ServerVersion<'_>,
    line: &ServiceAttempt<'_>,
) -> Result<(), Cause> {
    let limit_ms = (line.remaining().as_millis() * 9 / 10).max(1);
    let statement = if server.is_mariadb {
        format!("SET SESSION max_statement_time = {}.{:03}", limit_ms / 1000, limit_ms % 1000)
    } else {
        format!("SET SESSION max_execution_time = {limit_ms}")
    };
    match packets.query(&statement, MAX_ROWS, "limiting the time of statements").await {
        // A server or a proxy that lacks the setting has only the deadline of the attempt.
        Err(cause) if cause.reason == Reason::ServerError => Ok(()),
        other => other.map(|_| ()),
    }
}

async fn own_query(packets: &mut Packets, dialog: &MysqlDialog) -> Result<FirstValue, Cause> {
    let query = dialog.query.as_deref().unwrap_or(DEFAULT_QUERY);
    let result = packets.query(query, MAX_ROWS, "making the query").await;
    let result = result.map_err(fault_of_the_query)?;
    if result.rows.len() > MAX_ROWS {
        return Err(too_many_rows());
    }
    let (Some(text), Some(column)) = (result.first(0), result.columns.first()) else {
        return Ok(FirstValue::Absent);
    };
    let number = text.parse().ok().filter(|_| column.is_number);
    Ok(number.map_or_else(|| FirstValue::Text(text.to_owned()), FirstValue::Number))
}

async fn measure_size(packets: &mut Packets, reading: &mut ServiceReading) -> Result<(), Cause> {
    let size = packets.query(SIZE, MAX_ROWS, "reading the size of the database").await?;
    if let Some(bytes) = size.first(0).and_then(|text| text.parse().ok()) {
        reading.measure(DATABASE_SIZE_BYTES, bytes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_has_no_names_of_builds() {
        for (text, number, is_mariadb) in [
            ("5.5.5-10.11.6-MariaDB-0+deb12u1", "10.11.6", true),
            ("11.4.2-MariaDB", "11.4.2", true),
            ("8.0.36-0ubuntu0.22.04.1", "8.0.36", false),
            ("8.4.0", "8.4.0", false),
        ] {
            assert_eq!(ServerVersion::of(text), ServerVersion { number, is_mariadb });
        }
    }
}
