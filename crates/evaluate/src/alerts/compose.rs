//! Stage `compose`: the notification of a notice.

mod present;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::alert_group::{AlertGroupId, CommonRoot, NamedMonitor, NoticeDetails, RootKind};
use allclear_core::delivery::{DeliveryId, NamedAlert, NoticeKind};
use allclear_core::id::{ChannelId, MonitorId};
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::remedy;
use allclear_core::state::{ActionKey, EndedAlert, MonitorState};
use allclear_core::status::{Fault, Severity, Status};

use super::Context;
use super::attempt::{self, ActionProgress};
use super::ended;
use super::firing_alert::{FiringAlert, is_recovering, shown_status};
use super::notice::{GroupUpdate, Notice, NoticeContent};
use super::path;
use super::root;
use crate::provider_status;

/// The most other monitors that a notification names. The page shows all.
const MAX_OTHERS: usize = 50;

/// A notification for one channel, before it becomes a delivery.
pub(crate) struct Draft {
    pub(crate) channel: ChannelId,
    pub(crate) kind: NoticeKind,
    pub(crate) monitor: MonitorId,
    pub(crate) monitor_name: String,
    pub(crate) status: Status,
    pub(crate) subject: Subject,
    pub(crate) message: String,
    /// The sentence about the status that the provider itself reports.
    pub(crate) provider_status: Option<String>,
    /// The alerts of the monitor that it is about.
    pub(crate) alerts: Vec<NamedAlert>,
    /// Other alerts of the monitor that fire.
    pub(crate) still_firing: Vec<NamedAlert>,
    /// The other monitors, and the state of the group.
    pub(crate) details: NoticeDetails,
    /// The progress of actions that it reports.
    pub(crate) actions: BTreeMap<ActionKey, u32>,
    /// The group of alerts, and the number of its notices so far.
    pub(crate) group: (AlertGroupId, u32),
    /// The deliveries that the channel must have received before.
    pub(crate) after: Vec<DeliveryId>,
    /// The time at which the trouble began.
    pub(crate) since: Timestamp,
    /// The time of the decision; in an all-clear, the end of the trouble.
    pub(crate) at: Timestamp,
    /// The time of the decision.
    pub(crate) decided_at: Timestamp,
}

/// The subject of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The outcome of the monitor, with its fault and reason unless it is healthy.
    Outcome(Option<(Fault, Reason)>),
    /// An account of the operator, such as the credit of a key, and the fault that names its owner.
    Account(Fault),
}

impl Subject {
    /// Returns the subject of an outcome with this cause.
    pub(crate) fn outcome(cause: Option<&Cause>) -> Self {
        Self::Outcome(cause.map(|cause| (cause.fault, cause.reason)))
    }

    /// Returns true if the subject is not an account.
    pub(crate) fn is_outcome(self) -> bool {
        match self {
            Self::Outcome(_) => true,
            Self::Account(_) => false,
        }
    }

    /// Returns the subject of alerts with these severities and owners: the account of the most severe one if all are
    /// about accounts, the outcome otherwise.
    fn of(alerts: impl Iterator<Item = (Severity, Option<Fault>)>, cause: Option<&Cause>) -> Self {
        let owners: Option<Vec<(Severity, Fault)>> =
            alerts.map(|(severity, owner)| Some((severity, owner?))).collect();
        match owners.and_then(|all| all.into_iter().max_by_key(|(severity, _)| *severity)) {
            Some((_, owner)) => Self::Account(owner),
            None => Self::outcome(cause),
        }
    }
}

