//! `components`: the services and their groups.
//!
//! A service without data is left out, because every status of Statuspage would be wrong: a reader
//! takes each but `operational` for a problem of the service. It is listed while an open incident
//! names it.

use std::collections::HashSet;

use serde::Serialize;

use super::change::{self, midnight};
use crate::{
    Snapshot,
    edition::Edition,
    formats::machine_time,
    snapshot::{PublicService, ServiceGroup, ServiceState},
};

#[derive(Clone, Serialize)]
pub(super) struct Component {
    #[serde(skip)]
    listing: ComponentListing,
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

/// The presence of a component in the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ComponentListing {
    Listed,
    /// The component is a service without data, or a group of such services.
    LeftOut,
}

impl Component {
    /// Checks whether the component is in the lists.
    pub(super) fn is_listed(&self) -> bool {
        self.listing == ComponentListing::Listed
    }
}

/// Returns the components: each group before its services, and services without a group on their
/// own.
pub(super) fn all(first: &Edition<'_>) -> Vec<Component> {
    let snapshot = first.snapshot;
    let mut components = Vec::new();
    let open = snapshot.incidents.iter().filter(|incident| incident.is_open());
    let in_trouble = open.flat_map(|incident| &incident.affected).map(String::as_str).collect();
    for (position, group) in snapshot.groups.iter().enumerate() {
        let members: Vec<Component> = group
            .services
            .iter()
            .enumerate()
            .map(|(position, service)| Component {
                position: position + 1,
                ..one(first, group, service, &in_trouble)
            })
            .collect();
        if let Some(name) = &group.name {
            components.push(Component {
                position: position + 1,
                ..heading(snapshot, group, name, &members)
            });
        }
        components.extend(members);
    }
    components
}

fn one(
    first: &Edition<'_>,
    group: &ServiceGroup,
    service: &PublicService,
    in_trouble: &HashSet<&str>,
) -> Component {
    let snapshot = first.snapshot;
    let state = snapshot.state_of(service);
    let first_day = service.days.measured().first().map(|day| day.date);
    let updated_at = change::of_service(snapshot, service);
    Component {
        listing: if state != ServiceState::NoData || in_trouble.contains(service.id.as_str()) {
            ComponentListing::Listed
        } else {
            ComponentListing::LeftOut
        },
        id: service.id.clone(),
        name: service.label().to_owned(),
        status: word(state),
        created_at: machine_time(first_day.and_then(midnight).unwrap_or(updated_at)),
        updated_at: machine_time(updated_at),
        position: 1,
        description: match state {
            ServiceState::NoData => Some(first.words.service_not_measured()),
            ServiceState::Operational
            | ServiceState::Degraded
            | ServiceState::Outage
            | ServiceState::Maintenance => first.words.failing_regions(service, state),
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
) -> Component {
    let today = machine_time(change::today(snapshot));
    let listed: Vec<&Component> = members.iter().filter(|member| member.is_listed()).collect();
    let created = listed.iter().map(|member| &member.created_at).min();
    let updated = listed.iter().map(|member| &member.updated_at).max();
    Component {
        listing: if listed.is_empty() {
            ComponentListing::LeftOut
        } else {
            ComponentListing::Listed
        },
        id: group_id(group),
        name: name.to_owned(),
        status: of_group(&listed),
        created_at: created.unwrap_or(&today).clone(),
        updated_at: updated.unwrap_or(&today).clone(),
        position: 1,
        description: None,
        showcase: false,
        start_date: None,
        group_id: None,
        page_id: snapshot.page.id.clone(),
        group: true,
        only_show_if_degraded: false,
        components: Some(listed.iter().map(|member| member.id.clone()).collect()),
    }
}

/// Returns the status of a group, as Statuspage sums it up: an outage of some of its members is a
/// partial one.
fn of_group(members: &[&Component]) -> &'static str {
    let has = |status| members.iter().any(|member| member.status == status);
    let worst = [OUTAGE, DEGRADED, MAINTENANCE].into_iter().find(|status| has(*status));
    match worst {
        Some(OUTAGE) if members.iter().any(|member| member.status != OUTAGE) => "partial_outage",
        Some(status) => status,
        None => OPERATIONAL,
    }
}

/// Returns the component id of a group. A group may have the id of a service, but component ids
/// must differ.
fn group_id(group: &ServiceGroup) -> String {
    format!("group-{}", group.id)
}

pub(super) const OPERATIONAL: &str = "operational";
pub(super) const DEGRADED: &str = "degraded_performance";
pub(super) const OUTAGE: &str = "major_outage";
pub(super) const MAINTENANCE: &str = "under_maintenance";

fn word(state: ServiceState) -> &'static str {
    match state {
        ServiceState::Operational => OPERATIONAL,
        ServiceState::Degraded | ServiceState::NoData => DEGRADED,
        ServiceState::Outage => OUTAGE,
        ServiceState::Maintenance => MAINTENANCE,
    }
}
