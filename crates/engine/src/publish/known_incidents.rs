//! The incidents that the evaluator recorded. Those that can no longer change are kept in memory and not read again.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::incident::{AutomaticIncident, IncidentId};
use allclear_core::ports::{ReadIncidents, StoreError};

use crate::publish::history::{DAYS_READ, SettledUntil};

/// The incidents that were read.
#[derive(Debug, Default)]
pub(crate) struct KnownIncidents {
    incidents: BTreeMap<IncidentId, AutomaticIncident>,
    /// The time before which no further change is recorded; `None` if nothing is known.
    settled: Option<Timestamp>,
}

impl KnownIncidents {
    /// Reads the incidents that may have changed, and returns all of the last [`DAYS_READ`]. Later changes than
    /// `settled` are read again the next time.
    pub(crate) async fn read<S: ReadIncidents>(
        &mut self,
        store: &S,
        settled: Option<SettledUntil>,
        now: Timestamp,
    ) -> Result<Vec<AutomaticIncident>, StoreError> {
        let from = now - DAYS_READ;
        let settled = settled.map(SettledUntil::hour);
        // A clock that was set back reopens what was settled.
        let known = self.settled.zip(settled).map(|(before, now)| before.min(now));
        let read = store.incidents(known.map_or(from, |known| known.max(from))).await?;
        self.incidents.retain(|_, one| one.changed_at >= from);
        self.incidents.extend(read.into_iter().map(|one| (one.id.clone(), one)));
        self.settled = settled;
        Ok(self.incidents.values().cloned().collect())
    }
}
