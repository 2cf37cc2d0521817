//! A notification as a person reads it, in plain text.
//!
//! Channels with a markup of their own format the message themselves and share the texts in this module.

use jiff::Timestamp;

use crate::alert_group::NamedMonitor;
use crate::delivery::{NamedAlert, NoticeKind, Notification};
use crate::{duration, text};

const MAX_SUBJECT_CHARS: usize = 200;
const MAX_MESSAGE_CHARS: usize = 4_000;
const MAX_NAME_CHARS: usize = 200;
const MAX_PROVIDER_STATUS_CHARS: usize = 400;
const MAX_CONDITION_CHARS: usize = 300;
const MAX_REMEDY_CHARS: usize = 400;

/// The most monitors that a message lists. The page shows the others.
const MAX_LISTED_MONITORS: usize = 20;

/// Returns the subject line: `[critical] OpenAI API is unhealthy`. An all-clear has no severity in front,
/// because its title states that the alert is over.
#[must_use]
pub fn subject(notification: &Notification) -> String {
    let title = text::one_line(&notification.title(), MAX_SUBJECT_CHARS);
    match notification.kind {
        NoticeKind::Resolved | NoticeKind::Summary => title,
        NoticeKind::Firing | NoticeKind::Updated | NoticeKind::Reminder | NoticeKind::Momentary => {
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
    lines.extend(details(notification).map(|(label, text)| format!("{label}: {text}")));
    for (heading, monitors) in monitor_lists(notification) {
        lines.push(format!("{heading}:"));
        lines.extend(monitors.iter().map(|one| format!("  {one}")));
    }
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

/// Returns the facts about the group of alerts, each with its label: the change, the property that its
/// monitors share, the acknowledgement, the number of the reminder, the first step of the remedy, the runbook.
pub fn details(notification: &Notification) -> impl Iterator<Item = (&'static str, String)> {
    let details = &notification.details;
    let in_line = |text: &str| text::one_line(text, MAX_NAME_CHARS);
    let change = details.change.as_deref().map(|text| ("Change", in_line(text)));
    let root = details.root.as_ref().map(|root| ("In common", in_line(&root.to_string())));
    let acknowledged = details.acknowledged.as_ref().map(|one| {
        let comment = in_line(&one.comment);
        let separator = if comment.is_empty() { "" } else { ": " };
        let text = format!("by {} at {}{separator}{comment}", in_line(&one.author), time(one.at));
        ("Acknowledged", text)
    });
    let reminder = Some(details.n_reminder).filter(|n| *n > 0);
    let reminder = reminder.map(|n| ("Reminder", n.to_string()));
    let is_over = notification.kind == NoticeKind::Resolved;
    let remedy = notification.reason.filter(|_| !is_over).map(|reason| {
        let remedy = text::one_line(reason.remedy(), MAX_REMEDY_CHARS);
        ("Remedy", format!("{remedy} See `allclear explain {}`.", reason.code()))
    });
    let runbook = details.runbook.as_deref().map(|url| ("Runbook", in_line(url)));
    [change, root, acknowledged, reminder, remedy, runbook].into_iter().flatten()
}

/// Returns the lists of the other monitors of the notification, each with its heading and one line for each monitor.
pub fn monitor_lists(
    notification: &Notification,
) -> impl Iterator<Item = (&'static str, Vec<String>)> {
    let details = &notification.details;
    let heading = match notification.kind {
        NoticeKind::Resolved => "Also resolved",
        NoticeKind::Firing
        | NoticeKind::Updated
        | NoticeKind::Reminder
        | NoticeKind::Momentary
        | NoticeKind::Summary => "Also failing",
    };
    let others = monitor_lines(&details.others, details.n_unlisted);
    let remaining = monitor_lines(&details.remaining, 0);
    [(heading, others), ("Still failing", remaining)]
        .into_iter()
        .filter(|(_, lines)| !lines.is_empty())
}

fn monitor_lines(monitors: &[NamedMonitor], n_unlisted: usize) -> Vec<String> {
    let listed = monitors.iter().take(MAX_LISTED_MONITORS).map(monitor_line);
    let n_more = n_unlisted + monitors.len().saturating_sub(MAX_LISTED_MONITORS);
    let more = (n_more > 0).then(|| format!("and {n_more} more"));
    listed.chain(more).collect()
}

/// Returns a monitor with its status and its message in one line: `Search is unhealthy: connection refused`.
fn monitor_line(monitor: &NamedMonitor) -> String {
    let name = text::one_line(&monitor.name, MAX_NAME_CHARS);
    let message = text::one_line(&monitor.message, MAX_NAME_CHARS);
    let separator = if message.is_empty() { "" } else { ": " };
    format!("{name} is {}{separator}{message}", monitor.status)
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
        (
            NoticeKind::Firing | NoticeKind::Updated | NoticeKind::Reminder | NoticeKind::Resolved,
            _,
        ) => {
            format!("Since: {}", time(notification.since))
        }
    }
}

fn list(heading: &str, alerts: &[NamedAlert]) -> Vec<String> {
    let heading = (!alerts.is_empty()).then(|| format!("{heading}:"));
    let alerts = alerts.iter().map(|one| format!("  {}", alert(one)));
    heading.into_iter().chain(alerts).collect()
}
