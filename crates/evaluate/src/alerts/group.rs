//! Stage `group`: the alerts that one notification lists.
//!
//! Alerts to one channel that begin to fire within a short time are one group. An alert joins an open group if it is
//! about the same subject of a monitor in that group, or if its monitor has the group's root. Such a group gets an
//! update in place of a new message.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::alert_group::AlertGroupId;
use allclear_core::event::SuppressedBy;
use allclear_core::id::ChannelId;
use allclear_core::notification_settings::GroupBy;
use allclear_core::state::{AlertBatch, AlertGroup, BatchKey, ShardState};

use super::firing_alert::FiringAlert;
use super::route::Routed;
use super::{Context, root};
use crate::routing::{Receiver, RouteNode};

/// The least time between two firing notices of a batch, so that a storm of unrelated alerts is bounded by time.
const OPEN_EVERY: Duration = Duration::from_mins(1);

/// The firing alerts of the open groups.
pub(super) type Members<'a> = HashMap<&'a AlertGroupId, Vec<FiringAlert<'a>>>;

/// Returns the firing alerts of each open group.
pub(super) fn members<'a>(context: &Context<'a>) -> Members<'a> {
    let mut members = Members::new();
    if context.state.alert_groups.is_empty() {
        return members;
    }
    for alert in FiringAlert::all(context.state, context.index) {
        for group in alert.firing.notified.values() {
            members.entry(group).or_default().push(alert);
        }
    }
    members
}

/// New alerts to one channel that are notified together.
pub(super) struct NewGroup<'a> {
    pub(super) channel: &'a ChannelId,
    pub(super) route: &'a RouteNode,
    pub(super) batch: BatchKey,
    /// At least one. All are momentary, or none is.
    pub(super) alerts: Vec<FiringAlert<'a>>,
}

/// The time for which a notice waits for an outcome after the timeout of its check.
const RECORDED_AFTER: Duration = Duration::from_secs(1);

/// The result of the stage.
#[derive(Default)]
pub(super) struct Grouped<'a> {
    /// The groups that are due.
    pub(super) new: Vec<NewGroup<'a>>,
    /// The alerts that join an open group now.
    pub(super) joining: BTreeMap<&'a AlertGroupId, Vec<FiringAlert<'a>>>,
    /// The batches that wait, and those that were notified a short while ago.
    pub(super) batches: BTreeMap<BatchKey, AlertBatch>,
    /// The time at which the next one that waits is due.
    pub(super) next_at: Option<Timestamp>,
    /// The alerts that wait.
    pub(super) waiting: Vec<WaitingAlert<'a>>,
}

/// An alert of which a channel is notified later.
pub(super) struct WaitingAlert<'a> {
    pub(super) alert: FiringAlert<'a>,
    pub(super) channel: &'a ChannelId,
    /// The time at which it is due.
    pub(super) due_at: Timestamp,
    pub(super) cause: WaitCause,
}

/// The cause for which an alert waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitCause {
    /// Other alerts may follow within `group_wait`.
    Others,
    /// The channel was notified of other alerts at this time, less than a minute ago.
    Spacing(Timestamp),
    /// The channel was notified of the group that it joins at this time, less than `group_interval` ago.
    GroupInterval(Timestamp),
}

/// Assigns the alerts of each channel to groups.
pub(super) fn apply<'a>(context: &Context<'a>, routed: Vec<Routed<'a>>) -> Grouped<'a> {
    let mut grouped = Grouped::default();
    let mut batches: BTreeMap<BatchKey, NewGroup<'a>> = BTreeMap::new();
    for Routed { alert, receivers, .. } in routed {
        for receiver in receivers {
            let batch = key(&alert, &receiver, context);
            if let Some((id, due_at)) = related(context, &alert, (receiver.channel, &batch)) {
                if due_at <= context.at {
                    grouped.joining.entry(id).or_default().push(alert);
                } else {
                    grouped.wait_until(due_at);
                    let cause = joining_cause(context, &alert, id, due_at);
                    let channel = receiver.channel;
                    grouped.waiting.push(WaitingAlert { alert, channel, due_at, cause });
                }
                continue;
            }
            let group = batches.entry(batch.clone()).or_insert_with(|| NewGroup {
                channel: receiver.channel,
                route: receiver.route,
                batch,
                alerts: Vec::new(),
            });
            group.alerts.push(alert);
        }
    }
    for (key, group) in batches {
        grouped.add(context, key, group);
    }
    grouped.keep_recent(context);
    grouped
}

