//! `allclear report`: how everything is, from what was recorded.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::duration;
use allclear_core::id::MonitorId;
use allclear_core::monitor::Monitor;
use allclear_core::ports::{LoadState, ReadHistory, ReadRuns};
use allclear_core::rollup::Rollup;
use allclear_core::state::{MonitorState, ShardState};
use allclear_core::status::{Fault, Severity, Status};
use serde::Serialize;

use crate::arguments::{Place, Report};
use crate::machine::{Machine, now};
use crate::output;
use crate::stack::{self, Stack};

/// Prints the report.
pub(crate) async fn run(place: &Place, options: &Report) -> anyhow::Result<ExitCode> {
    let now = now();
    let report = match options.stack.stack.as_deref() {
        None => {
            let machine = Machine::open(place)?;
            Reported::from(&*machine.store, &machine.config, now).await?
        }
        Some(name) => {
            let store = Stack::find(name).await?.store()?;
            let (_, applied) = stack::config_in_force(&store).await?;
            Reported::from(&store, &Arc::new(applied.config), now).await?
        }
    };
    if options.json {
        output::json(&report);
    } else {
        print(&report);
    }
    Ok(ExitCode::SUCCESS)
}

/// The report as a program reads it. The names of the first fields are those that dashboards of
/// this kind expect; ours follow.
#[derive(Serialize)]
struct Reported {
    summary: Summary,
    services: Vec<Service>,
}

#[derive(Serialize)]
struct Summary {
    total_services: usize,
    healthy_services: usize,
    unhealthy_services: usize,
    critical_unhealthy: usize,
    /// Rounded down to a tenth.
    health_percentage: f64,
    degraded_services: usize,
    unknown_services: usize,
    /// `critical` if a critical service is unhealthy, else the worst status there is.
    overall_status: &'static str,
    monitoring_impaired_since: Option<Timestamp>,
    last_checked: Option<Timestamp>,
    generated_at: Timestamp,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the name that readers of such reports expect")]
struct Service {
    service_name: MonitorId,
    current_status: Status,
    last_healthy: Option<Timestamp>,
    consecutive_failures: u32,
    /// Of the last 24 hours, rounded down to a hundredth; `None` where nothing was measured.
    uptime_percentage: Option<f64>,
    last_updated: Option<Timestamp>,
    display_name: String,
    group: Option<String>,
    critical: bool,
    since: Option<Timestamp>,
    fault: Option<Fault>,
    reason: Option<&'static str>,
    message: Option<String>,
    response_time_ms: Option<f64>,
    /// Of this hour and those before that are not closed yet.
    response_time_p50_ms: Option<f64>,
    response_time_p95_ms: Option<f64>,
    firing: Vec<FiringAlert>,
}

#[derive(Serialize)]
struct FiringAlert {
    rule: String,
    severity: Severity,
    since: Timestamp,
    held_by: Option<&'static str>,
}

impl Reported {
    async fn from<S>(store: &S, config: &Arc<Config>, now: Timestamp) -> anyhow::Result<Self>
    where
        S: LoadState + ReadRuns + ReadHistory,
    {
        let facts = allclear_generator::facts(store, config, now).await?;
        Ok(Self::of(config, &facts.states, now))
    }

    fn of(config: &Config, states: &[ShardState], now: Timestamp) -> Self {
        let known = |monitor: &Monitor| states.iter().find_map(|one| one.monitors.get(&monitor.id));
        let services: Vec<Service> = config
            .monitors
            .iter()
            .map(|monitor| Service::of(monitor, known(monitor), now))
            .collect();
        let impaired = states.iter().filter_map(|state| state.impairment.since).min();
        Self { summary: Summary::of(&services, impaired, now), services }
    }
}

impl Summary {
    fn of(services: &[Service], impaired: Option<Timestamp>, now: Timestamp) -> Self {
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
            last_checked: services.iter().filter_map(|one| one.last_updated).max(),
            generated_at: now,
        }
    }
}

