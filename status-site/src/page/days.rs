//! The days of a service that were not operational, as text.
//!
//! A day with incidents repeats no duration: the incidents state it, and it would differ from the
//! sum of the failed checks.

use std::collections::HashMap;

use super::{history, moment::Moment};
use crate::{
    edition::Edition,
    formats::{anchor, day_of},
    snapshot::{PublicIncident, PublicService, ServiceState, Snapshot, UptimeDay},
    words::Words,
};

/// A day, or a run of days with the same text.
pub(super) struct DayView {
    /// A stable id: the id of the list and the newest day, separated by a character that no anchor
    /// contains.
    pub(super) id: String,
    /// The newest day of the run.
    pub(super) newest: Moment,
    /// The oldest day, if there is more than one.
    pub(super) oldest: Option<Moment>,
    /// "down for 12 min, 99.16 % uptime", or "outage, 99.16 % uptime" of a day with incidents.
    pub(super) what: String,
    pub(super) incidents: Vec<LinkView>,
}

/// A link to an incident on the page.
pub(super) struct LinkView {
    /// The number of the link in its entry, counted from the oldest incident, so that a new incident
    /// changes no other number.
    pub(super) n: usize,
    pub(super) anchor: String,
    /// The title as HTML.
    pub(super) title: String,
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
pub(super) fn exceptional(
    edition: &Edition<'_>,
    incidents: &IncidentsByService<'_>,
    service: &PublicService,
) -> Vec<DayView> {
    let incidents = incidents.get(service.id.as_str()).map_or(&[][..], Vec::as_slice);
    let mut views: Vec<DayView> = Vec::new();
    let mut newer = ServiceState::Operational;
    for day in service.days.measured().iter().rev() {
        match views.last_mut() {
            Some(run) if day.state == ServiceState::NoData && newer == ServiceState::NoData => {
                run.oldest = Some(Moment::day(edition.words, day.date));
            }
            _ if day.state == ServiceState::Operational => {}
            _ => views.push(view(edition, service, day, incidents)),
        }
        newer = day.state;
    }
    views
}

/// Returns a short text about a day: "outage, 42 min", "operational". It states the duration of the worst state alone, of an
/// open incident the start, and of several incidents the number.
pub(super) fn in_brief(
    edition: &Edition<'_>,
    incidents: &IncidentsByService<'_>,
    service: &PublicService,
    day: &UptimeDay,
) -> String {
    let incidents = incidents.get(service.id.as_str()).map_or(&[][..], Vec::as_slice);
    let (snapshot, words) = (edition.snapshot, edition.words);
    let shown = on(day, snapshot, incidents);
    let state = words.day_state(day.state);
    let lasted = match day.state {
        ServiceState::Outage => day.outage_seconds,
        ServiceState::Degraded => day.outage_seconds + day.degraded_seconds,
        ServiceState::Operational | ServiceState::Maintenance | ServiceState::NoData => 0,
    };
    match shown.as_slice() {
        [] if lasted == 0 => state,
        [] => words.list(&[state, words.seconds(lasted)]),
        [one] if one.is_open() => {
            let began = day_of(one.started_at);
            if began == day.date {
                words.day_since(&state, &words.time_near(one.started_at, one.started_at))
            } else {
                words.day_since(&state, &words.brief_date(began))
            }
        }
        [one] => words.list(&[state, words.duration(one.duration(snapshot.generated_at))]),
        many => words.list(&[state, words.n_incidents(many.len())]),
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

fn view(
    edition: &Edition<'_>,
    service: &PublicService,
    day: &UptimeDay,
    incidents: &[&PublicIncident],
) -> DayView {
    let words = edition.words;
    let shown = on(day, edition.snapshot, incidents);
    let (n_shown, what) = (shown.len(), what(words, day, &shown));
    let link = |(index, incident): (usize, &PublicIncident)| LinkView {
        n: n_shown - index,
        anchor: anchor("incident", &incident.id),
        title: words.incident_title_html(incident),
    };
    DayView {
        id: format!("{}:{}", anchor("days", &service.id), day.date),
        newest: Moment::day(words, day.date),
        oldest: None,
        what,
        incidents: shown.into_iter().enumerate().map(link).collect(),
    }
}

fn what(words: &Words, day: &UptimeDay, incidents: &[&PublicIncident]) -> String {
    let mut parts = Vec::new();
    let tells_duration = incidents.is_empty();
    if tells_duration && day.outage_seconds > 0 {
        parts.push(words.down_for(&words.seconds(day.outage_seconds)));
    }
    if tells_duration && day.degraded_seconds > 0 {
        parts.push(words.degraded_for(&words.seconds(day.degraded_seconds)));
    }
    if parts.is_empty() {
        parts.push(words.day_state(day.state));
    }
    if day.uptime.basis_points().is_some() {
        parts.push(words.uptime_share(&words.uptime_percent(day.uptime)));
    }
    words.list(&parts)
}
