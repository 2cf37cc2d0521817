//! Stage `outbox`: deliveries, and their marks in the state.

use allclear_core::Timestamp;
use allclear_core::alert_group::NoticeDetails;
use allclear_core::delivery::{Delivery, Notification};
use allclear_core::event::{SuppressedBy, Suppression};
use allclear_core::state::{Firing, MonitorState};
use allclear_core::status::Severity;

use super::compose::{Draft, Subject};
use super::suppressed::Suppressed;
use crate::ConfigIndex;

/// Returns the deliveries of drafts, one each.
pub(crate) fn owe(drafts: Vec<Draft>, index: &ConfigIndex) -> Vec<Delivery> {
    drafts.into_iter().map(|draft| delivery(draft, index)).collect()
}

/// Converts a draft to a delivery.
pub(super) fn delivery(draft: Draft, index: &ConfigIndex) -> Delivery {
    let monitor = index.monitor(&draft.monitor);
    let monitor_name =
        monitor.map_or_else(|| draft.monitor.to_string(), |monitor| monitor.name.clone());
    let (fault, reason) = match draft.subject {
        Subject::Outcome(cause) => cause.unzip(),
        Subject::Account(fault) => (Some(fault), None),
    };
    let mut alerts = draft.alerts;
    alerts.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.rule.cmp(&b.rule)));
    let notification = Notification {
        kind: draft.kind,
        monitor_name,
        group: monitor.and_then(|monitor| monitor.group.clone()),
        monitor: draft.monitor,
        severity: alerts.iter().map(|alert| alert.severity).max().unwrap_or(Severity::Info),
        status: draft.status,
        fault,
        reason,
        message: draft.message,
        provider_status: draft.provider_status,
        alerts,
        still_firing: draft.still_firing,
        since: draft.since,
        at: draft.at,
        page_url: index.config().page.url.clone(),
        details: NoticeDetails::default(),
    };
    Delivery::owed(draft.channel, notification, draft.after, draft.decided_at)
}

/// Marks the alerts of firing notices as notified at `at`.
pub(super) fn mark_firing(state: &mut MonitorState, deliveries: &[Delivery], at: Timestamp) {
    for delivery in deliveries {
        for alert in &delivery.notification.alerts {
            state.last_notified_at.insert(alert.rule.clone(), at);
            let alert = state.alerts.get_mut(&alert.rule);
            if let Some(firing) = alert.and_then(|alert| alert.firing.as_mut()) {
                firing.notified.insert(delivery.channel.clone(), delivery.id.clone());
                firing.suppressed_by = None;
            }
        }
    }
}

/// Marks the alerts that an all-clear names as still firing: its channel has been notified of them.
pub(super) fn mark_named(state: &mut MonitorState, delivery: &Delivery) {
    for (rule, alert) in &mut state.alerts {
        let Some(firing) = &mut alert.firing else { continue };
        let is_named = delivery.notification.still_firing.iter().any(|one| one.rule == *rule);
        let was_notified = !firing.notified.is_empty()
            || firing.suppressed_by == Some(SuppressedBy::AlreadyNotified);
        if is_named && was_notified {
            let id = || delivery.id.clone();
            firing.notified.entry(delivery.channel.clone()).or_insert_with(id);
        }
    }
}

/// Marks suppressed alerts. Returns a record for each one whose reason has just begun to apply.
pub(super) fn mark_suppressed(
    state: &mut MonitorState,
    suppressed: Vec<Suppressed>,
    at: Timestamp,
) -> Vec<Suppression> {
    let mut records = Vec::new();
    for Suppressed { rule, by, reason } in suppressed {
        let alert = state.alerts.get_mut(&rule);
        let Some(firing) = alert.and_then(|alert| alert.firing.as_mut()) else { continue };
        if is_new_reason(firing, by) {
            firing.suppressed_by = Some(by);
            records.push(Suppression { alert: firing.id.clone(), at, by, reason });
        }
    }
    records
}

/// Returns true if the reason did not apply to the alert before. A recovery that awaits its confirmation is a
/// pause and replaces no other reason.
fn is_new_reason(firing: &Firing, by: SuppressedBy) -> bool {
    let is_pause = by == SuppressedBy::Recovering && firing.suppressed_by.is_some();
    firing.suppressed_by != Some(by) && !is_pause
}
