//! The progress of actions, as notices report it.

use std::collections::BTreeMap;

use allclear_core::action::{Action, Execution};
use allclear_core::delivery::NoticeKind;
use allclear_core::id::MonitorId;
use allclear_core::matcher::{AlertLabels, MonitorLabels};
use allclear_core::state::{
    ActionKey, ActionState, ActionStop, AlertGroup, DecidedAttempt, EndedAlert,
};

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
    /// The attempts that count and were made since the first of the alerts fires, oldest first, each with the key under
    /// which it was decided.
    own: Vec<(&'a ActionKey, &'a DecidedAttempt)>,
    /// The attempts that count and were made before, for other alerts.
    earlier: Vec<&'a DecidedAttempt>,
    /// True if the latest outcome still shows the trouble of an alert, so that the attempts have not helped.
    shows_trouble: bool,
}

impl<'a> ReportedAction<'a> {
    /// Returns the attempts for the alerts.
    fn attempts(&self) -> Vec<&'a DecidedAttempt> {
        self.own.iter().map(|(_, one)| *one).collect()
    }

    /// Returns the stop if the attempts have not helped.
    fn stop(&self) -> Option<ActionStop> {
        self.state.stop.filter(|_| self.shows_trouble)
    }

    /// Returns the number of the events that a notice reports. A stop is reported only while the trouble is seen.
    fn n_events(&self) -> u32 {
        let n_events = self.state.n_events;
        match self.state.stop.filter(|_| !self.shows_trouble) {
            Some(hidden) => n_events.min(hidden.n_events.saturating_sub(1)),
            None => n_events,
        }
    }

    /// Returns the attempts whose results the channel of a group was not notified of.
    fn unreported(&self, group: Option<&AlertGroup>) -> Vec<&'a DecidedAttempt> {
        let is_unreported = |key: &ActionKey, one: &DecidedAttempt| {
            one.result_event.is_none_or(|event| event > n_reported(group, key))
        };
        let unreported = self.own.iter().filter(|(key, one)| is_unreported(key, one));
        unreported.map(|(_, one)| *one).collect()
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
    (group, kind): (Option<&AlertGroup>, NoticeKind),
    alerts: &[FiringAlert<'_>],
) -> ActionProgress {
    let actions = actions_of(context, alerts);
    // What asks for a person must not be among the actions that are not listed.
    let mut listed: Vec<&ReportedAction<'_>> = actions.iter().collect();
    listed.sort_by_key(|one| one.stop().is_none());
    let lines = listed.into_iter().filter_map(|one| line(context, (group, kind), one));
    let mut lines: Vec<String> = lines.collect();
    let n_more = lines.len().saturating_sub(MAX_ACTIONS);
    if n_more > 0 {
        lines.truncate(MAX_ACTIONS);
        let noun = if n_more == 1 { "line" } else { "lines" };
        lines.push(format!("{n_more} more {noun}: see `allclear explain` with the id of an alert"));
    }
    ActionProgress {
        lines,
        reported: actions
            .iter()
            .map(|one| (one.key.clone(), one.n_events().max(n_reported(group, one.key))))
            .collect(),
    }
}

/// Returns the progress of the actions of alerts that have ended: the attempts for them, and during their trouble.
pub(in super::super) fn of_ended(context: &Context<'_>, ended: &[&EndedAlert]) -> Vec<String> {
    if context.state.actions.is_empty() {
        return Vec::new();
    }
    let lines = context.state.actions.iter().filter_map(|(key, state)| {
        let action = action_of(context, key)?;
        let alerts: Vec<&EndedAlert> =
            ended.iter().filter(|one| is_of(context, action, key, one)).copied().collect();
        let attempts = state.attempts.iter();
        let attempts = attempts.filter(|it| alerts.iter().any(|one| was_before_end(it, one)));
        let attempts: Vec<&DecidedAttempt> = attempts.collect();
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
        NewsScope::All => one.n_events() > n_reported(group, one.key),
        NewsScope::Stops => {
            one.stop().is_some_and(|stop| stop.n_events > n_reported(group, one.key))
        }
    };
    let described = actions_of(context, alerts).into_iter().filter(is_new).map(|one| {
        let name = name(context, one.key, one.action);
        if one.stop().is_some() {
            return format!("{name} is stopped");
        }
        let ended: Vec<_> =
            one.unreported(group).into_iter().filter(|it| it.result_event.is_some()).collect();
        format!("{} of {name}", wording::numbers(&ended))
    });
    described.collect()
}

/// Returns the actions of these alerts that have a state.
fn actions_of<'a>(context: &Context<'a>, alerts: &[FiringAlert<'_>]) -> Vec<ReportedAction<'a>> {
    if context.state.actions.is_empty() {
        return Vec::new();
    }
    let mut keys: BTreeMap<ActionKey, Vec<FiringAlert<'_>>> = BTreeMap::new();
    for alert in alerts {
        for action in context.index.actions(&context.labels(alert)) {
            keys.entry(key(action, alert.monitor)).or_default().push(*alert);
        }
    }
    let states = &context.state.actions;
    let found = states.iter().filter_map(|(key, state)| Some((key, state, keys.get(key)?)));
    let reported = found.filter_map(|(key, state, alerts)| {
        let action = action_of(context, key)?;
        let counting = Counting::new(key, action, alerts);
        let counted = counting.keyed_attempts(states).into_iter();
        let (own, earlier): (Vec<_>, Vec<_>) =
            counted.partition(|(_, one)| counting.was_firing(one));
        let earlier = earlier.into_iter().map(|(_, one)| one).collect();
        let shows_trouble = alerts.iter().any(FiringAlert::shows_trouble);
        Some(ReportedAction { key, state, action, own, earlier, shows_trouble })
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

/// Returns the sentence about an action whose alerts fire: each attempt that is news to the channel. If none is, a reminder
/// repeats the latest one.
fn line(
    context: &Context<'_>,
    (group, kind): (Option<&AlertGroup>, NoticeKind),
    one: &ReportedAction<'_>,
) -> Option<String> {
    let name = name(context, one.key, one.action);
    let news = one.unreported(group);
    if let Some(stop) = one.stop()
        && (kind != NoticeKind::Updated
            || !news.is_empty()
            || stop.n_events > n_reported(group, one.key))
    {
        return Some(wording::stopped(&name, &one.attempts(), &one.earlier));
    }
    if news.len() > 1 {
        return Some(wording::several(&name, &news));
    }
    let latest = one.own.last().map(|(_, last)| *last).filter(|_| kind == NoticeKind::Reminder);
    let attempt = news.first().copied().or(latest)?;
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

/// Returns true if an attempt was made for an alert, or for another one during its trouble.
fn was_before_end(attempt: &DecidedAttempt, ended: &EndedAlert) -> bool {
    attempt.alert == ended.id || (ended.since..=ended.at).contains(&attempt.seen_at)
}
