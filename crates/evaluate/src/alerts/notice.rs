//! The notices that are due: firing, changed, still firing, resolved.

use std::collections::{BTreeMap, HashSet};

use allclear_core::Timestamp;
use allclear_core::alert_group::{AcknowledgedBy, AlertGroupId};
use allclear_core::event::AlertId;
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use allclear_core::route::RouteId;
use allclear_core::state::{AlertGroup, BatchKey, EndedAlert};
use allclear_core::status::Fault;

use super::Context;
use super::attempt::NewsScope;
use super::firing_alert::{FiringAlert, has_repeated_fault, is_recovering, latest_cause};
use super::group::{Members, NewGroup};
use super::{attempt, ended, group, route, suppress};

/// A notice to a channel that is due.
pub(super) struct Notice<'a> {
    pub(super) channel: &'a ChannelId,
    pub(super) group: AlertGroupId,
    /// The state of the group; `None` if the notice opens it.
    pub(super) state: Option<&'a AlertGroup>,
    pub(super) content: NoticeContent<'a>,
}

impl<'a> Notice<'a> {
    /// Returns true if it reports alerts that join its group.
    pub(super) fn has_joining_alerts(&self) -> bool {
        matches!(&self.content, NoticeContent::Updated { update, .. } if !update.joining.is_empty())
    }

    /// Returns the alerts of which it reports that they fire, each with the channel.
    fn reported(&self) -> impl Iterator<Item = NoticeKey<'a>> {
        let alerts = match &self.content {
            NoticeContent::Firing { alerts, .. }
            | NoticeContent::Momentary { alerts }
            | NoticeContent::Updated { alerts, .. }
            | NoticeContent::Reminder { alerts } => alerts.as_slice(),
            NoticeContent::Resolved { .. } => &[],
        };
        alerts.iter().map(|one| reported(self.channel, one))
    }
}

/// A channel, and the monitor and the rule of an alert that is reported to it.
type NoticeKey<'a> = (&'a ChannelId, &'a MonitorId, &'a RuleId);

fn reported<'a>(channel: &'a ChannelId, alert: &FiringAlert<'a>) -> NoticeKey<'a> {
    (channel, alert.monitor, alert.id)
}

/// The content of a notice.
pub(super) enum NoticeContent<'a> {
    /// A group is opened.
    Firing {
        alerts: Vec<FiringAlert<'a>>,
        batch: BatchKey,
        route: &'a RouteId,
        /// The group that is escalated.
        escalates: Option<&'a AlertGroupId>,
        /// The acknowledgement, if all its alerts were acknowledged before.
        acknowledged: Option<AcknowledgedBy>,
    },
    /// Alerts that have no end to report.
    Momentary { alerts: Vec<FiringAlert<'a>> },
    /// A group has changed.
    Updated {
        /// All firing alerts of the group, with those that join.
        alerts: Vec<FiringAlert<'a>>,
        update: GroupUpdate<'a>,
    },
    /// A group still fires.
    Reminder { alerts: Vec<FiringAlert<'a>> },
    /// Alerts of a group have ended.
    Resolved {
        ended: Vec<&'a EndedAlert>,
        /// The alerts of the group that still fire.
        remaining: Vec<FiringAlert<'a>>,
    },
}

/// The changes of a group since its last notice.
#[derive(Default)]
pub(super) struct GroupUpdate<'a> {
    /// The alerts that join.
    pub(super) joining: Vec<FiringAlert<'a>>,
    /// The alerts whose fault has changed, each with the new one.
    pub(super) faults: Vec<(&'a MonitorId, &'a RuleId, Fault)>,
    /// The acknowledgement of an operator; with alerts that join, one only if all alerts are acknowledged.
    pub(super) acknowledged: Option<AcknowledgedBy>,
    /// The news of the actions that mend its alerts.
    pub(super) actions: Vec<String>,
}

impl GroupUpdate<'_> {
    fn is_empty(&self) -> bool {
        let Self { joining, faults, acknowledged, actions } = self;
        joining.is_empty() && faults.is_empty() && acknowledged.is_none() && actions.is_empty()
    }
}

