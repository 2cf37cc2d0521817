//! The statistics of a server and the state of its replication.

use allclear_core::outcome::Cause;

use super::packets::{Packets, ResultRows};
use crate::kinds::database::{
    CONNECTIONS, CONNECTIONS_USED_PERCENT, MAX_ROWS, READ_ONLY_VARIABLE, percent,
};
use crate::metrics::{REPLICATION_LAG_SECONDS, UPTIME_SECONDS};
use crate::service::{ReadValue, ServiceReading};

const STATUS: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Uptime')";

const SETTINGS: &str = "SELECT @@global.max_connections, @@global.read_only";

/// The queries for the state of the replication, the newer first.
const REPLICATION: [&str; 2] = ["SHOW REPLICA STATUS", "SHOW SLAVE STATUS"];

/// The variables of conditions that the replication fills.
pub(super) const OF_REPLICATION: [&str; 3] =
    ["role", "replication_lag_seconds", "replication_running"];

/// Adds the connections, the settings and the uptime. Returns true if the server is read-only.
pub(super) async fn add_to(
    packets: &mut Packets,
    reading: &mut ServiceReading,
) -> Result<bool, Cause> {
    let doing = "reading the statistics";
    let status = packets.query(STATUS, MAX_ROWS, doing).await?;
    let settings = packets.query(SETTINGS, MAX_ROWS, doing).await?;
    let count = |name: &str| {
        let row = status.rows.iter().find(|row| row.first() == Some(&Some(name.to_owned())));
        row?.get(1)?.as_deref().and_then(number)
    };
    let connections = count("Threads_connected");
    let share = connections.zip(settings.first(0).and_then(number));
    for (metric, value) in [
        (CONNECTIONS, connections),
        (CONNECTIONS_USED_PERCENT, share.and_then(|(part, whole)| percent(part, whole))),
        (UPTIME_SECONDS, count("Uptime")),
    ] {
        if let Some(value) = value {
            reading.measure(metric, value);
        }
    }
    // Newer versions of MariaDB name the degree.
    let is_read_only = settings.first(1).is_some_and(|value| !matches!(value, "0" | "OFF"));
    reading.set(READ_ONLY_VARIABLE.name, ReadValue::Bool(is_read_only));
    Ok(is_read_only)
}

/// Adds the state of the replication.
pub(super) async fn add_replication(
    packets: &mut Packets,
    reading: &mut ServiceReading,
) -> Result<(), Cause> {
    let [newer, older] = REPLICATION;
    let doing = "reading the state of the replication";
    let sources = match packets.query(newer, MAX_ROWS, doing).await {
        Ok(sources) => sources,
        Err(_) => packets.query(older, MAX_ROWS, doing).await?,
    };
    let role = if sources.rows.is_empty() { "primary" } else { "replica" };
    reading.set("role", ReadValue::Text(role.to_owned()));
    if sources.rows.is_empty() {
        return Ok(());
    }
    let is_running = sources.rows.iter().all(|row| is_running(&sources, row));
    reading.set("replication_running", ReadValue::Bool(is_running));
    let lags: Option<Vec<f64>> = sources.rows.iter().map(|row| lag(&sources, row)).collect();
    if let Some(lag) = lags.and_then(|lags| lags.into_iter().reduce(f64::max)) {
        reading.measure(REPLICATION_LAG_SECONDS, lag);
    }
    Ok(())
}

/// Returns true if a replica receives and applies the changes of a source.
fn is_running(sources: &ResultRows, row: &[Option<String>]) -> bool {
    [["Replica_IO_Running", "Slave_IO_Running"], ["Replica_SQL_Running", "Slave_SQL_Running"]]
        .iter()
        .all(|names| names.iter().any(|name| sources.value(row, name) == Some("Yes")))
}

fn lag(sources: &ResultRows, row: &[Option<String>]) -> Option<f64> {
    let names = ["Seconds_Behind_Source", "Seconds_Behind_Master"];
    names.iter().find_map(|name| sources.value(row, name)).and_then(number)
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}
