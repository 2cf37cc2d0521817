//! The decisions of a time: what was sent, what was suppressed, and the alerts behind both.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::event::{AlertId, AlertRecord, Suppression};
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::ports::{ReadHistory, StoreResult};
use allclear_core::state::Decision;

/// The decisions of a time, recorded or replayed.
#[derive(Debug, Clone, Default)]
pub struct Decided {
    /// The notifications to channels, without summaries, in the order of their decision.
    pub deliveries: Vec<Delivery>,
    /// The attempts of actions and the orders that take them back, in the order of their decision.
    pub attempts: Vec<Delivery>,
    /// The suppressed alerts, in the order in which their reason began to apply.
    pub suppressions: Vec<Suppression>,
    /// The alerts that fired, each in its latest form.
    pub alerts: BTreeMap<AlertId, AlertRecord>,
}

impl Decided {
    /// Reads the decisions that were recorded from `from` on.
    ///
    /// # Errors
    ///
    /// Fails if the store does.
    pub async fn recorded(store: &impl ReadHistory, from: Timestamp) -> StoreResult<Self> {
        let deliveries = store.deliveries(from).await?;
        let (attempts, mut deliveries) = split(deliveries);
        deliveries.retain(is_about_alerts);
        let suppressions = store.suppressions(from).await?;
        let alerts = store.alerts(from).await?;
        let alerts = alerts.into_iter().map(|one| (one.id.clone(), one)).collect();
        Ok(Self { deliveries, attempts, suppressions, alerts })
    }

    /// Adds a decision that was made at `at`. Only alerts are added if `at` is before `from`.
    pub(crate) fn add(&mut self, at: Timestamp, from: Timestamp, decision: Decision) {
        for alert in decision.alerts {
            self.alerts.insert(alert.id.clone(), alert);
        }
        if at >= from {
            let (attempts, deliveries) = split(decision.deliveries);
            self.deliveries.extend(deliveries.into_iter().filter(is_about_alerts));
            self.attempts.extend(attempts);
            self.suppressions.extend(decision.suppressions);
        }
    }
}

/// Separates the orders to actions from the notices to channels.
fn split(deliveries: Vec<Delivery>) -> (Vec<Delivery>, Vec<Delivery>) {
    deliveries.into_iter().partition(|one| one.attempt().is_some())
}

fn is_about_alerts(delivery: &Delivery) -> bool {
    match delivery.notification.kind {
        NoticeKind::Summary => false,
        NoticeKind::Firing
        | NoticeKind::Updated
        | NoticeKind::Reminder
        | NoticeKind::Resolved
        | NoticeKind::Momentary => true,
    }
}

/// The rule and the monitor of an alert.
pub(crate) type AlertSubject = (MonitorId, RuleId);

/// Returns the rule and the monitor that the id of an alert names; `None` if it has another form.
pub(crate) fn subject(alert: &AlertId) -> Option<AlertSubject> {
    let mut parts = alert.as_str().split('/');
    let (monitor, rule) = (parts.next()?, parts.next()?);
    Some((monitor.parse().ok()?, rule.parse().ok()?))
}

/// Returns the rules and monitors of the alerts that a notification lists, sorted.
pub(crate) fn subjects(delivery: &Delivery) -> Vec<AlertSubject> {
    let notification = &delivery.notification;
    let first = notification.alerts.iter().map(|one| &one.id);
    let others = notification.details.others.iter().flat_map(|other| &other.alerts);
    let mut subjects: Vec<AlertSubject> = first.chain(others).filter_map(subject).collect();
    subjects.sort();
    subjects.dedup();
    subjects
}
