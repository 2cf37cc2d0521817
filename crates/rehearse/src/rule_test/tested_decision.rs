//! The decisions of a test, and their comparison with an expectation.

use std::time::Duration;

use allclear_core::delivery::NoticeKind;
use allclear_core::event::SuppressedBy;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::state::Decision;
use allclear_core::status::Severity;
use allclear_core::text;

use super::file::{ExpectedKind, RawExpectation};
use crate::decided::{subject, subjects};

/// The most decisions that a message about a mismatch lists.
const MAX_LISTED: usize = 12;

/// A notification or a suppression of one alert.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TestedDecision {
    pub(super) after: Duration,
    pub(super) monitor: MonitorId,
    pub(super) rule: RuleId,
    pub(super) severity: Severity,
    pub(super) kind: Option<ExpectedKind>,
    pub(super) suppressed: Option<&'static str>,
}

/// Returns the notifications and the suppressions of a decision. Attempts of actions are neither.
pub(super) fn observations(decision: &Decision, after: Duration) -> Vec<TestedDecision> {
    let mut observed = Vec::new();
    for delivery in decision.deliveries.iter().filter(|one| one.attempt().is_none()) {
        let kind = match delivery.notification.kind {
            NoticeKind::Firing => ExpectedKind::Firing,
            NoticeKind::Updated => ExpectedKind::Updated,
            NoticeKind::Reminder => ExpectedKind::Reminder,
            NoticeKind::Resolved => ExpectedKind::Resolved,
            NoticeKind::Momentary => ExpectedKind::Momentary,
            NoticeKind::Summary => continue,
        };
        let severity = delivery.notification.severity;
        observed.extend(subjects(delivery).into_iter().map(|(monitor, rule)| TestedDecision {
            after,
            monitor,
            rule,
            severity,
            kind: Some(kind),
            suppressed: None,
        }));
    }
    for one in &decision.suppressions {
        observed.extend(subject(&one.alert).map(|(monitor, rule)| TestedDecision {
            after,
            monitor,
            rule,
            severity: Severity::Info,
            kind: None,
            suppressed: Some(SuppressedBy::as_str(one.by)),
        }));
    }
    observed
}

pub(super) fn is_expected(one: &TestedDecision, expected: &RawExpectation) -> bool {
    let RawExpectation { at: _, rule, monitor, kind, severity, suppressed } = expected;
    one.suppressed == suppressed.map(SuppressedBy::as_str)
        && rule.as_ref().is_none_or(|rule| one.rule == *rule.get_ref())
        && monitor.as_ref().is_none_or(|monitor| one.monitor == *monitor.get_ref())
        && kind.is_none_or(|kind| one.kind == Some(kind))
        && severity.as_ref().is_none_or(|severity| one.severity == *severity.get_ref())
}

pub(super) fn described(expected: &RawExpectation) -> String {
    let RawExpectation { at: _, rule, monitor, kind, severity, suppressed } = expected;
    let what = match (suppressed, severity) {
        (Some(by), _) => format!("a suppression by {}", by.as_str()),
        (None, Some(severity)) => format!("{} of the severity {severity}", notification(*kind)),
        (None, None) => notification(*kind),
    };
    let rule = rule.as_ref().map(|rule| format!(" about the rule `{rule}`")).unwrap_or_default();
    let monitor = monitor.as_ref().map(|id| format!(" on `{id}`")).unwrap_or_default();
    format!("{what}{rule}{monitor}")
}

pub(super) fn sentence(one: &TestedDecision) -> String {
    let TestedDecision { after, monitor, rule, severity, kind, suppressed } = one;
    let at = exact(*after);
    match (suppressed, kind) {
        (Some(by), _) => {
            format!("a suppression by {by} about the rule `{rule}` on `{monitor}` at {at}")
        }
        (None, kind) => format!(
            "{} of the severity {severity} about the rule `{rule}` on `{monitor}` at {at}",
            notification(*kind)
        ),
    }
}

/// Returns a notification of this kind as a part of a sentence; one of any kind if there is none.
fn notification(kind: Option<ExpectedKind>) -> String {
    kind.map_or_else(
        || "a notification".to_owned(),
        |kind| match kind {
            ExpectedKind::Updated => format!("an `{}` notification", kind.as_str()),
            ExpectedKind::Firing
            | ExpectedKind::Reminder
            | ExpectedKind::Resolved
            | ExpectedKind::Momentary => format!("a `{}` notification", kind.as_str()),
        },
    )
}

/// Returns everything that happened, as a part of a message.
pub(super) fn listed(observed: &[TestedDecision]) -> String {
    if observed.is_empty() {
        return "nothing was sent or suppressed".to_owned();
    }
    let first: Vec<String> = observed.iter().take(MAX_LISTED).map(sentence).collect();
    let more = observed.len().saturating_sub(first.len());
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    text::excerpt(&format!("what happened: {}{more}", first.join(", ")), 2_000).into_owned()
}

/// Formats a duration with all its units, so that it can stand in an expectation: `1d1h1m10s`.
pub(super) fn exact(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
        (u64::from(duration.subsec_millis()), "ms"),
    ];
    let parts = parts.into_iter().filter(|(n, _)| *n > 0);
    let parts: Vec<String> = parts.map(|(n, unit)| format!("{n}{unit}")).collect();
    if parts.is_empty() { "0s".to_owned() } else { parts.concat() }
}
