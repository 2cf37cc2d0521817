//! The JSON document of a notification, for programs. Its fields are a public interface: fields are added
//! without notice, and `version` grows if a field changes its meaning.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use crate::delivery::{DeliveryId, NamedAlert, NoticeKind, Notification};
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
    };
    serde_json::to_vec(&document)
        .map_err(|error| SendError::permanent(format!("cannot encode the message: {error}")))
}

fn alert(alert: &NamedAlert) -> AlertDocument<'_> {
    AlertDocument {
        id: alert.id.as_str(),
        rule: alert.rule.as_str(),
        severity: alert.severity,
        condition: visible(&alert.condition),
    }
}