/// Returns the notices that open groups.
pub(super) fn opening<'a>(
    context: &Context<'a>,
    new: Vec<NewGroup<'a>>,
) -> impl Iterator<Item = Notice<'a>> {
    new.into_iter().filter_map(|NewGroup { channel, route, batch, alerts }| {
        let first = alerts.first()?;
        let group = AlertGroupId::new(channel, &first.firing.id);
        let notice = |content| Notice { channel, group, state: None, content };
        if first.is_momentary() {
            return Some(notice(NoticeContent::Momentary { alerts }));
        }
        let acknowledged = acknowledged_before(context, &alerts);
        let (route, escalates) = (&route.id, None);
        Some(notice(NoticeContent::Firing { alerts, batch, route, escalates, acknowledged }))
    })
}

/// Returns the updates of the groups that have changed. `members` contains the alerts that join. An acknowledgement is
/// reported once some alert of the group is not suppressed. A channel that the config no longer has gets none.
pub(super) fn updates<'a>(
    context: &Context<'a>,
    members: &Members<'a>,
    mut joining: BTreeMap<&'a AlertGroupId, Vec<FiringAlert<'a>>>,
) -> Vec<Notice<'a>> {
    let groups = context.state.alert_groups.iter();
    let groups = groups.filter(|(_, group)| has_channel(context, group));
    let notices = groups.filter_map(|(id, group)| {
        let alerts = members.get(id).cloned().unwrap_or_default();
        let joining = joining.remove(id).unwrap_or_default();
        let notified = alerts.iter().filter(|one| one.firing.notified.contains_key(&group.channel));
        let is_paused = route::paused_until(context, &group.route).is_some();
        let changed = notified.filter_map(|one| Some((one, changed_fault(one)?)));
        let changed = changed.filter(|(one, _)| !is_paused && !suppress::is_muted(context, one));
        // A fault that alternates is reported at the pace of the group.
        let may_follow = update_due_at(context, group).is_none_or(|at| at <= context.at);
        let faults = changed.filter(|_| may_follow).map(|(_, fault)| fault).collect();
        let has_open = alerts.iter().any(|one| !suppress::is_muted(context, one));
        let acknowledged = if joining.is_empty() {
            acknowledgement(context, group, &alerts).filter(|_| has_open)
        } else {
            acknowledged_before(context, &alerts)
        };
        let may_report = !is_paused && has_open;
        // After a stop a person has to act, so that its report does not wait for the pace of the group.
        let scope = if may_follow { NewsScope::All } else { NewsScope::Stops };
        let actions =
            if may_report { attempt::news(context, group, &alerts, scope) } else { Vec::new() };
        let update = GroupUpdate { joining, faults, acknowledged, actions };
        (!update.is_empty()).then(|| Notice {
            channel: &group.channel,
            group: id.clone(),
            state: Some(group),
            content: NoticeContent::Updated { alerts, update },
        })
    });
    notices.collect()
}

/// Returns the time from which on a group is updated about a fault or an action; `None` for the first update, which waits
/// for nothing.
pub(super) fn update_due_at(context: &Context<'_>, group: &AlertGroup) -> Option<Timestamp> {
    let is_first = group.notices.len() == 1;
    (!is_first).then(|| group.notified_at + context.settings(group).group_interval)
}

/// Returns the new fault of an alert whose channels were notified of another one.
pub(super) fn changed_fault<'a>(
    alert: &FiringAlert<'a>,
) -> Option<(&'a MonitorId, &'a RuleId, Fault)> {
    let notified = alert.firing.fault.filter(|_| alert.owner().is_none())?;
    let fault = latest_cause(alert.state)?.fault;
    let is_settled = has_repeated_fault(alert.state) && !is_recovering(alert.state);
    (is_settled && fault != notified).then_some((alert.monitor, alert.id, fault))
}