/// Composes the notification of a notice.
pub(super) fn draft(context: &Context<'_>, notice: &Notice<'_>) -> Option<Draft> {
    let mut draft = match &notice.content {
        NoticeContent::Firing { alerts, escalates, acknowledged, .. } => {
            let mut draft = firing(context, notice, alerts, NoticeKind::Firing)?;
            draft.details.acknowledged.clone_from(acknowledged);
            draft.details.change = escalates.map(|_| "not acknowledged in time".to_owned());
            draft
        }
        NoticeContent::Momentary { alerts } => {
            firing(context, notice, alerts, NoticeKind::Momentary)?
        }
        NoticeContent::Updated { alerts, update } => {
            let mut draft = firing(context, notice, alerts, NoticeKind::Updated)?;
            draft.details.change = Some(change(context, notice, update));
            draft.details.acknowledged.clone_from(&update.acknowledged);
            draft
        }
        NoticeContent::Reminder { alerts } => {
            let mut draft = firing(context, notice, alerts, NoticeKind::Reminder)?;
            draft.details.n_reminder = notice.state.map_or(0, |group| group.n_reminders) + 1;
            draft
        }
        NoticeContent::Resolved { ended, remaining } => {
            resolved(context, notice, ended, remaining)?
        }
    };
    draft.details.path = Some(path::of(context, notice));
    if let Some(group) = notice.state {
        draft.after.clone_from(&group.notices);
        draft.group.1 = group.n_notices;
        let details = &mut draft.details;
        // The acknowledgement of the group does not cover an alert that joins.
        if !notice.has_joining_alerts() {
            let of_group = || group.acknowledged.clone();
            details.acknowledged = details.acknowledged.take().or_else(of_group);
        }
        details.root = details.root.take().or_else(|| group.root.clone());
    }
    Some(draft)
}

