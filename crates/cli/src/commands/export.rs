//! `allclear export`: everything that was recorded, as JSON.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{ActionAttempt, AttemptOrder};
use allclear_core::config::Config;
use allclear_core::delivery::{Delivery, DeliveryState};
use allclear_core::event::{AlertRecord, Suppression, Transition};
use allclear_core::id::{ActionId, MonitorId};
use allclear_core::incident::{AutomaticIncident, IncidentEntry};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Metrics;
use allclear_core::ports::{LoadState, ReadHistory, ReadIncidents};
use allclear_core::redact::Redactor;
use allclear_core::status::Status;
use anyhow::Context as _;
use serde::Serialize;

use super::entries::IncidentRecords;
use crate::arguments::{Export, Paths};
use crate::clock::now;
use crate::local::{Access, Machine};
use crate::output;
use crate::stack::{self, Stack};

/// Prints or writes the history of the requested period.
pub(crate) async fn run(place: &Paths, options: &Export) -> anyhow::Result<ExitCode> {
    let now = now();
    let place = options.stack.place(place, options.file.as_ref())?;
    let from = now - options.since;
    let exported = match options.stack.stack.as_deref() {
        None => {
            let machine = Machine::open(&place, Access::Read)?;
            export(&*machine.store, &machine.config, from, now).await?
        }
        Some(name) => {
            let store = Stack::find(name).await?.store()?;
            let (_, applied) = stack::active_config(&store).await?;
            export(&store, &applied.config, from, now).await?
        }
    };
    match &options.output {
        None => output::json(&exported),
        Some(file) => {
            let text = serde_json::to_vec_pretty(&exported)?;
            std::fs::write(file, text)
                .with_context(|| format!("cannot write `{}`", file.display()))?;
            output::note(&format!("written to {}", file.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The recorded history. The first fields have the names that readers of such exports expect.
#[derive(Serialize)]
struct Exported {
    /// Seconds since 1970.
    timestamp: f64,
    monitored_deployments: BTreeMap<MonitorId, ExportedDeployment>,
    alert_history: Vec<AlertRecord>,
    transitions: Vec<Transition>,
    held_notifications: Vec<Suppression>,
    incidents: Vec<AutomaticIncident>,
    incident_entries: Vec<IncidentEntry>,
    deliveries: Vec<ExportedDelivery>,
}

#[derive(Serialize)]
struct ExportedDeployment {
    health_check_url: Option<String>,
    /// Allclear watches from outside and knows no processes.
    process_name: Option<String>,
    /// Seconds.
    check_interval: u64,
    health_history: Vec<ExportedHealth>,
    /// Measurements of checks other than latency, such as `certificate_days`.
    resource_history: Vec<Resources>,
    display_name: String,
    kind: String,
}

#[derive(Serialize)]
struct ExportedHealth {
    success: bool,
    status: Status,
    response_time_ms: Option<f64>,
    /// Seconds since 1970.
    timestamp: f64,
    fault: Option<&'static str>,
    reason: Option<&'static str>,
    message: Option<String>,
}

#[derive(Serialize)]
struct Resources {
    #[serde(flatten)]
    metrics: Metrics,
    /// Seconds since 1970.
    timestamp: f64,
}

#[derive(Serialize)]
struct ExportedDelivery {
    id: String,
    channel: String,
    title: String,
    n_tries: u32,
    state: DeliveryState,
    created_at: Timestamp,
    /// The attempt that the delivery orders; `None` for a notification.
    attempt: Option<ExportedAttempt>,
}

#[derive(Serialize)]
struct ExportedAttempt {
    action: ActionId,
    number: u32,
    max_attempts: u32,
    order: AttemptOrder,
    effect: String,
    /// `None` until it is known.
    result: Option<&'static str>,
}

impl ExportedAttempt {
    fn of(delivery: &Delivery) -> Option<Self> {
        let ActionAttempt { action, number, max_attempts, order, effect, .. } =
            delivery.attempt()?;
        Some(Self {
            action: action.clone(),
            number: *number,
            max_attempts: *max_attempts,
            order: *order,
            effect: effect.clone(),
            result: delivery.attempt_result().map(|result| result.as_str()),
        })
    }
}

async fn export(
    store: &(impl LoadState + ReadHistory + ReadIncidents),
    config: &Config,
    from: Timestamp,
    now: Timestamp,
) -> anyhow::Result<Exported> {
    let mut deployments: BTreeMap<MonitorId, ExportedDeployment> = config
        .monitors
        .iter()
        .map(|monitor| (monitor.id.clone(), ExportedDeployment::of(monitor)))
        .collect();
    for run in store.runs(from).await? {
        for outcome in &run.outcomes {
            let Some(deployment) = deployments.get_mut(&outcome.monitor) else { continue };
            let timestamp = seconds(run.time_of(outcome));
            let cause = outcome.verdict.cause();
            deployment.health_history.push(ExportedHealth {
                success: matches!(outcome.status(), Status::Healthy | Status::Degraded),
                status: outcome.status(),
                response_time_ms: outcome.response_time_ms(),
                timestamp,
                fault: cause.map(|cause| cause.fault.as_str()),
                reason: cause.map(|cause| cause.reason.code()),
                message: cause.map(|cause| cause.message.clone()),
            });
            if !outcome.metrics.is_empty() {
                let metrics = outcome.metrics.clone();
                deployment.resource_history.push(Resources { metrics, timestamp });
            }
        }
    }
    let deliveries = store.deliveries(from).await?.into_iter().map(|delivery| ExportedDelivery {
        id: delivery.id.to_string(),
        channel: delivery.channel.to_string(),
        title: delivery.notification.title(),
        n_tries: delivery.n_tries,
        attempt: ExportedAttempt::of(&delivery),
        state: delivery.state,
        created_at: delivery.created_at,
    });
    let IncidentRecords { automatic, entries } = IncidentRecords::read(store, from).await?;
    Ok(Exported {
        timestamp: seconds(now),
        monitored_deployments: deployments,
        alert_history: store.alerts(from).await?,
        transitions: store.transitions(from).await?,
        held_notifications: store.suppressions(from).await?,
        incidents: automatic,
        incident_entries: entries,
        deliveries: deliveries.collect(),
    })
}

impl ExportedDeployment {
    fn of(monitor: &Monitor) -> Self {
        let params = &monitor.check.params;
        let target =
            ["url", "address", "name"].into_iter().find_map(|key| params.get(key)?.as_str());
        Self {
            health_check_url: target.map(|target| Redactor::default().redact(target).into_owned()),
            process_name: None,
            check_interval: Duration::as_secs(&monitor.interval),
            health_history: Vec::new(),
            resource_history: Vec::new(),
            display_name: monitor.name.clone(),
            kind: monitor.check.kind.clone(),
        }
    }
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use allclear_core::delivery::NoticeKind;
    use allclear_core::id::ShardId;
    use allclear_core::incident::{IncidentId, IncidentVisibility};
    use allclear_core::ports::CommitState as _;
    use allclear_core::state::{Decision, ShardState};
    use allclear_support::{MemoryStore, samples};

    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn incident(name: &str, at: Timestamp, resolved_at: Option<Timestamp>) -> AutomaticIncident {
        AutomaticIncident {
            id: IncidentId::of_monitor(&MonitorId::new(name).unwrap(), at),
            started_at: at,
            opened_at: at,
            changed_at: resolved_at.unwrap_or(at),
            resolved_at,
            visibility: IncidentVisibility::Draft,
            episodes: Vec::new(),
        }
    }

    #[test]
    fn an_attempt_that_was_cut_off_is_exported_as_unknown_and_not_as_not_executed() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut delivery = samples::delivery(NoticeKind::Firing, "restart", "api", now);
        assert!(ExportedAttempt::of(&delivery).is_none(), "a notification is no attempt");
        delivery.notification.details.attempt = Some(ActionAttempt {
            action: ActionId::new("restart").unwrap(),
            number: 1,
            max_attempts: 3,
            order: AttemptOrder::Execute,
            effect: "restart the unit".to_owned(),
            timeout: Duration::from_secs(30),
            expires_at: now + Duration::from_mins(5),
        });
        let exported = ExportedAttempt::of(&delivery).unwrap();
        assert_eq!((exported.number, exported.result), (1, None));
        let reason = "an earlier process began it and left no result".to_owned();
        delivery.state = DeliveryState::GivenUp { at: now, reason };
        assert_eq!(ExportedAttempt::of(&delivery).unwrap().result, Some("not_executed"));
        delivery.may_have_arrived = true;
        assert_eq!(ExportedAttempt::of(&delivery).unwrap().result, Some("unknown"));
    }

    #[tokio::test]
    async fn an_open_incident_is_exported_although_it_began_before_the_period() {
        let text = "[[monitor]]\nid = 'api'\ncheck.tcp = { address = '127.0.0.1:9' }\n";
        let loaded = crate::local::load_text("allclear.toml", text).unwrap();
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let before = now - DAY * 3;
        let (open, over) = (incident("api", before, None), incident("web", before, Some(before)));
        let recent = incident("shop", now, None);
        let store = MemoryStore::default();
        let current = [&open, &recent].map(|one| (one.id.clone(), one.clone()));
        let state = ShardState { incidents: current.into(), ..ShardState::default() };
        let incidents = vec![open.clone(), over.clone(), recent.clone()];
        let decision = Decision { incidents, ..Decision::default() };
        store.commit(&ShardId::main(), 0, &state, &decision).await.unwrap();

        let exported =
            async |since| export(&store, &loaded.config, now - since, now).await.unwrap().incidents;
        assert_eq!(exported(DAY).await, [open, recent], "each once, the oldest change first");
        assert_eq!(exported(DAY * 4).await.len(), 3);
    }
}
