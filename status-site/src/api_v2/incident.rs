//! `incidents` and `scheduled_maintenances`, which share one format.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;

use super::change;
use super::component::{Component, DEGRADED, MAINTENANCE, OPERATIONAL, OUTAGE};
use crate::{
    Snapshot,
    edition::Edition,
    formats::{anchor, machine_time},
    snapshot::{
        MaintenancePhase, PublicIncident, PublicIncidentImpact, PublicIncidentPhase,
        PublicIncidentUpdate, PublicMaintenance,
    },
    words::Words,
};

#[derive(Clone, Serialize)]
pub(super) struct ApiIncident<'a> {
    id: String,
    name: String,
    pub(super) status: &'static str,
    created_at: String,
    updated_at: String,
    monitoring_at: Option<String>,
    pub(super) resolved_at: Option<String>,
    impact: &'static str,
    shortlink: String,
    started_at: String,
    page_id: String,
    #[serde(rename = "incident_updates")]
    updates: Vec<Update>,
    components: Vec<&'a Component>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_for: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_until: Option<String>,
}

#[derive(Clone, Serialize)]
struct Update {
    id: String,
    status: &'static str,
    body: String,
    incident_id: String,
    created_at: String,
    updated_at: String,
    display_at: String,
    affected_components: Vec<AffectedComponent>,
}

/// A component with the status that an update announced for it, and the one before.
#[derive(Clone, Serialize)]
struct AffectedComponent {
    code: String,
    name: String,
    old_status: &'static str,
    new_status: &'static str,
}

/// An update before it is written: its time, the status of the incident, the text, and the status
/// of the affected components.
struct Announcement {
    at: Timestamp,
    status: &'static str,
    body: String,
    component: &'static str,
}

/// Returns all incidents, newest first.
pub(super) fn incidents<'a>(
    first: &Edition<'_>,
    components: &ComponentIndex<'a>,
) -> Vec<ApiIncident<'a>> {
    let incidents = first.snapshot.newest_incidents();
    incidents.into_iter().map(|incident| of_incident(first, components, incident)).collect()
}

/// Returns all windows: active, then announced, then completed.
pub(super) fn maintenances<'a>(
    first: &Edition<'_>,
    components: &ComponentIndex<'a>,
) -> Vec<ApiIncident<'a>> {
    [MaintenancePhase::Active, MaintenancePhase::Announced, MaintenancePhase::Completed]
        .into_iter()
        .flat_map(|phase| first.snapshot.maintenances_in(phase))
        .map(|window| of_maintenance(first, components, window))
        .collect()
}

fn of_incident<'a>(
    first: &Edition<'_>,
    components: &ComponentIndex<'a>,
    incident: &PublicIncident,
) -> ApiIncident<'a> {
    let snapshot = first.snapshot;
    let started_at = machine_time(incident.started_at.min(snapshot.generated_at));
    let mut monitoring =
        incident.updates.iter().filter(|update| update.phase == PublicIncidentPhase::Monitoring);
    let affected = affected(components, &incident.affected);
    ApiIncident {
        id: incident.id.clone(),
        name: first.words.incident_title(incident),
        status: phase_word(incident.phase()),
        created_at: started_at.clone(),
        updated_at: machine_time(change::of_incident(incident)),
        monitoring_at: monitoring.next().map(|update| machine_time(update.at)),
        resolved_at: incident.resolved_at.map(machine_time),
        impact: match incident.impact {
            PublicIncidentImpact::None => "none",
            PublicIncidentImpact::Minor => "minor",
            PublicIncidentImpact::Major => "major",
            PublicIncidentImpact::Critical => "critical",
        },
        shortlink: link(snapshot, "incident", &incident.id),
        started_at,
        page_id: snapshot.page.id.clone(),
        updates: updates(&incident.id, announced(incident, first.words), &affected),
        components: affected,
        scheduled_for: None,
        scheduled_until: None,
    }
}

/// Returns the updates of an incident, oldest first. Readers expect a first one, and one that ends
/// a resolved incident.
fn announced(incident: &PublicIncident, words: &Words) -> Vec<Announcement> {
    let announcement = |update: PublicIncidentUpdate| Announcement {
        at: update.at,
        status: phase_word(update.phase),
        body: words.update(&update),
        component: component_status(update.phase, incident.impact),
    };
    incident.complete_updates().into_iter().map(announcement).collect()
}

