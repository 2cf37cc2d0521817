//! The decisions of a time: what was sent, what was suppressed, and the alerts behind both.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::delivery::{Delivery, DeliveryState, NoticeKind};
use allclear_core::event::{AlertId, AlertRecord, Suppression};
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::incident::{AutomaticIncident, IncidentId};
use allclear_core::ports::{ReadHistory, ReadIncidents, StoreResult};
use allclear_core::state::Decision;

/// The decisions of a time, recorded or replayed.
#[derive(Debug, Clone, Default)]
pub struct Decided {
    /// The notifications to channels, without summaries, in the order of their decision.
    pub deliveries: Vec<Delivery>,
    /// The attempts of actions and the orders that take them back, in the order of their decision.
    pub attempts: Vec<Delivery>,
    /// The summaries, in the order of their decision. Those of a replay have no text.
    pub summaries: Vec<Delivery>,
    /// The suppressed alerts, in the order in which their reason began to apply.
    pub suppressions: Vec<Suppression>,
    /// The alerts that fired, each in its latest form.
    pub alerts: BTreeMap<AlertId, AlertRecord>,
    /// The incidents that were opened, each in its latest form.
    pub incidents: BTreeMap<IncidentId, AutomaticIncident>,
    /// The time whose knowledge this is; `None` if it is the knowledge of all times.
    known_at: Option<Timestamp>,
}

impl Decided {
    /// Reads the decisions that were recorded from `from` on.
    ///
    /// # Errors
    ///
    /// Fails if the store does.
    pub async fn recorded(
        store: &(impl ReadHistory + ReadIncidents),
        from: Timestamp,
    ) -> StoreResult<Self> {
        let deliveries = store.deliveries(from).await?;
        let (attempts, deliveries) = split(deliveries);
        let (deliveries, summaries) = deliveries.into_iter().partition(is_about_alerts);
        let suppressions = store.suppressions(from).await?;
        let alerts = store.alerts(from).await?;
        let alerts = alerts.into_iter().map(|one| (one.id.clone(), one)).collect();
        let incidents = store.incidents(from).await?;
        let incidents = incidents.into_iter().map(|one| (one.id.clone(), one)).collect();
        Ok(Self {
            deliveries,
            attempts,
            summaries,
            suppressions,
            alerts,
            incidents,
            known_at: None,
        })
    }

    /// Returns what was known at `at`: without later decisions, and without the later ends of earlier ones.
    #[must_use]
    pub fn known_at(mut self, at: Timestamp) -> Self {
        self.deliveries.retain(|one| one.created_at <= at);
        self.attempts.retain(|one| one.created_at <= at);
        self.summaries.retain(|one| one.created_at <= at);
        self.suppressions.retain(|one| one.at <= at);
        self.alerts.retain(|_, alert| alert.fired_at <= at);
        for alert in self.alerts.values_mut() {
            alert.resolved_at = alert.resolved_at.filter(|end| *end <= at);
        }
        self.incidents.retain(|_, incident| incident.opened_at <= at);
        for incident in self.incidents.values_mut() {
            *incident = incident.clone().known_at(at);
        }
        self.known_at = Some(at);
        self
    }

    /// Returns true if the stored state of the delivery was known at the time whose knowledge this is. The tries of a
    /// delivery that was settled later, or that is owed now, have no time of their own.
    pub(crate) fn knows_settlement(&self, delivery: &Delivery) -> bool {
        match (self.known_at, settled_at(delivery)) {
            (None, _) => true,
            (Some(at), Some(settled_at)) => settled_at <= at,
            (Some(_), None) => false,
        }
    }

    /// Adds a decision that was made at `at`. Only alerts and incidents are added if `at` is before `from`.
    pub(crate) fn add(&mut self, at: Timestamp, from: Timestamp, decision: Decision) {
        for alert in decision.alerts {
            self.alerts.insert(alert.id.clone(), alert);
        }
        for incident in decision.incidents {
            self.incidents.insert(incident.id.clone(), incident);
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

/// Returns the time at which a delivery was settled; `None` if it is owed.
pub(crate) fn settled_at(one: &Delivery) -> Option<Timestamp> {
    match &one.state {
        DeliveryState::Owed { .. } => None,
        DeliveryState::Sent { at }
        | DeliveryState::GivenUp { at, .. }
        | DeliveryState::Superseded { at } => Some(*at),
    }
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

/// Returns the alerts that a delivery names.
pub(crate) fn named(delivery: &Delivery) -> impl Iterator<Item = &AlertId> {
    let notification = &delivery.notification;
    let details = &notification.details;
    let others = details.others.iter().chain(&details.config_ended);
    notification.alerts.iter().map(|one| &one.id).chain(others.flat_map(|other| &other.alerts))
}

/// Returns the rules and monitors of the alerts that a notification lists, sorted.
pub(crate) fn subjects(delivery: &Delivery) -> Vec<AlertSubject> {
    let mut subjects: Vec<AlertSubject> = named(delivery).filter_map(subject).collect();
    subjects.sort();
    subjects.dedup();
    subjects
}
