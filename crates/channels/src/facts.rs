//! The facts of a notification for chats that show them as fields, and its urgency for colors.

use allclear_core::Timestamp;
use allclear_core::delivery::{NamedAlert, NoticeKind, Notification};
use allclear_core::message;
use allclear_core::status::Severity;
use allclear_core::text;
use url::Url;

/// The most rules that are named. Further ones are only counted.
const MAX_RULES: usize = 10;
const MAX_TITLE_CHARS: usize = 200;
const MAX_VALUE_CHARS: usize = 400;
const MAX_LINE_CHARS: usize = 400;
const MAX_DESCRIPTION_LINES: usize = 20;

/// A labelled fact of a notification. No text of it has hidden characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) value: FactValue,
}

/// The value of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FactValue {
    /// A few words.
    Short(String),
    /// A time, which chats can show in the zone of the reader.
    Time(Timestamp),
    /// A sentence of Allclear or of an operator, in one line.
    Long(String),
    /// A sentence that quotes another party, in one line.
    Quoted(String),
    /// Lines that can quote a target.
    List(Vec<String>),
    /// A web page.
    Link(String),
}

/// The urgency of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// The alerts are over.
    Over,
    /// They have this severity.
    Severity(Severity),
}

impl Tone {
    /// Returns the urgency of a notification.
    pub(crate) fn of(notification: &Notification) -> Self {
        match notification.kind {
            NoticeKind::Resolved => Self::Over,
            NoticeKind::Firing
            | NoticeKind::Updated
            | NoticeKind::Reminder
            | NoticeKind::Momentary
            | NoticeKind::Summary => Self::Severity(notification.severity),
        }
    }
}

/// Returns the title in one line.
pub(crate) fn title(notification: &Notification) -> String {
    text::one_line(&notification.title(), MAX_TITLE_CHARS)
}

/// Returns the lines of the description of the event, without empty ones.
pub(crate) fn description(notification: &Notification, max_chars: usize) -> Vec<String> {
    let text = text::lines(&notification.message, max_chars);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut kept: Vec<String> =
        lines.by_ref().take(MAX_DESCRIPTION_LINES).map(Into::into).collect();
    kept.extend(lines.next().map(|_| "…".to_owned()));
    kept
}

/// Returns the facts of a notification, the most important first. Links are the last ones.
pub(crate) fn facts(notification: &Notification) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |label, value: Option<FactValue>| {
        facts.extend(value.map(|value| Fact { label, value }));
    };
    if notification.kind != NoticeKind::Summary {
        add("Status", Some(FactValue::Short(notification.status.to_string())));
        add("Severity", Some(FactValue::Short(notification.severity.to_string())));
        match message::lasted(notification) {
            Some(lasted) => add("Duration", Some(FactValue::Short(lasted))),
            None if notification.kind == NoticeKind::Momentary => {
                add("At", Some(FactValue::Time(notification.at)));
            }
            None => add("Since", Some(FactValue::Time(notification.since))),
        }
        let group = notification.group.as_deref();
        add("Group", group.map(|group| FactValue::Short(line(group))));
        if let Some((label, fault)) = message::cause_and_owner(notification) {
            add(label, Some(FactValue::Long(fault.to_owned())));
        }
        let provider_status = message::provider_status(notification);
        add("Provider status", provider_status.map(FactValue::Quoted));
        let is_over = notification.kind == NoticeKind::Resolved;
        add(if is_over { "Resolved" } else { "Rules" }, rules(&notification.alerts));
        add("Still firing", rules(&notification.still_firing));
    }
    let runbook = notification.details.runbook.as_deref();
    for (label, text) in message::details(notification) {
        match label {
            // A certificate names itself.
            ROOT => add(label, Some(FactValue::Quoted(line(&text)))),
            // The runbook is a link.
            RUNBOOK => {}
            _ => add(label, Some(FactValue::Long(line(&text)))),
        }
    }
    for (label, monitors) in message::monitor_lists(notification) {
        add(label, Some(FactValue::List(monitors)));
    }
    add(RUNBOOK, runbook.and_then(link));
    add("Status page", notification.page_url.as_deref().and_then(link));
    facts
}

/// The labels of [`message::details`] that are treated apart.
const ROOT: &str = "In common";
const RUNBOOK: &str = "Runbook";

/// Returns the longest beginning of a list in at most `max_chars` characters, by whole lines. The last line is `…`
/// if some were left out.
pub(crate) fn list_within(lines: &[String], max_chars: usize) -> String {
    let mut list = String::new();
    let mut n_chars = 0;
    for line in lines {
        let line = text::one_line(line, MAX_LINE_CHARS.min(max_chars.saturating_sub(2)));
        n_chars += line.chars().count() + 1;
        // The room of the last line stays free.
        if n_chars + 1 > max_chars {
            list.push('…');
            return list;
        }
        list.push_str(&line);
        list.push('\n');
    }
    list.pop();
    list
}

/// Returns the URL of the status page, or the URL of the runbook if there is no page.
pub(crate) fn page_link(notification: &Notification) -> Option<String> {
    facts(notification).into_iter().rev().find_map(|fact| match fact.value {
        FactValue::Link(url) => Some(url),
        FactValue::Short(_)
        | FactValue::Time(_)
        | FactValue::Long(_)
        | FactValue::Quoted(_)
        | FactValue::List(_) => None,
    })
}

fn line(text: &str) -> String {
    text::one_line(text, MAX_VALUE_CHARS)
}

/// Returns a link to a web page. Chats refuse whole messages for other URLs.
fn link(url: &str) -> Option<FactValue> {
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    // The parser adds a slash to a bare host.
    let is_same = parsed.as_str().strip_suffix('/') == Some(url);
    Some(FactValue::Link(if is_same { url.to_owned() } else { parsed.into() }))
}

fn rules(alerts: &[NamedAlert]) -> Option<FactValue> {
    if alerts.is_empty() {
        return None;
    }
    let mut lines: Vec<String> = alerts.iter().take(MAX_RULES).map(message::alert).collect();
    if alerts.len() > MAX_RULES {
        lines.push(format!("and {} more", alerts.len() - MAX_RULES));
    }
    Some(FactValue::List(lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_cut_between_lines() {
        let lines: Vec<String> = ["one", "two", "three"].map(str::to_owned).to_vec();
        assert_eq!(list_within(&lines, 100), "one\ntwo\nthree");
        assert_eq!(list_within(&lines, 10), "one\ntwo\n…");
        assert_eq!(list_within(&["x".repeat(900)], 20).chars().count(), 18);
        for max_chars in 2..20 {
            assert!(list_within(&lines, max_chars).chars().count() <= max_chars, "{max_chars}");
        }
    }

    #[test]
    fn only_a_web_page_is_a_link() {
        let wanted = FactValue::Link("https://example.com".to_owned());
        assert_eq!(link("https://example.com"), Some(wanted));
        let wanted = FactValue::Link("https://example.com/a%20%3Cb%3E".to_owned());
        assert_eq!(link("https://example.com/a <b>"), Some(wanted));
        assert_eq!(link("javascript:alert(1)"), None);
        assert_eq!(link("wiki/runbook"), None);
    }
}
