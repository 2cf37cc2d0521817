//! A notification as a person reads it, in plain text.
//!
//! Channels with a markup of their own format the message themselves and share the texts in this module.

use jiff::Timestamp;

use crate::alert_group::NamedMonitor;
use crate::delivery::{NamedAlert, NoticeKind, Notification};
use crate::status::Status;
use crate::{duration, text};

const MAX_SUBJECT_CHARS: usize = 200;
const MAX_MESSAGE_CHARS: usize = 4_000;
const MAX_NAME_CHARS: usize = 200;
const MAX_PROVIDER_STATUS_CHARS: usize = 400;
const MAX_CONDITION_CHARS: usize = 300;
const MAX_REMEDY_CHARS: usize = 400;
const MAX_ACTION_CHARS: usize = 400;

/// The label of the link to the instructions for the people who repair the monitor.
const RUNBOOK: &str = "Runbook";

/// The longest link that a message contains, in characters.
const MAX_URL_CHARS: usize = 1_000;

/// The most rules that a message lists.
const MAX_LISTED_RULES: usize = 20;

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

/// The parts of a message, in the order in which a person reads them. Each text is free of control characters and of
/// line breaks, except for [`MessageParts::message`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageParts {
    /// The subject line: the event and its severity.
    pub subject: String,
    /// The description of the event with its label; `None` if it is empty. A summary has several lines.
    pub message: Option<(&'static str, String)>,
    /// The facts with their labels: time, status, cause, remedy.
    pub facts: Vec<(&'static str, String)>,
    /// The lists with their headings: the other monitors, the rules.
    pub lists: Vec<(&'static str, Vec<String>)>,
    /// The links with their labels: the runbook, the public page.
    pub links: Vec<(&'static str, String)>,
}

/// Returns the parts of the message.
#[must_use]
pub fn parts(notification: &Notification) -> MessageParts {
    let what = text::lines(&notification.message, MAX_MESSAGE_CHARS);
    let is_summary = notification.kind == NoticeKind::Summary;
    let mut facts = vec![when(notification)];
    facts.extend((!is_summary).then(|| ("Status", notification.status.to_string())));
    facts.extend(cause_and_owner(notification).map(|(label, party)| (label, party.to_owned())));
    facts.extend(provider_status(notification).map(|status| {
        let said = status.strip_prefix("The provider reports: ").unwrap_or(&status);
        ("Provider reports", said.to_owned())
    }));
    let group = notification.group.as_deref();
    facts.extend(details(notification).filter(|(label, _)| *label != RUNBOOK));
    facts.extend(group.map(|group| ("Group", text::one_line(group, MAX_NAME_CHARS))));
    let is_over = notification.kind == NoticeKind::Resolved;
    let ended = if is_over { "Resolved rules" } else { "Rules" };
    let rules = [(ended, &notification.alerts), ("Still firing", &notification.still_firing)];
    let rules = rules.into_iter().map(|(heading, alerts)| (heading, rule_lines(alerts)));
    let rules = rules.filter(|(_, lines)| !lines.is_empty());
    MessageParts {
        subject: subject(notification),
        message: (!what.is_empty()).then(|| (message_label(notification), what)),
        facts,
        lists: monitor_lists(notification).chain(rules).collect(),
        links: links(notification).collect(),
    }
}

/// Returns the subject, followed by the whole message.
#[must_use]
pub fn plain_text(notification: &Notification) -> String {
    let parts = parts(notification);
    let mut lines = vec![parts.subject, String::new()];
    match parts.message {
        Some((_, what)) if notification.kind == NoticeKind::Summary => {
            lines.extend([what, String::new()]);
        }
        // Indented, so that text from a target cannot pass for a line of the message itself.
        Some((label, what)) => lines.push(format!("{label}: {}", what.replace('\n', "\n  "))),
        None => {}
    }
    lines.extend(parts.facts.iter().map(|(label, text)| format!("{label}: {text}")));
    for (heading, entries) in &parts.lists {
        lines.push(format!("{heading}:"));
        lines.extend(entries.iter().map(|one| format!("  {one}")));
    }
    lines.extend(parts.links.iter().map(|(label, url)| format!("{label}: {url}")));
    lines.push(String::new());
    lines.join("\n")
}

/// Returns the essential content in one line, for a log.
#[must_use]
pub fn one_line(notification: &Notification) -> String {
    let mut parts = vec![subject(notification)];
    let what = text::one_line(&notification.message, MAX_MESSAGE_CHARS);
    match notification.kind {
        NoticeKind::Resolved if !what.is_empty() => parts.push(format!("was: {what}")),
        NoticeKind::Resolved
        | NoticeKind::Firing
        | NoticeKind::Updated
        | NoticeKind::Reminder
        | NoticeKind::Momentary
        | NoticeKind::Summary => parts.extend(Some(what).filter(|what| !what.is_empty())),
    }
    let (label, time) = when(notification);
    parts.push(format!("{label}: {time}"));
    parts.extend(cause_and_owner(notification).map(|(label, party)| format!("{label}: {party}")));
    parts.extend(provider_status(notification));
    let is_told = |label: &str| ["Change", "Action", "Acknowledged"].contains(&label);
    let details = details(notification).filter(|(label, _)| is_told(label));
    parts.extend(details.map(|(label, text)| format!("{label}: {text}")));
    parts.join(" | ")
}

/// Returns the label of the description of the event. In an all-clear, the description is that of the failure that is
/// over.
#[must_use]
pub fn message_label(notification: &Notification) -> &'static str {
    match notification.kind {
        NoticeKind::Resolved => "Was",
        NoticeKind::Firing
        | NoticeKind::Updated
        | NoticeKind::Reminder
        | NoticeKind::Momentary
        | NoticeKind::Summary => "Message",
    }
}

/// Returns the links, each with its label: the runbook and the public page.
pub fn links(notification: &Notification) -> impl Iterator<Item = (&'static str, String)> {
    let runbook = notification.details.runbook.as_deref().map(|url| (RUNBOOK, url));
    let page = notification.page_url.as_deref().map(|url| ("Page", url));
    let links = [runbook, page].into_iter().flatten();
    links.map(|(label, url)| (label, text::one_line(url, MAX_URL_CHARS)))
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

/// Returns the progress of actions, each with its label.
fn actions(notification: &Notification) -> impl Iterator<Item = (&'static str, String)> {
    let actions = notification.details.actions.iter();
    actions.map(|text| ("Action", text::one_line(text, MAX_ACTION_CHARS)))
}

/// Returns the facts about the group of alerts, each with its label: the change, the end by the config, the property
/// that its monitors share, the first step of the remedy, the progress of actions, the acknowledgement, the number of
/// the reminder, the runbook.
pub fn details(notification: &Notification) -> impl Iterator<Item = (&'static str, String)> {
    let details = &notification.details;
    let in_line = |text: &str| text::one_line(text, MAX_NAME_CHARS);
    let change = details.change.as_deref().map(|text| ("Change", in_line(text)));
    let end = details.config_end.map(|end| ("End", end.sentence().to_owned()));
    let root = details.root.as_ref().map(|root| ("In common", in_line(&root.to_string())));
    let is_over = notification.kind == NoticeKind::Resolved;
    let remedy = notification.reason.filter(|_| !is_over).map(|reason| {
        let of_monitor = details.remedy.as_deref();
        let remedy = text::one_line(of_monitor.unwrap_or(reason.remedy()), MAX_REMEDY_CHARS);
        ("Remedy", format!("{remedy} See `allclear explain {}`.", reason.code()))
    });
    let acknowledged = details.acknowledged.as_ref().map(|one| {
        let comment = in_line(&one.comment);
        let separator = if comment.is_empty() { "" } else { ": " };
        let text = format!("by {} at {}{separator}{comment}", in_line(&one.author), time(one.at));
        ("Acknowledged", text)
    });
    let reminder = Some(details.n_reminder).filter(|n| *n > 0);
    let reminder = reminder.map(|n| ("Reminder", format!("number {n}")));
    let runbook = details.runbook.as_deref();
    let runbook = runbook.map(|url| (RUNBOOK, text::one_line(url, MAX_URL_CHARS)));
    let first = [change, end, root, remedy].into_iter().flatten();
    first
        .chain(actions(notification))
        .chain([acknowledged, reminder, runbook].into_iter().flatten())
}

/// Returns the lists of the other monitors of the notification, each with its heading and one line for each monitor.
/// Those that still fail come first, and then the healthy ones whose alerts have not ended.
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
    let (lasting, failing): (Vec<_>, Vec<_>) =
        details.remaining.iter().cloned().partition(|one| one.status == Status::Healthy);
    let failing = monitor_lines(&failing, 0);
    let lasting = limited(&lasting, 0, lasting_line);
    [("Still failing", failing), ("Alerts not ended", lasting), (heading, others)]
        .into_iter()
        .filter(|(_, lines)| !lines.is_empty())
}

fn monitor_lines(monitors: &[NamedMonitor], n_unlisted: usize) -> Vec<String> {
    limited(monitors, n_unlisted, monitor_line)
}

/// Returns one line for each of the monitors, up to a limit.
fn limited(
    monitors: &[NamedMonitor],
    n_unlisted: usize,
    line: fn(&NamedMonitor) -> String,
) -> Vec<String> {
    let listed = monitors.iter().take(MAX_LISTED_MONITORS).map(line);
    let n_more = n_unlisted + monitors.len().saturating_sub(MAX_LISTED_MONITORS);
    let more = (n_more > 0).then(|| format!("and {n_more} more"));
    listed.chain(more).collect()
}

/// Returns a healthy monitor whose alert has not ended, in one line. The message says so itself: `Search: the latest check,
/// at 2026-11-30 05:19:15 UTC, was healthy, and the end of the alert awaits its confirmation`.
fn lasting_line(monitor: &NamedMonitor) -> String {
    let name = text::one_line(&monitor.name, MAX_NAME_CHARS);
    let message = text::one_line(&monitor.message, MAX_NAME_CHARS);
    if message.is_empty() { format!("{name} is healthy") } else { format!("{name}: {message}") }
}

/// Returns a monitor with its status and its message in one line: `Search is unhealthy: connection refused`. The
/// message of a healthy monitor is that of its past failure.
fn monitor_line(monitor: &NamedMonitor) -> String {
    let name = text::one_line(&monitor.name, MAX_NAME_CHARS);
    let message = text::one_line(&monitor.message, MAX_NAME_CHARS);
    let separator = match (message.is_empty(), monitor.status) {
        (true, _) => "",
        (false, Status::Healthy) => ", was: ",
        (false, Status::Degraded | Status::Unhealthy | Status::Unknown) => ": ",
    };
    format!("{name} is {}{separator}{message}", monitor.status)
}

/// Returns the time of the event with its label.
fn when(notification: &Notification) -> (&'static str, String) {
    let (since, at) = (notification.since, notification.at);
    let between = || format!("{} to {}", time(since), time(at));
    match notification.kind {
        NoticeKind::Resolved => {
            let lasted = lasted(notification).unwrap_or_default();
            ("Duration", format!("{lasted}, from {}", between()))
        }
        NoticeKind::Summary => ("Period", between()),
        NoticeKind::Momentary => ("At", time(at)),
        NoticeKind::Firing | NoticeKind::Updated | NoticeKind::Reminder => {
            let until_now = std::time::Duration::try_from(at.duration_since(since));
            match until_now {
                Ok(until_now) if !until_now.is_zero() => {
                    ("Since", format!("{}, for {}", time(since), duration::format(until_now)))
                }
                Ok(_) | Err(_) => ("Since", time(since)),
            }
        }
    }
}

/// Returns one line for each of the rules, up to a limit.
fn rule_lines(alerts: &[NamedAlert]) -> Vec<String> {
    let n_more = alerts.len().saturating_sub(MAX_LISTED_RULES);
    let more = (n_more > 0).then(|| format!("and {n_more} more"));
    alerts.iter().take(MAX_LISTED_RULES).map(alert).chain(more).collect()
}
