//! `incidents` and `scheduled_maintenances`, which share one format.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;

use super::change;
use super::component::Component;
use crate::{
    Snapshot, snapshot,
    snapshot::{MaintenancePhase, PublicIncidentImpact, PublicIncidentPhase, PublicMaintenance},
    wording::{anchor, machine_time},
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
    /// Always empty: the components that an update changed are not recorded.
    affected_components: [(); 0],
}

/// Returns all incidents, newest first.
pub(super) fn incidents<'a>(
    snapshot: &Snapshot,
    components: &ComponentIndex<'a>,
) -> Vec<ApiIncident<'a>> {
    let incidents = snapshot.newest_incidents();
    incidents.into_iter().map(|incident| of_incident(snapshot, components, incident)).collect()
}

/// Returns all windows: active, then announced, then completed.
pub(super) fn maintenances<'a>(
    snapshot: &Snapshot,
    components: &ComponentIndex<'a>,
) -> Vec<ApiIncident<'a>> {
    [MaintenancePhase::Active, MaintenancePhase::Announced, MaintenancePhase::Completed]
        .into_iter()
        .flat_map(|phase| snapshot.maintenances_in(phase))
        .map(|window| of_maintenance(snapshot, components, window))
        .collect()
}

fn of_incident<'a>(
    snapshot: &Snapshot,
    components: &ComponentIndex<'a>,
    incident: &snapshot::PublicIncident,
) -> ApiIncident<'a> {
    let newest = incident.newest_updates();
    let started_at = machine_time(incident.started_at);
    let monitoring = newest
        .iter()
        .filter(|update| update.phase == PublicIncidentPhase::Monitoring)
        .map(|update| update.at);
    let n_updates = newest.len();
    ApiIncident {
        id: incident.id.clone(),
        name: incident.title.clone(),
        status: phase_word(incident.phase()),
        created_at: started_at.clone(),
        updated_at: machine_time(change::of_incident(incident)),
        monitoring_at: monitoring.min().map(machine_time),
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
        updates: newest
            .into_iter()
            .enumerate()
            .map(|(n, update)| {
                // Counted from the oldest, so that an id stays the same when an update is added.
                let id = format!("{}-{}", incident.id, n_updates - n);
                let status = phase_word(update.phase);
                let (of, body, at) = (&incident.id, update.text.to_string(), update.at);
                Update::new(UpdateContent { id, of, status, body, at })
            })
            .collect(),
        components: affected(components, &incident.affected),
        scheduled_for: None,
        scheduled_until: None,
    }
}

fn of_maintenance<'a>(
    snapshot: &Snapshot,
    components: &ComponentIndex<'a>,
    window: &PublicMaintenance,
) -> ApiIncident<'a> {
    let phase = window.phase(snapshot.generated_at);
    let status = match phase {
        MaintenancePhase::Announced => "scheduled",
        MaintenancePhase::Active => "in_progress",
        MaintenancePhase::Completed => "completed",
    };
    let starts_at = machine_time(window.starts_at);
    let ends_at = machine_time(window.ends_at);
    ApiIncident {
        id: window.id.clone(),
        name: window.title.clone(),
        status,
        created_at: starts_at.clone(),
        updated_at: starts_at.clone(),
        monitoring_at: None,
        resolved_at: (phase == MaintenancePhase::Completed).then(|| ends_at.clone()),
        impact: "maintenance",
        shortlink: link(snapshot, "maintenance", &window.id),
        started_at: starts_at.clone(),
        page_id: snapshot.page.id.clone(),
        updates: vec![Update::new(UpdateContent {
            id: format!("{}-1", window.id),
            of: &window.id,
            status,
            body: window.description.clone(),
            at: window.starts_at,
        })],
        components: affected(components, &window.affected),
        scheduled_for: Some(starts_at),
        scheduled_until: Some(ends_at),
    }
}

/// The content of an update.
struct UpdateContent<'t> {
    /// The id of the update.
    id: String,
    /// The id of its incident or maintenance.
    of: &'t str,
    status: &'static str,
    body: String,
    at: Timestamp,
}

impl Update {
    fn new(UpdateContent { id, of, status, body, at }: UpdateContent<'_>) -> Self {
        let at = machine_time(at);
        Self {
            id,
            status,
            body,
            incident_id: of.to_owned(),
            created_at: at.clone(),
            updated_at: at.clone(),
            display_at: at,
            affected_components: [],
        }
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
    let url = snapshot.page.url.as_ref();
    url.map_or_else(String::new, |url| format!("{url}#{}", anchor(kind, id)))
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