/// Returns the acknowledgement of a group that has none yet. One that was known when the latest alert of the group
/// joined does not cover that alert.
fn acknowledgement(
    context: &Context<'_>,
    group: &AlertGroup,
    alerts: &[FiringAlert<'_>],
) -> Option<AcknowledgedBy> {
    if group.acknowledged.is_some() {
        return None;
    }
    let of_alerts = alerts.iter().filter_map(|one| acknowledged_by(context, group, &one.firing.id));
    of_alerts.max_by_key(|one| one.at)
}

/// Returns the latest acknowledgement of alerts that have all been acknowledged before the message that names them; `None`
/// if one has not.
fn acknowledged_before(
    context: &Context<'_>,
    alerts: &[FiringAlert<'_>],
) -> Option<AcknowledgedBy> {
    let of_alert = |one: &FiringAlert<'_>| {
        let entries = context.index.acknowledgements(&one.firing.id);
        let in_force = entries.filter(|entry| entry.is_in_force(context.at));
        in_force.max_by_key(|entry| entry.created_at)?.acknowledged_by(&one.firing.id)
    };
    let all: Option<Vec<AcknowledgedBy>> = alerts.iter().map(of_alert).collect();
    all?.into_iter().max_by_key(|one| one.at)
}

/// Returns the acknowledgement of an alert that is in force and covers the group.
fn acknowledged_by(
    context: &Context<'_>,
    group: &AlertGroup,
    id: &AlertId,
) -> Option<AcknowledgedBy> {
    let entries = context.index.acknowledgements(id);
    let covering = entries.filter(|entry| {
        entry.is_in_force(context.at) && !group.earlier_acknowledgements.contains(&entry.id)
    });
    covering.max_by_key(|entry| entry.created_at)?.acknowledged_by(id)
}

/// Returns the groups whose acknowledgement an operator has taken back.
pub(super) fn no_longer_acknowledged(context: &Context<'_>) -> Vec<AlertGroupId> {
    let groups = context.state.alert_groups.iter();
    if groups.clone().all(|(_, group)| group.acknowledged.is_none()) {
        return Vec::new();
    }
    let members = group::members(context);
    let is_taken_back = |id: &AlertGroupId, group: &AlertGroup| {
        let alerts = members.get(id).map(Vec::as_slice).unwrap_or_default();
        // An alert continues if it fires again before its end was reported.
        let ended = group.ended.iter().map(|one| &one.id);
        let mut ids = alerts.iter().map(|one| &one.firing.id).chain(ended);
        ids.all(|alert| acknowledged_by(context, group, alert).is_none())
    };
    groups
        .filter(|(id, group)| group.acknowledged.is_some() && is_taken_back(id, group))
        .map(|(id, _)| id.clone())
        .collect()
}

/// Returns the reminders that are due. None is sent while all alerts of the group are suppressed or its route is not
/// active. The time to the next reminder begins anew with each notice of the group, those of `due` included.
pub(super) fn reminders<'a>(
    context: &Context<'a>,
    members: &Members<'a>,
    due: &[Notice<'a>],
) -> Vec<Notice<'a>> {
    let is_quiet = |id: &AlertGroupId| !due.iter().any(|notice| notice.group == *id);
    let quiet = unacknowledged(context, members)
        .filter(|(_, group, _)| reminder_at(context, group).is_some_and(|at| at <= context.at))
        .filter(|(id, _, _)| is_quiet(id));
    quiet
        .map(|(id, group, alerts)| Notice {
            channel: &group.channel,
            group: id.clone(),
            state: Some(group),
            content: NoticeContent::Reminder { alerts },
        })
        .collect()
}

/// Returns the time of the next reminder of a group; `None` if there is none, such as for a channel that the config no
/// longer has.
pub(super) fn reminder_at(context: &Context<'_>, group: &AlertGroup) -> Option<Timestamp> {
    let policy = context.settings(group).reminders_of(group.severity)?;
    let n_next = group.n_reminders.saturating_add(1);
    let is_left = group.acknowledged.is_none() && n_next <= policy.limit;
    let is_left = is_left && has_channel(context, group);
    group.notified_at.checked_add(policy.wait(n_next)).ok().filter(|_| is_left)
}

fn has_channel(context: &Context<'_>, group: &AlertGroup) -> bool {
    context.index.config().channels.iter().any(|channel| channel.id == group.channel)
}

/// Returns the notices to the further channels of groups that were not acknowledged in time. An alert that `due` or the
/// escalation of another group reports to a channel is not reported to it again.
pub(super) fn escalations<'a>(
    context: &Context<'a>,
    members: &Members<'a>,
    due: &[Notice<'a>],
) -> Vec<Notice<'a>> {
    let late = unacknowledged(context, members)
        .filter(|(_, group, _)| escalation_at(context, group).is_some_and(|at| at <= context.at));
    let mut already: HashSet<NoticeKey<'a>> = due.iter().flat_map(Notice::reported).collect();
    let mut notices = Vec::new();
    for (id, group, alerts) in late {
        let Some(escalation) = &context.settings(group).escalation else { continue };
        for channel in &escalation.channels {
            let is_new = |one: &&FiringAlert<'a>| {
                !one.firing.notified.contains_key(channel)
                    && !already.contains(&reported(channel, one))
            };
            let alerts: Vec<FiringAlert<'a>> = alerts.iter().filter(is_new).copied().collect();
            let Some(first) = alerts.first() else { continue };
            if alerts.iter().all(|one| suppress::is_muted(context, one)) {
                continue;
            }
            already.extend(alerts.iter().map(|one| reported(channel, one)));
            let group_id = AlertGroupId::new(channel, &first.firing.id);
            let batch = BatchKey::new(channel, &["escalation"]);
            let escalates = Some(id);
            let route = &group.route;
            let firing =
                NoticeContent::Firing { alerts, batch, route, escalates, acknowledged: None };
            let is_known =
                context.state.alert_groups.contains_key(&group_id) || *channel == group.channel;
            if !is_known {
                notices.push(Notice { channel, group: group_id, state: None, content: firing });
            }
        }
    }
    notices
}

