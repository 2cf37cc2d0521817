//! The progress of actions, as notices report it.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::Timestamp;
use allclear_core::action::{Action, Execution};
use allclear_core::id::MonitorId;
use allclear_core::matcher::{AlertLabels, MonitorLabels};
use allclear_core::state::{ActionKey, ActionState, AlertGroup, DecidedAttempt, EndedAlert};

use super::super::Context;
use super::super::firing_alert::FiringAlert;
use super::wording::{self, ActionName};
use super::{Counting, key};

/// The most actions that a notice reports.
const MAX_ACTIONS: usize = 5;

/// The progress of the actions of some alerts.
#[derive(Debug, Default)]
pub(in super::super) struct ActionProgress {
    /// One sentence for each action.
    pub(in super::super) lines: Vec<String>,
    /// The number of the events of each action that are reported.
    pub(in super::super) reported: BTreeMap<ActionKey, u32>,
}

/// The events of actions that a notice may report now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum NewsScope {
    /// All.
    All,
    /// Stops, and what has happened before them: from then on a person has to act.
    Stops,
}

/// An action of firing alerts.
struct ReportedAction<'a> {
    key: &'a ActionKey,
    state: &'a ActionState,
    action: &'a Action,
    /// The attempts that count, oldest first, each with the key under which it was decided.
    counted: Vec<(&'a ActionKey, &'a DecidedAttempt)>,
}

impl<'a> ReportedAction<'a> {
    /// Returns all attempts that count.
    fn attempts(&self) -> Vec<&'a DecidedAttempt> {
        self.counted.iter().map(|(_, one)| *one).collect()
    }

    /// Returns the attempts whose results the channel of a group was not notified of.
    fn unreported(&self, group: Option<&AlertGroup>) -> Vec<&'a DecidedAttempt> {
        let is_unreported = |key: &ActionKey, one: &DecidedAttempt| {
            one.result_event.is_none_or(|event| event > n_reported(group, key))
        };
        let counted = self.counted.iter().filter(|(key, one)| is_unreported(key, one));
        counted.map(|(_, one)| *one).collect()
    }
}

/// Returns the number of the events of an action of which the channel of a group was notified.
fn n_reported(group: Option<&AlertGroup>, key: &ActionKey) -> u32 {
    group.and_then(|group| group.actions.get(key)).copied().unwrap_or_default()
}

/// Returns the progress of the actions of firing alerts since the last notice of `group`, or all of it if there is no group
/// yet.
pub(in super::super) fn of_firing(
    context: &Context<'_>,
    group: Option<&AlertGroup>,
    alerts: &[FiringAlert<'_>],
) -> ActionProgress {
    let actions = actions_of(context, alerts);
    // What asks for a person must not be among the actions that are not listed.
    let mut listed: Vec<&ReportedAction<'_>> = actions.iter().collect();
    listed.sort_by_key(|one| one.state.stop.is_none());
    let lines = listed.into_iter().filter_map(|one| line(context, group, one));
    let mut lines: Vec<String> = lines.collect();
    let n_more = lines.len().saturating_sub(MAX_ACTIONS);
    if n_more > 0 {
        lines.truncate(MAX_ACTIONS);
        let noun = if n_more == 1 { "line" } else { "lines" };
        lines.push(format!("{n_more} more {noun}: see `allclear explain` with the id of an alert"));
    }
    ActionProgress {
        lines,
        reported: actions.iter().map(|one| (one.key.clone(), one.state.n_events)).collect(),
    }
}

/// Returns the progress of the actions of alerts that have ended: the attempts during the trouble of the first alert of
/// each.
pub(in super::super) fn of_ended(context: &Context<'_>, ended: &[EndedAlert]) -> Vec<String> {
    if context.state.actions.is_empty() {
        return Vec::new();
    }
    let lines = context.state.actions.iter().filter_map(|(key, state)| {
        let action = action_of(context, key)?;
        let alerts = ended.iter().filter(|one| is_of(context, action, key, one));
        let mut attempts = alerts.map(|one| attempts_before_end(state, one));
        let attempts = attempts.find(|attempts| !attempts.is_empty())?;
        wording::ended(&name(context, key, action), &attempts)
    });
    lines.take(MAX_ACTIONS).collect()
}

/// Returns the actions with events of which the channel of a group was not notified, each with a short description.
pub(in super::super) fn news(
    context: &Context<'_>,
    group: &AlertGroup,
    alerts: &[FiringAlert<'_>],
    scope: NewsScope,
) -> Vec<String> {
    let group = Some(group);
    let is_new = |one: &ReportedAction<'_>| match scope {
        NewsScope::All => one.state.n_events > n_reported(group, one.key),
        NewsScope::Stops => {
            one.state.stop.is_some_and(|stop| stop.n_events > n_reported(group, one.key))
        }
    };
    let described = actions_of(context, alerts).into_iter().filter(is_new).map(|one| {
        let name = name(context, one.key, one.action);
        if one.state.stop.is_some() {
            return format!("{name} is stopped");
        }
        let ended: Vec<_> =
            one.unreported(group).into_iter().filter(|it| it.result.is_some()).collect();
        format!("{} of {name}", wording::numbers(&ended))
    });
    described.collect()
}

/// Returns the actions of these alerts that have a state.
fn actions_of<'a>(context: &Context<'a>, alerts: &[FiringAlert<'_>]) -> Vec<ReportedAction<'a>> {
    if context.state.actions.is_empty() {
        return Vec::new();
    }
    let mut keys = BTreeSet::new();
    for alert in alerts {
        keys.extend(context.index.actions(&context.labels(alert)).map(|one| key(one, alert)));
    }
    let states = &context.state.actions;
    let found = states.iter().filter(|(key, _)| keys.contains(key));
    let reported = found.filter_map(|(key, state)| {
        let action = action_of(context, key)?;
        let counted = Counting::new(key, action, alerts).keyed_attempts(states);
        Some(ReportedAction { key, state, action, counted })
    });
    reported.collect()
}

fn action_of<'a>(context: &Context<'a>, key: &ActionKey) -> Option<&'a Action> {
    let actions = &context.index.config().actions;
    actions.iter().find(|action| action.id.as_str() == key.action())
}

