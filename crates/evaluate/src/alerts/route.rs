//! Stage `route`: the channels of an alert.

use allclear_core::id::ChannelId;

use super::Context;
use super::firing_alert::FiringAlert;

/// An alert and the channels to notify of it.
pub(super) struct Routed<'a> {
    pub(super) alert: FiringAlert<'a>,
    /// Empty if no channel accepts a new alert.
    pub(super) channels: Vec<&'a ChannelId>,
}

impl Routed<'_> {
    /// Returns true if no channel was notified of the alert yet.
    pub(super) fn is_new(&self) -> bool {
        self.alert.firing.notified.is_empty()
    }
}

/// Returns the firing alerts of which some channel was not notified, and new ones that no channel accepts.
pub(super) fn firing<'a>(context: &Context<'a>) -> Vec<Routed<'a>> {
    let alerts = context.monitor_state.alerts.iter();
    alerts
        .filter_map(|(rule, alert)| FiringAlert::new(rule, alert, context.monitor(), context.index))
        .map(|alert| Routed { alert, channels: channels(context, &alert) })
        .filter(|routed| routed.is_new() || !routed.channels.is_empty())
        .collect()
}

/// Returns the resolved alerts with the channels that received the firing notices.
pub(super) fn resolved<'a>(alerts: &[FiringAlert<'a>]) -> Vec<Routed<'a>> {
    alerts
        .iter()
        .filter(|alert| !alert.is_momentary())
        .map(|alert| Routed { alert: *alert, channels: alert.firing.notified.keys().collect() })
        .collect()
}

/// Returns the channels that accept the alert and were not notified of it. After the first channel was
/// notified, others are added only when two outcomes in a row have another fault.
fn channels<'a>(context: &Context<'a>, alert: &FiringAlert<'a>) -> Vec<&'a ChannelId> {
    let Some(rule) = alert.rule.map(|one| &one.rule) else { return Vec::new() };
    let observation = context.observation;
    let is_joining = !alert.firing.notified.is_empty();
    if is_joining && (rule.fault.is_some() || !observation.has_repeated_fault()) {
        return Vec::new();
    }
    let cause = observation.cause().or(context.monitor_state.cause.as_ref());
    let fault = rule.fault.or(cause.map(|one| one.fault));
    let monitor = context.index.monitor(context.monitor());
    let channels = context.index.config().channels.iter();
    channels
        .filter(|channel| {
            rule.goes_to(&channel.id)
                && channel.filter.accepts(alert.severity(), fault, monitor)
                && !alert.firing.notified.contains_key(&channel.id)
        })
        .map(|channel| &channel.id)
        .collect()
}
