//! `services`.

use schemars::JsonSchema;
use serde::Serialize;

use super::TimeV1;
use crate::{
    Snapshot,
    formats::{anchor, encoded},
    snapshot::{PublicService, ReportedStatus, ServiceGroup, ServiceState, Uptime, UptimeDay},
};

/// The lengths of the periods whose uptime is stated, in days up to today.
const UPTIME_DAYS: [u16; 3] = [7, 30, 90];

/// One service.
#[derive(Serialize, JsonSchema)]
pub(super) struct ServiceV1 {
    /// A stable id, unique on the page.
    id: String,
    /// The name.
    name: String,
    /// The heading under which the service stands; null if it stands under none.
    group: Option<String>,
    /// The state.
    state: StateV1,
    /// The time since which the state holds; null if that is not known.
    since: Option<TimeV1>,
    /// The regions that see a failure, if fewer see it than decide; null otherwise.
    failing_regions: Option<FailingRegionsV1>,
    /// The response time of the newest check, in seconds; null if it is not known.
    response_time_seconds: Option<f64>,
    /// The uptime over the last 7, 30 and 90 days.
    uptimes: Vec<UptimeV1>,
    /// The days of the last 90 on which the service was degraded or down, oldest first.
    problem_days: Vec<ProblemDayV1>,
    /// The state on the provider's own status page; null if none is read.
    provider_status: Option<ProviderStatusV1>,
    /// The address of the service on the page.
    url: String,
    /// The address of its badge.
    badge_url: String,
}

/// The state of a service, or of the whole page.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StateV1 {
    /// Works.
    Operational,
    /// Slow, or failing in part.
    Degraded,
    /// Down.
    Outage,
    /// In an announced maintenance window.
    Maintenance,
    /// Not measured, or the data is too old.
    NoData,
}

/// The number of regions that see a failure.
#[derive(Serialize, JsonSchema)]
struct FailingRegionsV1 {
    /// The regions that see the failure.
    failing: u8,
    /// All regions that measure the service.
    of: u8,
}

/// The uptime over a period that ends today.
#[derive(Serialize, JsonSchema)]
struct UptimeV1 {
    /// The length of the period in days.
    days: u16,
    /// The uptime in percent, rounded down to hundredths; null if nothing was measured. Degraded time counts as up.
    percent: Option<f64>,
}

/// A UTC day with a problem.
#[derive(Serialize, JsonSchema)]
struct ProblemDayV1 {
    /// The date.
    #[schemars(extend("format" = "date"))]
    date: String,
    /// The worst state of the day.
    state: StateV1,
    /// The uptime of the day in percent, rounded down to hundredths; null if nothing was measured.
    uptime_percent: Option<f64>,
    /// The time in outage.
    outage_seconds: u64,
    /// The time degraded.
    degraded_seconds: u64,
}

/// The state on the provider's own status page.
#[derive(Serialize, JsonSchema)]
struct ProviderStatusV1 {
    /// The state that the provider announces.
    state: StateV1,
    /// The time since which it announces trouble, or no trouble.
    since: TimeV1,
    /// The delay of its announcement after the detection, in seconds. Negative if the provider was first; null if no
    /// trouble was detected.
    lag_seconds: Option<i64>,
}

/// Returns all services.
pub(super) fn all(snapshot: &Snapshot) -> Vec<ServiceV1> {
    let groups = snapshot.groups.iter();
    groups
        .flat_map(|group| group.services.iter().map(move |service| of(snapshot, group, service)))
        .collect()
}

fn of(snapshot: &Snapshot, group: &ServiceGroup, service: &PublicService) -> ServiceV1 {
    let state = snapshot.state_of(service);
    let is_current = state == service.state;
    let days: Vec<&UptimeDay> = service.days.iter().collect();
    let over = |n: u16| {
        let last = days.iter().rev().take(n.into());
        let uptime = last.fold(Uptime::NONE, |sum, day| sum.plus(day.uptime));
        UptimeV1 { days: n, percent: percent(uptime) }
    };
    let regions = service.failing_regions.filter(|_| state == ServiceState::Degraded);
    let page = &snapshot.page.url;
    ServiceV1 {
        id: service.id.clone(),
        name: service.label().to_owned(),
        group: group.name.clone(),
        state: state.into(),
        since: service.since.filter(|_| is_current).map(TimeV1::from),
        failing_regions: regions
            .map(|regions| FailingRegionsV1 { failing: regions.failing, of: regions.of }),
        response_time_seconds: service
            .response_time
            .filter(|_| is_current)
            .map(|time| (time.as_secs_f64() * 1e6).round() / 1e6),
        uptimes: UPTIME_DAYS.map(over).into(),
        problem_days: days
            .iter()
            .filter(|day| day.state.is_problem())
            .map(|day| of_day(day))
            .collect(),
        provider_status: service.reported_status.map(of_provider),
        url: page.with_anchor(&anchor("service", &service.id)),
        badge_url: page.of_file(&format!("badge/{}.svg", encoded(&service.id))),
    }
}

fn of_day(day: &UptimeDay) -> ProblemDayV1 {
    ProblemDayV1 {
        date: day.date.to_string(),
        state: day.state.into(),
        uptime_percent: percent(day.uptime),
        outage_seconds: day.outage_seconds,
        degraded_seconds: day.degraded_seconds,
    }
}

fn of_provider(reported: ReportedStatus) -> ProviderStatusV1 {
    ProviderStatusV1 {
        state: reported.state.into(),
        since: reported.since.into(),
        lag_seconds: reported.lag.map(|lag| lag.as_secs()),
    }
}

fn percent(uptime: Uptime) -> Option<f64> {
    uptime.basis_points().map(|points| f64::from(points) / 100.0)
}

impl From<ServiceState> for StateV1 {
    fn from(state: ServiceState) -> Self {
        match state {
            ServiceState::Operational => Self::Operational,
            ServiceState::Degraded => Self::Degraded,
            ServiceState::Outage => Self::Outage,
            ServiceState::Maintenance => Self::Maintenance,
            ServiceState::NoData => Self::NoData,
        }
    }
}