/// Composes the notification about the firing alerts of a group. It is about the most likely root first.
fn firing(
    context: &Context<'_>,
    notice: &Notice<'_>,
    alerts: &[FiringAlert<'_>],
    kind: NoticeKind,
) -> Option<Draft> {
    let root = root::of(alerts, context.index);
    let ActionProgress { lines, reported } =
        attempt::of_firing(context, (notice.state, kind), alerts);
    let mut monitors: BTreeMap<&MonitorId, Vec<FiringAlert<'_>>> = BTreeMap::new();
    for one in alerts {
        monitors.entry(one.monitor).or_default().push(*one);
    }
    let first = first_monitor(context, alerts, root.as_ref())?;
    let of_first = monitors.remove(first)?;
    let state = of_first.first()?.state;
    let others: Vec<NamedMonitor> =
        monitors.values().filter_map(|alerts| failing(context, alerts, kind)).collect();
    let subject = subject_of(&of_first);
    Some(Draft {
        channel: notice.channel.clone(),
        kind,
        monitor: first.clone(),
        monitor_name: context.index.name_of(first),
        status: shown_status(state),
        subject,
        message: present::message(&of_first, subject, kind),
        provider_status: provider_status::problem_sentence(state, context.at)
            .filter(|_| subject.is_outcome()),
        alerts: of_first.iter().map(FiringAlert::named).collect(),
        still_firing: still_firing(context, &of_first, notice.channel),
        details: NoticeDetails {
            alert_group: Some(notice.group.clone()),
            root,
            remedy: fault_and_reason(subject)
                .1
                .zip(context.index.monitor(first))
                .map(|(reason, monitor)| remedy::for_monitor(reason, monitor)),
            runbook: runbook(context, &of_first),
            actions: lines,
            ..listed(others)
        },
        actions: reported,
        group: (notice.group.clone(), 0),
        after: Vec::new(),
        since: trouble_since(&of_first, subject).unwrap_or(context.at),
        at: context.at,
        decided_at: context.at,
    })
}

/// Composes the notification about alerts of a group that have ended. If some of them have recovered, it is about those, and
/// names the ones that a change of the config has ended.
fn resolved(
    context: &Context<'_>,
    notice: &Notice<'_>,
    ended: &[&EndedAlert],
    remaining: &[FiringAlert<'_>],
) -> Option<Draft> {
    let (by_config, by_outcome): (Vec<&EndedAlert>, Vec<&EndedAlert>) =
        ended.iter().partition(|one| one.config_end.is_some());
    if by_outcome.is_empty() {
        return resolved_alike(context, notice, &by_config, remaining);
    }
    let mut draft = resolved_alike(context, notice, &by_outcome, remaining)?;
    draft.details.change = ended::config_ends(context, &by_config);
    let monitors = ended::by_monitor(&by_config);
    let config_ended = monitors.values().filter_map(|alerts| recovered(context, alerts));
    draft.details.config_ended = config_ended.collect();
    Some(draft)
}

/// Composes the notification about alerts that have all recovered, or that a change of the config has all ended.
fn resolved_alike(
    context: &Context<'_>,
    notice: &Notice<'_>,
    ended: &[&EndedAlert],
    remaining: &[FiringAlert<'_>],
) -> Option<Draft> {
    // Of equal ones, the first.
    let first = ended.iter().rev().max_by_key(|one| (one.severity, Reverse(one.since)))?;
    let mut monitors = ended::by_monitor(ended);
    let of_first = monitors.remove(&first.monitor)?;
    let others: Vec<NamedMonitor> =
        monitors.values().filter_map(|alerts| recovered(context, alerts)).collect();
    let state = context.state.monitors.get(&first.monitor);
    let cause = of_first.iter().find_map(|one| one.cause.as_ref());
    let subject = Subject::of(of_first.iter().map(|one| (one.severity, one.owner)), cause);
    let about_subject = of_first.iter().filter(|one| !subject.is_outcome() || one.owner.is_none());
    let message = about_subject.max_by_key(|one| one.severity).map(|one| one.message.clone());
    let still: Vec<_> =
        state.map(|state| lasting(context, &first.monitor, state).collect()).unwrap_or_default();
    let mut failing_monitors: BTreeMap<&MonitorId, Vec<FiringAlert<'_>>> = BTreeMap::new();
    for one in remaining.iter().filter(|one| *one.monitor != first.monitor) {
        failing_monitors.entry(one.monitor).or_default().push(*one);
    }
    Some(Draft {
        channel: notice.channel.clone(),
        kind: NoticeKind::Resolved,
        monitor: first.monitor.clone(),
        monitor_name: ended::name_of(context, first),
        status: present_status(context, &first.monitor),
        subject,
        message: message.unwrap_or_default(),
        provider_status: state
            .and_then(|state| provider_status::recovery_sentence(state, cause))
            .filter(|_| subject.is_outcome()),
        alerts: of_first.iter().map(|one| named(one)).collect(),
        still_firing: concerning(&still, notice.channel),
        details: NoticeDetails {
            alert_group: Some(notice.group.clone()),
            remaining: failing_monitors
                .values()
                .filter_map(|alerts| failing(context, alerts, NoticeKind::Updated))
                .take(MAX_OTHERS)
                .collect(),
            ends_group: remaining.is_empty(),
            config_end: first.config_end,
            actions: attempt::of_ended(context, ended),
            ..listed(others)
        },
        actions: BTreeMap::new(),
        group: (notice.group.clone(), 0),
        after: Vec::new(),
        since: of_first.iter().map(|one| one.since).min().unwrap_or(first.since),
        at: of_first.iter().map(|one| one.at).max().unwrap_or(first.at),
        decided_at: context.at,
    })
}

/// Returns the monitor that a notification begins with: the one that the others depend on, or the one with the most
/// severe alert. Of several such, a critical monitor, and then the one that failed first.
fn first_monitor<'a>(
    context: &Context<'_>,
    alerts: &[FiringAlert<'a>],
    root: Option<&CommonRoot>,
) -> Option<&'a MonitorId> {
    let parent = root.filter(|root| root.kind == RootKind::Parent);
    let is_parent =
        |one: &&FiringAlert<'_>| parent.is_some_and(|parent| one.monitor.as_str() == parent.value);
    let is_critical =
        |id: &MonitorId| context.index.monitor(id).is_some_and(|monitor| monitor.critical);
    let weight = |one: &FiringAlert<'a>| {
        let since = Reverse((one.alert.since, one.monitor));
        (one.severity(), is_critical(one.monitor), since)
    };
    let heaviest = || alerts.iter().max_by_key(|one| weight(one));
    let first = alerts.iter().find(is_parent).or_else(heaviest);
    first.map(|one| one.monitor)
}

/// Returns the details that list these monitors, the most severe first.
fn listed(mut others: Vec<NamedMonitor>) -> NoticeDetails {
    others.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.since.cmp(&b.since)));
    let n_unlisted = others.len().saturating_sub(MAX_OTHERS);
    others.truncate(MAX_OTHERS);
    NoticeDetails { others, n_unlisted, ..NoticeDetails::default() }
}

