//! The card of a message: <https://developers.google.com/workspace/chat/api/reference/rest/v1/cards>.

use allclear_core::delivery::Notification;
use allclear_core::message;
use allclear_core::status::Severity;
use serde_json::{Value, json};

use crate::facts::{self, Fact, FactValue, Tone};
use crate::markup::{self, with_wide};

/// The limits of the texts, in characters. Google Chat refuses messages beyond 32,000 bytes.
const MAX_DESCRIPTION_CHARS: usize = 1_000;
const MAX_LIST_CHARS: usize = 800;

/// Returns the payload of a notification. Its thread has the id of the group of alerts as its key.
pub(super) fn payload(notification: &Notification) -> Value {
    let mut payload = json!({
        // The text on a phone.
        "fallbackText": plain(&message::subject(notification)),
        "cardsV2": [{ "cardId": "allclear", "card": card(notification) }],
    });
    if let (Some(group), Some(payload)) =
        (&notification.details.alert_group, payload.as_object_mut())
    {
        payload.insert("thread".to_owned(), json!({ "threadKey": group.as_str() }));
    }
    payload
}

fn card(notification: &Notification) -> Value {
    let symbol = match Tone::of(notification) {
        Tone::Over => "✅",
        Tone::Severity(Severity::Critical) => "🔴",
        Tone::Severity(Severity::Error) => "🟠",
        Tone::Severity(Severity::Warning) => "🟡",
        Tone::Severity(Severity::Info) => "🔵",
    };
    let mut sections = Vec::new();
    let description = facts::description(notification, MAX_DESCRIPTION_CHARS);
    if !description.is_empty() {
        let text = in_lines(&description.join("\n"));
        sections.push(json!({ "widgets": [{ "textParagraph": { "text": text } }] }));
    }
    let mut widgets = Vec::new();
    let mut buttons = Vec::new();
    for Fact { label, value } in facts::facts(notification) {
        let text = match value {
            FactValue::Short(text) | FactValue::Long(text) | FactValue::Quoted(text) => {
                escape(&text)
            }
            FactValue::Time(at) => message::time(at),
            FactValue::List(lines) => in_lines(&facts::list_within(&lines, MAX_LIST_CHARS)),
            FactValue::Link(url) => {
                let open = json!({ "openLink": { "url": url } });
                buttons.push(json!({ "text": label, "onClick": open }));
                continue;
            }
        };
        let text = json!({ "topLabel": label, "text": text, "wrapText": true });
        widgets.push(json!({ "decoratedText": text }));
    }
    if !buttons.is_empty() {
        widgets.push(json!({ "buttonList": { "buttons": buttons } }));
    }
    if !widgets.is_empty() {
        sections.push(json!({ "widgets": widgets }));
    }
    let title = format!("{symbol} {}", plain(&facts::title(notification)));
    json!({ "header": { "title": title }, "sections": sections })
}

/// Returns a text for a place without markup, in which `<users/all>` still mentions people on old clients.
fn plain(text: &str) -> String {
    with_wide(text, &['<', '>'])
}

fn in_lines(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("<br>")
}

/// Escapes a text for the HTML of cards.
fn escape(text: &str) -> String {
    let text = markup::without_links(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
