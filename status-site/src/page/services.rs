//! The groups and their rows of services.

use super::{
    days::{self, DayView, IncidentsByService},
    moment::Moment,
    periods::{PeriodView, periods},
    providers,
};
use crate::{
    edition::Edition,
    formats::{anchor, provider_address, service_path},
    snapshot::{GroupDisplay, PublicService, ServiceGroup, ServiceState},
    uptime_bars::{UptimeBars, exceptions},
};

/// The largest number of services for which every group is open. On a larger page, only groups with
/// a problem are.
const N_SERVICES_SHOWN_OPEN: usize = 12;

/// A group.
pub(super) struct GroupView<'a> {
    pub(super) id: String,
    /// Empty for services without a group.
    pub(super) name: &'a str,
    pub(super) open: bool,
    /// The worst state in the group.
    pub(super) state: ServiceState,
    pub(super) summary: String,
    pub(super) services: Vec<ServiceView<'a>>,
}

/// A row.
pub(super) struct ServiceView<'a> {
    pub(super) id: String,
    pub(super) details_id: String,
    /// The path of the service's own page.
    pub(super) path: String,
    pub(super) name: &'a str,
    pub(super) state: ServiceState,
    pub(super) state_word: String,
    /// The start of the state; `None` while the service is operational.
    pub(super) since: Option<Moment>,
    pub(super) strip: UptimeBars,
    pub(super) periods: Vec<PeriodView>,
    /// "99.96 %", or "no data".
    pub(super) uptime: String,
    /// The first day with a measurement, if that is after the first day of the strip.
    pub(super) measured_since: Option<Moment>,
    /// False if there is no measurement at all.
    pub(super) is_measured: bool,
    /// "2 days with problems"; empty if all measured days were operational.
    pub(super) exceptions: String,
    pub(super) days: Vec<DayView>,
    /// The regions that see the failure, as a sentence; empty if they decide the state.
    pub(super) regions: String,
    /// The state on the provider's own status page, as a sentence; empty if none is read.
    pub(super) provider_status: String,
    /// The phase of the incident on that page as a sentence; empty if the page states none.
    pub(super) provider_phase: String,
    /// The name and the address of its provider; `None` without one.
    pub(super) provider: Option<(&'a str, String)>,
}

/// The groups that are shown unfolded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unfolded {
    /// All groups of a small page.
    All,
    /// Groups with a problem.
    Problems,
}

/// Returns every group that has services.
pub(super) fn groups<'a>(edition: &Edition<'a>) -> Vec<GroupView<'a>> {
    let snapshot = edition.snapshot;
    let is_small = snapshot.services().count() <= N_SERVICES_SHOWN_OPEN;
    let unfolded = if is_small { Unfolded::All } else { Unfolded::Problems };
    let incidents = &days::by_service(snapshot);
    snapshot
        .groups
        .iter()
        .filter(|group| !group.services.is_empty())
        .map(|group| group_view(edition, incidents, group, unfolded))
        .collect()
}

fn group_view<'a>(
    edition: &Edition<'a>,
    incidents: &IncidentsByService<'a>,
    group: &'a ServiceGroup,
    unfolded: Unfolded,
) -> GroupView<'a> {
    let snapshot = edition.snapshot;
    let n_with = |state: ServiceState| {
        group.services.iter().filter(|service| snapshot.state_of(service) == state).count()
    };
    let worst = ServiceState::WORST_FIRST.into_iter().find(|state| n_with(*state) > 0);
    let state = worst.unwrap_or(ServiceState::NoData);
    GroupView {
        id: anchor("group", &group.id),
        name: group.name.as_deref().unwrap_or_default(),
        open: match group.display {
            _ if state.is_problem() => true,
            GroupDisplay::BySize => unfolded == Unfolded::All,
            GroupDisplay::Open => true,
            GroupDisplay::Closed => false,
        },
        state,
        summary: edition.words.group(state, n_with(state), group.services.len()),
        services: group.services.iter().map(|service| row(edition, incidents, service)).collect(),
    }
}

/// Returns the row of a service.
pub(super) fn row<'a>(
    edition: &Edition<'a>,
    incidents: &IncidentsByService<'a>,
    service: &'a PublicService,
) -> ServiceView<'a> {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let state = snapshot.state_of(service);
    let since =
        service.since.filter(|_| state == service.state && state != ServiceState::Operational);
    let provider = providers::of_service(snapshot, service);
    let is_measured = !service.days.measured().is_empty();
    ServiceView {
        id: anchor("service", &service.id),
        details_id: anchor("days", &service.id),
        path: service_path(&service.id),
        name: service.label(),
        state,
        state_word: words.state(state),
        since: since.map(|at| Moment::near(words, at, snapshot.generated_at)),
        strip: UptimeBars::of(words, service),
        periods: periods(edition, incidents, service),
        uptime: words.uptime_percent(service.uptime()),
        measured_since: service.days.measured_since().map(|day| Moment::day(words, day)),
        is_measured,
        exceptions: exceptions(words, &service.days),
        days: days::exceptional(edition, incidents, service),
        regions: words.failing_regions(service, state).unwrap_or_default(),
        provider_status: match &service.reported_status {
            Some(word) if state != ServiceState::NoData => {
                words.provider_status(word, (state, snapshot.generated_at))
            }
            Some(_) | None => String::new(),
        },
        provider_phase: provider
            .and_then(|provider| provider.phase)
            .map(|phase| words.its_phase(&words.phase(phase)))
            .unwrap_or_default(),
        provider: provider.map(|provider| (provider.name.as_str(), provider_address(&provider.id))),
    }
}
