//! Incidents as the page shows them: their facts, between the updates of operators.

mod cause;
mod sentences;

use std::collections::HashSet;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::incident::{
    Incident, IncidentImpact, IncidentMoment, IncidentPhase, OperatorUpdate,
};
use allclear_status_site::snapshot::{
    GeneratedText, IncidentTitle, PublicIncident, PublicIncidentImpact, PublicIncidentPhase,
    PublicIncidentUpdate, Sentence, ServiceGroup, ServiceState, Tense, UpdateText,
};

use crate::publish::public::Public;

/// The most incidents that a program can read, the newest ones.
const N_NEWEST: usize = 50;

/// The period of the newest incidents.
const PAST_INCIDENTS: Duration = Duration::from_hours(90 * 24);

/// The time for which the page shows each resolved incident.
const SHOWN: Duration = Duration::from_hours(14 * 24);

/// Returns the incidents that are open, that ended at most [`SHOWN`] before `now`, or that are among the [`N_NEWEST`] of
/// the last [`PAST_INCIDENTS`].
pub(crate) fn incidents(
    public: &Public<'_>,
    groups: &[ServiceGroup],
    now: Timestamp,
) -> Vec<PublicIncident> {
    let newest_first = public.incidents.iter().enumerate();
    let recent = newest_first.filter(|(n, incident)| {
        let kept = if *n < N_NEWEST { PAST_INCIDENTS } else { SHOWN };
        incident.resolved_at.is_none_or(|resolved| resolved + kept >= now)
    });
    recent.map(|(_, incident)| public_incident(incident, groups)).collect()
}

/// Returns an incident as the page shows it. Of the services in `groups`, its open updates tell which ones work.
#[must_use]
pub fn public_incident(incident: &Incident, groups: &[ServiceGroup]) -> PublicIncident {
    let by_hand = incident.title.clone().map(IncidentTitle::ByHand);
    PublicIncident {
        id: incident.id.to_string(),
        title: by_hand.unwrap_or_else(|| sentences::title(incident)),
        affected: incident.monitors.iter().map(ToString::to_string).collect(),
        impact: impact(incident.impact),
        started_at: incident.started_at,
        resolved_at: incident.resolved_at,
        next_update_at: incident.next_update_at,
        updates: updates(incident, groups),
    }
}

/// Returns the updates by time: those that the facts give, and those of operators.
fn updates(incident: &Incident, groups: &[ServiceGroup]) -> Vec<PublicIncidentUpdate> {
    let moments = IncidentMoment::all(&incident.episodes);
    let newest_by_hand = incident.updates.iter().map(|update| update.at).max();
    let newest = moments.last().filter(|newest| {
        incident.is_open() && newest_by_hand.is_none_or(|by_hand| by_hand < newest.at)
    });
    let works = newest.and_then(|newest| works_meanwhile(incident, newest, groups));
    let tense = if incident.is_open() { Tense::Present } else { Tense::Past };
    let text = |sentences| UpdateText::Generated(GeneratedText { tense, sentences });
    let update = |at, changed_at, text, next_update_at| PublicIncidentUpdate {
        at,
        changed_at,
        phase: phase(incident.phase_at(at)),
        text,
        next_update_at,
    };
    let generated = moments.iter().map(|moment| {
        let is_newest = newest.is_some_and(|newest| newest.at == moment.at);
        let mut sentences: Vec<Sentence> = sentences::moment(moment, tense);
        sentences.extend(works.clone().filter(|_| is_newest));
        update(moment.at, moment.until, text(sentences), None)
    });
    let by_hand = incident.updates.iter().map(|one| {
        let announced = || text(vec![Sentence::Phase(announced_phase(one))]);
        let by_hand = one.text.clone().map(UpdateText::Markdown);
        update(one.at, one.at, by_hand.unwrap_or_else(announced), one.next_update_at)
    });
    let mut all: Vec<PublicIncidentUpdate> = generated.chain(by_hand).collect();
    all.sort_by_key(|update| update.at);
    all
}

/// Returns the phase that an update without a text announced.
fn announced_phase(update: &OperatorUpdate) -> PublicIncidentPhase {
    update.phase.map_or(PublicIncidentPhase::Investigating, phase)
}

/// Returns the sentence about the services that work now, of those that do not fail and that the update of `newest` does
/// not name; `None` if there is nothing to tell.
fn works_meanwhile(
    incident: &Incident,
    newest: &IncidentMoment<'_>,
    groups: &[ServiceGroup],
) -> Option<Sentence> {
    let recovered: HashSet<&MonitorId> = incident.recovered().collect();
    let failing = incident.monitors.iter().filter(|id| !recovered.contains(id));
    let named = newest.episodes().map(|episode| &episode.monitor);
    let told: HashSet<&str> = failing.chain(named).map(MonitorId::as_str).collect();
    let services = groups.iter().flat_map(|group| &group.services);
    let others: Vec<ServiceState> = services
        .filter(|service| !told.contains(service.id.as_str()))
        .map(|service| service.state)
        .collect();
    let n_working = others.iter().filter(|state| **state == ServiceState::Operational).count();
    (n_working > 0).then_some(Sentence::OthersWork { n_working, n_others: others.len() })
}

fn impact(impact: IncidentImpact) -> PublicIncidentImpact {
    match impact {
        IncidentImpact::None => PublicIncidentImpact::None,
        IncidentImpact::Minor => PublicIncidentImpact::Minor,
        IncidentImpact::Major => PublicIncidentImpact::Major,
        IncidentImpact::Critical => PublicIncidentImpact::Critical,
    }
}

fn phase(phase: IncidentPhase) -> PublicIncidentPhase {
    match phase {
        IncidentPhase::Investigating => PublicIncidentPhase::Investigating,
        IncidentPhase::Identified => PublicIncidentPhase::Identified,
        IncidentPhase::Monitoring => PublicIncidentPhase::Monitoring,
        IncidentPhase::Resolved => PublicIncidentPhase::Resolved,
        IncidentPhase::Postmortem => PublicIncidentPhase::Postmortem,
    }
}
