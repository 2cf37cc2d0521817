//! `incidents` and `maintenances`.

use schemars::JsonSchema;
use serde::Serialize;

use super::TimeV1;
use crate::{
    Snapshot,
    edition::Edition,
    formats::anchor,
    incident_address::incident_address,
    snapshot::{
        MaintenancePhase, PublicIncident, PublicIncidentImpact, PublicIncidentPhase,
        PublicIncidentUpdate, PublicMaintenance, ServiceIndex,
    },
    words::Words,
};

/// An incident.
#[derive(Serialize, JsonSchema)]
pub(super) struct IncidentV1 {
    /// A stable id.
    id: String,
    /// The title; one line.
    title: String,
    /// The phase.
    phase: IncidentPhaseV1,
    /// The severity for users of the services.
    impact: IncidentImpactV1,
    /// The ids of the affected services that are on the page, in its order.
    affected: Vec<String>,
    /// The start.
    started_at: TimeV1,
    /// The end; null while the incident is open.
    resolved_at: Option<TimeV1>,
    /// The length; null while the incident is open.
    duration_seconds: Option<i64>,
    /// The time by which the next update is promised; null without a promise, once it is past, and after the end.
    next_update_at: Option<TimeV1>,
    /// The address of the incident: on the page for 14 days after its end, then on the page of its month.
    url: String,
    /// The updates, newest first.
    updates: Vec<IncidentUpdateV1>,
}

/// One statement about an incident.
#[derive(Serialize, JsonSchema)]
struct IncidentUpdateV1 {
    /// The time of publication.
    at: TimeV1,
    /// The phase that it announced.
    phase: IncidentPhaseV1,
    /// The text without markup.
    text: String,
}

/// The progress of the work on an incident.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum IncidentPhaseV1 {
    /// The cause is not known.
    Investigating,
    /// The cause is known.
    Identified,
    /// The problem seems to be over and is observed.
    Monitoring,
    /// The incident is over.
    Resolved,
    /// The incident is over and was analyzed.
    Postmortem,
}

/// The severity of an incident.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum IncidentImpactV1 {
    /// No user is affected.
    None,
    /// A few users are affected.
    Minor,
    /// Many users are affected.
    Major,
    /// All users are affected.
    Critical,
}

/// A maintenance window.
#[derive(Serialize, JsonSchema)]
pub(super) struct MaintenanceV1 {
    /// A stable id.
    id: String,
    /// The title; one line.
    title: String,
    /// The phase.
    phase: MaintenancePhaseV1,
    /// The ids of the affected services that are on the page, in its order.
    affected: Vec<String>,
    /// The time since which the page announces the window.
    announced_at: TimeV1,
    /// The start.
    starts_at: TimeV1,
    /// The end.
    ends_at: TimeV1,
    /// Plain text; may be empty.
    description: String,
    /// The address of the window on the page, as long as it is not completed.
    url: String,
}

/// The position of a window relative to the present.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum MaintenancePhaseV1 {
    /// The window has not started.
    Announced,
    /// The window has started and not ended.
    Active,
    /// The window has ended.
    Completed,
}

impl IncidentV1 {
    pub(super) fn of(
        first: &Edition<'_>,
        services: &ServiceIndex<'_>,
        incident: &PublicIncident,
    ) -> Self {
        let resolved_at = incident.resolved_at;
        let updates = incident.complete_updates();
        Self {
            id: incident.id.clone(),
            title: first.words.incident_title(incident),
            phase: incident.phase().into(),
            impact: match incident.impact {
                PublicIncidentImpact::None => IncidentImpactV1::None,
                PublicIncidentImpact::Minor => IncidentImpactV1::Minor,
                PublicIncidentImpact::Major => IncidentImpactV1::Major,
                PublicIncidentImpact::Critical => IncidentImpactV1::Critical,
            },
            affected: affected(services, &incident.affected),
            started_at: incident.started_at.into(),
            resolved_at: resolved_at.map(TimeV1::from),
            duration_seconds: resolved_at.map(|end| incident.duration(end).as_secs()),
            next_update_at: incident.next_update(first.snapshot.generated_at).map(TimeV1::from),
            url: incident_address(first, incident),
            updates: updates
                .iter()
                .rev()
                .map(|one| IncidentUpdateV1::of(one, first.words))
                .collect(),
        }
    }
}

impl IncidentUpdateV1 {
    fn of(update: &PublicIncidentUpdate, words: &Words) -> Self {
        Self { at: update.at.into(), phase: update.phase.into(), text: words.update(update) }
    }
}

impl MaintenanceV1 {
    pub(super) fn of(
        snapshot: &Snapshot,
        services: &ServiceIndex<'_>,
        window: &PublicMaintenance,
    ) -> Self {
        Self {
            id: window.id.clone(),
            title: window.title.clone(),
            phase: match window.phase(snapshot.generated_at) {
                MaintenancePhase::Announced => MaintenancePhaseV1::Announced,
                MaintenancePhase::Active => MaintenancePhaseV1::Active,
                MaintenancePhase::Completed => MaintenancePhaseV1::Completed,
            },
            affected: affected(services, &window.affected),
            announced_at: window.announced_at.into(),
            starts_at: window.starts_at.into(),
            ends_at: window.ends_at.into(),
            description: window.description.clone(),
            url: snapshot.page.url.with_anchor(&anchor("maintenance", &window.id)),
        }
    }
}

impl From<PublicIncidentPhase> for IncidentPhaseV1 {
    fn from(phase: PublicIncidentPhase) -> Self {
        match phase {
            PublicIncidentPhase::Investigating => Self::Investigating,
            PublicIncidentPhase::Identified => Self::Identified,
            PublicIncidentPhase::Monitoring => Self::Monitoring,
            PublicIncidentPhase::Resolved => Self::Resolved,
            PublicIncidentPhase::Postmortem => Self::Postmortem,
        }
    }
}

fn affected(services: &ServiceIndex<'_>, ids: &[String]) -> Vec<String> {
    services.affected(ids).into_iter().map(|service| service.id.clone()).collect()
}
