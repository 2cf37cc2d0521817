//! The card of a message: <https://open.feishu.cn/document/feishu-cards/card-json-structure>.
//!
//! Every text is a `plain_text`, which renders no Markdown and no mentions, so that no text needs escapes.

use allclear_core::delivery::Notification;
use allclear_core::message;
use allclear_core::status::Severity;
use serde_json::{Value, json};

use crate::facts::{self, Fact, FactValue, Tone};

/// The limits of the texts, in characters. Feishu refuses messages beyond 20 KB.
const MAX_DESCRIPTION_CHARS: usize = 1_000;
const MAX_LIST_CHARS: usize = 800;

/// Returns the card of a notification.
pub(super) fn card(notification: &Notification) -> Value {
    let mut elements = Vec::new();
    let description = facts::description(notification, MAX_DESCRIPTION_CHARS);
    if !description.is_empty() {
        let lines: Vec<String> = description.iter().map(|line| format!("> {line}")).collect();
        elements.push(json!({ "tag": "div", "text": plain(&lines.join("\n")) }));
    }
    let mut fields = Vec::new();
    let mut buttons = Vec::new();
    for Fact { label, value } in facts::facts(notification) {
        let (text, is_short) = match value {
            FactValue::Short(text) => (format!("{label}: {text}"), true),
            FactValue::Time(at) => (format!("{label}: {}", message::time(at)), true),
            FactValue::Long(text) | FactValue::Quoted(text) => (format!("{label}: {text}"), false),
            FactValue::List(lines) => {
                let list = facts::list_within(&lines, MAX_LIST_CHARS);
                let lines: Vec<String> = list.lines().map(|line| format!("• {line}")).collect();
                (format!("{label}:\n{}", lines.join("\n")), false)
            }
            FactValue::Link(url) => {
                buttons.push(json!({
                    "tag": "button",
                    "type": "default",
                    "text": plain(label),
                    "url": url,
                }));
                continue;
            }
        };
        fields.push(json!({ "is_short": is_short, "text": plain(&text) }));
    }
    if !fields.is_empty() {
        elements.push(json!({ "tag": "div", "fields": fields }));
    }
    if !buttons.is_empty() {
        elements.push(json!({ "tag": "action", "actions": buttons }));
    }
    json!({
        "config": { "wide_screen_mode": true },
        "header": {
            "title": plain(&facts::title(notification)),
            "template": color(Tone::of(notification)),
        },
        "elements": elements,
    })
}

fn plain(text: &str) -> Value {
    json!({ "tag": "plain_text", "content": text })
}

fn color(tone: Tone) -> &'static str {
    match tone {
        Tone::Over => "green",
        Tone::Severity(Severity::Critical) => "red",
        Tone::Severity(Severity::Error) => "orange",
        Tone::Severity(Severity::Warning) => "yellow",
        Tone::Severity(Severity::Info) => "blue",
    }
}
