//! Past incidents by day: 14 days, the newest first. Neighboring days with the same content are one
//! entry, so that "No incidents." covers every day without filling the page.
//!
//! A day on which an incident was open is never one without incidents: it names each incident that
//! is not listed on it.

use std::collections::BTreeMap;

use jiff::{Span, civil::Date};

use super::{incident::IncidentView, moment::Moment};
use crate::{
    edition::Edition,
    formats::{anchor, day_of},
    snapshot::{PublicIncident, ServiceIndex, Snapshot},
    words::Around,
};

/// The number of days that the page shows, including today.
pub(super) const N_DAYS_SHOWN: i64 = 14;

/// A day with incidents, or a run of days with the same content.
pub(super) struct PastDays<'a> {
    /// The newest day of the run.
    pub(super) newest: Moment,
    /// The oldest day, if there is more than one.
    pub(super) oldest: Option<Moment>,
    /// The closed incidents that began on the day.
    pub(super) incidents: Vec<IncidentView<'a>>,
    /// The incidents that were open on these days and are listed elsewhere.
    pub(super) others: Vec<OtherIncident>,
}

/// A link to an incident that is listed elsewhere on the page.
#[derive(PartialEq)]
pub(super) struct OtherIncident {
    pub(super) anchor: String,
    /// The title as HTML.
    pub(super) title: String,
    /// "Open: " or "Continued: " around the link.
    pub(super) around: Around,
}

/// Checks whether an incident is on the page.
pub(crate) fn is_shown(snapshot: &Snapshot, incident: &PublicIncident) -> bool {
    incident.resolved_at.is_none_or(|end| day_of(end) >= oldest_shown(snapshot))
}

/// Returns the last 14 days.
pub(super) fn past<'a>(edition: &Edition<'a>, services: &ServiceIndex<'a>) -> Vec<PastDays<'a>> {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let oldest_shown = oldest_shown(snapshot);
    let incidents = snapshot.newest_incidents().into_iter();
    let shown: Vec<&PublicIncident> =
        incidents.filter(|incident| is_shown(snapshot, incident)).collect();
    // An incident that began before the window is shown on the first day of the window.
    let day_shown = |incident: &PublicIncident| day_of(incident.started_at).max(oldest_shown);
    let mut by_day: BTreeMap<Date, Vec<&PublicIncident>> = BTreeMap::new();
    for incident in shown.iter().copied().filter(|incident| !incident.is_open()) {
        by_day.entry(day_shown(incident)).or_default().push(incident);
    }

    let mut past: Vec<PastDays> = Vec::new();
    for date in (0..N_DAYS_SHOWN).map(|n| back(day_of(snapshot.generated_at), n)) {
        let incidents = by_day.remove(&date).unwrap_or_default().into_iter();
        let incidents: Vec<IncidentView> =
            incidents.map(|incident| IncidentView::of(edition, services, incident)).collect();
        let others: Vec<OtherIncident> = shown
            .iter()
            .filter(|incident| match incident.resolved_at {
                None => day_shown(incident) <= date,
                Some(end) => day_shown(incident) < date && date <= day_of(end),
            })
            .map(|incident| OtherIncident {
                anchor: anchor("incident", &incident.id),
                title: words.incident_title_html(incident),
                around: if incident.is_open() {
                    words.incident_open()
                } else {
                    words.incident_continued()
                },
            })
            .collect();
        match past.last_mut() {
            Some(run)
                if run.incidents.is_empty() && incidents.is_empty() && run.others == others =>
            {
                run.oldest = Some(Moment::day(words, date));
            }
            _ => past.push(PastDays {
                newest: Moment::day(words, date),
                oldest: None,
                incidents,
                others,
            }),
        }
    }
    past
}

fn oldest_shown(snapshot: &Snapshot) -> Date {
    back(day_of(snapshot.generated_at), N_DAYS_SHOWN - 1)
}

fn back(today: Date, n: i64) -> Date {
    today.saturating_sub(Span::new().days(n))
}
