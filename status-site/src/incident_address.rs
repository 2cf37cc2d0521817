//! The address of an incident: on the first page as long as it shows the incident, then on the page of its month.

use crate::{
    Snapshot,
    history_wording::month_file,
    page::history::is_shown,
    snapshot::{HistoryMonth, PublicIncident},
    wording::{anchor, history_path},
};

/// Returns the address of an incident.
pub(crate) fn incident_address(snapshot: &Snapshot, incident: &PublicIncident) -> String {
    let (url, anchor) = (&snapshot.page.url, anchor("incident", &incident.id));
    let has = |month: &&HistoryMonth| month.incidents.iter().any(|one| one.id == incident.id);
    // The first month in which it was open lists it.
    match snapshot.months.iter().find(has) {
        Some(month) if !is_shown(snapshot, incident) => {
            format!("{}#{anchor}", url.of_file(&history_path(&month_file(month.month))))
        }
        Some(_) | None => url.with_anchor(&anchor),
    }
}
