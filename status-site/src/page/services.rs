//! The groups and their rows.

use super::{
    days::{self, DayView},
    moment::Moment,
};
use crate::{
    snapshot::{Group, Service, Snapshot, State},
    strip::{Strip, exceptions},
    wording::anchor,
};

/// Up to so many services, every group is open; above, only those that a visitor looks for.
const N_SERVICES_SHOWN_OPEN: usize = 12;

/// A group.
pub(super) struct GroupView<'a> {
    pub(super) id: String,
    /// Empty for services without a group.
    pub(super) name: &'a str,
    pub(super) open: bool,
    /// The worst state in the group, and how many share it.
    pub(super) state: State,
    pub(super) summary: String,
    pub(super) services: Vec<ServiceView<'a>>,
}

/// A row.
pub(super) struct ServiceView<'a> {
    pub(super) id: String,
    pub(super) details_id: String,
    pub(super) name: &'a str,
    pub(super) state: State,
    /// Only while the service is not operational.
    pub(super) since: Option<Moment>,
    pub(super) strip: Strip,
    /// "99.96 %", or "no data".
    pub(super) uptime: String,
    /// "2 days with problems"; empty if all days were alike: operational, or without data.
    pub(super) exceptions: String,
    pub(super) days: Vec<DayView<'a>>,
}

/// Every group that has services.
pub(super) fn groups(snapshot: &Snapshot) -> Vec<GroupView<'_>> {
    let few = snapshot.services().count() <= N_SERVICES_SHOWN_OPEN;
    snapshot
        .groups
        .iter()
        .filter(|group| !group.services.is_empty())
        .map(|group| group_view(snapshot, group, few))
        .collect()
}

fn group_view<'a>(snapshot: &'a Snapshot, group: &'a Group, few: bool) -> GroupView<'a> {
    let n_with = |state: State| {
        group.services.iter().filter(|service| snapshot.state_of(service) == state).count()
    };
    let worst = State::WORST_FIRST.into_iter().find(|state| n_with(*state) > 0);
    let state = worst.unwrap_or(State::NoData);
    GroupView {
        id: anchor("group", &group.id),
        name: group.name.as_deref().unwrap_or_default(),
        open: few || state.is_problem(),
        state,
        summary: group_summary(state, n_with(state), group.services.len()),
        services: group.services.iter().map(|service| row(snapshot, service)).collect(),
    }
}

fn group_summary(state: State, n: usize, total: usize) -> String {
    let words = match state {
        _ if n == total => return state.word().to_owned(),
        State::Operational => "operational",
        State::Degraded => "degraded",
        State::Outage => "down",
        State::Maintenance => "in maintenance",
        State::NoData => "without data",
    };
    format!("{n} of {total} {words}")
}

fn row<'a>(snapshot: &'a Snapshot, service: &'a Service) -> ServiceView<'a> {
    let state = snapshot.state_of(service);
    let since = service.since.filter(|_| state == service.state && state != State::Operational);
    // "no data" under the strip says it all for a service that was never measured.
    let measured = service.days.iter().any(|day| day.state != State::NoData);
    ServiceView {
        id: anchor("service", &service.id),
        details_id: anchor("days", &service.id),
        name: service.label(),
        state,
        since: since.map(|at| Moment::near(at, snapshot.generated_at)),
        strip: Strip::of(service),
        uptime: service.uptime().to_string(),
        exceptions: if measured { exceptions(&service.days) } else { String::new() },
        days: if measured { days::exceptional(snapshot, service) } else { vec![] },
    }
}
