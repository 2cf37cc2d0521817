//! `metrics`: the public facts in the text format of OpenMetrics, for Prometheus.
//!
//! `probe_success` and `probe_duration_seconds` have the names and meanings of the blackbox exporter, so that its
//! dashboards and rules work. A value that is not known has no sample.

use std::fmt::Display;

use jiff::Timestamp;

use crate::{
    SiteFile, Snapshot,
    delivery::METRICS,
    snapshot::{Freshness, N_DAYS, PublicService, ServiceState, Uptime},
};

/// Renders all metrics.
pub(crate) fn file(snapshot: &Snapshot) -> SiteFile {
    let mut text = Exposition::default();
    of_services(&mut text, snapshot);
    of_page(&mut text, snapshot);
    text.0.push_str("# EOF\n");
    SiteFile::text(METRICS, text.0)
}

fn of_services(text: &mut Exposition, snapshot: &Snapshot) {
    let services: Vec<&PublicService> = snapshot.services().collect();
    let states = || services.iter().map(|service| (*service, snapshot.state_of(service)));
    let is_fresh = snapshot.freshness() == Freshness::Fresh;

    text.family(
        "probe_success",
        "gauge",
        "1 if the service works or is degraded, 0 if it is down.",
    );
    for (service, state) in states() {
        if let Some(success) = success(state) {
            text.sample("probe_success", &[("service", &service.id)], success);
        }
    }
    text.family("probe_duration_seconds", "gauge", "The response time of the newest check.");
    text.unit("probe_duration_seconds", "seconds");
    for service in services.iter().filter(|_| is_fresh) {
        if let Some(time) = service.response_time {
            let seconds = time.as_secs_f64();
            text.sample("probe_duration_seconds", &[("service", &service.id)], seconds);
        }
    }
    text.family("allclear_service", "info", "The name and the group of a service.");
    for group in &snapshot.groups {
        for service in &group.services {
            let name = group.name.as_deref().unwrap_or_default();
            let labels = [("service", &*service.id), ("name", service.label()), ("group", name)];
            text.sample("allclear_service_info", &labels, 1);
        }
    }
    text.family("allclear_service_state", "stateset", "The state of a service on the page.");
    for (service, state) in states() {
        for other in ServiceState::WORST_FIRST {
            let labels = [("service", &*service.id), ("allclear_service_state", other.code())];
            text.sample("allclear_service_state", &labels, u8::from(state == other));
        }
    }
    text.family("allclear_service_uptime_ratio", "gauge", "The uptime over 90 days, rounded down.");
    text.unit("allclear_service_uptime_ratio", "ratio");
    for service in &services {
        if let Some(ratio) = ratio(service.uptime()) {
            let window = format!("{N_DAYS}d");
            let labels = [("service", &*service.id), ("window", &*window)];
            text.sample("allclear_service_uptime_ratio", &labels, ratio);
        }
    }
}

fn of_page(text: &mut Exposition, snapshot: &Snapshot) {
    text.family("allclear_open_incidents", "gauge", "The open incidents.");
    text.sample("allclear_open_incidents", &[], snapshot.open_incidents().len());
    let name = "allclear_page_timestamp_seconds";
    text.family(name, "gauge", "The time at which the page was made.");
    text.unit(name, "seconds");
    text.sample(name, &[], snapshot.generated_at.as_second());
    let name = "allclear_last_check_timestamp_seconds";
    text.family(
        name,
        "gauge",
        "The time of the newest check; absent if nothing was ever measured.",
    );
    text.unit(name, "seconds");
    if let Some(at) = snapshot.last_checked_at.map(Timestamp::as_second) {
        text.sample(name, &[], at);
    }
}

/// Returns the value of `probe_success`; `None` if the service is not measured or under maintenance.
fn success(state: ServiceState) -> Option<u8> {
    match state {
        ServiceState::Operational | ServiceState::Degraded => Some(1),
        ServiceState::Outage => Some(0),
        ServiceState::Maintenance | ServiceState::NoData => None,
    }
}

fn ratio(uptime: Uptime) -> Option<String> {
    let points = uptime.basis_points()?;
    Some(format!("{}.{:04}", points / 10_000, points % 10_000))
}

/// The lines of the format.
#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# TYPE {name} {kind}\n# HELP {name} {help}"));
    }

    fn unit(&mut self, name: &str, unit: &str) {
        self.line(format_args!("# UNIT {name} {unit}"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        if labels.is_empty() {
            self.line(format_args!("{name} {value}"));
        } else {
            self.line(format_args!("{name}{{{}}} {value}", labels.join(",")));
        }
    }

    fn line(&mut self, line: impl Display) {
        self.0.push_str(&line.to_string());
        self.0.push('\n');
    }
}

/// Escapes the value of a label.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
