//! The payload for Slack: one attachment that holds the whole message.

use allclear_core::delivery::{NamedAlert, NoticeKind, Notification};
use allclear_core::status::Severity;
use serde_json::{Map, Value, json};

use allclear_core::{message, text};

const MAX_TITLE_CHARS: usize = 200;
/// The longest text, in characters. Slack refuses messages beyond 40,000 characters, and escaping makes at
/// most five characters of one.
const MAX_TEXT_CHARS: usize = 3_000;
const MAX_FIELD_CHARS: usize = 1_000;
/// The most rules that are named. Further ones are only counted.
const MAX_RULES: usize = 10;

/// The configured style of the messages.
#[derive(Debug, Default)]
pub(super) struct Style {
    pub(super) channel: Option<String>,
    pub(super) username: Option<String>,
    pub(super) mention: Option<String>,
}

/// Returns the payload of a notification.
pub(super) fn payload(notification: &Notification, style: &Style) -> Value {
    let mut payload = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        payload.extend(value.map(|value| (key.to_owned(), value)));
    };
    put("channel", style.channel.as_ref().map(|channel| json!(text::visible(channel))));
    put("username", style.username.as_ref().map(|name| json!(text::visible(name))));
    let calls =
        notification.kind == NoticeKind::Firing && notification.severity == Severity::Critical;
    // Outside of the attachment, because Slack notifies no one who is mentioned inside it.
    put(
        "text",
        style.mention.as_ref().filter(|_| calls).map(|mention| json!(text::visible(mention))),
    );
    put("attachments", Some(json!([attachment(notification)])));
    Value::Object(payload)
}

fn attachment(notification: &Notification) -> Value {
    let title = text::one_line(&notification.title(), MAX_TITLE_CHARS);
    let what = text::lines(&notification.message, MAX_TEXT_CHARS);
    let mut attachment = json!({
        "color": color(notification),
        "fallback": escape(&message::subject(notification)),
        "title": escape(&title),
        "text": escape(&what),
        "fields": fields(notification),
        "footer": "Allclear",
        "ts": notification.at.as_second(),
    });
    if let (Some(url), Some(attachment)) = (&notification.page_url, attachment.as_object_mut()) {
        attachment.insert("title_link".to_owned(), json!(text::visible(url)));
    }
    attachment
}

fn color(notification: &Notification) -> &'static str {
    match (notification.kind, notification.severity) {
        (NoticeKind::Resolved, _) => "#2e7d32",
        (_, Severity::Critical) => "#b71c1c",
        (_, Severity::Error) => "#e65100",
        (_, Severity::Warning) => "#f9a825",
        (_, Severity::Info) => "#1565c0",
    }
}

fn fields(notification: &Notification) -> Vec<Value> {
    if notification.kind == NoticeKind::Summary {
        let url = notification.page_url.iter().map(|url| long("Status page", url));
        return url.collect();
    }
    let mut fields = vec![
        short("Status", notification.status.as_str()),
        short("Severity", notification.severity.as_str()),
    ];
    match message::lasted(notification) {
        Some(lasted) => fields.push(short("Duration", &lasted)),
        None => fields.push(field("Since", &since(notification))),
    }
    fields.extend(notification.group.as_ref().map(|group| short("Group", group)));
    fields.extend(
        message::cause_and_owner(notification).map(|(heading, fault)| long(heading, fault)),
    );
    fields.extend(
        message::provider_status(notification).map(|status| long("Provider status", &status)),
    );
    let rules = if notification.kind == NoticeKind::Resolved { "Resolved" } else { "Rules" };
    fields.extend(list(rules, &notification.alerts));
    fields.extend(list("Still firing", &notification.still_firing));
    if let Some(url) = &notification.page_url {
        fields.push(long("Status page", url));
    }
    fields
}

/// Formats the start in the time zone of the reader. Clients without support for it show UTC.
fn since(notification: &Notification) -> String {
    let at = match notification.kind {
        NoticeKind::Momentary | NoticeKind::Summary => notification.at,
        NoticeKind::Firing | NoticeKind::Updated | NoticeKind::Reminder | NoticeKind::Resolved => {
            notification.since
        }
    };
    let utc = message::time(at);
    format!("<!date^{}^{{date_short_pretty}} {{time_secs}}|{utc}>", at.as_second())
}

fn list(title: &str, alerts: &[NamedAlert]) -> Option<Value> {
    if alerts.is_empty() {
        return None;
    }
    let mut lines: Vec<String> = alerts.iter().take(MAX_RULES).map(message::alert).collect();
    if alerts.len() > MAX_RULES {
        lines.push(format!("and {} more", alerts.len() - MAX_RULES));
    }
    Some(long(title, &lines.join("\n")))
}

/// Returns a field of half the width.
fn field(title: &str, value: &str) -> Value {
    json!({ "title": title, "value": value, "short": true })
}

fn short(title: &str, value: &str) -> Value {
    field(title, &escape(&text::one_line(value, MAX_FIELD_CHARS)))
}

fn long(title: &str, value: &str) -> Value {
    json!({ "title": title, "value": escape(&text::lines(value, MAX_FIELD_CHARS)), "short": false })
}

/// Escapes the three characters that are markup to Slack. Unescaped, the answer of a target could mention
/// everyone in the channel.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
