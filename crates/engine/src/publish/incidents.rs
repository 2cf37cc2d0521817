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

use crate::publish::facts::PAST_INCIDENTS;
use crate::publish::public::Public;

/// The most incidents that a program can read, the newest ones.
const N_NEWEST: usize = 50;

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
        title: by_hand.unwrap_or_else(|| sentences::title(&incident.episodes)),
        affected: incident.monitors.iter().map(ToString::to_string).collect(),
        impact: impact(incident.impact),
        started_at: incident.started_at,
        resolved_at: incident.resolved_at,
        updates: updates(incident, groups),
    }
}

/// Returns the updates by time: those that the facts give, and those of operators.
fn updates(incident: &Incident, groups: &[ServiceGroup]) -> Vec<PublicIncidentUpdate> {
    let moments = IncidentMoment::all(&incident.episodes);
    let mut generated: Vec<(Timestamp, Vec<Sentence>)> =
        moments.iter().map(|moment| (moment.at, sentences::moment(moment))).collect();
    let newest_by_hand = incident.updates.iter().map(|update| update.at).max();
    if let Some((at, sentences)) = generated.last_mut()
        && incident.is_open()
        && newest_by_hand.is_none_or(|by_hand| by_hand < *at)
        && let Some(works) = works_meanwhile(incident, groups)
    {
        sentences.push(works);
    }
    let tense = if incident.is_open() { Tense::Present } else { Tense::Past };
    let text = |sentences| UpdateText::Generated(GeneratedText { tense, sentences });
    let generated = generated.into_iter().map(|(at, sentences)| (at, text(sentences)));
    let by_hand = incident.updates.iter().map(|update| {
        let announced = || text(vec![Sentence::Phase(announced_phase(update))]);
        let by_hand = update.text.clone().map(UpdateText::Markdown);
        (update.at, by_hand.unwrap_or_else(announced))
    });
    let mut all: Vec<(Timestamp, UpdateText)> = generated.chain(by_hand).collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter()
        .map(|(at, text)| PublicIncidentUpdate { at, phase: phase(incident.phase_at(at)), text })
        .collect()
}

/// Returns the phase that an update without a text announced.
fn announced_phase(update: &OperatorUpdate) -> PublicIncidentPhase {
    update.phase.map_or(PublicIncidentPhase::Investigating, phase)
}

/// Returns the sentence about the services that are not affected and work now; `None` if there is nothing to tell.
fn works_meanwhile(incident: &Incident, groups: &[ServiceGroup]) -> Option<Sentence> {
    let affected: HashSet<&str> = incident.monitors.iter().map(MonitorId::as_str).collect();
    let services = groups.iter().flat_map(|group| &group.services);
    let others: Vec<ServiceState> = services
        .filter(|service| !affected.contains(service.id.as_str()))
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
