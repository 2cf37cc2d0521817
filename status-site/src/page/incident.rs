//! An incident, open or past.

use super::moment::Moment;
use crate::{
    edition::Edition,
    formats::anchor,
    snapshot::{
        PublicIncident, PublicIncidentImpact, PublicIncidentUpdate, PublicService, ServiceIndex,
        ServiceState,
    },
    words::Words,
};

/// An incident with its newest update apart from the earlier ones.
pub(super) struct IncidentView<'a> {
    pub(super) id: String,
    pub(super) details_id: String,
    /// The title as HTML.
    pub(super) title: String,
    /// The state that gives the incident its color and icon.
    pub(super) state: ServiceState,
    pub(super) open: bool,
    pub(super) phase: String,
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
    pub(super) phase: String,
    pub(super) at: Moment,
    /// The text as HTML.
    pub(super) html: String,
}

impl<'a> IncidentView<'a> {
    /// Returns the view of an incident at the time of the snapshot.
    pub(super) fn of(
        edition: &Edition<'a>,
        services: &ServiceIndex<'a>,
        incident: &PublicIncident,
    ) -> Self {
        let (words, now) = (edition.words, edition.snapshot.generated_at);
        let newest = incident.newest_updates().into_iter();
        let mut updates = newest.map(|update| UpdateView::of(update, words));
        let latest = updates.next();
        let earlier: Vec<UpdateView> = updates.collect();
        let length = words.duration(incident.duration(now));
        Self {
            id: anchor("incident", &incident.id),
            details_id: anchor("updates", &incident.id),
            title: words.incident_title_html(incident),
            state: match (incident.is_open(), incident.impact) {
                (false, _) => ServiceState::Operational,
                (true, PublicIncidentImpact::None) => ServiceState::NoData,
                (true, PublicIncidentImpact::Minor) => ServiceState::Degraded,
                (true, PublicIncidentImpact::Major | PublicIncidentImpact::Critical) => {
                    ServiceState::Outage
                }
            },
            open: incident.is_open(),
            phase: words.phase(incident.phase()),
            affected: names(services, &incident.affected),
            started: Moment::short(words, incident.started_at),
            duration: if incident.is_open() {
                words.open_for(&length, &words.time_near(now, now))
            } else {
                words.lasted(&length)
            },
            next_update: incident.next_update(now).map(|at| Moment::near(words, at, now)),
            latest,
            earlier_count: words.earlier_updates(earlier.len()),
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
    fn of(update: &PublicIncidentUpdate, words: &Words) -> Self {
        Self {
            phase: words.phase(update.phase),
            at: Moment::short(words, update.at),
            html: update.text.html(words),
        }
    }
}

/// Returns the names of the services with these ids.
pub(super) fn names<'a>(services: &ServiceIndex<'a>, ids: &[String]) -> Vec<&'a str> {
    services.affected(ids).into_iter().map(PublicService::label).collect()
}
