//! A notification as a person reads it, in plain text.
//!
//! Channels with a markup of their own format the message themselves and share the texts in this module.

use jiff::Timestamp;

use crate::delivery::{NamedAlert, NoticeKind, Notification};
use crate::{duration, text};

const MAX_SUBJECT_CHARS: usize = 200;
const MAX_MESSAGE_CHARS: usize = 4_000;
const MAX_NAME_CHARS: usize = 200;
const MAX_PROVIDER_STATUS_CHARS: usize = 400;
const MAX_CONDITION_CHARS: usize = 300;

/// Returns the subject line: `[critical] OpenAI API is unhealthy`. An all-clear has no severity in front,
/// because its title states that the alert is over.
#[must_use]
pub fn subject(notification: &Notification) -> String {
    let title = text::one_line(&notification.title(), MAX_SUBJECT_CHARS);
    match notification.kind {
        NoticeKind::Resolved | NoticeKind::Summary => title,
        NoticeKind::Firing | NoticeKind::Momentary => {
            format!("[{}] {title}", notification.severity)
        }
    }
}

/// Returns the subject, followed by the whole message.
#[must_use]
pub fn plain_text(notification: &Notification) -> String {
    let mut lines = vec![subject(notification), String::new()];
    let what = text::lines(&notification.message, MAX_MESSAGE_CHARS);
    if notification.kind == NoticeKind::Summary {
        lines.push(what);
        lines.push(String::new());
    } else if !what.is_empty() {
        // Indented, so that text from a target cannot pass for a line of the message itself.
        lines.push(format!("Message: {}", what.replace('\n', "\n  ")));
    }
    lines.push(when(notification));
    if notification.kind != NoticeKind::Summary {
        lines.push(format!("Status: {}", notification.status));
    }
    lines.extend(fault(notification));
    lines.extend(provider_status(notification));
    if let Some(group) = &notification.group {
        lines.push(format!("Group: {}", text::one_line(group, MAX_NAME_CHARS)));
    }
    lines.extend(list("Rules", &notification.alerts));
    lines.extend(list("Still firing", &notification.still_firing));
    if let Some(url) = &notification.page_url {
        lines.push(format!("Page: {}", text::one_line(url, MAX_NAME_CHARS)));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Returns the essential content in one line, for a log.
#[must_use]
pub fn one_line(notification: &Notification) -> String {
    let mut parts = vec![subject(notification)];
    let what = text::one_line(&notification.message, MAX_MESSAGE_CHARS);
    if !what.is_empty() {
        parts.push(what);
    }
    parts.push(when(notification));
    parts.extend(fault(notification));
    parts.extend(provider_status(notification));
    parts.join(" | ")
}

/// Formats a time for people, in UTC.
#[must_use]
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Returns the status that the provider reports, which may contain its own headline.
#[must_use]
pub fn provider_status(notification: &Notification) -> Option<String> {
    notification
        .provider_status
        .as_deref()
        .map(|provider_status| text::one_line(provider_status, MAX_PROVIDER_STATUS_CHARS))
}

/// Returns the label `Cause` with the party at fault, or `Owner` with the party that has to act if nothing has
/// failed.
#[must_use]
pub fn cause_and_owner(notification: &Notification) -> Option<(&'static str, &'static str)> {
    if notification.is_about_account() {
        return notification.fault.map(|fault| ("Owner", fault.owner()));
    }
    notification.fault.map(|fault| ("Cause", fault.explanation()))
}

/// Returns the duration of a resolved alert.
#[must_use]
pub fn lasted(notification: &Notification) -> Option<String> {
    let lasted = notification.at.duration_since(notification.since);
    let lasted = std::time::Duration::try_from(lasted).unwrap_or_default();
    (notification.kind == NoticeKind::Resolved).then(|| duration::format(lasted))
}

/// Returns a rule with its severity and its condition: ``service_down (critical): status == "unhealthy"``.
#[must_use]
pub fn alert(alert: &NamedAlert) -> String {
    let condition = text::one_line(&alert.condition, MAX_CONDITION_CHARS);
    let name = format!("{} ({})", alert.rule, alert.severity);
    if condition.is_empty() { name } else { format!("{name}: {condition}") }
}

fn fault(notification: &Notification) -> Option<String> {
    cause_and_owner(notification).map(|(heading, fault)| format!("{heading}: {fault}"))
}

fn when(notification: &Notification) -> String {
    match (notification.kind, lasted(notification)) {
        (NoticeKind::Resolved, Some(lasted)) => format!(
            "Duration: {lasted}, from {} to {}",
            time(notification.since),
            time(notification.at)
        ),
        (NoticeKind::Summary, _) => {
            format!("Period: {} to {}", time(notification.since), time(notification.at))
        }
        (NoticeKind::Momentary, _) => {
            format!("At: {}", time(notification.at))
        }
        (NoticeKind::Firing | NoticeKind::Resolved, _) => {
            format!("Since: {}", time(notification.since))
        }
    }
}

fn list(heading: &str, alerts: &[NamedAlert]) -> Vec<String> {
    let heading = (!alerts.is_empty()).then(|| format!("{heading}:"));
    let alerts = alerts.iter().map(|one| format!("  {}", alert(one)));
    heading.into_iter().chain(alerts).collect()
}
