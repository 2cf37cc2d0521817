//! Reading incidents, and recording the entries of operators about them.

use std::future::Future;

use jiff::Timestamp;

use super::store_error::StoreResult;
use crate::incident::{AutomaticIncident, IncidentEntry};

/// Reading incidents and the entries about them.
pub trait ReadIncidents: Send + Sync {
    /// Returns the incidents that the evaluator has changed at `from` or later, each once in its latest form, by the
    /// time of that change. An open incident that has not changed since is in the state of its shard.
    fn incidents(
        &self,
        from: Timestamp,
    ) -> impl Future<Output = StoreResult<Vec<AutomaticIncident>>> + Send;

    /// Returns all stored entries of operators about incidents, by incident and time.
    fn incident_entries(&self) -> impl Future<Output = StoreResult<Vec<IncidentEntry>>> + Send;
}

/// Recording the entries of operators about incidents.
pub trait RecordIncidentEntries: Send + Sync {
    /// Writes `entry`. If there is an entry about the same incident of the same time, nothing is written and the result
    /// is a [`StoreError::Conflict`](super::StoreError::Conflict).
    fn add_incident_entry(
        &self,
        entry: &IncidentEntry,
    ) -> impl Future<Output = StoreResult<()>> + Send;
}
