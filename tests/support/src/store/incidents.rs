//! Incidents, and the entries of operators about them.

use allclear_core::Timestamp;
use allclear_core::incident::{AutomaticIncident, IncidentEntry};
use allclear_core::ports::{ReadIncidents, RecordIncidentEntries, StoreResult};

use super::{Call, MemoryStore, Operation, Write};

impl ReadIncidents for MemoryStore {
    async fn incidents(&self, from: Timestamp) -> StoreResult<Vec<AutomaticIncident>> {
        self.call(Call::new(Operation::Incidents, from), |content, _| {
            let changed = content.incidents.values().filter(|one| one.changed_at >= from);
            let mut incidents: Vec<AutomaticIncident> = changed.cloned().collect();
            incidents.sort_by_key(|one| one.changed_at);
            Ok(incidents)
        })
        .await
    }

    async fn incident_entries(&self) -> StoreResult<Vec<IncidentEntry>> {
        self.call(Call::new(Operation::IncidentEntries, "all"), |content, _| {
            Ok(content.incident_entries.values().cloned().collect())
        })
        .await
    }
}

impl RecordIncidentEntries for MemoryStore {
    async fn add_incident_entry(&self, entry: &IncidentEntry) -> StoreResult<()> {
        self.call(Call::new(Operation::AddIncidentEntry, &entry.incident), |content, call| {
            let key = (entry.incident.clone(), entry.at);
            if content.incident_entries.contains_key(&key) {
                return Err(call.conflict());
            }
            content.incident_entries.insert(key, entry.clone());
            self.notify_observers(&Write::IncidentEntry(entry));
            Ok(())
        })
        .await
    }
}
