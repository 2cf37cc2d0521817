//! The log of runs.

use std::collections::BTreeSet;

use allclear_core::Timestamp;
use allclear_core::cost::Cost;
use allclear_core::id::ShardId;
use allclear_core::outcome::{DurationParts, Outcome, Verdict};
use allclear_core::ports::{LookBack, ReadRuns, RecordRun, Recorded, StoreResult};
use allclear_core::run::{Run, RunKey};
use allclear_core::state::Folded;
use allclear_core::status::Status;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};

use super::{SqliteStore, column};

const INSERT_RUN: &str = "
    INSERT INTO runs (shard, scheduled_at, region, lane, lag_ns, took_ns)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT DO NOTHING";

const INSERT_OUTCOME: &str = "
    INSERT INTO outcomes (
        run, position, monitor, at_s, offset_ns, status, fault, reason, message, latency_ns,
        dns_ns, connect_ns, tls_ns, first_byte_ns, transfer_ns, metrics, labels, cost_nanodollars, attempts
    ) VALUES (
        ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19
    )";

const SELECT_OUTCOMES: &str = "
    SELECT monitor, offset_ns, status, fault, reason, message, latency_ns,
        dns_ns, connect_ns, tls_ns, first_byte_ns, transfer_ns, metrics, labels, cost_nanodollars, attempts
    FROM outcomes WHERE run = ?1 ORDER BY position";

/// Both ends are included. The index covers all selected columns, so no run is read.
const SELECT_KEYS: &str = "
    SELECT id, scheduled_at, region, lane FROM runs
    WHERE shard = ?1 AND scheduled_at BETWEEN ?2 AND ?3
    ORDER BY scheduled_at, region, lane";

const COUNT_KEYS: &str = "
    SELECT COUNT(*) FROM runs WHERE shard = ?1 AND scheduled_at BETWEEN ?2 AND ?3";

impl RecordRun for SqliteStore {
    async fn record_run(&self, run: &Run) -> StoreResult<Recorded> {
        let object = name_of(&run.shard, run.key.scheduled_at);
        let run = run.clone();
        self.write("record run", &object, move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if !insert(&transaction, &run)? {
                return Ok(Recorded::Already);
            }
            transaction.commit()?;
            Ok(Recorded::New)
        })
        .await
    }
}

impl ReadRuns for SqliteStore {
    async fn unfolded_runs(
        &self,
        shard: &ShardId,
        folded: &Folded,
        _: LookBack,
        limit: usize,
    ) -> StoreResult<Vec<Run>> {
        const OPERATION: &str = "read runs of";
        let horizon = folded.horizon().unwrap_or(Timestamp::MIN);
        let newest = folded.newest;
        let n_folded = folded.recent.len();
        let is_within = folded.recent.first().is_none_or(|oldest| oldest.scheduled_at >= horizon);

        // A shorter look back would save nothing.
        //
        // All folded runs come from this log, and pruning keeps them. So if the number of runs
        // between the horizon and the newest run equals the number of folded ones, they are the
        // same runs, and only newer ones can be missing. This is the usual case, and cheaper than a
        // comparison of the keys of an hour.
        let (named, store) = (shard.clone(), self.clone());
        let fresh = self
            .read(OPERATION, shard.as_str(), move |connection| {
                let Some(newest) = newest else {
                    let all = (i64::MIN, i64::MAX);
                    let ids = ids_without(connection, &named, all, &BTreeSet::new(), limit)?;
                    return store.read_runs(connection, &ids).map(Some);
                };
                let (horizon, newest) = (column::from_bound(horizon), column::from_bound(newest));
                let n_stored: usize = connection
                    .prepare_cached(COUNT_KEYS)?
                    .query_row((named.as_str(), horizon, newest), |row| row.get(0))?;
                if n_stored != n_folded || !is_within {
                    return Ok(None);
                }
                let newer = (newest.saturating_add(1), i64::MAX);
                let ids = ids_without(connection, &named, newer, &BTreeSet::new(), limit)?;
                store.read_runs(connection, &ids).map(Some)
            })
            .await?;
        if let Some(runs) = fresh {
            return Ok(runs);
        }
        let (named, store, recent) = (shard.clone(), self.clone(), folded.recent.clone());
        self.read(OPERATION, shard.as_str(), move |connection| {
            let range = (column::from_bound(horizon), i64::MAX);
            let ids = ids_without(connection, &named, range, &recent, limit)?;
            store.read_runs(connection, &ids)
        })
        .await
    }
}

impl SqliteStore {
    /// Returns the runs of these rows, in their order, without the unreadable ones.
    pub(super) fn read_runs(
        &self,
        connection: &Connection,
        ids: &[i64],
    ) -> rusqlite::Result<Vec<Run>> {
        let mut runs = Vec::with_capacity(ids.len());
        for id in ids {
            runs.extend(self.readable_row(|| format!("run {id}"), read(connection, *id))?);
        }
        Ok(runs)
    }
}

