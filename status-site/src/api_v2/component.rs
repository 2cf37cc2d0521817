//! `components`: the services and their groups.

use serde::Serialize;

use super::change::{self, midnight};
use crate::{
    Snapshot,
    snapshot::{PublicService, ServiceGroup, ServiceState},
    wording::{failing_regions, machine_time},
};

#[derive(Clone, Serialize)]
pub(super) struct Component {
    pub(super) id: String,
    pub(super) name: String,
    status: &'static str,
    created_at: String,
    updated_at: String,
    position: usize,
    description: Option<String>,
    showcase: bool,
    start_date: Option<String>,
    group_id: Option<String>,
    page_id: String,
    pub(super) group: bool,
    only_show_if_degraded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Vec<String>>,
}

/// Returns the components: each group before its services, and services without a group on their
/// own.
pub(super) fn all(snapshot: &Snapshot) -> Vec<Component> {
    let mut components = Vec::new();
    for (position, group) in snapshot.groups.iter().enumerate() {
        let members: Vec<Component> = group
            .services
            .iter()
            .enumerate()
            .map(|(position, service)| one(snapshot, group, service, position + 1))
            .collect();
        if let Some(name) = &group.name {
            components.push(Component {
                components: Some(members.iter().map(|member| member.id.clone()).collect()),
                ..heading(snapshot, group, name, &members, position + 1)
            });
        }
        components.extend(members);
    }
    components
}

fn one(
    snapshot: &Snapshot,
    group: &ServiceGroup,
    service: &PublicService,
    position: usize,
) -> Component {
    let state = snapshot.state_of(service);
    let first_day =
        service.days.iter().find(|day| day.state != ServiceState::NoData).map(|day| day.date);
    let updated_at = change::of_service(snapshot, service);
    Component {
        id: service.id.clone(),
        name: service.label().to_owned(),
        status: word(state),
        created_at: machine_time(first_day.and_then(midnight).unwrap_or(updated_at)),
        updated_at: machine_time(updated_at),
        position,
        description: match state {
            ServiceState::NoData => Some("No data: the service is not measured.".to_owned()),
            ServiceState::Operational
            | ServiceState::Degraded
            | ServiceState::Outage
            | ServiceState::Maintenance => failing_regions(service, state),
        },
        showcase: true,
        start_date: first_day.map(|date| date.to_string()),
        group_id: group.name.as_ref().map(|_| group_id(group)),
        page_id: snapshot.page.id.clone(),
        group: false,
        only_show_if_degraded: false,
        components: None,
    }
}

fn heading(
    snapshot: &Snapshot,
    group: &ServiceGroup,
    name: &str,
    members: &[Component],
    position: usize,
) -> Component {
    let worst = ServiceState::WORST_FIRST
        .into_iter()
        .find(|state| group.services.iter().any(|service| snapshot.state_of(service) == *state));
    let today = machine_time(change::today(snapshot));
    let created = members.iter().map(|member| &member.created_at).min();
    let updated = members.iter().map(|member| &member.updated_at).max();
    Component {
        id: group_id(group),
        name: name.to_owned(),
        status: word(worst.unwrap_or(ServiceState::NoData)),
        created_at: created.unwrap_or(&today).clone(),
        updated_at: updated.unwrap_or(&today).clone(),
        position,
        description: None,
        showcase: false,
        start_date: None,
        group_id: None,
        page_id: snapshot.page.id.clone(),
        group: true,
        only_show_if_degraded: false,
        components: None,
    }
}

/// Returns the component id of a group. A group may have the id of a service, but component ids
/// must differ.
fn group_id(group: &ServiceGroup) -> String {
    format!("group-{}", group.id)
}

fn word(state: ServiceState) -> &'static str {
    match state {
        ServiceState::Operational => "operational",
        ServiceState::Degraded | ServiceState::NoData => "degraded_performance",
        ServiceState::Outage => "major_outage",
        ServiceState::Maintenance => "under_maintenance",
    }
}
