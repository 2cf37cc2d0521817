//! The story of an alert that is not resolved.

use allclear_core::event::AlertRecord;
use allclear_evaluate::standing::MonitorStanding;

use super::monitor::alert_lines;
use super::{FIRES, Story, of_alert};
use crate::decided::Decided;

/// Returns the story of an alert that is not resolved, with its standing and that of the actions of its monitor.
#[must_use]
pub fn of_open_alert(alert: &AlertRecord, standing: &MonitorStanding, records: &Decided) -> Story {
    let mut story = of_alert(alert, records);
    let of_rule = standing.rules.iter().find(|one| one.rule == alert.rule);
    let unreported = of_rule.and_then(|one| one.unreported.as_ref());
    if unreported.is_some_and(|end| end.id == alert.id) {
        // The standing says when it has ended.
        story.state.retain(|line| line != FIRES);
    }
    story.state.extend(alert_lines(standing, &alert.rule));
    story
}
