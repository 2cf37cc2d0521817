//! Stage `compose`: the notification about a group of alerts.

use allclear_core::Timestamp;
use allclear_core::delivery::{DeliveryId, NamedAlert, NoticeKind};
use allclear_core::id::{ChannelId, MonitorId};
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::state::{Firing, MonitorState};
use allclear_core::status::{Fault, Severity, Status};

use super::Context;
use super::firing_alert::FiringAlert;
use super::group::AlertGroup;
use super::suppressed::Suppressed;
use crate::ConfigIndex;
use crate::observation::Observation;
use crate::provider_status;

/// A notification for one channel, before it becomes a delivery.
pub(crate) struct Draft {
    pub(crate) channel: ChannelId,
    pub(crate) kind: NoticeKind,
    pub(crate) monitor: MonitorId,
    pub(crate) status: Status,
    pub(crate) subject: Subject,
    pub(crate) message: String,
    /// The sentence about the status that the provider itself reports.
    pub(crate) provider_status: Option<String>,
    /// The alerts that it is about.
    pub(crate) alerts: Vec<NamedAlert>,
    /// Other alerts of the monitor that fire.
    pub(crate) still_firing: Vec<NamedAlert>,
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

    /// Returns the subject of a group of alerts: the account of the most severe one if all are about
    /// accounts, the outcome otherwise.
    fn of(alerts: &[FiringAlert<'_>], cause: Option<&Cause>) -> Self {
        let owners: Option<Vec<(Severity, Fault)>> =
            alerts.iter().map(|one| Some((one.severity(), one.owner()?))).collect();
        match owners.and_then(|all| all.into_iter().max_by_key(|(severity, _)| *severity)) {
            Some((_, owner)) => Self::Account(owner),
            None => Self::outcome(cause),
        }
    }
}

/// The end of alerts: its time, and the trouble that is over.
pub(super) struct Ending {
    /// The end of the trouble: the time of the transition, which the page and the reports also show. Its
    /// confirmation comes later.
    pub(super) at: Timestamp,
    /// The time of the decision.
    decided_at: Timestamp,
    /// The time at which the confirmed trouble began; `None` if none was confirmed.
    began: Option<Timestamp>,
    /// The cause of the trouble.
    cause: Option<Cause>,
    /// The message, if it is not the one of the alert.
    message: Option<String>,
}

impl Ending {
    /// Returns the end of the trouble that was confirmed before an observation. `state` is the one after
    /// it.
    pub(super) fn of(observation: &Observation<'_>, state: &MonitorState) -> Self {
        let was_bad = observation.previous_status.rank() > Some(0);
        let has_turned = state.status != observation.previous_status
            && state.status.rank().is_some()
            && state.status != Status::Unhealthy;
        Self {
            at: if has_turned { state.since } else { observation.at },
            decided_at: observation.at,
            began: was_bad.then_some(observation.previous_since),
            cause: observation.previous_cause.clone(),
            message: None,
        }
    }

    /// Returns the end of alerts whose rule is no longer in the config.
    pub(super) fn of_the_rule(at: Timestamp) -> Self {
        let message = Some("the rule no longer applies".to_owned());
        Self { at, decided_at: at, began: None, cause: None, message }
    }
}

/// Returns the firing alerts of the monitor that are in no group and not suppressed.
pub(super) fn still_firing<'a>(
    context: &Context<'a>,
    groups: &[AlertGroup<'_>],
    suppressed: &[Suppressed],
) -> Vec<FiringAlert<'a>> {
    let is_named = |one: &FiringAlert<'_>| {
        groups.iter().flat_map(|group| &group.alerts).any(|alert| alert.id == one.id)
    };
    let is_suppressed =
        |one: &FiringAlert<'_>| suppressed.iter().any(|other| other.rule == *one.id);
    lasting(context.monitor_state, context.monitor(), context.index)
        .filter(|one| !is_named(one) && !is_suppressed(one))
        .collect()
}