impl<'a> Grouped<'a> {
    /// Adds the alerts of a batch as a new group if they are due, and lets them wait otherwise.
    fn add(&mut self, context: &Context<'_>, key: BatchKey, group: NewGroup<'a>) {
        let before = context.state.batches.get(&key).copied().unwrap_or_default();
        let waiting_since =
            before.waiting_since.unwrap_or_else(|| begun(&group.alerts, context.at));
        let due_at =
            due_at(&group, &AlertBatch { waiting_since: Some(waiting_since), ..before }, context);
        if due_at <= context.at {
            if !group.route.settings.group_wait.is_zero() {
                let batch = AlertBatch { waiting_since: None, notified_at: Some(context.at) };
                self.batches.insert(key, batch);
            }
            self.new.push(group);
        } else {
            self.wait_until(due_at);
            let spaced = before.notified_at.filter(|at| *at + OPEN_EVERY >= due_at);
            let cause = spaced.map_or(WaitCause::Others, WaitCause::Spacing);
            let channel = group.channel;
            let waiting = |alert| WaitingAlert { alert, channel, due_at, cause };
            self.waiting.extend(group.alerts.into_iter().map(waiting));
            let batch = AlertBatch { waiting_since: Some(waiting_since), ..before };
            self.batches.insert(key, batch);
        }
    }

    /// Keeps the times of the batches that were notified a short while ago.
    fn keep_recent(&mut self, context: &Context<'_>) {
        let is_recent =
            |batch: &AlertBatch| batch.notified_at.is_some_and(|at| context.at < at + OPEN_EVERY);
        for (key, batch) in context.state.batches.iter().filter(|(_, batch)| is_recent(batch)) {
            let idle = AlertBatch { waiting_since: None, ..*batch };
            self.batches.entry(key.clone()).or_insert(idle);
        }
    }

    fn wait_until(&mut self, at: Timestamp) {
        self.next_at = Some(self.next_at.map_or(at, |other| other.min(at)));
    }
}

/// Returns the time since which the first of the alerts waits: since it fires, unless it was suppressed by more than a
/// recovery that was not confirmed.
fn begun(alerts: &[FiringAlert<'_>], at: Timestamp) -> Timestamp {
    let fired_at = |one: &FiringAlert<'_>| match one.firing.suppressed_by {
        None | Some(SuppressedBy::Recovering) => one.firing.at,
        Some(_) => at,
    };
    alerts.iter().map(fired_at).fold(at, Timestamp::min)
}

/// Returns the time at which a batch is notified. A moment does not wait, because its alert ends with the next outcome.
fn due_at(group: &NewGroup<'_>, batch: &AlertBatch, context: &Context<'_>) -> Timestamp {
    let wait = group.route.settings.group_wait;
    let is_momentary = group.alerts.iter().all(FiringAlert::is_momentary);
    if wait.is_zero() || is_momentary {
        return context.at;
    }
    let waited = batch.waiting_since.unwrap_or(context.at) + wait;
    let waited = batch.notified_at.map_or(waited, |at| waited.max(at + OPEN_EVERY));
    group
        .alerts
        .iter()
        .filter_map(|one| outcome_by(context, one, waited))
        .fold(waited, Timestamp::max)
}

/// Returns the time by which the outcome of a check is known that is due until `until`; `None` if there is none. A notice
/// that does not wait for it could report a trouble that has just ended.
fn outcome_by(
    context: &Context<'_>,
    alert: &FiringAlert<'_>,
    until: Timestamp,
) -> Option<Timestamp> {
    let monitor = context.index.monitor(alert.monitor)?;
    let next = alert.state.last.as_ref()?.at.checked_add(monitor.interval).ok()?;
    let known_by = next.checked_add(monitor.timeout.saturating_add(RECORDED_AFTER)).ok()?;
    (next <= until).then_some(known_by)
}

