//! Incidents, and the entries of operators about them. The commands write the entries from another process than the
//! services that read them.

use allclear_core::Timestamp;
use allclear_core::incident::{AutomaticIncident, IncidentEntry};
use allclear_core::ports::{ReadIncidents, RecordIncidentEntries, StoreError, StoreResult};
use rusqlite::{Transaction, params};

use super::{SqliteStore, column};

const ADD: &str = "add entry about incident";

const UPSERT: &str = "
    INSERT OR REPLACE INTO incidents (id, changed_at, resolved_at, incident)
    VALUES (?1, ?2, ?3, ?4)";

impl ReadIncidents for SqliteStore {
    async fn incidents(&self, from: Timestamp) -> StoreResult<Vec<AutomaticIncident>> {
        let store = self.clone();
        self.read("read", "incidents", move |connection| {
            let select = "SELECT id, incident FROM incidents
                WHERE changed_at >= ?1 ORDER BY changed_at, id";
            let mut statement = connection.prepare_cached(select)?;
            let rows = statement.query([column::from_bound(from)])?;
            store.readable_rows("the incident", rows, |row| column::value(row, 1))
        })
        .await
    }

    async fn incident_entries(&self) -> StoreResult<Vec<IncidentEntry>> {
        let store = self.clone();
        self.read("read", "entries about incidents", move |connection| {
            let select = "SELECT incident, entry FROM incident_entries ORDER BY incident, at";
            let mut statement = connection.prepare_cached(select)?;
            let what = "an entry about the incident";
            store.readable_rows(what, statement.query([])?, |row| column::value(row, 1))
        })
        .await
    }
}

impl RecordIncidentEntries for SqliteStore {
    async fn add_incident_entry(&self, entry: &IncidentEntry) -> StoreResult<()> {
        let object = entry.incident.to_string();
        let entry = entry.clone();
        let n_added = self.write(ADD, &object, move |connection| {
            let insert = "INSERT INTO incident_entries (incident, at, entry) VALUES (?1, ?2, ?3)
                ON CONFLICT DO NOTHING";
            let (at, json) = (column::from_time(entry.at)?, column::from_value(&entry)?);
            connection.prepare_cached(insert)?.execute(params![entry.incident.as_str(), at, json])
        });
        if n_added.await? == 1 {
            return Ok(());
        }
        Err(StoreError::Conflict { operation: ADD, object })
    }
}

/// Writes the incidents of a decision.
pub(super) fn write(
    transaction: &Transaction<'_>,
    incidents: &[AutomaticIncident],
) -> rusqlite::Result<()> {
    let mut upsert = transaction.prepare_cached(UPSERT)?;
    for one in incidents {
        upsert.execute(params![
            one.id.as_str(),
            column::from_time(one.changed_at)?,
            column::from_optional_time(one.resolved_at)?,
            column::from_value(one)?,
        ])?;
    }
    Ok(())
}
