//! The decisions of one side, found by the alerts that they are about.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::delivery::Delivery;
use allclear_core::event::{AlertId, AlertRecord, SuppressedBy, Suppression};
use allclear_core::id::MonitorId;
use allclear_core::status::Severity;

use crate::decided::{AlertSubject, Decided, named};

/// The difference of two decision times up to which they are the same decision: the evaluator works on a run a little
/// after it was recorded.
pub(crate) const TOLERANCE: Duration = Duration::from_mins(2);

/// The difference up to which two times of an alert are the same. They are times of outcomes, which a replay folds again:
/// under a changed rule, a smaller difference than [`TOLERANCE`] follows from the change.
pub(crate) const EXACT: Duration = Duration::from_secs(1);

/// Returns true if two decision times are those of the same decision.
pub(crate) fn is_close(a: Timestamp, b: Timestamp) -> bool {
    is_within(TOLERANCE, a, b)
}

/// Returns true if two times differ by at most `tolerance`.
pub(crate) fn is_within(tolerance: Duration, a: Timestamp, b: Timestamp) -> bool {
    a.duration_since(b).unsigned_abs() <= tolerance
}

/// The time in which an alert was pending or fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AlertSpan {
    pub(crate) id: AlertId,
    pub(crate) pending_since: Timestamp,
    pub(crate) fired_at: Timestamp,
    /// `None` while it fires.
    pub(crate) resolved_at: Option<Timestamp>,
    /// `None` if there is no record of the alert.
    pub(crate) severity: Option<Severity>,
}

impl AlertSpan {
    fn of(alert: &AlertRecord) -> Self {
        Self {
            id: alert.id.clone(),
            pending_since: alert.pending_since,
            fired_at: alert.fired_at,
            resolved_at: alert.resolved_at,
            severity: Some(alert.severity),
        }
    }

    /// Returns true if the alert was pending or fired at about this time.
    pub(crate) fn contains(&self, at: Timestamp) -> bool {
        let is_after = at >= self.pending_since || is_close(at, self.pending_since);
        is_after && self.resolved_at.is_none_or(|end| at <= end || is_close(at, end))
    }

    /// Returns true if both were pending or fired at about the same time.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let ends_before = |one: &Self, other: &Self| {
            let is_before = |end| end < other.pending_since && !is_close(end, other.pending_since);
            one.resolved_at.is_some_and(is_before)
        };
        !ends_before(self, other) && !ends_before(other, self)
    }
}

/// An index over the decisions of one side.
#[derive(Debug)]
pub(crate) struct EvidenceIndex<'a> {
    /// The decisions.
    pub(crate) decided: &'a Decided,
    alerts: HashMap<&'a MonitorId, Vec<&'a AlertRecord>>,
    deliveries: HashMap<&'a AlertId, Vec<&'a Delivery>>,
    suppressions: HashMap<&'a AlertId, Vec<&'a Suppression>>,
}

impl<'a> EvidenceIndex<'a> {
    /// Creates the index.
    pub(crate) fn new(decided: &'a Decided) -> Self {
        let mut alerts: HashMap<&MonitorId, Vec<&AlertRecord>> = HashMap::new();
        for one in decided.alerts.values() {
            alerts.entry(&one.monitor).or_default().push(one);
        }
        let mut deliveries: HashMap<&AlertId, Vec<&Delivery>> = HashMap::new();
        for one in &decided.deliveries {
            for alert in named(one) {
                deliveries.entry(alert).or_default().push(one);
            }
        }
        let mut suppressions: HashMap<&AlertId, Vec<&Suppression>> = HashMap::new();
        for one in &decided.suppressions {
            suppressions.entry(&one.alert).or_default().push(one);
        }
        Self { decided, alerts, deliveries, suppressions }
    }

    /// Returns the span of the alert with this id. Without a record of it, the span begins and ends as far as its id and
    /// `until`, the time of a decision about it, show.
    pub(crate) fn span(&self, id: &AlertId, until: Timestamp) -> AlertSpan {
        if let Some(alert) = self.decided.alerts.get(id) {
            return AlertSpan::of(alert);
        }
        let fired_at = id.as_str().rsplit('/').next().and_then(|ms| ms.parse().ok());
        let fired_at = fired_at.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let fired_at = fired_at.unwrap_or(until).min(until);
        AlertSpan {
            id: id.clone(),
            pending_since: fired_at,
            fired_at,
            resolved_at: Some(until),
            severity: None,
        }
    }

    /// Returns the alert about the same rule and monitor that was pending or fired at the time of `span`; of several, the
    /// one that fired nearest to it.
    pub(crate) fn counterpart(&self, about: &AlertSubject, span: &AlertSpan) -> Option<AlertSpan> {
        let (monitor, rule) = about;
        let alerts = self.alerts.get(monitor).into_iter().flatten();
        let spans = alerts.filter(|one| one.rule == *rule).map(|alert| AlertSpan::of(alert));
        let distance = |one: &AlertSpan| one.fired_at.duration_since(span.fired_at).unsigned_abs();
        spans.filter(|one| one.overlaps(span)).min_by_key(distance)
    }

    /// Returns the monitors with an alert.
    pub(crate) fn monitors(&self) -> impl Iterator<Item = &'a MonitorId> {
        self.alerts.keys().copied()
    }

    /// Returns the alerts of a rule on a monitor.
    pub(crate) fn about(&self, about: &AlertSubject) -> impl Iterator<Item = &'a AlertId> {
        let (monitor, rule) = about;
        let alerts = self.alerts.get(monitor).into_iter().flatten();
        alerts.filter(move |one| one.rule == *rule).map(|one| &one.id)
    }

    /// Returns the notifications about an alert, by time.
    pub(crate) fn deliveries(&self, alert: &AlertId) -> &[&'a Delivery] {
        self.deliveries.get(alert).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the suppression of an alert that applied at `at`: the latest one, unless a notification has followed.
    pub(crate) fn suppression(&self, alert: &AlertId, at: Timestamp) -> Option<&'a Suppression> {
        let until = at.checked_add(TOLERANCE).unwrap_or(Timestamp::MAX);
        let suppressions = self.suppressions.get(alert)?;
        let latest = suppressions.iter().rfind(|one| one.at <= until)?;
        let is_after = |one: &&&Delivery| {
            (latest.at..=at).contains(&one.created_at)
                && one.notification.kind.is_of_firing_alerts()
        };
        self.deliveries(alert).iter().find(is_after).is_none().then_some(*latest)
    }

    /// Returns true if an alert was suppressed for a reason by `at`, also before its notifications.
    pub(crate) fn was_suppressed(&self, alert: &AlertId, by: SuppressedBy, at: Timestamp) -> bool {
        let until = at.checked_add(TOLERANCE).unwrap_or(Timestamp::MAX);
        let suppressions = self.suppressions.get(alert).into_iter().flatten();
        suppressions.into_iter().any(|one| one.by == by && one.at <= until)
    }

    /// Returns the rules of the monitor whose alerts fired at `at`.
    pub(crate) fn firing(&self, (monitor, _): &AlertSubject, at: Timestamp) -> Vec<AlertSubject> {
        let fires = |alert: &&&AlertRecord| {
            alert.fired_at <= at
                && alert.resolved_at.is_none_or(|end| is_close(end, at) || end > at)
        };
        let alerts = self.alerts.get(monitor).into_iter().flatten().filter(fires);
        let firing: BTreeSet<AlertSubject> =
            alerts.map(|alert| (alert.monitor.clone(), alert.rule.clone())).collect();
        firing.into_iter().collect()
    }
}
