//! The JSON document of a notification, for programs. Its fields are a public interface: fields are added
//! without notice, and `version` grows if a field changes its meaning.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::ActionAttempt;
use crate::alert_group::{AcknowledgedBy, AlertGroupId, CommonRoot, ConfigEnd, NamedMonitor};
use crate::delivery::{DeliveryId, NamedAlert, NoticeKind, Notification};
use crate::event::AlertId;
use crate::reason::Reason;
use crate::send_error::SendError;
use crate::status::{Fault, Severity, Status};
use crate::text::visible;

#[derive(Serialize)]
struct NotificationDocument<'a> {
    version: u8,
    delivery_id: &'a str,
    kind: NoticeKind,
    title: Cow<'a, str>,
    message: Cow<'a, str>,
    provider_status: Option<Cow<'a, str>>,
    severity: Severity,
    status: Status,
    fault: Option<Fault>,
    reason: Option<&'static str>,
    monitor: MonitorDocument<'a>,
    alerts: Vec<AlertDocument<'a>>,
    still_firing: Vec<AlertDocument<'a>>,
    since: Timestamp,
    at: Timestamp,
    page_url: Option<Cow<'a, str>>,
    alert_group: Option<&'a str>,
    root: Option<RootDocument<'a>>,
    others: Vec<OtherDocument<'a>>,
    n_others: usize,
    remaining: Vec<OtherDocument<'a>>,
    n_reminder: u32,
    acknowledged: Option<AcknowledgementDocument<'a>>,
    config_end: Option<&'static str>,
    config_ended: Vec<OtherDocument<'a>>,
    runbook: Option<Cow<'a, str>>,
    actions: Vec<Cow<'a, str>>,
    attempt: Option<AttemptDocument<'a>>,
}

/// The attempt that a webhook of an action receives.
#[derive(Serialize)]
struct AttemptDocument<'a> {
    action: &'a str,
    number: u32,
    max_attempts: u32,
    effect: Cow<'a, str>,
}

#[derive(Serialize)]
struct RootDocument<'a> {
    kind: &'static str,
    value: Cow<'a, str>,
}

#[derive(Serialize)]
struct AcknowledgementDocument<'a> {
    author: Cow<'a, str>,
    at: Timestamp,
    comment: Cow<'a, str>,
}

#[derive(Serialize)]
struct OtherDocument<'a> {
    #[serde(flatten)]
    monitor: MonitorDocument<'a>,
    severity: Severity,
    status: Status,
    fault: Option<Fault>,
    reason: Option<&'static str>,
    message: Cow<'a, str>,
    since: Timestamp,
    alerts: Vec<&'a str>,
}

#[derive(Serialize)]
struct MonitorDocument<'a> {
    id: &'a str,
    name: Cow<'a, str>,
    group: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
struct AlertDocument<'a> {
    id: &'a str,
    rule: &'a str,
    severity: Severity,
    condition: Cow<'a, str>,
}

/// Returns the document, without hidden characters, because its reader may show it on a terminal. Each try of
/// the same delivery has the same bytes.
///
/// # Errors
///
/// Fails permanently if the notification cannot be serialized to JSON.
pub fn document(notification: &Notification, delivery: &DeliveryId) -> Result<Vec<u8>, SendError> {
    let title = notification.title();
    let details = &notification.details;
    let document = NotificationDocument {
        version: 1,
        delivery_id: delivery.as_str(),
        kind: notification.kind,
        title: visible(&title),
        message: visible(&notification.message),
        provider_status: notification.provider_status.as_deref().map(visible),
        severity: notification.severity,
        status: notification.status,
        fault: notification.fault,
        reason: notification.reason.map(Reason::code),
        monitor: MonitorDocument {
            id: notification.monitor.as_str(),
            name: visible(&notification.monitor_name),
            group: notification.group.as_deref().map(visible),
        },
        alerts: notification.alerts.iter().map(alert).collect(),
        still_firing: notification.still_firing.iter().map(alert).collect(),
        since: notification.since,
        at: notification.at,
        page_url: notification.page_url.as_deref().map(visible),
        alert_group: details.alert_group.as_ref().map(AlertGroupId::as_str),
        root: details.root.as_ref().map(root),
        others: details.others.iter().map(other).collect(),
        n_others: details.n_others(),
        remaining: details.remaining.iter().map(other).collect(),
        n_reminder: details.n_reminder,
        acknowledged: details.acknowledged.as_ref().map(acknowledgement),
        config_end: details.config_end.map(ConfigEnd::as_str),
        config_ended: details.config_ended.iter().map(other).collect(),
        runbook: details.runbook.as_deref().map(visible),
        actions: details.actions.iter().map(|text| visible(text)).collect(),
        attempt: details.attempt.as_ref().map(attempt),
    };
    serde_json::to_vec(&document)
        .map_err(|error| SendError::permanent(format!("cannot encode the message: {error}")))
}

fn attempt(attempt: &ActionAttempt) -> AttemptDocument<'_> {
    AttemptDocument {
        action: attempt.action.as_str(),
        number: attempt.number,
        max_attempts: attempt.max_attempts,
        effect: visible(&attempt.effect),
    }
}

fn root(root: &CommonRoot) -> RootDocument<'_> {
    RootDocument { kind: root.kind.as_str(), value: visible(&root.value) }
}

fn acknowledgement(acknowledged: &AcknowledgedBy) -> AcknowledgementDocument<'_> {
    AcknowledgementDocument {
        author: visible(&acknowledged.author),
        at: acknowledged.at,
        comment: visible(&acknowledged.comment),
    }
}

fn other(monitor: &NamedMonitor) -> OtherDocument<'_> {
    OtherDocument {
        monitor: MonitorDocument {
            id: monitor.id.as_str(),
            name: visible(&monitor.name),
            group: monitor.group.as_deref().map(visible),
        },
        severity: monitor.severity,
        status: monitor.status,
        fault: monitor.fault,
        reason: monitor.reason.map(Reason::code),
        message: visible(&monitor.message),
        since: monitor.since,
        alerts: monitor.alerts.iter().map(AlertId::as_str).collect(),
    }
}

fn alert(alert: &NamedAlert) -> AlertDocument<'_> {
    AlertDocument {
        id: alert.id.as_str(),
        rule: alert.rule.as_str(),
        severity: alert.severity,
        condition: visible(&alert.condition),
    }
}
