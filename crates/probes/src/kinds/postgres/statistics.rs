//! The statistics of a server: one query over views that any role can read.

use tokio_postgres::{Error, Row};

use crate::kinds::database::{CONNECTIONS, CONNECTIONS_USED_PERCENT, READ_ONLY_VARIABLE, percent};
use crate::metrics::{REPLICATION_LAG_SECONDS, UPTIME_SECONDS};
use crate::service::{ReadValue, ServiceReading};

/// The variables of conditions that the query fills.
pub(super) const FILLED: [&str; 7] = [
    "role",
    "read_only",
    "client_connections",
    "connections_used_percent",
    "replication_lag_seconds",
    "replication_connected",
    "uptime_seconds",
];

/// The query. A role without further rights does not see the type of the other sessions, but their user,
/// which only the sessions of clients have.
///
/// A standby that has replayed everything that it received has no lag only while it receives: without a
/// connection to its primary, the age of the last transaction counts.
pub(super) const QUERY: &str = "
    SELECT pg_is_in_recovery(),
           current_setting('default_transaction_read_only') = 'on',
           (SELECT count(*) FROM pg_stat_activity
             WHERE datid IS NOT NULL AND usesysid IS NOT NULL
               AND coalesce(backend_type, 'client backend') = 'client backend')::float8,
           current_setting('max_connections')::float8,
           CASE WHEN pg_is_in_recovery()
                THEN EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL) END,
           CASE WHEN NOT pg_is_in_recovery() THEN NULL
                WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
                     AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL) THEN 0
                ELSE greatest(0, extract(epoch FROM
                     clock_timestamp() - pg_last_xact_replay_timestamp())) END::float8,
           extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8";

/// Adds the answer to [`QUERY`].
pub(super) fn add_to(row: &Row, reading: &mut ServiceReading) -> Result<(), Error> {
    let in_recovery: bool = row.try_get(0)?;
    let refuses_writes: bool = row.try_get(1)?;
    let connections: f64 = row.try_get(2)?;
    let max_connections: f64 = row.try_get(3)?;
    let replication_connected: Option<bool> = row.try_get(4)?;
    let lag_seconds: Option<f64> = row.try_get(5)?;
    let role = if in_recovery { "standby" } else { "primary" };
    reading.set("role", ReadValue::Text(role.to_owned()));
    reading.set(READ_ONLY_VARIABLE.name, ReadValue::Bool(in_recovery || refuses_writes));
    if let Some(connected) = replication_connected {
        reading.set("replication_connected", ReadValue::Bool(connected));
    }
    for (metric, value) in [
        (CONNECTIONS, Some(connections)),
        (CONNECTIONS_USED_PERCENT, percent(connections, max_connections)),
        (REPLICATION_LAG_SECONDS, lag_seconds),
        (UPTIME_SECONDS, row.try_get(6)?),
    ] {
        if let Some(value) = value {
            reading.measure(metric, value);
        }
    }
    Ok(())
}
