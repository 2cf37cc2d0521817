//! Suppression while a monitor that this one depends on is failing.

use allclear_core::event::SuppressedBy;
use allclear_core::id::MonitorId;
use allclear_core::status::Status;

use crate::alerts::Context;
use crate::alerts::firing_alert::FiringAlert;
use crate::alerts::suppressed::SuppressionReason;

pub(super) fn reason(context: &Context<'_>, alert: &FiringAlert<'_>) -> Option<SuppressionReason> {
    let parent = failing_ancestor(context, alert.monitor)?;
    let reason = format!("`{parent}`, which it depends on, is failing");
    Some((SuppressedBy::Dependency, reason))
}

/// Returns the first ancestor that is failing. An ancestor counts from its first unhealthy outcome on, before
/// the failure is confirmed, because delaying one alert costs less than a superfluous one.
fn failing_ancestor<'a>(context: &Context<'a>, monitor: &MonitorId) -> Option<&'a MonitorId> {
    context.index.ancestors(monitor).iter().find(|ancestor| {
        context.state.monitors.get(*ancestor).is_some_and(|one| {
            one.status == Status::Unhealthy
                || one.last.as_ref().is_some_and(|last| last.status == Status::Unhealthy)
        })
    })
}
