//! An incident, open or past.

use jiff::Timestamp;

use super::moment::Moment;
use crate::{
    snapshot::{
        PublicIncident, PublicIncidentImpact, PublicIncidentUpdate, PublicService, ServiceIndex,
        ServiceState,
    },
    wording::{anchor, count, duration, time_near},
};

/// An incident with its newest update apart from the earlier ones.
pub(super) struct IncidentView<'a> {
    pub(super) id: String,
    pub(super) details_id: String,
    pub(super) title: &'a str,
    /// The state that gives the incident its color and icon.
    pub(super) state: ServiceState,
    pub(super) open: bool,
    pub(super) phase: &'static str,
    pub(super) affected: Vec<&'a str>,
    pub(super) started: Moment,
    /// "42 min as of 12:00 UTC" or "lasted 42 min": a page that is read later stays true. Empty for an open incident on a
    /// page that is not written each minute.
    pub(super) duration: String,
    /// The time by which the next update is promised.
    pub(super) next_update: Option<Moment>,
    pub(super) latest: Option<UpdateView>,
    pub(super) earlier: Vec<UpdateView>,
    /// "2 earlier updates".
    pub(super) earlier_count: String,
}

/// One update.
pub(super) struct UpdateView {
    pub(super) phase: &'static str,
    pub(super) at: Moment,
    /// The text as HTML.
    pub(super) html: String,
}

impl<'a> IncidentView<'a> {
    /// Returns the view of an incident at `now`.
    pub(super) fn of(
        services: &ServiceIndex<'a>,
        now: Timestamp,
        incident: &'a PublicIncident,
    ) -> Self {
        let mut updates = incident.newest_updates().into_iter().map(UpdateView::of);
        let latest = updates.next();
        let earlier: Vec<UpdateView> = updates.collect();
        let length = duration(incident.duration(now));
        Self {
            id: anchor("incident", &incident.id),
            details_id: anchor("updates", &incident.id),
            title: &incident.title,
            state: match (incident.is_open(), incident.impact) {
                (false, _) => ServiceState::Operational,
                (true, PublicIncidentImpact::None) => ServiceState::NoData,
                (true, PublicIncidentImpact::Minor) => ServiceState::Degraded,
                (true, PublicIncidentImpact::Major | PublicIncidentImpact::Critical) => {
                    ServiceState::Outage
                }
            },
            open: incident.is_open(),
            phase: incident.phase().word(),
            affected: names(services, &incident.affected),
            started: Moment::short(incident.started_at),
            duration: if incident.is_open() {
                format!("{length} as of {}", time_near(now, now))
            } else {
                format!("lasted {length}")
            },
            next_update: incident.next_update(now).map(|at| Moment::near(at, now)),
            latest,
            earlier_count: count(earlier.len(), "earlier update"),
            earlier,
        }
    }
}

impl IncidentView<'_> {
    /// Leaves out what changes with the time: the duration of an open incident, and the time of the next update.
    pub(super) fn without_age(mut self) -> Self {
        if self.open {
            self.duration.clear();
            self.next_update = None;
        }
        self
    }
}

impl UpdateView {
    fn of(update: &PublicIncidentUpdate) -> Self {
        Self { phase: update.phase.word(), at: Moment::short(update.at), html: update.text.html() }
    }
}

/// Returns the names of the services with these ids.
pub(super) fn names<'a>(services: &ServiceIndex<'a>, ids: &[String]) -> Vec<&'a str> {
    services.affected(ids).into_iter().map(PublicService::label).collect()
}
