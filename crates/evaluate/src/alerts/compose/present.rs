//! The message about firing alerts, as of the time of the notification.
//!
//! The message of an alert describes the outcome with which it began to fire. An update or a reminder comes later: the
//! trouble may have another cause by then, or may not be seen any more and only wait for the confirmation of its end.

use allclear_core::delivery::NoticeKind;
use allclear_core::message::time;
use allclear_core::state::LastOutcome;
use allclear_core::status::Status;

use super::{Subject, most_severe};
use crate::alerts::firing_alert::{FiringAlert, is_recovering, latest_cause};

/// Returns the message of the most severe alert. It states the latest outcome if that is another one than the outcome
/// with which the alert began to fire.
pub(super) fn message(alerts: &[FiringAlert<'_>], subject: Subject, kind: NoticeKind) -> String {
    let Some(alert) = most_severe(alerts, subject) else { return String::new() };
    let began_with = &alert.firing.message;
    let Some(last) = alert.state.last.as_ref().filter(|_| subject.is_outcome()) else {
        return began_with.clone();
    };
    let is_later = match kind {
        NoticeKind::Updated | NoticeKind::Reminder => last.at > alert.firing.at,
        NoticeKind::Firing => is_no_longer_seen(alert, last),
        NoticeKind::Momentary | NoticeKind::Resolved | NoticeKind::Summary => false,
    };
    match latest_cause(alert.state) {
        Some(cause)
            if last.status != Status::Unknown
                && alert.firing.fault.is_some_and(|notified| notified != cause.fault) =>
        {
            cause.message.clone()
        }
        Some(cause)
            if is_later && last.status != Status::Unknown && cause.message != *began_with =>
        {
            format!("{}; the alert began with: {began_with}", cause.message)
        }
        Some(_) | None if is_later => later(alert, last).unwrap_or_else(|| began_with.clone()),
        Some(_) | None => began_with.clone(),
    }
}

/// Returns the message about a latest outcome without a failure; `None` if the alert describes it.
fn later(alert: &FiringAlert<'_>, last: &LastOutcome) -> Option<String> {
    let (at, began_with) = (time(last.at), &alert.firing.message);
    let is_over = is_no_longer_seen(alert, last);
    let end = if is_over { ", and the end of the alert awaits its confirmation" } else { "" };
    match last.status {
        Status::Unknown => Some(format!(
            "the latest check, at {at}, could not measure; the alert began with: {began_with}"
        )),
        Status::Healthy if is_over || describes_a_failure(alert) => Some(format!(
            "the latest check, at {at}, was healthy{end}; the alert began with: {began_with}"
        )),
        Status::Degraded if is_over => Some(format!(
            "the latest check, at {at}, was degraded{end}; the alert began with: {began_with}"
        )),
        Status::Healthy | Status::Degraded | Status::Unhealthy => None,
    }
}

/// Returns true if the latest outcome does not show the trouble of the alert.
fn is_no_longer_seen(alert: &FiringAlert<'_>, last: &LastOutcome) -> bool {
    // A metric need not be measured with each check.
    let needs_metrics = alert.rule.is_some_and(|rule| rule.needs_metrics);
    is_recovering(alert.state) || (last.at > alert.alert.true_at && !needs_metrics)
}

/// Returns true if the message of the alert is that of a failed check, and not the values of its condition.
fn describes_a_failure(alert: &FiringAlert<'_>) -> bool {
    alert.firing.message != alert.firing.values
}
