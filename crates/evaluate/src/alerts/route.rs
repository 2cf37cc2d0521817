//! Stage `route`: the channels of an alert.

use allclear_core::id::ChannelId;

use super::Context;
use super::firing_alert::{FiringAlert, has_repeated_fault};

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
    FiringAlert::all(context.state, context.index)
        .map(|alert| Routed { alert, channels: channels(context, &alert) })
        .filter(|routed| routed.is_new() || !routed.channels.is_empty())
        .collect()
}

/// Returns the channels that accept the alert and were not notified of it. After the first channel was notified, others
/// are added because of another fault only when two outcomes in a row have it. A channel that accepts the fault of which
/// the first one was notified may still wait for its batch.
fn channels<'a>(context: &Context<'a>, alert: &FiringAlert<'a>) -> Vec<&'a ChannelId> {
    let Some(rule) = alert.rule.map(|one| &one.rule) else { return Vec::new() };
    let fault = alert.fault();
    let has_other_fault = rule.fault.is_none() && fault != alert.firing.fault;
    if !alert.firing.notified.is_empty() && has_other_fault && !has_repeated_fault(alert.state) {
        return Vec::new();
    }
    let monitor = context.index.monitor(alert.monitor);
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
