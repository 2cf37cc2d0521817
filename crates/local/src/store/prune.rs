//! Removal of expired rows, in small batches so that other writes do not wait for long.

use std::sync::LazyLock;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::KEEP_COUNTERS;
use allclear_core::config::Settings;
use allclear_core::delivery::DeliveryPhase;
use allclear_core::ports::{Prune, StoreResult};
use allclear_core::rollup::Period;
use allclear_core::state::LATE_LIMIT;

use super::outbox::keyword;
use super::{SqliteStore, column};

/// The statements take the oldest time to keep and the largest number of rows to remove.
const RUNS: &str = "
    DELETE FROM runs WHERE id IN (
        SELECT id FROM runs WHERE scheduled_at < ?1 ORDER BY scheduled_at LIMIT ?2
    )";

const TRANSITIONS: &str = "
    DELETE FROM transitions WHERE (at, monitor, confirmed_at) IN (
        SELECT at, monitor, confirmed_at FROM transitions WHERE at < ?1 LIMIT ?2
    )";

const HELD: &str = "
    DELETE FROM held WHERE (at, alert, gate) IN (
        SELECT at, alert, gate FROM held
        WHERE at < ?1
            AND alert NOT IN (SELECT id FROM fired_alerts WHERE resolved_at IS NULL)
        LIMIT ?2
    )";

/// Keeps the deliveries that an owed all-clear needs, because it depends on the result of the
/// earlier notices. Also keeps those of an alert that still fires, which will have an all-clear.
static DELIVERIES: LazyLock<String> = LazyLock::new(|| {
    let owed = keyword(DeliveryPhase::Owed);
    format!(
        "
    DELETE FROM deliveries WHERE position IN (
        SELECT position FROM deliveries
        WHERE created_at < ?1 AND state <> {owed} AND settled_at < ?1
            AND id NOT IN (
                SELECT before.value
                FROM deliveries AS owed, json_each(owed.comes_after) AS before
                WHERE owed.state = {owed}
            )
            AND NOT EXISTS (
                SELECT 1
                FROM json_each(deliveries.notification, '$.alerts') AS named
                JOIN fired_alerts ON fired_alerts.id = json_extract(named.value, '$.id')
                WHERE fired_alerts.resolved_at IS NULL
            )
        LIMIT ?2
    )"
    )
});

const ALERTS: &str = "
    DELETE FROM fired_alerts WHERE id IN (
        SELECT id FROM fired_alerts WHERE fired_at < ?1 AND resolved_at < ?1 LIMIT ?2
    )";

/// Counters of months that are long over, from which no check spends any more.
const BUDGETS: &str = "
    DELETE FROM budgets WHERE (monitor, month) IN (
        SELECT monitor, month FROM budgets
        WHERE month < strftime('%Y-%m', ?1 / 1000000000, 'unixepoch') LIMIT ?2
    )";

/// Entries of operators that no service needs any more.
const ENTRIES: &str = "
    DELETE FROM operator_entries WHERE id IN (
        SELECT id FROM operator_entries WHERE needed_until < ?1 LIMIT ?2
    )";

const INCIDENTS: &str = "
    DELETE FROM incidents WHERE id IN (
        SELECT id FROM incidents WHERE changed_at < ?1 AND resolved_at < ?1 LIMIT ?2
    )";

/// Removes the entries about an incident together. Those about an incident of the evaluator are kept as long as its
/// record. Those about an incident by hand are kept until an entry has ended it and the latest one is older than the
/// retention. The oldest entries are removed first, so that no rest of an incident that is over looks like an open one.
const INCIDENT_ENTRIES: &str = "
    DELETE FROM incident_entries WHERE (incident, at) IN (
        SELECT incident, at FROM incident_entries AS old
        WHERE incident NOT IN (SELECT id FROM incidents)
            AND (
                NOT EXISTS (
                    SELECT 1 FROM incident_entries AS opening
                    WHERE opening.incident = old.incident
                        AND json_type(opening.entry, '$.change.open') IS NOT NULL
                )
                OR (
                    EXISTS (
                        SELECT 1 FROM incident_entries AS ending
                        WHERE ending.incident = old.incident
                            AND json_type(ending.entry, '$.change.resolve') IS NOT NULL
                    )
                    AND NOT EXISTS (
                        SELECT 1 FROM incident_entries AS new
                        WHERE new.incident = old.incident AND new.at >= ?1
                    )
                )
            )
        ORDER BY incident, at
        LIMIT ?2
    )";

/// Copies of entries that no stored run needs any more.
const PAST_ENTRIES: &str = "
    DELETE FROM past_entries WHERE (created_at, id) IN (
        SELECT created_at, id FROM past_entries WHERE expires_at < ?1 LIMIT ?2
    )";

impl Prune for SqliteStore {
    async fn prune(&self, settings: &Settings, now: Timestamp) -> StoreResult<()> {
        // A run that the evaluator may still request is kept, however short the retention is. Both
        // a run and the evaluator may be late by up to the limit.
        let keep_runs = settings.keep_runs.max(LATE_LIMIT * 2);
        self.remove("runs", RUNS, before(now, keep_runs), 50).await?;
        self.remove("past entries", PAST_ENTRIES, before(now, keep_runs), 1_000).await?;
        for (period, keep) in
            [(Period::Hour, settings.keep_hours), (Period::Day, settings.keep_days)]
        {
            let delete = format!(
                "DELETE FROM rollups WHERE (period, start, monitor) IN (
                    SELECT period, start, monitor FROM rollups
                    WHERE period = '{}' AND start < ?1 LIMIT ?2
                )",
                period.as_str()
            );
            self.remove("rollups", &delete, before(now, keep), 1_000).await?;
        }
        let from = before(now, settings.keep_events);
        self.remove("transitions", TRANSITIONS, from, 1_000).await?;
        self.remove("held notifications", HELD, from, 1_000).await?;
        self.remove("deliveries", &DELIVERIES, from, 100).await?;
        self.remove("alerts", ALERTS, from, 1_000).await?;
        self.remove("incidents", INCIDENTS, from, 1_000).await?;
        self.remove("entries about incidents", INCIDENT_ENTRIES, from, 1_000).await?;
        self.remove("budgets", BUDGETS, before(now, KEEP_COUNTERS), 1_000).await?;
        self.remove("operator entries", ENTRIES, now, 1_000).await
    }
}

impl SqliteStore {
    /// Removes the rows before `from`, `batch` rows at a time. Other writes may happen in between.
    async fn remove(
        &self,
        object: &str,
        delete: &str,
        from: Timestamp,
        batch: usize,
    ) -> StoreResult<()> {
        loop {
            let delete = delete.to_owned();
            let n_removed = self
                .write("remove old", object, move |connection| {
                    let from = column::from_bound(from);
                    connection.prepare_cached(&delete)?.execute((from, batch))
                })
                .await?;
            if n_removed < batch {
                return Ok(());
            }
        }
    }
}

fn before(now: Timestamp, keep: Duration) -> Timestamp {
    now.checked_sub(keep).unwrap_or(Timestamp::MIN)
}
