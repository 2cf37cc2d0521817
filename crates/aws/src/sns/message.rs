//! The publication of a notification: subject, message and attributes.

#[cfg(test)]
mod tests;

use allclear_core::alert_group::{AcknowledgedBy, CommonRoot, NamedMonitor, NoticeDetails};
use allclear_core::delivery::{DeliveryId, NamedAlert, Notification};
use allclear_core::message::{one_line, plain_text, subject as full_subject};
use allclear_core::send_error::SendError;
use serde_json::{Map, Value};

/// The limit of SNS: fewer than a hundred characters.
const MAX_SUBJECT_CHARS: usize = 99;

/// Less than the limit of SNS of 256 KB, because attributes count too.
const MAX_MESSAGE_BYTES: usize = 240_000;

const MAX_GROUP_CHARS: usize = 256;
const MAX_RULES: usize = 50;

/// Successive limits, until the message fits: characters of a text and length of a list of alerts.
const CUTS: [(usize, usize); 4] = [(usize::MAX, usize::MAX), (4_000, 200), (400, 50), (100, 20)];

/// The protocols that get the JSON document. All others, above all mail, get the text.
const PROGRAMS: [&str; 5] = ["firehose", "http", "https", "lambda", "sqs"];

/// Returns the subject of a mail. SNS accepts only ASCII, so a monitor whose name is not ASCII is
/// named by its id.
pub(super) fn subject(notification: &Notification) -> String {
    let mut named = notification.clone();
    if ascii(&named.monitor_name).is_none() {
        named.monitor_name = named.monitor.to_string();
    }
    let full = full_subject(&named);
    let subject = ascii(&full).unwrap_or_else(|| full.replace(|c: char| !c.is_ascii(), "?"));
    if subject.len() <= MAX_SUBJECT_CHARS {
        return subject;
    }
    let beginning: String = subject.chars().take(MAX_SUBJECT_CHARS - 3).collect();
    format!("{}...", beginning.trim_end())
}

/// Returns the message for each protocol in the form that `MessageStructure=json` requires: text
/// for people, `document` for programs. Both are cut if they are too long.
pub(super) fn message(
    notification: &Notification,
    document: impl Fn(&Notification) -> Result<Vec<u8>, SendError>,
) -> Result<String, SendError> {
    let mut message = String::new();
    for (n_chars, n_alerts) in CUTS {
        let cut = cut(notification, n_chars, n_alerts);
        let document = String::from_utf8_lossy(&document(&cut)?).into_owned();
        message = for_protocols(&cut, &document);
        if message.len() <= MAX_MESSAGE_BYTES {
            break;
        }
    }
    Ok(message)
}

/// Returns name, type and value of each attribute for filter policies. SNS forbids empty values.
pub(super) fn attributes(
    notification: &Notification,
    delivery: &DeliveryId,
) -> Vec<(&'static str, &'static str, String)> {
    let rules: Vec<&str> =
        notification.alerts.iter().take(MAX_RULES).map(|alert| alert.rule.as_str()).collect();
    let kind = serde_json::to_value(notification.kind).unwrap_or_default();
    let group = notification.group.as_deref().map(|group| {
        group.chars().filter(|c| is_accepted_by_sqs(*c)).take(MAX_GROUP_CHARS).collect::<String>()
    });
    let texts = [
        ("severity", notification.severity.to_string()),
        ("status", notification.status.to_string()),
        ("kind", kind.as_str().unwrap_or_default().to_owned()),
        ("monitor", notification.monitor.to_string()),
        ("group", group.unwrap_or_default().trim().to_owned()),
        ("fault", notification.fault.map(|fault| fault.to_string()).unwrap_or_default()),
        ("delivery", delivery.to_string()),
    ];
    let mut attributes: Vec<(&str, &str, String)> = texts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, "String", value))
        .collect();
    if !rules.is_empty() {
        attributes.push(("rule", "String.Array", Value::from(rules).to_string()));
    }
    attributes
}

fn for_protocols(notification: &Notification, document: &str) -> String {
    let carried = |text: &str| text.chars().filter(|c| is_accepted_by_sqs(*c)).collect::<String>();
    let mut protocols = Map::new();
    protocols.insert("default".to_owned(), Value::from(carried(&plain_text(notification))));
    protocols.insert("sms".to_owned(), Value::from(carried(&one_line(notification))));
    for protocol in PROGRAMS {
        protocols.insert(protocol.to_owned(), Value::from(carried(document)));
    }
    Value::Object(protocols).to_string()
}

fn cut(notification: &Notification, n_chars: usize, n_alerts: usize) -> Notification {
    let text = |text: &str| shortened(text, n_chars);
    let alerts = |alerts: &[NamedAlert]| {
        let alerts = alerts.iter().take(n_alerts).cloned();
        alerts.map(|alert| NamedAlert { condition: text(&alert.condition), ..alert }).collect()
    };
    Notification {
        monitor_name: text(&notification.monitor_name),
        group: notification.group.as_deref().map(text),
        message: text(&notification.message),
        provider_status: notification.provider_status.as_deref().map(text),
        alerts: alerts(&notification.alerts),
        still_firing: alerts(&notification.still_firing),
        // A cut URL is useless, so it is left out.
        page_url: notification.page_url.clone().filter(|url| url.chars().count() <= n_chars),
        details: cut_details(&notification.details, n_chars, n_alerts),
        ..notification.clone()
    }
}

fn cut_details(details: &NoticeDetails, n_chars: usize, n_monitors: usize) -> NoticeDetails {
    let text = |text: &str| shortened(text, n_chars);
    let cut = |monitors: &[NamedMonitor]| -> Vec<NamedMonitor> {
        let kept = monitors.iter().take(n_monitors).cloned();
        kept.map(|one| NamedMonitor {
            name: text(&one.name),
            group: one.group.as_deref().map(text),
            message: text(&one.message),
            ..one
        })
        .collect()
    };
    let others = cut(&details.others);
    let root = |root: &CommonRoot| CommonRoot { value: text(&root.value), ..root.clone() };
    let acknowledged = |one: &AcknowledgedBy| AcknowledgedBy {
        author: text(&one.author),
        comment: text(&one.comment),
        ..one.clone()
    };
    NoticeDetails {
        n_unlisted: details.n_others() - others.len(),
        others,
        remaining: cut(&details.remaining),
        root: details.root.as_ref().map(root),
        acknowledged: details.acknowledged.as_ref().map(acknowledged),
        runbook: details.runbook.clone().filter(|url| url.chars().count() <= n_chars),
        path: None,
        ..details.clone()
    }
}

fn shortened(text: &str, n_chars: usize) -> String {
    if text.chars().count() <= n_chars {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(n_chars.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Returns the text in printable ASCII; `None` if that would change more than typography.
fn ascii(text: &str) -> Option<String> {
    let mut ascii = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '..='~' => ascii.push(c),
            '‘' | '’' => ascii.push('\''),
            '“' | '”' | '„' => ascii.push('"'),
            '–' | '—' | '‑' => ascii.push('-'),
            '…' => ascii.push_str("..."),
            '\u{a0}' | '\u{202f}' => ascii.push(' '),
            _ => return None,
        }
    }
    Some(ascii)
}

/// Returns whether queues accept this character: only those that XML allows.
fn is_accepted_by_sqs(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r') || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'))
}
