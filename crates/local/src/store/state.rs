//! The state of a shard and the decisions that are committed with it.

use std::collections::HashMap;

use allclear_core::id::{MonitorId, ShardId};
use allclear_core::ports::{Checkpoint, CommitState, LoadState, StoreError, StoreResult, Version};
use allclear_core::state::{Decision, MonitorState, ShardState};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{SqliteStore, column, encoding};

const UPSERT_ALERT: &str = "
    INSERT OR REPLACE INTO fired_alerts (
        id, monitor, rule, severity, message, pending_at, fired_at, resolved_at
    ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

const UPSERT_TRANSITION: &str = "
    INSERT OR REPLACE INTO transitions (
        at, monitor, confirmed_at, from_status, to_status, fault, reason, message
    ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

const UPSERT_ROLLUP: &str = "
    INSERT OR REPLACE INTO rollups (period, start, monitor, rollup) VALUES (?1, ?2, ?3, ?4)";

const UPSERT_MONITOR: &str = "
    INSERT OR REPLACE INTO monitor_states (
        monitor, shard, status, since, consecutive_failures, last_healthy_at, last_at
    ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const SET_TOO_LATE: &str = "
    UPDATE runs SET too_late = 1
    WHERE shard = ?1 AND scheduled_at = ?2 AND region = ?3 AND lane = ?4";

impl LoadState for SqliteStore {
    async fn state_version(&self, shard: &ShardId) -> StoreResult<Version> {
        let named = shard.clone();
        self.read("read version of", shard.as_str(), move |connection| version(connection, &named))
            .await
    }

    async fn load_state(&self, shard: &ShardId) -> StoreResult<Option<Checkpoint>> {
        const OPERATION: &str = "load state of";
        let named = shard.clone();
        let stored = self
            .read(OPERATION, shard.as_str(), move |connection| {
                let select = "SELECT version, state FROM checkpoints WHERE shard = ?1";
                let mut statement = connection.prepare_cached(select)?;
                let row = |row: &rusqlite::Row<'_>| {
                    Ok((row.get::<_, Version>(0)?, row.get::<_, Vec<u8>>(1)?))
                };
                statement.query_row([named.as_str()], row).optional()
            })
            .await?;
        let Some((version, bytes)) = stored else { return Ok(None) };
        let corrupt = |error: encoding::ColumnError| StoreError::Corrupt {
            operation: OPERATION,
            object: shard.to_string(),
            source: error.into(),
        };
        let state = encoding::decode(encoding::STATE_FORMAT, &bytes).map_err(corrupt)?;
        Ok(Some(Checkpoint { version, state }))
    }
}

impl CommitState for SqliteStore {
    async fn commit(
        &self,
        shard: &ShardId,
        expected: Version,
        state: &ShardState,
        decision: &Decision,
    ) -> StoreResult<Version> {
        const OPERATION: &str = "commit state of";
        let named = shard.clone();
        // Encoded here, because a copy of the state for the thread would cost more.
        let bytes = encoding::encode(encoding::STATE_FORMAT, state);
        let rows: rusqlite::Result<Vec<MonitorRow>> =
            state.monitors.iter().map(|(monitor, state)| MonitorRow::new(monitor, state)).collect();
        let decision = decision.clone();
        let version = self
            .write(OPERATION, shard.as_str(), move |connection| {
                let (bytes, rows) = (bytes.map_err(column::not_storable)?, rows?);
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                if version(&transaction, &named)? != expected {
                    return Ok(None);
                }
                let next = expected + 1;
                let upsert = "INSERT OR REPLACE INTO checkpoints (shard, version, state)
                              VALUES (?1, ?2, ?3)";
                transaction.prepare_cached(upsert)?.execute(params![
                    named.as_str(),
                    next,
                    bytes
                ])?;
                write_monitors(&transaction, &named, rows)?;
                write_decision(&transaction, &named, &decision)?;
                transaction.commit()?;
                Ok(Some(next))
            })
            .await?;
        version
            .ok_or_else(|| StoreError::Conflict { operation: OPERATION, object: shard.to_string() })
    }
}

fn version(connection: &Connection, shard: &ShardId) -> rusqlite::Result<Version> {
    let select = "SELECT version FROM checkpoints WHERE shard = ?1";
    let mut statement = connection.prepare_cached(select)?;
    let version = statement.query_row([shard.as_str()], |row| row.get(0)).optional()?;
    Ok(version.unwrap_or(0))
}

/// The part of a monitor's state that the views show.
#[derive(PartialEq)]
struct MonitorRow {
    monitor: MonitorId,
    status: String,
    since: i64,
    consecutive_failures: u32,
    last_healthy_at: Option<i64>,
    last_at: Option<i64>,
}

impl MonitorRow {
    fn new(monitor: &MonitorId, state: &MonitorState) -> rusqlite::Result<Self> {
        Ok(Self {
            monitor: monitor.clone(),
            status: state.status.as_str().to_owned(),
            since: column::from_time(state.since)?,
            consecutive_failures: state.consecutive_failures,
            last_healthy_at: column::from_optional_time(state.last_healthy)?,
            last_at: column::from_optional_time(state.last.as_ref().map(|last| last.at))?,
        })
    }
}

/// Writes the changed rows, and removes the rows of monitors that no longer exist.
fn write_monitors(
    transaction: &Transaction<'_>,
    shard: &ShardId,
    rows: Vec<MonitorRow>,
) -> rusqlite::Result<()> {
    let select = "
        SELECT monitor, status, since, consecutive_failures, last_healthy_at, last_at
        FROM monitor_states WHERE shard = ?1";
    let mut statement = transaction.prepare_cached(select)?;
    let stored = statement.query_map([shard.as_str()], |row| {
        let row = MonitorRow {
            monitor: column::keyword(row, 0)?,
            status: row.get(1)?,
            since: row.get(2)?,
            consecutive_failures: row.get(3)?,
            last_healthy_at: row.get(4)?,
            last_at: row.get(5)?,
        };
        Ok((row.monitor.clone(), row))
    })?;
    let mut stored = stored.collect::<rusqlite::Result<HashMap<_, _>>>()?;
    let mut upsert = transaction.prepare_cached(UPSERT_MONITOR)?;
    for row in rows {
        if stored.remove(&row.monitor).as_ref() != Some(&row) {
            upsert.execute(params![
                row.monitor.as_str(),
                shard.as_str(),
                row.status,
                row.since,
                row.consecutive_failures,
                row.last_healthy_at,
                row.last_at,
            ])?;
        }
    }
    let mut delete = transaction.prepare_cached("DELETE FROM monitor_states WHERE monitor = ?1")?;
    for monitor in stored.keys() {
        delete.execute([monitor.as_str()])?;
    }
    Ok(())
}

fn write_decision(
    transaction: &Transaction<'_>,
    shard: &ShardId,
    decision: &Decision,
) -> rusqlite::Result<()> {
    let Decision { transitions, alerts, suppressions, deliveries, incidents, rollups, too_late } =
        decision;
    let mut upsert = transaction.prepare_cached(UPSERT_TRANSITION)?;
    for transition in transitions {
        let (fault, reason, message) = column::from_cause(transition.cause.as_ref());
        upsert.execute(params![
            column::from_time(transition.at)?,
            transition.monitor.as_str(),
            column::from_time(transition.confirmed_at)?,
            transition.from.as_str(),
            transition.to.as_str(),
            fault,
            reason,
            message,
        ])?;
    }
    let mut upsert = transaction.prepare_cached(UPSERT_ALERT)?;
    for alert in alerts {
        upsert.execute(params![
            alert.id.as_str(),
            alert.monitor.as_str(),
            alert.rule.as_str(),
            alert.severity.as_str(),
            alert.message,
            column::from_time(alert.pending_since)?,
            column::from_time(alert.fired_at)?,
            column::from_optional_time(alert.resolved_at)?,
        ])?;
    }
    let upsert = "INSERT OR REPLACE INTO held (at, alert, gate, reason, evidence)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut upsert = transaction.prepare_cached(upsert)?;
    for one in suppressions {
        let at = column::from_time(one.at)?;
        let evidence = one.evidence.as_ref().map(column::from_value).transpose()?;
        upsert.execute(params![at, one.alert.as_str(), one.by.as_str(), one.reason, evidence])?;
    }
    for delivery in deliveries {
        super::outbox::insert(transaction, delivery)?;
    }
    super::incidents::write(transaction, incidents)?;
    let mut upsert = transaction.prepare_cached(UPSERT_ROLLUP)?;
    for record in rollups {
        let bytes = encoding::encode(encoding::ROLLUP_FORMAT, &record.rollup)
            .map_err(column::not_storable)?;
        let start = column::from_time(record.start)?;
        upsert.execute(params![record.period.as_str(), start, record.monitor.as_str(), bytes])?;
    }
    let mut update = transaction.prepare_cached(SET_TOO_LATE)?;
    for key in too_late {
        let at = column::from_time(key.scheduled_at)?;
        update.execute(params![shard.as_str(), at, key.region.as_str(), key.lane.as_str()])?;
    }
    Ok(())
}
