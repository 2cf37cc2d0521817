//! Suppression while a monitor that this one depends on is failing.

use std::time::Duration;

use allclear_core::event::SuppressedBy;
use allclear_core::id::MonitorId;
use allclear_core::status::Status;

use crate::alerts::Context;
use crate::alerts::firing_alert::FiringAlert;
use crate::alerts::suppressed::SuppressionReason;

/// The time after the last outcome of an outage of a monitor in which those that depend on it recover.
const RECOVERY_TIME: Duration = Duration::from_mins(1);

/// The same, in intervals of the dependent monitor: its recovery must be confirmed.
const RECOVERY_INTERVALS: u32 = 2;

/// The longest time for which an unconfirmed failure of a monitor delays the alerts of those that depend on it.
const MAX_UNCONFIRMED: Duration = Duration::from_mins(10);

pub(super) fn reason(context: &Context<'_>, alert: &FiringAlert<'_>) -> Option<SuppressionReason> {
    let parent = failing_ancestor(context, alert.monitor)
        .or_else(|| intermittent_ancestor(context, alert))?;
    let reason = format!("`{parent}`, which it depends on, is failing");
    Some((SuppressedBy::Dependency, reason))
}

/// Returns the first ancestor that is failing. An ancestor counts from its first unhealthy outcome on, before
/// the failure is confirmed, because delaying one alert costs less than a superfluous one: until it has been checked
/// again, but not for long. It counts for a short time after its outage, in which the monitors that depend on it recover.
fn failing_ancestor<'a>(context: &Context<'a>, monitor: &MonitorId) -> Option<&'a MonitorId> {
    let interval = context.index.monitor(monitor)?.interval;
    let recovery_time = RECOVERY_TIME.max(interval.saturating_mul(RECOVERY_INTERVALS));
    let until_checked = |ancestor: &MonitorId| {
        let interval = context.index.monitor(ancestor).map(|monitor| monitor.interval);
        let twice = interval.unwrap_or_default().saturating_mul(2);
        twice.max(recovery_time).min(MAX_UNCONFIRMED)
    };
    context.index.ancestors(monitor).iter().find(|ancestor| {
        context.state.monitors.get(*ancestor).is_some_and(|one| {
            one.status == Status::Unhealthy
                || one.last.as_ref().is_some_and(|last| {
                    last.status == Status::Unhealthy
                        && context.at < last.at + until_checked(ancestor)
                })
                || one.last_outage.is_some_and(|at| context.at < at + recovery_time)
        })
    })
}

/// Returns the first ancestor that also fails intermittently, for an alert about that. Its latest outcome may be good.
fn intermittent_ancestor<'a>(
    context: &Context<'a>,
    alert: &FiringAlert<'_>,
) -> Option<&'a MonitorId> {
    if !alert.is_about_intermittent_failures() {
        return None;
    }
    context.index.ancestors(alert.monitor).iter().find(|ancestor| {
        context.state.monitors.get(*ancestor).is_some_and(|state| {
            FiringAlert::of_monitor(ancestor, state, context.index)
                .any(|one| one.is_about_intermittent_failures())
        })
    })
}
