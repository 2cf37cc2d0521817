//! The condition of the rule of an alert, with the outcomes that made it true.

use allclear_core::Timestamp;
use allclear_core::event::AlertId;
use allclear_core::evidence::ConditionEvidence;

use super::{StoryStage, StoryStep, monitor_of, outcome_step, step};
use crate::decided::{Decided, subject};

/// Returns the steps of the evidence for an alert.
pub(super) fn condition_steps(
    alert: &AlertId,
    evidence: &ConditionEvidence,
    records: &Decided,
) -> Vec<StoryStep> {
    let monitor = monitor_of(alert);
    let outcomes = evidence.outcomes.iter();
    let mut steps: Vec<StoryStep> =
        outcomes.map(|one| outcome_step(one).about(monitor.clone())).collect();
    if !evidence.values.is_empty() {
        let condition = condition_of(alert, records);
        let condition = condition.map(|text| format!(" `{text}`")).unwrap_or_default();
        let text = format!("condition{condition} of {alert} is true: {}", evidence.values);
        steps.push(step(evidence.pending_since, StoryStage::Lifecycle, text).about(monitor));
    }
    steps
}

/// Returns the condition of the rule of an alert, if a notification or an attempt lists it: one about this alert or, as for
/// an alert that is suppressed, the nearest one about another alert of the rule. It is the same in all steps, so that the
/// evidence of a notification and that of a suppression are one step.
fn condition_of<'a>(alert: &AlertId, records: &'a Decided) -> Option<&'a str> {
    let (_, rule) = subject(alert)?;
    let fired_at = records.alerts.get(alert).map(|one| one.fired_at);
    let all = records.deliveries.iter().chain(&records.attempts);
    let of_rule = all.flat_map(|one| {
        let named = one.notification.alerts.iter();
        let named = named.filter(|named| named.rule == rule && !named.condition.is_empty());
        named.map(|named| (one.created_at, named))
    });
    let distance = |at: Timestamp| fired_at.map(|fired| at.duration_since(fired).unsigned_abs());
    let nearest = of_rule.min_by_key(|(at, named)| (named.id != *alert, distance(*at)));
    nearest.map(|(_, named)| named.condition.as_str())
}
