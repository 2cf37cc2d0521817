//! The services of a report: how each is, and how they are together.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::{MonitorId, RegionId};
use allclear_core::monitor::Monitor;
use allclear_core::region_state::RegionState;
use allclear_core::remedy;
use allclear_core::rollup::Rollup;
use allclear_core::state::{MonitorState, ShardState};
use allclear_core::status::{Fault, Severity, Status};
use allclear_evaluate::ConfigIndex;
use serde::Serialize;

/// Summary of the status of all services.
#[derive(Serialize)]
pub(super) struct StatusSummary {
    pub(super) total_services: usize,
    pub(super) healthy_services: usize,
    pub(super) unhealthy_services: usize,
    pub(super) critical_unhealthy: usize,
    /// Rounded down to a tenth.
    pub(super) health_percentage: f64,
    pub(super) degraded_services: usize,
    pub(super) unknown_services: usize,
    /// `critical` if a critical service is unhealthy, else the worst status there is.
    pub(super) overall_status: &'static str,
    pub(super) monitoring_impaired_since: Option<Timestamp>,
    /// The regions that measure nothing while other regions do.
    pub(super) silent_regions: Vec<SilentRegion>,
    pub(super) last_checked: Option<Timestamp>,
    pub(super) generated_at: Timestamp,
}

/// A region that measures nothing.
#[derive(Serialize)]
pub(super) struct SilentRegion {
    pub(super) region: RegionId,
    pub(super) since: Timestamp,
    pub(super) message: String,
}

/// Status of one service.
#[derive(Serialize)]
pub(super) struct ReportedService {
    pub(super) service_name: MonitorId,
    pub(super) current_status: Status,
    pub(super) last_healthy: Option<Timestamp>,
    pub(super) consecutive_failures: u32,
    /// Of the last 24 hours, rounded down to a hundredth; `None` if nothing was measured, or no status
    /// was ever confirmed.
    pub(super) uptime_percentage: Option<f64>,
    pub(super) last_updated: Option<Timestamp>,
    pub(super) display_name: String,
    pub(super) group: Option<String>,
    pub(super) critical: bool,
    pub(super) since: Option<Timestamp>,
    pub(super) fault: Option<Fault>,
    pub(super) reason: Option<&'static str>,
    pub(super) message: Option<String>,
    /// The first step for the party that has to act, with the values of the monitor.
    pub(super) remedy: Option<String>,
    pub(super) response_time_ms: Option<f64>,
    /// Of this hour and those before that are not closed yet.
    pub(super) response_time_p50_ms: Option<f64>,
    pub(super) response_time_p95_ms: Option<f64>,
    pub(super) firing: Vec<ReportedAlert>,
    /// The status in each region that has reported in the last day.
    pub(super) regions: Vec<ReportedRegion>,
}

/// Status of a service in one region.
#[derive(Serialize)]
pub(super) struct ReportedRegion {
    pub(super) region: RegionId,
    pub(super) status: Status,
    pub(super) since: Timestamp,
    pub(super) last_updated: Option<Timestamp>,
    pub(super) response_time_ms: Option<f64>,
    pub(super) message: Option<String>,
}

/// An alert that fires.
#[derive(Serialize)]
pub(super) struct ReportedAlert {
    pub(super) rule: String,
    pub(super) severity: Severity,
    pub(super) since: Timestamp,
    pub(super) suppressed_by: Option<&'static str>,
    /// The author of the acknowledgement, if there is one in force.
    pub(super) acknowledged_by: Option<String>,
}

impl ReportedAlert {
    /// Returns the rule for people, with the acknowledgement.
    pub(super) fn named(&self) -> String {
        match &self.acknowledged_by {
            Some(author) => format!("{} (acknowledged by {author})", self.rule),
            None => self.rule.clone(),
        }
    }
}

impl StatusSummary {
    pub(super) fn of(
        services: &[ReportedService],
        impaired: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let count = |status| services.iter().filter(|one| one.current_status == status).count();
        let n_healthy = count(Status::Healthy);
        let critical_unhealthy = services
            .iter()
            .filter(|one| one.critical && one.current_status == Status::Unhealthy)
            .count();
        let share = n_healthy as f64 * 1000.0 / services.len().max(1) as f64;
        let worst = [Status::Unhealthy, Status::Degraded, Status::Unknown]
            .into_iter()
            .find(|status| count(*status) > 0)
            .unwrap_or(Status::Healthy);
        Self {
            total_services: services.len(),
            healthy_services: n_healthy,
            unhealthy_services: count(Status::Unhealthy),
            critical_unhealthy,
            health_percentage: share.floor() / 10.0,
            degraded_services: count(Status::Degraded),
            unknown_services: count(Status::Unknown),
            overall_status: if critical_unhealthy > 0 { "critical" } else { worst.as_str() },
            monitoring_impaired_since: impaired,
            silent_regions: Vec::new(),
            last_checked: services.iter().filter_map(|one| one.last_updated).max(),
            generated_at: now,
        }
    }
}