/// Returns the open group of `channel` that the alert joins, and the time at which the channel is notified of that: at
/// once for a monitor that it knows, after a while for a further one of the same batch.
fn related<'a>(
    context: &Context<'a>,
    alert: &FiringAlert<'a>,
    (channel, batch): (&ChannelId, &BatchKey),
) -> Option<(&'a AlertGroupId, Timestamp)> {
    if alert.is_momentary() {
        return None;
    }
    if let Some(group) = group_of_monitor(context, alert, channel) {
        return Some((group, context.at));
    }
    let groups = context.state.alert_groups.iter();
    groups
        .filter(|(_, group)| group.batch == *batch && group.acknowledged.is_none())
        .find(|(_, group)| has_root(group, alert, context))
        .map(|(id, group)| {
            let settings = context.settings(group);
            let waited = alert.firing.at + settings.group_wait;
            (id, waited.max(group.notified_at + settings.group_interval))
        })
}

/// Returns the cause for which an alert waits that joins a group at `due_at`.
fn joining_cause(
    context: &Context<'_>,
    alert: &FiringAlert<'_>,
    group: &AlertGroupId,
    due_at: Timestamp,
) -> WaitCause {
    let group = context.state.alert_groups.get(group);
    let is_spaced =
        |group: &&AlertGroup| due_at > alert.firing.at + context.settings(group).group_wait;
    group
        .filter(is_spaced)
        .map_or(WaitCause::Others, |group| WaitCause::GroupInterval(group.notified_at))
}

fn has_root(group: &AlertGroup, alert: &FiringAlert<'_>, context: &Context<'_>) -> bool {
    group.root.as_ref().is_some_and(|one| root::is_of(one, alert, context.index))
}

/// Returns the group in which `channel` was notified of another alert about the same subject of the monitor.
fn group_of_monitor<'a>(
    context: &Context<'a>,
    alert: &FiringAlert<'a>,
    channel: &ChannelId,
) -> Option<&'a AlertGroupId> {
    let subject = alert.rule?;
    let is_open = |id: &AlertGroupId| context.state.alert_groups.contains_key(id);
    let others = FiringAlert::of_monitor(alert.monitor, alert.state, context.index);
    let firing = others
        .filter(|one| one.rule.is_some_and(|rule| rule.has_subject_of(subject)))
        .find_map(|one| one.firing.notified.get(channel).filter(|id| is_open(id)));
    let owner = alert.owner();
    firing.or_else(|| {
        let groups = context.state.alert_groups.iter();
        let is_ended_in = |group: &AlertGroup| {
            group.ended.iter().any(|one| one.monitor == *alert.monitor && one.owner == owner)
        };
        groups
            .filter(|(_, group)| group.channel == *channel)
            .find(|(_, group)| is_ended_in(group))
            .map(|(id, _)| id)
    })
}

/// Returns the key of the batch of an alert: alerts about accounts, and moments, are never in one group with an outage.
/// Alerts that came by different routes are never in one group either.
fn key(alert: &FiringAlert<'_>, receiver: &Receiver<'_>, context: &Context<'_>) -> BatchKey {
    let Receiver { channel, route } = receiver;
    let subject = match (alert.is_momentary(), alert.owner()) {
        (true, _) => "moment",
        (false, Some(owner)) => owner.as_str(),
        (false, None) => "outcome",
    };
    let mut values = vec![subject, route.id.as_str()];
    let heading = context.index.monitor(alert.monitor).and_then(|one| one.group.as_deref());
    for by in &route.settings.group_by {
        values.push(match by {
            GroupBy::Monitor => alert.monitor.as_str(),
            GroupBy::Group => heading.unwrap_or_default(),
            GroupBy::Rule => alert.id.as_str(),
            GroupBy::Severity => alert.severity().as_str(),
        });
    }
    BatchKey::new(channel, &values)
}

/// Returns the ids of the groups of which no alert fires or waits for the report of its end, such as after a rule was
/// changed to one that marks a moment.
pub(super) fn abandoned(state: &ShardState, members: &Members<'_>) -> Vec<AlertGroupId> {
    let groups = state.alert_groups.iter();
    let is_abandoned =
        |id: &AlertGroupId, group: &AlertGroup| group.ended.is_empty() && !members.contains_key(id);
    groups.filter(|(id, group)| is_abandoned(id, group)).map(|(id, _)| id.clone()).collect()
}
