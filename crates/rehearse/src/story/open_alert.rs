//! The story of an alert that is not resolved.

use allclear_core::Timestamp;
use allclear_core::event::AlertRecord;
use allclear_evaluate::standing::{AlertStanding, MonitorStanding};

use super::monitor::{SentNotices, alert_lines, notified_phrase};
use super::{FIRES, Story, no_notification, of_alert};
use crate::decided::Decided;

/// Returns the story of an alert that is not resolved, with its standing and that of the actions of its monitor, by a state
/// that knows the runs up to `state_at`.
#[must_use]
pub fn of_open_alert(
    alert: &AlertRecord,
    (standing, state_at): (&MonitorStanding, Option<Timestamp>),
    records: &Decided,
) -> Story {
    let mut story = of_alert(alert, records);
    let of_rule = standing.rules.iter().find(|one| one.rule == alert.rule);
    let unreported = of_rule.and_then(|one| one.unreported.as_ref());
    if unreported.is_some_and(|end| end.id == alert.id) {
        // The standing says when it has ended.
        story.state.retain(|line| line != FIRES);
    }
    if let Some(AlertStanding::Firing { id, at, notified, .. }) = of_rule.map(|one| &one.alert)
        && *id == alert.id
        && !notified.is_empty()
        && story.state.iter().any(|line| line == no_notification(alert))
    {
        // It does not wait for others: their notification is sent.
        let notices = SentNotices { records, from: alert.fired_at };
        story.state.retain(|line| line != no_notification(alert));
        story.state.push(notified_phrase((id, *at), notified, &notices));
    }
    story.state.extend(state_at.map(|at| format!("its state is that of {at:.0}")));
    story.state.extend(alert_lines(standing, &alert.rule));
    story
}
