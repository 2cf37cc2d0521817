//! The JSON form of an outcome.

use allclear_core::id::{MonitorId, RegionId};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::{Labels, Metrics, Outcome};
use allclear_core::remedy;
use allclear_core::status::Status;
use serde::Serialize;

/// The outcome that `allclear check --json` prints and an ad-hoc check returns.
#[derive(Debug, Serialize)]
pub struct CheckResponse<'a> {
    monitor: &'a MonitorId,
    region: &'a RegionId,
    status: Status,
    fault: Option<&'static str>,
    reason: Option<&'static str>,
    message: Option<&'a str>,
    /// The first step for the party that has to act, with the values of the monitor.
    remedy: Option<String>,
    response_time_ms: Option<f64>,
    parts_ms: serde_json::Map<String, serde_json::Value>,
    metrics: &'a Metrics,
    labels: &'a Labels,
    cost_usd: f64,
    attempts: u8,
}

impl<'a> CheckResponse<'a> {
    /// Creates the view of an outcome of `region`. `monitors` contains its monitor.
    #[must_use]
    pub fn of(outcome: &'a Outcome, region: &'a RegionId, monitors: &[&Monitor]) -> Self {
        let cause = outcome.verdict.cause();
        let monitor = monitors.iter().find(|monitor| monitor.id == outcome.monitor);
        let remedy =
            cause.zip(monitor).map(|(cause, monitor)| remedy::for_monitor(cause.reason, monitor));
        let parts = outcome.parts.named().into_iter().filter_map(|(name, part)| {
            Some((name.to_owned(), (part?.as_secs_f64() * 1000.0).into()))
        });
        Self {
            monitor: &outcome.monitor,
            region,
            status: outcome.status(),
            fault: cause.map(|cause| cause.fault.as_str()),
            reason: cause.map(|cause| cause.reason.code()),
            message: cause.map(|cause| cause.message.as_str()),
            remedy,
            response_time_ms: outcome.response_time_ms(),
            parts_ms: parts.collect(),
            metrics: &outcome.metrics,
            labels: &outcome.labels,
            cost_usd: outcome.cost.dollars(),
            attempts: outcome.attempts,
        }
    }
}