/// Returns a monitor of which these alerts fire.
fn failing(
    context: &Context<'_>,
    alerts: &[FiringAlert<'_>],
    kind: NoticeKind,
) -> Option<NamedMonitor> {
    let first = alerts.first()?;
    let subject = subject_of(alerts);
    let (fault, reason) = fault_and_reason(subject);
    Some(NamedMonitor {
        id: first.monitor.clone(),
        name: context.index.name_of(first.monitor),
        group: context.index.monitor(first.monitor).and_then(|monitor| monitor.group.clone()),
        severity: alerts.iter().map(FiringAlert::severity).max()?,
        status: shown_status(first.state),
        fault,
        reason,
        message: present::message(alerts, subject, kind),
        since: trouble_since(alerts, subject)?,
        alerts: alerts.iter().map(|one| one.firing.id.clone()).collect(),
    })
}

/// Returns the start of the trouble that the alerts of a monitor about a subject are about; `None` if there are none.
fn trouble_since(alerts: &[FiringAlert<'_>], subject: Subject) -> Option<Timestamp> {
    about(alerts, subject).map(FiringAlert::trouble_since).min()
}

/// Returns the confirmed status of a monitor with an ended alert. One that the config no longer has is not known.
fn present_status(context: &Context<'_>, id: &MonitorId) -> Status {
    let state = context.state.monitors.get(id).filter(|_| context.index.monitor(id).is_some());
    state.map_or(Status::Unknown, |state| state.status)
}

/// Returns a monitor of which these alerts have ended.
fn recovered(context: &Context<'_>, alerts: &[&EndedAlert]) -> Option<NamedMonitor> {
    let first = alerts.iter().max_by_key(|one| one.severity)?;
    let cause = first.cause.as_ref();
    Some(NamedMonitor {
        id: first.monitor.clone(),
        name: ended::name_of(context, first),
        group: context.index.monitor(&first.monitor).and_then(|monitor| monitor.group.clone()),
        severity: first.severity,
        status: present_status(context, &first.monitor),
        fault: first.owner.or(cause.map(|cause| cause.fault)),
        reason: cause.map(|cause| cause.reason),
        message: first.message.clone(),
        since: alerts.iter().map(|one| one.since).min()?,
        alerts: alerts.iter().map(|one| one.id.clone()).collect(),
    })
}

/// Describes the change of a group as a sentence.
fn change(context: &Context<'_>, notice: &Notice<'_>, update: &GroupUpdate<'_>) -> String {
    let mut changes = Vec::new();
    let joining = update.joining.iter().map(FiringAlert::severity).max();
    if let Some(severity) = joining {
        let before = notice.state.map_or(severity, |group| group.severity);
        if severity > before {
            changes.push(format!("the severity has risen from {before} to {severity}"));
        }
        let mut monitors: Vec<&MonitorId> = update.joining.iter().map(|one| one.monitor).collect();
        monitors.dedup();
        let names: Vec<String> =
            monitors.iter().take(3).map(|id| context.index.name_of(id)).collect();
        if severity <= before {
            let more = monitors.len().saturating_sub(names.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            changes.push(format!("joined by {}{more}", names.join(", ")));
        }
    }
    if let Some((monitor, _, fault)) = update.faults.first() {
        let name = context.index.name_of(monitor);
        changes.push(format!("the cause of {name} is now: {}", fault.explanation()));
    }
    if let Some(acknowledged) = &update.acknowledged {
        changes.push(format!("acknowledged by {}", acknowledged.author));
    }
    changes.extend(update.actions.iter().cloned());
    changes.join("; ")
}

fn subject_of(alerts: &[FiringAlert<'_>]) -> Subject {
    let first = alerts.first();
    // While the latest outcome is better, the cause of the confirmed status is over.
    let cause = first.filter(|one| !is_recovering(one.state)).and_then(FiringAlert::cause);
    Subject::of(alerts.iter().map(|one| (one.severity(), one.owner())), cause)
}

pub(super) fn fault_and_reason(subject: Subject) -> (Option<Fault>, Option<Reason>) {
    match subject {
        Subject::Outcome(cause) => cause.unzip(),
        Subject::Account(fault) => (Some(fault), None),
    }
}

/// Returns the runbook of the most severe alert's rule, or of its monitor.
fn runbook(context: &Context<'_>, alerts: &[FiringAlert<'_>]) -> Option<String> {
    let first = alerts.iter().max_by_key(|one| one.severity())?;
    let of_rule = first.rule.and_then(|one| one.rule.runbook.clone());
    of_rule.or_else(|| context.index.monitor(first.monitor)?.runbook.clone())
}

/// Returns the most severe alert about the subject. A notification about an outcome names the alerts
/// about accounts, and does not take its message from them.
fn most_severe<'n, 'a>(
    alerts: &'n [FiringAlert<'a>],
    subject: Subject,
) -> Option<&'n FiringAlert<'a>> {
    about(alerts, subject).max_by_key(|one| one.severity())
}

/// Returns the alerts of a monitor about a subject.
fn about<'n, 'a>(
    alerts: &'n [FiringAlert<'a>],
    subject: Subject,
) -> impl Iterator<Item = &'n FiringAlert<'a>> {
    alerts.iter().filter(move |one| !subject.is_outcome() || one.owner().is_none())
}

/// Returns the firing alerts of a monitor whose end will be notified.
fn lasting<'a>(
    context: &Context<'a>,
    id: &'a MonitorId,
    state: &'a MonitorState,
) -> impl Iterator<Item = FiringAlert<'a>> {
    FiringAlert::of_monitor(id, state, context.index)
        .filter(|one| one.rule.is_some() && !one.is_momentary())
}

/// Names the other firing alerts of a monitor, of which the channel was notified.
fn still_firing(
    context: &Context<'_>,
    alerts: &[FiringAlert<'_>],
    channel: &ChannelId,
) -> Vec<NamedAlert> {
    let Some(first) = alerts.first() else { return Vec::new() };
    let others: Vec<_> = lasting(context, first.monitor, first.state)
        .filter(|one| !alerts.iter().any(|named| named.is_same(one)))
        .filter(|one| one.firing.notified.contains_key(channel))
        .collect();
    concerning(&others, channel)
}

/// Names the alerts that concern the channel: one about an account only if the channel was notified
/// of it.
fn concerning(alerts: &[FiringAlert<'_>], channel: &ChannelId) -> Vec<NamedAlert> {
    alerts
        .iter()
        .filter(|one| one.owner().is_none() || one.firing.notified.contains_key(channel))
        .map(FiringAlert::named)
        .collect()
}

fn named(ended: &EndedAlert) -> NamedAlert {
    NamedAlert {
        id: ended.id.clone(),
        rule: ended.rule.clone(),
        severity: ended.severity,
        condition: ended.condition.clone(),
    }
}
