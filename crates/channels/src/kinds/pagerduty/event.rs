//! The event for a notification.

use allclear_core::alert_group::AlertGroupId;
use allclear_core::delivery::{DeliveryId, NoticeKind, Notification};
use allclear_core::message;
use allclear_core::reason::Reason;
use allclear_core::status::Severity;
use allclear_core::text;
use serde_json::{Map, Value, json};

/// The limit of the summary.
const MAX_SUMMARY_CHARS: usize = 1_024;

const MAX_FIELD_CHARS: usize = 300;

/// The limit of the key of an incident.
const MAX_KEY_CHARS: usize = 255;

const ALERTS: &str = "/v2/enqueue";
const CHANGES: &str = "/v2/change/enqueue";

/// An event without its routing key.
pub(super) struct PagerDutyEvent {
    /// The path of the API that takes it.
    pub(super) path: &'static str,
    body: Map<String, Value>,
}

impl PagerDutyEvent {
    /// Returns the body with the routing key.
    pub(super) fn with_key(mut self, routing_key: &str) -> Value {
        self.body.insert("routing_key".to_owned(), json!(routing_key));
        Value::Object(self.body)
    }
}

/// The action on the incident.
enum IncidentAction {
    Trigger,
    Acknowledge,
    Resolve,
}

impl IncidentAction {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Acknowledge => "acknowledge",
            Self::Resolve => "resolve",
        }
    }
}

/// Returns the event of a notification: an action on the incident of its group of alerts, or a change event, which
/// appears on the timeline of the service and notifies no person.
pub(super) fn event(notification: &Notification, delivery: &DeliveryId) -> PagerDutyEvent {
    let body = match action(notification) {
        None => json!({
            "payload": {
                "summary": summary(notification),
                "source": notification.monitor.as_str(),
                "timestamp": notification.at,
                "custom_details": details(notification),
            },
            "links": links(notification),
        }),
        Some(action) => json!({
            "event_action": action.as_str(),
            "dedup_key": incident_key(notification, delivery),
            "client": "Allclear",
            "client_url": notification.page_url.as_deref().map(text::visible),
            "payload": {
                "summary": summary(notification),
                "source": notification.monitor.as_str(),
                "severity": severity(notification).as_str(),
                "timestamp": notification.at,
                "component": text::one_line(&notification.monitor_name, MAX_FIELD_CHARS),
                "group": notification.group.as_deref().map(|it| text::one_line(it, MAX_FIELD_CHARS)),
                "class": notification.reason.map(Reason::code),
                "custom_details": details(notification),
            },
            "links": links(notification),
        }),
    };
    let path = if action(notification).is_some() { ALERTS } else { CHANGES };
    let Value::Object(body) = without_null(body) else {
        return PagerDutyEvent { path, body: Map::new() };
    };
    PagerDutyEvent { path, body }
}

/// Returns the action on the incident; `None` for a change event.
///
/// An event without an end opens an incident only if it is severe, because a person must resolve it.
fn action(notification: &Notification) -> Option<IncidentAction> {
    let details = &notification.details;
    match notification.kind {
        NoticeKind::Updated if details.acknowledged.is_some() => Some(IncidentAction::Acknowledge),
        NoticeKind::Resolved if details.ends_group => Some(IncidentAction::Resolve),
        NoticeKind::Firing | NoticeKind::Updated | NoticeKind::Reminder | NoticeKind::Resolved => {
            Some(IncidentAction::Trigger)
        }
        NoticeKind::Momentary => {
            (notification.severity >= Severity::Error).then_some(IncidentAction::Trigger)
        }
        NoticeKind::Summary => None,
    }
}

/// Returns the key of the incident: the id of the group of alerts. An event without an end has a key of its own.
fn incident_key(notification: &Notification, delivery: &DeliveryId) -> String {
    let group = notification.details.alert_group.as_ref().map(AlertGroupId::as_str);
    let first = notification.alerts.first().map(|alert| alert.id.as_str());
    let key = match notification.kind {
        NoticeKind::Momentary | NoticeKind::Summary => delivery.as_str(),
        NoticeKind::Firing | NoticeKind::Updated | NoticeKind::Reminder | NoticeKind::Resolved => {
            group.or(first).unwrap_or(delivery.as_str())
        }
    };
    text::one_line(key, MAX_KEY_CHARS)
}

/// Returns the severity of the incident. After a partial resolution it is that of the monitors that still fail.
fn severity(notification: &Notification) -> Severity {
    let remaining = notification.details.remaining.iter().map(|one| one.severity).max();
    remaining.unwrap_or(notification.severity)
}

fn summary(notification: &Notification) -> String {
    text::one_line(&notification.title(), MAX_SUMMARY_CHARS)
}

/// Returns the facts by their labels, and the lists by their headings.
fn details(notification: &Notification) -> Value {
    let parts = message::parts(notification);
    let message = parts.message.into_iter().chain(parts.facts);
    let facts = message.map(|(label, text)| (label.to_owned(), json!(text)));
    let lists = parts.lists.into_iter().map(|(heading, lines)| (heading.to_owned(), json!(lines)));
    facts.chain(lists).collect::<Map<String, Value>>().into()
}

fn links(notification: &Notification) -> Vec<Value> {
    message::links(notification).map(|(text, href)| json!({ "href": href, "text": text })).collect()
}

/// Removes the fields that are null: the API takes an absent field, and no null.
fn without_null(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            fields.map(|(name, value)| (name, without_null(value))).collect::<Map<_, _>>().into()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            value
        }
    }
}
