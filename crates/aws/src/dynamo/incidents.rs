//! Incidents, which are among the events of commits, and the entries of operators about them, in one partition.
//!
//! Operators write few entries, so that the generator reads all of them with one query.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::error_chain::chain;
use allclear_core::incident::{AutomaticIncident, IncidentEntry};
use allclear_core::ports::{ReadIncidents, RecordIncidentEntries, StoreError, StoreResult};

use super::calls::PutCondition;
use super::items::{self, DecisionEvent};
use super::request::{WriteResult, unavailable};
use super::{DynamoStore, keys};

const ADD: &str = "add entry about incident";

impl ReadIncidents for DynamoStore {
    async fn incidents(&self, from: Timestamp) -> StoreResult<Vec<AutomaticIncident>> {
        let mut latest = BTreeMap::new();
        for event in self.events(from).await? {
            if let DecisionEvent::Incident(one) = event
                && one.changed_at >= from
            {
                latest.insert(one.id.clone(), one);
            }
        }
        let mut incidents: Vec<AutomaticIncident> = latest.into_values().collect();
        incidents.sort_by(|a, b| (a.changed_at, &a.id).cmp(&(b.changed_at, &b.id)));
        Ok(incidents)
    }

    async fn incident_entries(&self) -> StoreResult<Vec<IncidentEntry>> {
        let stored = self.all(keys::INCIDENT).await?;
        Ok(self.readable(&stored, items::read_incident_entry))
    }
}

impl RecordIncidentEntries for DynamoStore {
    async fn add_incident_entry(&self, entry: &IncidentEntry) -> StoreResult<()> {
        let object = entry.incident.as_str();
        let item = items::incident_entry(entry).map_err(|error| unavailable(ADD, object, error))?;
        if let WriteResult::No(stored) = self.put(ADD, item, Some(&PutCondition::Absent)).await? {
            // An earlier try may have written it, and the response to that try was lost.
            let known = stored.as_ref().and_then(|item| items::read_incident_entry(item).ok());
            if known.as_ref() != Some(entry) {
                return Err(StoreError::Conflict { operation: ADD, object: object.to_owned() });
            }
        }
        // The entry is stored. Until the next one it expires with the incident or not at all.
        if let Err(error) = self.expire_incident_entries(&entry.incident).await {
            let error = chain(&error);
            tracing::warn!(incident = object, error, "failed to set the expiry of entries");
        }
        Ok(())
    }
}
