//! The adaptive card: <https://adaptivecards.io/explorer/>.
//!
//! Every text is a `TextRun`, which renders no Markdown, so that no text needs escapes.

use allclear_core::delivery::Notification;
use allclear_core::message;
use allclear_core::status::Severity;
use serde_json::{Value, json};

use crate::facts::{self, Fact, FactValue, Tone};

/// The limits of the texts, in characters. Teams refuses messages beyond 28 KB.
const MAX_DESCRIPTION_CHARS: usize = 1_000;
const MAX_LIST_CHARS: usize = 800;

/// Returns the payload of a notification.
pub(super) fn payload(notification: &Notification) -> Value {
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card(notification),
        }],
    })
}

fn card(notification: &Notification) -> Value {
    let title = run(&facts::title(notification), Weight::Bolder);
    let mut body = vec![json!({
        "type": "Container",
        "style": style(Tone::of(notification)),
        "bleed": true,
        "items": [line(&[title])],
    })];
    let description = facts::description(notification, MAX_DESCRIPTION_CHARS);
    if !description.is_empty() {
        let lines = description.iter().map(|text| line(&[run(text, Weight::Default)]));
        let lines: Vec<Value> = lines.collect();
        body.push(json!({ "type": "Container", "style": "emphasis", "items": lines }));
    }
    let mut actions = Vec::new();
    for Fact { label, value } in facts::facts(notification) {
        match value {
            FactValue::Short(text) | FactValue::Long(text) | FactValue::Quoted(text) => {
                body.push(labelled(label, &text));
            }
            FactValue::Time(at) => body.push(labelled(label, &message::time(at))),
            FactValue::List(items) => {
                body.push(line(&[run(&format!("{label}:"), Weight::Bolder)]));
                let list = facts::list_within(&items, MAX_LIST_CHARS);
                let items = list.lines().map(|item| format!("• {item}"));
                body.extend(items.map(|item| line(&[run(&item, Weight::Default)])));
            }
            FactValue::Link(url) => {
                actions.push(json!({ "type": "Action.OpenUrl", "title": label, "url": url }));
            }
        }
    }
    json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "fallbackText": message::subject(notification),
        "body": body,
        "actions": actions,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    Default,
    Bolder,
}

fn labelled(label: &str, text: &str) -> Value {
    line(&[run(&format!("{label}: "), Weight::Bolder), run(text, Weight::Default)])
}

fn line(runs: &[Value]) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs, "spacing": "Small" })
}

fn run(text: &str, weight: Weight) -> Value {
    match weight {
        Weight::Default => json!({ "type": "TextRun", "text": text }),
        Weight::Bolder => json!({ "type": "TextRun", "text": text, "weight": "Bolder" }),
    }
}

fn style(tone: Tone) -> &'static str {
    match tone {
        Tone::Over => "good",
        Tone::Severity(Severity::Critical | Severity::Error) => "attention",
        Tone::Severity(Severity::Warning) => "warning",
        Tone::Severity(Severity::Info) => "accent",
    }
}
