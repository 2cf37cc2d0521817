//! Stage `outbox`: deliveries, and their marks in the state.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use allclear_core::Timestamp;
use allclear_core::alert_group::{AcknowledgedBy, AlertGroupId, CommonRoot};
use allclear_core::delivery::{Delivery, DeliveryId, Notification};
use allclear_core::event::{SuppressedBy, Suppression};
use allclear_core::id::{ChannelId, EntryId, MonitorId, RuleId};
use allclear_core::route::RouteId;
use allclear_core::state::{
    ActionKey, AlertBatch, AlertGroup, BatchKey, Decision, Firing, ShardState,
};
use allclear_core::status::{Fault, Severity};

use super::compose::{Draft, fault_and_reason};
use super::ended::ReportedEnd;
use super::firing_alert::FiringAlert;
use super::notice::{Notice, NoticeContent};
use super::path;
use super::route::{self, Routed};
use super::suppressed::Suppressed;
use crate::ConfigIndex;

/// The most notices of a group that the next one comes after: the first one and the latest ones.
const MAX_NOTICES: usize = 8;

/// Returns the deliveries of drafts, one each.
pub(crate) fn owe(drafts: Vec<Draft>, index: &ConfigIndex) -> Vec<Delivery> {
    drafts.into_iter().map(|draft| delivery(draft, index)).collect()
}

/// Converts a draft to a delivery.
pub(super) fn delivery(draft: Draft, index: &ConfigIndex) -> Delivery {
    let monitor = index.monitor(&draft.monitor);
    let (fault, reason) = fault_and_reason(draft.subject);
    let mut alerts = draft.alerts;
    alerts.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.rule.cmp(&b.rule)));
    let (group, n_notices) = draft.group;
    let id = DeliveryId::of_group(&group, draft.kind, n_notices);
    let notification = Notification {
        kind: draft.kind,
        monitor_name: index.name_of(&draft.monitor),
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
        details: draft.details,
    };
    Delivery { id, ..Delivery::owed(draft.channel, notification, draft.after, draft.decided_at) }
}

/// The place of an alert in the state.
type AlertKey = (MonitorId, RuleId);

/// An alert that joins a group of a channel without a message.
pub(super) type Joining = (AlertKey, ChannelId, AlertGroupId);

/// An alert and its channels that are to be notified, now or later.
pub(super) type Awaiting = (AlertKey, BTreeSet<ChannelId>);

/// The batches of a state.
pub(super) type Batches = BTreeMap<BatchKey, AlertBatch>;

