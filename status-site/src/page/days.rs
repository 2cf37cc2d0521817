//! The days of a service that were not operational, as text.
//!
//! A day with incidents repeats no duration: the incidents state it, and it would differ from the
//! sum of the failed checks.

use std::collections::HashMap;

use super::{history, moment::Moment};
use crate::{
    snapshot::{PublicIncident, PublicService, ServiceState, Snapshot, UptimeDay},
    wording::{anchor, brief_date, day_of, duration, seconds, time_near},
};

/// A day, or a run of days with the same text.
pub(super) struct DayView<'a> {
    /// A stable id: the id of the list and the newest day, separated by a character that no anchor
    /// contains.
    pub(super) id: String,
    /// The newest day of the run.
    pub(super) newest: Moment,
    /// The oldest day, if there is more than one.
    pub(super) oldest: Option<Moment>,
    /// "down for 12 min, 99.16 % uptime", or "outage, 99.16 % uptime" of a day with incidents.
    pub(super) what: String,
    pub(super) incidents: Vec<LinkView<'a>>,
}

/// A link to an incident on the page.
pub(super) struct LinkView<'a> {
    /// The number of the link in its entry, counted from the oldest incident, so that a new incident
    /// changes no other number.
    pub(super) n: usize,
    pub(super) anchor: String,
    pub(super) title: &'a str,
}

/// The incidents of each service by its id, the newest first.
pub(super) type IncidentsByService<'a> = HashMap<&'a str, Vec<&'a PublicIncident>>;

/// Sorts the incidents that are on the page by the services that they affect.
pub(super) fn by_service(snapshot: &Snapshot) -> IncidentsByService<'_> {
    let mut incidents = IncidentsByService::new();
    let newest = snapshot.newest_incidents().into_iter();
    for incident in newest.filter(|incident| history::is_shown(snapshot, incident)) {
        for id in &incident.affected {
            let of_service = incidents.entry(id.as_str()).or_default();
            // An id that an incident names twice counts once.
            if of_service.last().is_none_or(|last| !std::ptr::eq(*last, incident)) {
                of_service.push(incident);
            }
        }
    }
    incidents
}

/// Returns the days since the first measurement that were not operational, newest first. Neighboring days without data
/// are one entry.
pub(super) fn exceptional<'a>(
    snapshot: &Snapshot,
    incidents: &IncidentsByService<'a>,
    service: &PublicService,
) -> Vec<DayView<'a>> {
    let incidents = incidents.get(service.id.as_str()).map_or(&[][..], Vec::as_slice);
    let mut views: Vec<DayView> = Vec::new();
    let mut newer = ServiceState::Operational;
    for day in service.days.measured().iter().rev() {
        match views.last_mut() {
            Some(run) if day.state == ServiceState::NoData && newer == ServiceState::NoData => {
                run.oldest = Some(Moment::day(day.date));
            }
            _ if day.state == ServiceState::Operational => {}
            _ => views.push(view(snapshot, service, day, incidents)),
        }
        newer = day.state;
    }
    views
}

/// Returns a short text about a day: "outage, 42 min", "operational". It states the duration of the worst state alone, of an
/// open incident the start, and of several incidents the number.
pub(super) fn in_brief(
    snapshot: &Snapshot,
    incidents: &IncidentsByService<'_>,
    service: &PublicService,
    day: &UptimeDay,
) -> String {
    let incidents = incidents.get(service.id.as_str()).map_or(&[][..], Vec::as_slice);
    let shown = on(day, snapshot, incidents);
    let state = day.state.word().to_lowercase();
    let lasted = match day.state {
        ServiceState::Outage => day.outage_seconds,
        ServiceState::Degraded => day.outage_seconds + day.degraded_seconds,
        ServiceState::Operational | ServiceState::Maintenance | ServiceState::NoData => 0,
    };
    match shown.as_slice() {
        [] if lasted == 0 => state,
        [] => format!("{state}, {}", seconds(lasted)),
        [one] if one.is_open() => {
            let began = day_of(one.started_at);
            if began == day.date {
                format!("{state} since {}", time_near(one.started_at, one.started_at))
            } else {
                format!("{state} since {}", brief_date(began))
            }
        }
        [one] => format!("{state}, {}", duration(one.duration(snapshot.generated_at))),
        many => format!("{state}, {} incidents", many.len()),
    }
}

/// Returns the incidents that were open on a day with a problem.
fn on<'a>(
    day: &UptimeDay,
    snapshot: &Snapshot,
    incidents: &[&'a PublicIncident],
) -> Vec<&'a PublicIncident> {
    if !day.state.is_problem() {
        return Vec::new();
    }
    let on_that_day = |incident: &&PublicIncident| {
        let end = incident.resolved_at.unwrap_or(snapshot.generated_at);
        (day_of(incident.started_at)..=day_of(end)).contains(&day.date)
    };
    incidents.iter().copied().filter(on_that_day).collect()
}

fn view<'a>(
    snapshot: &Snapshot,
    service: &PublicService,
    day: &UptimeDay,
    incidents: &[&'a PublicIncident],
) -> DayView<'a> {
    let shown = on(day, snapshot, incidents);
    let (n_shown, what) = (shown.len(), what(day, &shown));
    let link = |(index, incident): (usize, &'a PublicIncident)| LinkView {
        n: n_shown - index,
        anchor: anchor("incident", &incident.id),
        title: &incident.title,
    };
    DayView {
        id: format!("{}:{}", anchor("days", &service.id), day.date),
        newest: Moment::day(day.date),
        oldest: None,
        what,
        incidents: shown.into_iter().enumerate().map(link).collect(),
    }
}

fn what(day: &UptimeDay, incidents: &[&PublicIncident]) -> String {
    let mut parts = Vec::new();
    let tells_duration = incidents.is_empty();
    if tells_duration && day.outage_seconds > 0 {
        parts.push(format!("down for {}", seconds(day.outage_seconds)));
    }
    if tells_duration && day.degraded_seconds > 0 {
        parts.push(format!("degraded for {}", seconds(day.degraded_seconds)));
    }
    if parts.is_empty() {
        parts.push(day.state.word().to_lowercase());
    }
    if day.uptime.basis_points().is_some() {
        parts.push(format!("{} uptime", day.uptime));
    }
    parts.join(", ")
}