fn insert(transaction: &Transaction<'_>, run: &Run) -> rusqlite::Result<bool> {
    let key = &run.key;
    let n_inserted = transaction.prepare_cached(INSERT_RUN)?.execute(params![
        run.shard.as_str(),
        column::from_time(key.scheduled_at)?,
        key.region.as_str(),
        key.lane.as_str(),
        column::from_duration(run.lag),
        column::from_duration(run.took),
    ])?;
    if n_inserted == 0 {
        return Ok(false);
    }
    let id = transaction.last_insert_rowid();
    let mut statement = transaction.prepare_cached(INSERT_OUTCOME)?;
    for (position, outcome) in run.outcomes.iter().enumerate() {
        let at = key.scheduled_at.checked_add(outcome.offset).map_err(column::not_storable)?;
        let (fault, reason, message) = column::from_cause(outcome.verdict.cause());
        let DurationParts { dns, connect, tls, first_byte, transfer } = outcome.parts;
        statement.execute(params![
            id,
            position,
            outcome.monitor.as_str(),
            column::from_time(at)?.div_euclid(1_000_000_000),
            column::from_duration(outcome.offset),
            outcome.status().as_str(),
            fault,
            reason,
            message,
            outcome.latency.map(column::from_duration),
            dns.map(column::from_duration),
            connect.map(column::from_duration),
            tls.map(column::from_duration),
            first_byte.map(column::from_duration),
            transfer.map(column::from_duration),
            column::from_metrics(&outcome.metrics),
            column::from_labels(&outcome.labels)?,
            column::from_cost(outcome.cost),
            outcome.attempts,
        ])?;
    }
    Ok(true)
}

/// Returns the rows of the runs within `range` whose keys are not in `recent`, oldest first.
fn ids_without(
    connection: &Connection,
    shard: &ShardId,
    range: (i64, i64),
    recent: &BTreeSet<RunKey>,
    limit: usize,
) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(SELECT_KEYS)?;
    let mut rows = statement.query((shard.as_str(), range.0, range.1))?;
    let mut ids = Vec::new();
    while ids.len() < limit
        && let Some(row) = rows.next()?
    {
        if recent.is_empty() || !recent.contains(&key(row, 1)?) {
            ids.push(row.get(0)?);
        }
    }
    Ok(ids)
}

fn read(connection: &Connection, id: i64) -> rusqlite::Result<Run> {
    let select =
        "SELECT scheduled_at, region, lane, shard, lag_ns, took_ns FROM runs WHERE id = ?1";
    let mut run = connection.prepare_cached(select)?.query_row([id], |row| {
        Ok(Run {
            key: key(row, 0)?,
            shard: column::keyword(row, 3)?,
            lag: column::duration(row, 4)?,
            took: column::duration(row, 5)?,
            outcomes: Vec::new(),
        })
    })?;
    let mut statement = connection.prepare_cached(SELECT_OUTCOMES)?;
    run.outcomes = statement.query_map([id], outcome)?.collect::<rusqlite::Result<_>>()?;
    Ok(run)
}

/// Reads a key from the three columns that begin at `index`.
fn key(row: &Row<'_>, index: usize) -> rusqlite::Result<RunKey> {
    Ok(RunKey {
        scheduled_at: column::time(row, index)?,
        region: column::keyword(row, index + 1)?,
        lane: column::keyword(row, index + 2)?,
    })
}

fn outcome(row: &Row<'_>) -> rusqlite::Result<Outcome> {
    let verdict = match (column::keyword(row, 2)?, column::cause(row, 3)?) {
        (Status::Healthy, None) => Verdict::Healthy,
        (Status::Degraded, Some(cause)) => Verdict::Degraded(cause),
        (Status::Unhealthy, Some(cause)) => Verdict::Unhealthy(cause),
        (Status::Unknown, Some(cause)) => Verdict::Unknown(cause),
        (status, _) => {
            let problem = format!("the status `{status}` does not match its cause");
            return Err(column::unreadable(3, problem));
        }
    };
    Ok(Outcome {
        monitor: column::keyword(row, 0)?,
        offset: column::duration(row, 1)?,
        verdict,
        latency: column::optional_duration(row, 6)?,
        parts: DurationParts {
            dns: column::optional_duration(row, 7)?,
            connect: column::optional_duration(row, 8)?,
            tls: column::optional_duration(row, 9)?,
            first_byte: column::optional_duration(row, 10)?,
            transfer: column::optional_duration(row, 11)?,
        },
        metrics: column::metrics(row, 12)?,
        labels: column::labels(row, 13)?,
        cost: Cost::from_nanodollars(row.get(14)?),
        attempts: row.get(15)?,
    })
}

fn name_of(shard: &ShardId, scheduled_at: Timestamp) -> String {
    format!("{shard} {scheduled_at}")
}