/// Returns the time at which a group is escalated; `None` if it is not.
pub(super) fn escalation_at(context: &Context<'_>, group: &AlertGroup) -> Option<Timestamp> {
    let escalation = context.settings(group).escalation.as_ref()?;
    let can_be = group.acknowledged.is_none()
        && !group.is_escalated
        && group.severity >= escalation.min_severity;
    can_be.then(|| group.opened_at + escalation.after)
}

/// Returns the groups of active routes without acknowledgement of which some alert fires that is not suppressed.
fn unacknowledged<'a>(
    context: &Context<'a>,
    members: &Members<'a>,
) -> impl Iterator<Item = (&'a AlertGroupId, &'a AlertGroup, Vec<FiringAlert<'a>>)> {
    let groups = context.state.alert_groups.iter();
    let is_open = |group: &AlertGroup| {
        group.acknowledged.is_none() && route::paused_until(context, &group.route).is_none()
    };
    groups.filter(move |(_, group)| is_open(group)).filter_map(|(id, group)| {
        let alerts = members.get(id)?;
        let is_open =
            |one: &FiringAlert<'_>| !suppress::is_muted(context, one) && !is_recovering(one.state);
        // An acknowledgement that is reported now counts already.
        let is_due =
            alerts.iter().any(is_open) && acknowledgement(context, group, alerts).is_none();
        is_due.then(|| (id, group, alerts.clone()))
    })
}

/// Returns the notices about alerts that have ended.
pub(super) fn endings<'a>(context: &Context<'a>, members: &Members<'a>) -> Vec<Notice<'a>> {
    let groups = ended::groups_with_ended(context.state);
    let due = groups.filter_map(|(id, group)| {
        let remaining = members.get(id).cloned().unwrap_or_default();
        let ended = ended::reportable(group, &remaining);
        let due_at = |one: &&EndedAlert| ended::part_due_at(one, group, context.settings(group));
        let is_due = remaining.is_empty()
            || (ended.iter().map(due_at).any(|at| at <= context.at)
                && intermittent(&ended, &remaining).is_none());
        is_due.then(|| Notice {
            channel: &group.channel,
            group: id.clone(),
            state: Some(group),
            content: NoticeContent::Resolved { ended, remaining },
        })
    });
    due.collect()
}

/// Returns the rule about intermittent failures that fires for a monitor with an ended alert. The outage may
/// come back at any time, so the end of one row of failures is no news.
pub(super) fn intermittent<'a>(
    ended: &[&EndedAlert],
    remaining: &[FiringAlert<'a>],
) -> Option<&'a RuleId> {
    let has_ended = |id: &MonitorId| ended.iter().any(|one| one.monitor == *id);
    let still =
        |one: &&FiringAlert<'_>| one.is_about_intermittent_failures() && has_ended(one.monitor);
    remaining.iter().find(still).map(|one| one.id)
}

/// Returns the time of the next notice about an open group that depends on time alone.
pub(super) fn next_at(context: &Context<'_>) -> Option<Timestamp> {
    let groups = context.state.alert_groups.values();
    groups
        .flat_map(|group| {
            let paused_until = route::paused_until(context, &group.route);
            let when_active = |at: Timestamp| paused_until.map_or(at, |until| until.max(at));
            let ends = group.ended.iter();
            let ends = ends.map(|one| ended::part_due_at(one, group, context.settings(group)));
            let later = [reminder_at(context, group), escalation_at(context, group)];
            ends.chain(later.into_iter().flatten().map(when_active)).collect::<Vec<_>>()
        })
        .filter(|at| *at > context.at && *at < Timestamp::MAX)
        .min()
}
