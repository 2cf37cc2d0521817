//! The payload for Slack: one attachment that holds the whole message.

use allclear_core::delivery::{NoticeKind, Notification};
use allclear_core::status::Severity;
use allclear_core::{Timestamp, message, text};
use serde_json::{Map, Value, json};

use crate::facts::{self, Fact, FactValue, Tone};
use crate::markup;

/// The longest text, in characters. Slack refuses messages beyond 40,000 characters, and escaping makes at
/// most five characters of one.
const MAX_TEXT_CHARS: usize = 3_000;
const MAX_FIELD_CHARS: usize = 1_000;

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

/// Returns the attachment of a notification.
pub(in crate::kinds) fn attachment(notification: &Notification) -> Value {
    let what = text::lines(&notification.message, MAX_TEXT_CHARS);
    let facts = facts::facts(notification);
    let fields: Vec<Value> = facts.iter().map(field).collect();
    let mut attachment = json!({
        "color": color(Tone::of(notification)),
        "fallback": escape(&message::subject(notification)),
        "title": escape(&facts::title(notification)),
        "text": quote(&what),
        "fields": fields,
        "footer": "Allclear",
        "ts": notification.at.as_second(),
    });
    if let (Some(url), Some(attachment)) = (&notification.page_url, attachment.as_object_mut()) {
        attachment.insert("title_link".to_owned(), json!(text::visible(url)));
    }
    attachment
}

fn color(tone: Tone) -> &'static str {
    match tone {
        Tone::Over => "#2e7d32",
        Tone::Severity(Severity::Critical) => "#b71c1c",
        Tone::Severity(Severity::Error) => "#e65100",
        Tone::Severity(Severity::Warning) => "#f9a825",
        Tone::Severity(Severity::Info) => "#1565c0",
    }
}

fn field(fact: &Fact) -> Value {
    let (value, is_short) = match &fact.value {
        FactValue::Short(text) => (escape(text), true),
        FactValue::Time(at) => (time(*at), true),
        FactValue::Long(text) | FactValue::Link(text) => (escape(text), false),
        FactValue::Quoted(text) => (quote(text), false),
        FactValue::List(lines) => (quote(&facts::list_within(lines, MAX_FIELD_CHARS)), false),
    };
    json!({ "title": fact.label, "value": value, "short": is_short })
}

/// Formats a time in the time zone of the reader. Clients without support for it show UTC.
fn time(at: Timestamp) -> String {
    let utc = message::time(at);
    format!("<!date^{}^{{date_short_pretty}} {{time_secs}}|{utc}>", at.as_second())
}

/// Escapes a text of another party. Mattermost and Rocket.Chat also read Markdown and plain mentions.
fn quote(text: &str) -> String {
    escape(&markup::without_links(text))
}

/// Escapes the three characters that are markup to Slack. Unescaped, the answer of a target could mention
/// everyone in the channel.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
