//! The address of an incident: on the first page as long as it shows the incident, then on the page of its month.

use crate::{
    edition::Edition,
    formats::{anchor, month_path},
    page::history::is_shown,
    snapshot::{HistoryMonth, PublicIncident},
};

/// Returns the address of an incident in an edition.
pub(crate) fn incident_address(edition: &Edition<'_>, incident: &PublicIncident) -> String {
    let snapshot = edition.snapshot;
    let anchor = anchor("incident", &incident.id);
    let has = |month: &&HistoryMonth| month.incidents.iter().any(|one| one.id == incident.id);
    // The first month in which it was open lists it.
    match snapshot.months.iter().find(has) {
        Some(month) if !is_shown(snapshot, incident) => {
            format!("{}#{anchor}", edition.url_of(&month_path(month.month)))
        }
        Some(_) | None => edition.url_with_anchor(&anchor),
    }
}