fn of_maintenance<'a>(
    first: &Edition<'_>,
    components: &ComponentIndex<'a>,
    window: &PublicMaintenance,
) -> ApiIncident<'a> {
    let (snapshot, now) = (first.snapshot, first.snapshot.generated_at);
    let phase = window.phase(now);
    let created_at = window.announced_at.min(now);
    let (starts_at, ends_at) = (machine_time(window.starts_at), machine_time(window.ends_at));
    let steps: Vec<Announcement> = window
        .steps(now)
        .into_iter()
        .map(|step| {
            let (status, component) = match step.phase {
                MaintenancePhase::Announced => ("scheduled", OPERATIONAL),
                MaintenancePhase::Active => ("in_progress", MAINTENANCE),
                MaintenancePhase::Completed => ("completed", OPERATIONAL),
            };
            Announcement {
                at: step.at,
                status,
                body: first.words.step(window, step.phase),
                component,
            }
        })
        .collect();
    let last = steps.last().map_or(created_at, |step| step.at);
    let affected = affected(components, &window.affected);
    ApiIncident {
        id: window.id.clone(),
        name: window.title.clone(),
        status: steps.last().map_or("scheduled", |step| step.status),
        created_at: machine_time(created_at),
        updated_at: machine_time(last),
        monitoring_at: None,
        resolved_at: (phase == MaintenancePhase::Completed).then(|| ends_at.clone()),
        impact: "maintenance",
        shortlink: link(snapshot, "maintenance", &window.id),
        started_at: machine_time(window.starts_at.min(last)),
        page_id: snapshot.page.id.clone(),
        updates: updates(&window.id, steps, &affected),
        components: affected,
        scheduled_for: Some(starts_at),
        scheduled_until: Some(ends_at),
    }
}

/// Writes the updates of the incident or window `of`, newest first. Their numbers count from the
/// oldest, so that an id stays the same when an update is added.
fn updates(of: &str, oldest_first: Vec<Announcement>, affected: &[&Component]) -> Vec<Update> {
    let mut old_status = OPERATIONAL;
    let mut updates: Vec<Update> = Vec::new();
    for (n, Announcement { at, status, body, component }) in oldest_first.into_iter().enumerate() {
        let at = machine_time(at);
        let changed = affected.iter().map(|one| AffectedComponent {
            code: one.id.clone(),
            name: one.name.clone(),
            old_status,
            new_status: component,
        });
        updates.push(Update {
            id: format!("{of}-{}", n + 1),
            status,
            body,
            incident_id: of.to_owned(),
            created_at: at.clone(),
            updated_at: at.clone(),
            display_at: at,
            affected_components: changed.collect(),
        });
        old_status = component;
    }
    updates.reverse();
    updates
}

/// Returns the status that the affected components have in a phase of an incident.
fn component_status(phase: PublicIncidentPhase, impact: PublicIncidentImpact) -> &'static str {
    use PublicIncidentImpact::{Critical, Major, Minor, None};
    use PublicIncidentPhase::{Identified, Investigating, Monitoring, Postmortem, Resolved};
    match (phase, impact) {
        (Resolved | Postmortem, _) | (_, None) => OPERATIONAL,
        (Monitoring, _) | (Investigating | Identified, Minor) => DEGRADED,
        (Investigating | Identified, Major | Critical) => OUTAGE,
    }
}

/// The components of services by their ids, each with its place on the page.
pub(super) type ComponentIndex<'a> = HashMap<&'a str, (usize, &'a Component)>;

/// Indexes the components of services.
pub(super) fn index(components: &[Component]) -> ComponentIndex<'_> {
    let services = components.iter().enumerate().filter(|(_, component)| !component.group);
    services.map(|(place, component)| (component.id.as_str(), (place, component))).collect()
}

/// Returns the components with these ids in the order of the page.
fn affected<'a>(components: &ComponentIndex<'a>, ids: &[String]) -> Vec<&'a Component> {
    let found = ids.iter().filter_map(|id| components.get(id.as_str()).copied());
    let in_order: BTreeMap<usize, &'a Component> = found.collect();
    in_order.into_values().collect()
}

fn link(snapshot: &Snapshot, kind: &str, id: &str) -> String {
    snapshot.page.url.with_anchor(&anchor(kind, id))
}

fn phase_word(phase: PublicIncidentPhase) -> &'static str {
    match phase {
        PublicIncidentPhase::Investigating => "investigating",
        PublicIncidentPhase::Identified => "identified",
        PublicIncidentPhase::Monitoring => "monitoring",
        PublicIncidentPhase::Resolved => "resolved",
        PublicIncidentPhase::Postmortem => "postmortem",
    }
}
