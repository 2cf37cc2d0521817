//! The alerts of states and deliveries, for the invariants.

use allclear_core::alert_group::AlertGroupId;
use allclear_core::delivery::Delivery;
use allclear_core::event::AlertId;
use allclear_core::id::ChannelId;
use allclear_core::state::{Firing, ShardState};
use allclear_core::status::Severity;

/// Returns the firing alerts of a state with each of their channels and groups.
pub(super) fn notified(
    state: &ShardState,
) -> impl Iterator<Item = (&ChannelId, &AlertGroupId, &Firing)> {
    let alerts = state.monitors.values().flat_map(|one| one.alerts.values());
    let firing = alerts.filter_map(|alert| alert.firing.as_ref());
    firing.flat_map(|firing| {
        firing.notified.iter().map(move |(channel, group)| (channel, group, firing))
    })
}

pub(super) fn group_of(delivery: &Delivery) -> (ChannelId, AlertGroupId) {
    let group = delivery.notification.details.alert_group.clone().unwrap();
    (delivery.channel.clone(), group)
}

/// Returns the alerts that a notification reports.
pub(super) fn named(delivery: &Delivery) -> Vec<AlertId> {
    let notification = &delivery.notification;
    let of_first = notification.alerts.iter().map(|alert| &alert.id);
    let details = &notification.details;
    let others = details.others.iter().chain(&details.config_ended);
    of_first.chain(others.flat_map(|one| &one.alerts)).cloned().collect()
}

pub(super) fn severity(delivery: &Delivery) -> Severity {
    let others = delivery.notification.details.others.iter().map(|one| one.severity);
    others.chain([delivery.notification.severity]).max().unwrap()
}

pub(super) fn severity_of(rule: &str) -> Severity {
    match rule {
        "down" | "no_credit" => Severity::Critical,
        "service_recovery" => Severity::Info,
        _ => Severity::Warning,
    }
}

/// Returns the monitor and the rule of an alert.
pub(super) fn place_of(alert: &AlertId) -> (&str, &str) {
    let mut parts = alert.as_str().split('/');
    (parts.next().unwrap(), parts.next().unwrap())
}

pub(super) fn text(delivery: &Delivery) -> String {
    let notification = &delivery.notification;
    let (at, channel, kind) = (delivery.created_at, &delivery.channel, notification.kind);
    let (alerts, change) = (named(delivery), &notification.details.change);
    format!("{at} {channel} {kind:?} {alerts:?} {change:?}")
}
