//! Past incidents by day: 14 days, the newest first. Neighboring days without incidents are one
//! entry, so that "No incidents." covers every day without filling the page.

use std::collections::BTreeMap;

use jiff::{Span, civil::Date};

use super::{incident::IncidentView, moment::Moment};
use crate::{
    snapshot::{PublicIncident, ServiceIndex, Snapshot},
    wording::day_of,
};

/// The number of days that the page shows, including today.
pub(super) const N_DAYS_SHOWN: i64 = 14;

/// A day with incidents, or a run of days without.
pub(super) struct PastDays<'a> {
    /// The newest day of the run.
    pub(super) newest: Moment,
    /// The oldest day, if there is more than one.
    pub(super) oldest: Option<Moment>,
    /// Empty for a run without incidents.
    pub(super) incidents: Vec<IncidentView<'a>>,
}

/// Returns the last 14 days.
pub(super) fn past<'a>(snapshot: &'a Snapshot, services: &ServiceIndex<'a>) -> Vec<PastDays<'a>> {
    let today = day_of(snapshot.generated_at);
    let oldest_shown = back(today, N_DAYS_SHOWN - 1);
    let closed = snapshot
        .newest_incidents()
        .into_iter()
        .filter(|incident| incident.resolved_at.is_some_and(|end| day_of(end) >= oldest_shown));
    // An incident that began before the window is shown on the first day of the window.
    let mut by_day: BTreeMap<Date, Vec<&PublicIncident>> = BTreeMap::new();
    for incident in closed {
        by_day.entry(day_of(incident.started_at).max(oldest_shown)).or_default().push(incident);
    }

    let mut past: Vec<PastDays> = Vec::new();
    for date in (0..N_DAYS_SHOWN).map(|n| back(today, n)) {
        let incidents = by_day.remove(&date).unwrap_or_default().into_iter();
        let incidents: Vec<IncidentView> = incidents
            .map(|incident| IncidentView::of(services, snapshot.generated_at, incident))
            .collect();
        match past.last_mut() {
            Some(run) if run.incidents.is_empty() && incidents.is_empty() => {
                run.oldest = Some(Moment::day(date));
            }
            _ => past.push(PastDays { newest: Moment::day(date), oldest: None, incidents }),
        }
    }
    past
}

fn back(today: Date, n: i64) -> Date {
    today.saturating_sub(Span::new().days(n))
}