/// Composes the notification about firing alerts.
pub(super) fn firing(
    context: &Context<'_>,
    group: &AlertGroup<'_>,
    still_firing: &[FiringAlert<'_>],
) -> Draft {
    let Context { monitor_state: state, observation, .. } = context;
    let alerts = &group.alerts;
    let subject = Subject::of(alerts, observation.cause().or(state.cause.as_ref()));
    let has_trouble = state.status.rank() > Some(0) && subject.is_outcome();
    let is_momentary = alerts.iter().all(FiringAlert::is_momentary);
    Draft {
        channel: group.channel.clone(),
        kind: if is_momentary { NoticeKind::Momentary } else { NoticeKind::Firing },
        monitor: context.monitor().clone(),
        status: state.status,
        subject,
        message: firing_message(alerts, subject, observation),
        provider_status: provider_status::problem_sentence(state, observation.at)
            .filter(|_| subject.is_outcome()),
        alerts: alerts.iter().map(FiringAlert::named).collect(),
        still_firing: concerning(still_firing, group.channel),
        after: Vec::new(),
        since: if has_trouble { state.since } else { observation.at },
        at: observation.at,
        decided_at: observation.at,
    }
}

/// Composes the notification about resolved alerts.
pub(super) fn resolved(
    id: &MonitorId,
    state: &MonitorState,
    group: &AlertGroup<'_>,
    ending: &Ending,
    index: &ConfigIndex,
) -> Draft {
    let alerts = &group.alerts;
    let subject = Subject::of(alerts, ending.cause.as_ref());
    let began = ending.began.filter(|_| subject.is_outcome());
    let earliest = || alerts.iter().map(|one| one.alert.since).fold(ending.at, Ord::min);
    let still_firing: Vec<_> = lasting(state, id, index).collect();
    let message_of_alert = || most_severe(alerts, subject).map(|one| one.message.clone());
    Draft {
        channel: group.channel.clone(),
        kind: NoticeKind::Resolved,
        monitor: id.clone(),
        status: state.status,
        subject,
        message: ending.message.clone().or_else(message_of_alert).unwrap_or_default(),
        provider_status: provider_status::recovery_sentence(state, ending.cause.as_ref())
            .filter(|_| subject.is_outcome()),
        alerts: alerts.iter().map(FiringAlert::named).collect(),
        still_firing: concerning(&still_firing, group.channel),
        after: firing_notices(group),
        since: began.unwrap_or_else(earliest),
        at: ending.at,
        decided_at: ending.decided_at,
    }
}

/// Returns the deliveries by which the channel was notified of the alerts, each once.
fn firing_notices(group: &AlertGroup<'_>) -> Vec<DeliveryId> {
    let mut notices: Vec<DeliveryId> = Vec::new();
    for notice in group.alerts.iter().filter_map(|one| one.firing.notified.get(group.channel)) {
        if !notices.contains(notice) {
            notices.push(notice.clone());
        }
    }
    notices
}

/// Returns the message of the most severe alert. A notification that goes to more channels because the fault
/// has changed states the new fault.
fn firing_message(
    alerts: &[FiringAlert<'_>],
    subject: Subject,
    observation: &Observation<'_>,
) -> String {
    let Some(firing) = most_severe(alerts, subject) else { return String::new() };
    let has_new_fault = !firing.notified.is_empty() && subject.is_outcome();
    let new_cause = observation.cause().filter(|_| has_new_fault);
    new_cause.map_or_else(|| firing.message.clone(), |cause| cause.message.clone())
}

/// Returns the most severe alert about the subject. A notification about an outcome names the alerts
/// about accounts, and does not take its message from them.
fn most_severe<'a>(alerts: &[FiringAlert<'a>], subject: Subject) -> Option<&'a Firing> {
    alerts
        .iter()
        .filter(|one| !subject.is_outcome() || one.owner().is_none())
        .max_by_key(|one| one.severity())
        .map(|one| one.firing)
}

/// Returns the firing alerts whose end will be notified.
fn lasting<'a>(
    state: &'a MonitorState,
    id: &'a MonitorId,
    index: &'a ConfigIndex,
) -> impl Iterator<Item = FiringAlert<'a>> {
    state
        .alerts
        .iter()
        .filter_map(move |(rule, alert)| FiringAlert::new(rule, alert, id, index))
        .filter(|one| one.rule.is_some() && !one.is_momentary())
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
