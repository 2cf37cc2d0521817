//! An incident, open or past.

use jiff::Timestamp;

use super::moment::Moment;
use crate::{
    snapshot::{
        Incident, IncidentImpact, IncidentUpdate, PublicService, ServiceIndex, ServiceState,
    },
    wording::{anchor, count, duration},
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
    /// "42 min so far" or "lasted 42 min".
    pub(super) duration: String,
    pub(super) latest: Option<UpdateView<'a>>,
    pub(super) earlier: Vec<UpdateView<'a>>,
    /// "2 earlier updates".
    pub(super) earlier_count: String,
}

/// One update.
pub(super) struct UpdateView<'a> {
    pub(super) phase: &'static str,
    pub(super) at: Moment,
    pub(super) text: &'a str,
}

impl<'a> IncidentView<'a> {
    /// Returns the view of an incident at `now`.
    pub(super) fn of(services: &ServiceIndex<'a>, now: Timestamp, incident: &'a Incident) -> Self {
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
                (true, IncidentImpact::None) => ServiceState::NoData,
                (true, IncidentImpact::Minor) => ServiceState::Degraded,
                (true, IncidentImpact::Major | IncidentImpact::Critical) => ServiceState::Outage,
            },
            open: incident.is_open(),
            phase: incident.phase().word(),
            affected: names(services, &incident.affected),
            started: Moment::short(incident.started_at),
            duration: if incident.is_open() {
                format!("{length} so far")
            } else {
                format!("lasted {length}")
            },
            latest,
            earlier_count: count(earlier.len(), "earlier update"),
            earlier,
        }
    }
}

impl<'a> UpdateView<'a> {
    fn of(update: &'a IncidentUpdate) -> Self {
        Self { phase: update.phase.word(), at: Moment::short(update.at), text: &update.text }
    }
}

/// Returns the names of the services with these ids.
pub(super) fn names<'a>(services: &ServiceIndex<'a>, ids: &[String]) -> Vec<&'a str> {
    services.affected(ids).into_iter().map(PublicService::label).collect()
}
