//! Incidents as the page shows them: their facts in words, between the updates of operators.

mod cause;
mod tense;
mod wording;

use std::collections::HashSet;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::incident::{
    Incident, IncidentImpact, IncidentMoment, IncidentPhase, OperatorUpdate,
};
use allclear_status_site::snapshot::{
    PublicIncident, PublicIncidentImpact, PublicIncidentPhase, PublicIncidentUpdate, ServiceGroup,
    ServiceState, UpdateText,
};

use self::tense::Tense;
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

/// Returns an incident in the words of the page. Of the services in `groups`, its open updates tell which ones work.
#[must_use]
pub fn public_incident(incident: &Incident, groups: &[ServiceGroup]) -> PublicIncident {
    let generated = || wording::title(&incident.episodes, tense(incident));
    PublicIncident {
        id: incident.id.to_string(),
        title: incident.title.clone().unwrap_or_else(generated),
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
    let mut generated: Vec<(Timestamp, String)> = moments
        .iter()
        .map(|moment| (moment.at, wording::moment(moment, tense(incident))))
        .collect();
    let newest_by_hand = incident.updates.iter().map(|update| update.at).max();
    if let Some((at, text)) = generated.last_mut()
        && incident.is_open()
        && newest_by_hand.is_none_or(|by_hand| by_hand < *at)
        && let Some(works) = works_meanwhile(incident, groups)
    {
        text.push(' ');
        text.push_str(&works);
    }
    let update = |at, text, next_update_at| {
        let phase = phase(incident.phase_at(at));
        PublicIncidentUpdate { at, phase, text, next_update_at }
    };
    let generated =
        generated.into_iter().map(|(at, text)| update(at, UpdateText::Plain(text), None));
    let by_hand = incident.updates.iter();
    let by_hand = by_hand.map(|one| update(one.at, text_of(one), one.next_update_at));
    let mut all: Vec<PublicIncidentUpdate> = generated.chain(by_hand).collect();
    all.sort_by_key(|update| update.at);
    all
}

fn tense(incident: &Incident) -> Tense {
    if incident.is_open() { Tense::Present } else { Tense::Past }
}

fn text_of(update: &OperatorUpdate) -> UpdateText {
    match &update.text {
        Some(text) => UpdateText::Markdown(text.clone()),
        None => UpdateText::Plain(wording::phase(update.phase).to_owned()),
    }
}

/// Returns the sentence about the services that are not affected and work now; `None` if there is nothing to tell.
fn works_meanwhile(incident: &Incident, groups: &[ServiceGroup]) -> Option<String> {
    let affected: HashSet<&str> = incident.monitors.iter().map(MonitorId::as_str).collect();
    let services = groups.iter().flat_map(|group| &group.services);
    let others: Vec<ServiceState> = services
        .filter(|service| !affected.contains(service.id.as_str()))
        .map(|service| service.state)
        .collect();
    let n_working = others.iter().filter(|state| **state == ServiceState::Operational).count();
    wording::meanwhile(n_working, others.len())
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