impl ReportedService {
    pub(super) fn of(
        monitor: &Monitor,
        state: Option<&MonitorState>,
        index: &ConfigIndex,
        now: Timestamp,
    ) -> Self {
        let last = state.and_then(|state| state.last.as_ref());
        let fresh = state.filter(|state| allclear_engine::publish::is_fresh(monitor, state, now));
        let cause = fresh.and_then(|state| state.cause.as_ref());
        let outdated = last
            .filter(|_| fresh.is_none())
            .map(|last| format!("not checked since {:.0}", last.at));
        let latency = state.map(open_latency).unwrap_or_default();
        let quantile = |quantile| latency.latency.quantile(quantile).map(milliseconds);
        Self {
            service_name: monitor.id.clone(),
            current_status: fresh.map_or(Status::Unknown, |state| state.status),
            last_healthy: state.and_then(|state| state.last_healthy),
            consecutive_failures: state.map_or(0, |state| state.consecutive_failures),
            uptime_percentage: state
                .filter(|state| state.has_been_confirmed())
                .and_then(|state| last_day(state, now)),
            last_updated: last.map(|last| last.at),
            display_name: monitor.name.clone(),
            group: monitor.group.clone(),
            critical: monitor.critical,
            since: fresh.map(|state| state.since),
            fault: cause.map(|cause| cause.fault),
            reason: cause.map(|cause| cause.reason.code()),
            message: outdated
                .or_else(|| cause.map(|cause| cause.message.clone()))
                .or_else(|| fresh.and_then(unconfirmed)),
            remedy: cause.map(|cause| remedy::for_monitor(cause.reason, monitor)),
            response_time_ms: last.and_then(|last| last.latency).map(milliseconds),
            response_time_p50_ms: quantile(0.5),
            response_time_p95_ms: quantile(0.95),
            firing: state.map(|state| firing(state, index, now)).unwrap_or_default(),
            regions: state.map(regions).unwrap_or_default(),
        }
    }
}

/// Returns the regions of all shards about which an alert fires.
pub(super) fn silent_regions(states: &[ShardState]) -> Vec<SilentRegion> {
    let regions = states.iter().flat_map(|state| &state.reporting.regions);
    let silent = regions.filter_map(|(region, reporting)| {
        let alert = reporting.alert.as_ref()?;
        let (since, message) = (alert.since, alert.firing.message.clone());
        Some(SilentRegion { region: region.clone(), since, message })
    });
    silent.collect()
}

/// Returns the message of a first failure that awaits its confirmation.
fn unconfirmed(state: &MonitorState) -> Option<String> {
    let cause = state.last.as_ref()?.cause.as_ref().filter(|_| !state.has_been_confirmed())?;
    Some(format!("not confirmed yet: {}", cause.message))
}

fn regions(state: &MonitorState) -> Vec<ReportedRegion> {
    let reported = |(region, state): (&RegionId, &RegionState)| {
        let last = state.last.as_ref();
        ReportedRegion {
            region: region.clone(),
            status: state.status,
            since: state.since,
            last_updated: last.map(|last| last.at),
            response_time_ms: last.and_then(|last| last.latency).map(milliseconds),
            message: state.cause.as_ref().map(|cause| cause.message.clone()),
        }
    };
    state.regions.iter().map(reported).collect()
}

fn firing(state: &MonitorState, index: &ConfigIndex, now: Timestamp) -> Vec<ReportedAlert> {
    state
        .alerts
        .iter()
        .filter_map(|(rule, alert)| {
            let firing = alert.firing.as_ref()?;
            Some(ReportedAlert {
                rule: rule.to_string(),
                severity: alert.severity,
                since: firing.at,
                suppressed_by: firing.suppressed_by.map(allclear_core::event::SuppressedBy::as_str),
                acknowledged_by: index
                    .acknowledgements(&firing.id)
                    .filter(|entry| entry.is_in_force(now))
                    .max_by_key(|entry| entry.created_at)
                    .map(|entry| entry.author.clone()),
            })
        })
        .collect()
}

fn open_latency(state: &MonitorState) -> Rollup {
    let mut all = Rollup::default();
    for rollup in state.open.hours.values() {
        all.merge(rollup);
    }
    all
}

fn last_day(state: &MonitorState, now: Timestamp) -> Option<f64> {
    state.last_day(now).uptime_percentage().map(|uptime| (uptime * 100.0).floor() / 100.0)
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}