/// Returns the name of an action, with that of the monitor if its attempts are counted for each monitor.
fn name<'a>(context: &Context<'_>, key: &ActionKey, action: &'a Action) -> ActionName<'a> {
    let monitor = key.monitor().and_then(|id| MonitorId::new(id).ok());
    ActionName { action, monitor: monitor.map(|id| context.index.name_of(&id)) }
}

/// Returns the sentence about an action whose alerts fire: each attempt that is news to the channel, or the latest one if
/// none is.
fn line(
    context: &Context<'_>,
    group: Option<&AlertGroup>,
    one: &ReportedAction<'_>,
) -> Option<String> {
    let name = name(context, one.key, one.action);
    if one.state.stop.is_some() {
        return Some(wording::stopped(&name, &one.attempts()));
    }
    let news = one.unreported(group);
    if news.len() > 1 {
        return Some(wording::several(&name, &news));
    }
    let attempt = news.first().copied().or(one.counted.last().map(|(_, last)| *last))?;
    let is_dry = one.action.policy.execution == Execution::DryRun;
    Some(match &attempt.result {
        None if is_dry => wording::dry_run(&name, attempt),
        None => wording::pending(&name, attempt),
        Some(result) => wording::result(&name, attempt, result),
    })
}

/// Returns true if the action under a key mends an alert that has ended.
fn is_of(context: &Context<'_>, action: &Action, key: &ActionKey, ended: &EndedAlert) -> bool {
    let monitor: &MonitorId = &ended.monitor;
    let labels = AlertLabels {
        monitor: context
            .index
            .monitor(monitor)
            .map_or_else(|| MonitorLabels::of_unknown(monitor), MonitorLabels::of),
        rule: &ended.rule,
        severity: ended.severity,
        fault: ended.owner.or(ended.cause.as_ref().map(|cause| cause.fault)),
        regions: &ended.regions,
    };
    let is_same = key.monitor().is_none_or(|id| id == monitor.as_str());
    is_same && context.index.actions(&labels).any(|one| one.id == action.id)
}

/// Returns the attempts during the trouble of an alert, oldest first.
fn attempts_before_end<'a>(state: &'a ActionState, ended: &EndedAlert) -> Vec<&'a DecidedAttempt> {
    let is_within = |at: Timestamp| at >= ended.since && at <= ended.at;
    state.attempts.iter().filter(|one| is_within(one.seen_at)).collect()
}