impl Service {
    fn of(monitor: &Monitor, known: Option<&MonitorState>, now: Timestamp) -> Self {
        let last = known.and_then(|known| known.last.as_ref());
        let fresh = known.filter(|known| allclear_generator::is_fresh(monitor, known, now));
        let cause = fresh.and_then(|known| known.cause.as_ref());
        let stale =
            last.filter(|_| fresh.is_none()).map(|last| format!("not checked since {}", last.at));
        let latency = known.map(open_latency).unwrap_or_default();
        let quantile = |quantile| latency.latency.quantile(quantile).map(milliseconds);
        Self {
            service_name: monitor.id.clone(),
            current_status: fresh.map_or(Status::Unknown, |known| known.status),
            last_healthy: known.and_then(|known| known.last_healthy),
            consecutive_failures: known.map_or(0, |known| known.consecutive_failures),
            uptime_percentage: known.and_then(|known| last_day(known, now)),
            last_updated: last.map(|last| last.at),
            display_name: monitor.name.clone(),
            group: monitor.group.clone(),
            critical: monitor.critical,
            since: fresh.map(|known| known.since),
            fault: cause.map(|cause| cause.fault),
            reason: cause.map(|cause| cause.reason.code()),
            message: stale.or_else(|| cause.map(|cause| cause.message.clone())),
            response_time_ms: last.and_then(|last| last.latency).map(milliseconds),
            response_time_p50_ms: quantile(0.5),
            response_time_p95_ms: quantile(0.95),
            firing: known.map(firing).unwrap_or_default(),
        }
    }
}

fn firing(known: &MonitorState) -> Vec<FiringAlert> {
    known
        .alerts
        .iter()
        .filter_map(|(rule, alert)| {
            let firing = alert.firing.as_ref()?;
            Some(FiringAlert {
                rule: rule.to_string(),
                severity: alert.severity,
                since: firing.at,
                held_by: firing.held_by.map(allclear_core::event::Gate::as_str),
            })
        })
        .collect()
}

fn open_latency(known: &MonitorState) -> Rollup {
    let mut all = Rollup::default();
    for rollup in known.open.hours.values() {
        all.merge(rollup);
    }
    all
}

fn last_day(known: &MonitorState, now: Timestamp) -> Option<f64> {
    known.last_day(now).uptime_percentage().map(|uptime| (uptime * 100.0).floor() / 100.0)
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}

fn print(report: &Reported) {
    let Summary { total_services, healthy_services, overall_status, .. } = &report.summary;
    output::line(&format!(
        "{healthy_services} of {total_services} healthy; overall {overall_status}"
    ));
    let now = report.summary.generated_at;
    let age = |at: Timestamp| {
        let age = Duration::try_from(now.duration_since(at)).unwrap_or_default();
        duration::format(Duration::from_secs(age.as_secs()))
    };
    if let Some(since) = report.summary.monitoring_impaired_since {
        output::line(&format!("monitoring has been impaired for {}", age(since)));
    }
    let rows: Vec<[String; 6]> = report
        .services
        .iter()
        .map(|one| {
            let firing: Vec<&str> = one.firing.iter().map(|alert| alert.rule.as_str()).collect();
            let why = one.message.clone().unwrap_or_default();
            [
                one.service_name.to_string(),
                format!("{} {}", output::sign(one.current_status), one.current_status),
                one.since.map_or_else(|| "-".to_owned(), age),
                one.uptime_percentage.map_or_else(|| "-".to_owned(), |up| format!("{up:.2} %")),
                one.response_time_p50_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.0} ms")),
                [why, firing.join(", ")]
                    .into_iter()
                    .filter(|text| !text.is_empty())
                    .collect::<Vec<_>>()
                    .join(" | "),
            ]
        })
        .collect();
    output::table(["MONITOR", "STATUS", "SINCE", "UPTIME 24H", "P50", "WHY"], &rows);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use allclear_core::state::LastOutcome;

    use super::*;

    #[test]
    fn what_was_not_checked_lately_is_reported_as_unknown() {
        let text = "[[monitor]]\nid = 'api'\ncheck.tcp = { address = '127.0.0.1:9' }\n";
        let loaded = crate::machine::load_text("allclear.toml", text).unwrap();
        let id = MonitorId::new("api").unwrap();
        let at: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let known = MonitorState {
            status: Status::Healthy,
            last: Some(LastOutcome { at, status: Status::Healthy, cause: None, latency: None }),
            ..MonitorState::unmeasured(at)
        };
        let states =
            [ShardState { monitors: BTreeMap::from([(id, known)]), ..ShardState::default() }];
        let reported_after = |age| {
            let report = Reported::of(&loaded.config, &states, at + age);
            (report.services[0].current_status, report.summary.overall_status)
        };
        assert_eq!(reported_after(Duration::from_mins(1)), (Status::Healthy, "healthy"));
        assert_eq!(reported_after(Duration::from_hours(24)), (Status::Unknown, "unknown"));
    }
}
