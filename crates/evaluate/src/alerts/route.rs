//! Stage `route`: the channels of an alert, each with the route that leads to it.

use std::collections::BTreeSet;

use allclear_core::Timestamp;
use allclear_core::id::ChannelId;
use allclear_core::route::RouteId;

use super::Context;
use super::firing_alert::{FiringAlert, has_repeated_fault};
use crate::routing::{Receiver, Receivers};

/// An alert and the channels to notify of it.
pub(super) struct Routed<'a> {
    pub(super) alert: FiringAlert<'a>,
    /// The channels to notify now.
    pub(super) receivers: Vec<Receiver<'a>>,
    /// The channels to notify when their route is active.
    pub(super) held: Vec<Receiver<'a>>,
}

impl<'a> Routed<'a> {
    /// Returns true if no channel was notified of the alert yet.
    pub(super) fn is_new(&self) -> bool {
        self.alert.firing.notified.is_empty()
    }

    /// Returns the channels that are to be notified, now or later.
    pub(super) fn awaiting(&self) -> impl Iterator<Item = &'a ChannelId> {
        self.receivers.iter().chain(&self.held).map(|one| one.channel)
    }

    /// Returns the time at which the route of a channel that waits becomes active.
    pub(super) fn next_at(&self, at: Timestamp) -> Option<Timestamp> {
        self.held.iter().filter_map(|one| one.route.configured().active_from(at)).min()
    }
}

/// Returns all firing alerts with their channels. An alert may have none.
pub(super) fn firing<'a>(context: &Context<'a>) -> Vec<Routed<'a>> {
    let route = |alert| {
        let Receivers { active, held } = receivers(context, &alert);
        Routed { alert, receivers: active, held }
    };
    FiringAlert::all(context.state, context.index).map(route).collect()
}

/// Returns the channels that accept the alert and were not notified of it. After the first channel was notified, others
/// are added because of another fault only if they waited at that time, or when two outcomes in a row have it.
fn receivers<'a>(context: &Context<'a>, alert: &FiringAlert<'a>) -> Receivers<'a> {
    let Some(rule) = alert.rule.map(|one| &one.rule) else { return Receivers::default() };
    let firing = alert.firing;
    let has_other_fault = rule.fault.is_none() && alert.fault() != firing.fault;
    let is_open = firing.notified.is_empty() || !has_other_fault || has_repeated_fault(alert.state);
    if !is_open && firing.awaiting.is_empty() {
        return Receivers::default();
    }
    let mut found = context.index.receivers(context.labels(alert), context.at);
    let is_due = |one: &Receiver<'_>| {
        !firing.notified.contains_key(one.channel)
            && (is_open || firing.awaiting.contains(one.channel))
    };
    found.active.retain(is_due);
    found.held.retain(is_due);
    found
}

/// Returns the time from which on the route is active, if it is not active now. A route that the config no longer has
/// is active.
pub(super) fn paused_until(context: &Context<'_>, route: &RouteId) -> Option<Timestamp> {
    let route = context.index.route(route)?.configured();
    let is_paused = !route.is_active(context.at);
    is_paused.then(|| route.active_from(context.at).unwrap_or(Timestamp::MAX))
}

/// Returns the channels of an alert that wait, in the form that the state stores.
pub(super) fn owned(routed: &Routed<'_>) -> BTreeSet<ChannelId> {
    routed.awaiting().cloned().collect()
}