/// Returns the owned form of an alert that joins a group.
pub(super) fn joining(
    (alert, channel, group): (FiringAlert<'_>, &ChannelId, &AlertGroupId),
) -> Joining {
    (key(&alert), channel.clone(), group.clone())
}

/// Returns the channels of an alert that are to be notified; `None` if the state has the same ones.
pub(super) fn awaiting(routed: &Routed<'_>) -> Option<Awaiting> {
    let channels = route::owned(routed);
    let firing = routed.alert.firing;
    let is_known = channels.is_empty() && firing.awaiting.is_empty();
    (!is_known).then(|| (key(&routed.alert), channels))
}

/// A delivery with the change of the state that it makes.
pub(super) struct OwedNotice {
    pub(super) delivery: Delivery,
    group: AlertGroupId,
    /// The progress of actions that it reports.
    actions: BTreeMap<ActionKey, u32>,
    effect: Effect,
}

/// The change of the state that a notice makes.
enum Effect {
    Open {
        group: Box<AlertGroup>,
        alerts: Vec<(AlertKey, Option<Fault>)>,
        escalates: Option<AlertGroupId>,
    },
    Moment {
        alerts: Vec<AlertKey>,
    },
    Update {
        joining: Vec<(AlertKey, Option<Fault>)>,
        faults: Vec<(AlertKey, Fault)>,
        severity: Severity,
        acknowledged: Option<AcknowledgedBy>,
        known_acknowledgements: BTreeSet<EntryId>,
    },
    Remind,
    ReportPart {
        ended: Vec<ReportedEnd>,
    },
    Close {
        ended: Vec<ReportedEnd>,
    },
}

impl OwedNotice {
    /// Returns the delivery of a notice.
    pub(super) fn new(notice: &Notice<'_>, draft: Draft, index: &ConfigIndex) -> Self {
        let (at, root) = (draft.decided_at, draft.details.root.clone());
        let actions = draft.actions.clone();
        let delivery = delivery(draft, index);
        let effect = match &notice.content {
            NoticeContent::Firing { alerts, batch, route, escalates, acknowledged } => {
                let severity = highest(alerts);
                let group = opened((batch, route), &delivery, (at, severity), root);
                let acknowledged = acknowledged.clone();
                let earlier_acknowledgements = earlier(acknowledged.as_ref(), alerts, index);
                let group = AlertGroup { earlier_acknowledgements, acknowledged, ..group };
                let group = Box::new(group);
                let escalates = escalates.cloned();
                Effect::Open { group, alerts: alerts.iter().map(with_fault).collect(), escalates }
            }
            NoticeContent::Momentary { alerts } => {
                Effect::Moment { alerts: alerts.iter().map(key).collect() }
            }
            NoticeContent::Updated { alerts, update } => Effect::Update {
                joining: update.joining.iter().map(with_fault).collect(),
                faults: update
                    .faults
                    .iter()
                    .map(|(monitor, rule, fault)| (((*monitor).clone(), (*rule).clone()), *fault))
                    .collect(),
                severity: highest(alerts),
                acknowledged: update.acknowledged.clone(),
                known_acknowledgements: earlier(update.acknowledged.as_ref(), alerts, index),
            },
            NoticeContent::Reminder { .. } => Effect::Remind,
            NoticeContent::Resolved { ended, remaining } => {
                let ended = ended.iter().map(|one| ReportedEnd::of(one)).collect();
                if remaining.is_empty() {
                    Effect::Close { ended }
                } else {
                    Effect::ReportPart { ended }
                }
            }
        };
        Self { delivery, group: notice.group.clone(), actions, effect }
    }

    /// Makes the change of the state, and adds the delivery and the alerts that it resolves to the decision.
    pub(super) fn commit(self, state: &mut ShardState, at: Timestamp, decision: &mut Decision) {
        if let Effect::ReportPart { ended } | Effect::Close { ended } = &self.effect {
            decision.alerts.extend(ended.iter().filter_map(|one| one.commit(state)));
        }
        decision.deliveries.push(self.change(state, at));
    }

    /// Makes the change of the groups and their alerts, and returns the delivery.
    fn change(self, state: &mut ShardState, at: Timestamp) -> Delivery {
        let Self { delivery, group: id, actions, effect } = self;
        match effect {
            Effect::Open { group, alerts, escalates } => {
                for (key, fault) in alerts {
                    mark(state, &key, (&delivery.channel, &id), at);
                    set_fault(state, &key, fault);
                }
                state.alert_groups.insert(id, AlertGroup { actions, ..*group });
                if let Some(group) = escalates.and_then(|id| state.alert_groups.get_mut(&id)) {
                    group.is_escalated = true;
                }
                return delivery;
            }
            Effect::Moment { alerts } => {
                for key in alerts {
                    mark(state, &key, (&delivery.channel, &id), at);
                }
                return delivery;
            }
            Effect::Close { .. } => {
                state.alert_groups.remove(&id);
                return delivery;
            }
            Effect::Update { joining, faults, severity, acknowledged, known_acknowledgements } => {
                for (key, fault) in &joining {
                    mark(state, key, (&delivery.channel, &id), at);
                    set_fault(state, key, *fault);
                }
                for (key, fault) in faults {
                    set_fault(state, &key, Some(fault));
                }
                if let Some(group) = state.alert_groups.get_mut(&id) {
                    group.severity = group.severity.max(severity);
                    if !joining.is_empty() {
                        group.earlier_acknowledgements = known_acknowledgements;
                        group.acknowledged = None;
                    }
                    group.acknowledged = acknowledged.or(group.acknowledged.take());
                }
            }
            Effect::Remind => {
                if let Some(group) = state.alert_groups.get_mut(&id) {
                    group.n_reminders = group.n_reminders.saturating_add(1);
                }
            }
            Effect::ReportPart { ended } => {
                if let Some(group) = state.alert_groups.get_mut(&id) {
                    group.ended.retain(|one| !ended.iter().any(|it| it.is_of(one)));
                    group.resolved_at = Some(at);
                }
            }
        }
        if let Some(group) = state.alert_groups.get_mut(&id) {
            group.n_notices = group.n_notices.saturating_add(1);
            group.notices.push(delivery.id.clone());
            if group.notices.len() > MAX_NOTICES {
                // The first notice opens the thread, and stays.
                group.notices.remove(1);
            }
            group.notified_at = at;
            group.actions.extend(actions);
        }
        delivery
    }
}

fn opened(
    (batch, route): (&BatchKey, &RouteId),
    notice: &Delivery,
    (at, severity): (Timestamp, Severity),
    root: Option<CommonRoot>,
) -> AlertGroup {
    AlertGroup {
        channel: notice.channel.clone(),
        batch: batch.clone(),
        route: route.clone(),
        opened_at: at,
        notified_at: at,
        earlier_acknowledgements: BTreeSet::new(),
        notices: vec![notice.id.clone()],
        n_notices: 1,
        severity,
        root,
        ended: Vec::new(),
        resolved_at: None,
        n_reminders: 0,
        acknowledged: None,
        actions: BTreeMap::new(),
        is_escalated: false,
    }
}

/// Returns the acknowledgements of the alerts that are known now and do not cover the group; none if it is acknowledged.
fn earlier(
    acknowledged: Option<&AcknowledgedBy>,
    alerts: &[FiringAlert<'_>],
    index: &ConfigIndex,
) -> BTreeSet<EntryId> {
    if acknowledged.is_some() {
        return BTreeSet::new();
    }
    let entries = alerts.iter().flat_map(|one| index.acknowledgements(&one.firing.id));
    entries.map(|entry| entry.id.clone()).collect()
}

fn highest(alerts: &[FiringAlert<'_>]) -> Severity {
    alerts.iter().map(FiringAlert::severity).max().unwrap_or(Severity::Info)
}

fn key(alert: &FiringAlert<'_>) -> AlertKey {
    (alert.monitor.clone(), alert.id.clone())
}

fn with_fault(alert: &FiringAlert<'_>) -> (AlertKey, Option<Fault>) {
    (key(alert), alert.fault())
}

fn firing_mut<'a>(state: &'a mut ShardState, (monitor, rule): &AlertKey) -> Option<&'a mut Firing> {
    state.monitors.get_mut(monitor)?.alerts.get_mut(rule)?.firing.as_mut()
}

/// Marks an alert as notified in a group of a channel.
fn mark(
    state: &mut ShardState,
    key: &AlertKey,
    (channel, group): (&ChannelId, &AlertGroupId),
    at: Timestamp,
) {
    if let Some(monitor) = state.monitors.get_mut(&key.0) {
        monitor.last_notified_at.insert(key.1.clone(), at);
    }
    if let Some(firing) = firing_mut(state, key) {
        firing.notified.insert(channel.clone(), group.clone());
        firing.joined.remove(channel);
        firing.suppressed_by = None;
    }
}

fn set_fault(state: &mut ShardState, key: &AlertKey, fault: Option<Fault>) {
    if let Some(firing) = firing_mut(state, key) {
        firing.fault = fault;
    }
}

/// Marks the alerts that joined a group of a channel without a message.
pub(super) fn mark_joining(state: &mut ShardState, joining: Vec<Joining>) {
    for (key, channel, group) in joining {
        if let Some(firing) = firing_mut(state, &key) {
            firing.joined.insert(channel.clone());
            firing.notified.insert(channel, group);
        }
    }
}

/// Records which channels of an alert wait after others were notified.
pub(super) fn mark_awaiting(state: &mut ShardState, awaiting: Vec<Awaiting>) {
    for (key, mut channels) in awaiting {
        let Some(firing) = firing_mut(state, &key) else { continue };
        channels.retain(|channel| !firing.notified.contains_key(channel));
        if firing.notified.is_empty() {
            channels.clear();
        }
        firing.awaiting = channels;
    }
}

/// Marks suppressed alerts, and ends the suppressions of the others. Returns a record for each alert whose reason has just
/// begun to apply.
pub(super) fn mark_suppressed(
    state: &mut ShardState,
    suppressed: Vec<Suppressed>,
    at: Timestamp,
) -> Vec<Suppression> {
    end_suppressions(state, &suppressed, at);
    let mut records = Vec::new();
    for Suppressed { monitor, rule, by, reason } in suppressed {
        let known = state.monitors.get(&monitor);
        let alert = known.and_then(|known| Some((known, known.alerts.get(&rule)?)));
        let evidence = alert.map(|(known, alert)| path::evidence(known, alert));
        let Some(firing) = firing_mut(state, &(monitor, rule)) else { continue };
        if is_new_reason(firing, by) {
            firing.suppressed_by = Some(by);
            path::begin_suppression(&mut firing.suppressions, by, at);
            records.push(Suppression { alert: firing.id.clone(), at, by, reason, evidence });
        } else if let Some(last) = firing.suppressions.last_mut().filter(|last| last.by == by) {
            // The same reason applies again before a channel was notified.
            last.until = None;
        }
    }
    records
}

/// Records the ends of the suppressions of firing alerts that are not among `suppressed`.
fn end_suppressions(state: &mut ShardState, suppressed: &[Suppressed], at: Timestamp) {
    let suppressed: HashSet<(&MonitorId, &RuleId)> =
        suppressed.iter().map(|one| (&one.monitor, &one.rule)).collect();
    let is_open = |firing: &Firing| {
        let last = firing.suppressions.last();
        last.is_some_and(|it| it.until.is_none() && !path::lasts(it, firing))
    };
    for (id, monitor) in &mut state.monitors {
        for (rule, alert) in &mut monitor.alerts {
            let firing = alert.firing.as_mut().filter(|firing| is_open(firing));
            if let Some(firing) = firing.filter(|_| !suppressed.contains(&(id, rule))) {
                path::end_suppression(&mut firing.suppressions, at);
            }
        }
    }
}

/// Returns true if the reason did not apply to the alert before. A recovery that awaits its confirmation is a
/// pause and replaces no other reason.
fn is_new_reason(firing: &Firing, by: SuppressedBy) -> bool {
    let is_pause = by == SuppressedBy::Recovering && firing.suppressed_by.is_some();
    firing.suppressed_by != Some(by) && !is_pause
}
