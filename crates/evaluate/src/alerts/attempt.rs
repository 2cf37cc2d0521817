//! Stage `attempt`: the attempts of actions that are due.
//!
//! An attempt is decided only with an outcome, and never by the passing of time alone, so that folding the same runs again
//! decides the same attempts, and no attempt rests on old evidence.

mod count;
mod order;
mod progress;
pub(super) mod standing;
mod wording;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{Action, AttemptCount, Execution};
use allclear_core::claim::CLAIM_FOR;
use allclear_core::delivery::Delivery;
use allclear_core::event::AlertId;
use allclear_core::id::MonitorId;
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::state::{
    ActionKey, ActionState, ActionStop, DecidedAttempt, Decision, ShardState,
};

use super::Context;
use super::firing_alert::FiringAlert;
use super::suppress;
use crate::ConfigIndex;

use count::{Counting, is_related};
pub(super) use progress::{ActionProgress, NewsScope, news, of_ended, of_firing};

/// The time without an alert after which the attempts of an action are dropped that the config no longer has.
const FORGET_AFTER: Duration = Duration::from_hours(1);

/// The times of a decision about attempts.
#[derive(Debug, Clone, Copy)]
pub(super) struct DecisionTime {
    /// The time of the outcome that it rests on.
    pub(super) seen_at: Timestamp,
    /// The time at which the run of the outcome was recorded, which is the earliest time of the decision. An attempt is
    /// valid from here on, so that a slow check or a long run does not use up its validity.
    pub(super) at: Timestamp,
}

/// Decides the attempts that are due after an outcome.
pub(super) fn decide(
    state: &mut ShardState,
    index: &ConfigIndex,
    time: DecisionTime,
    decision: &mut Decision,
) {
    if index.config().actions.is_empty() && state.actions.is_empty() {
        return;
    }
    let context = Context { state, index, at: time.seen_at };
    let (states, orders) = steps(&context, time);
    decision.deliveries.extend(orders);
    state.actions = states;
}

type ActionStates = BTreeMap<ActionKey, ActionState>;

/// Returns the states of the actions after the decisions, and the deliveries of the orders.
fn steps(context: &Context<'_>, time: DecisionTime) -> (ActionStates, Vec<Delivery>) {
    let matching = matching(context);
    let mut states = context.state.actions.clone();
    for key in matching.keys() {
        let related = states.iter_mut().filter(|(other, _)| is_related(key, other));
        related.for_each(|(_, state)| state.fired_at = context.at);
    }
    let firing: BTreeSet<&AlertId> =
        FiringAlert::all(context.state, context.index).map(|one| &one.firing.id).collect();
    let open = firing.iter().copied().chain(unreported(context.state)).collect();
    states.retain(|key, state| !is_over(context, key, state, &open));
    let mut orders = take_back(context, &mut states, &firing);
    for (key, (action, alerts)) in matching {
        let counting = Counting::new(&key, action, &alerts);
        states.entry(key.clone()).or_insert_with(|| begun(context, &key));
        let Some(cause) = cause(context, &alerts)
            .filter(|one| is_due(context, action, time, (&counting.attempts(&states), one)))
        else {
            continue;
        };
        let counted = counting.attempts(&states);
        if counted.len() < max_attempts(action) {
            let place = order::Place::of(&cause, action, &counted, &states);
            let (attempt, delivery) = order::attempt(context, action, (time, place), &cause);
            if let Some(state) = states.get_mut(&key) {
                add(state, attempt);
            }
            orders.push(delivery);
        } else if counted.iter().all(|one| is_settled(context, action, one))
            && let Some(state) = states.get_mut(&key)
        {
            stop(state, context.at);
        }
    }
    (states, orders)
}

fn max_attempts(action: &Action) -> usize {
    usize::try_from(action.policy.max_attempts).unwrap_or(usize::MAX)
}

/// Returns the state of an action whose first alert fires. If its attempts were counted in another way before, a stop of
/// then is still known to the channels.
fn begun(context: &Context<'_>, key: &ActionKey) -> ActionState {
    let related = context.state.actions.iter().filter(|(other, _)| is_related(key, other));
    let stop = related.filter_map(|(_, state)| state.stop).max_by_key(|stop| stop.at);
    let stop = stop.map(|stop| ActionStop { n_events: 0, ..stop });
    ActionState { attempts: Vec::new(), fired_at: context.at, stop, n_events: 0 }
}

/// Adds an attempt. The result of a dry run is known with its decision.
fn add(state: &mut ActionState, mut attempt: DecidedAttempt) {
    if attempt.execution == Execution::DryRun {
        state.n_events = state.n_events.saturating_add(1);
        attempt.result_event = Some(state.n_events);
    }
    state.attempts.push(attempt);
    // The config may allow more attempts than at the stop.
    state.stop = None;
}

/// Records that an action is stopped.
fn stop(state: &mut ActionState, at: Timestamp) {
    if state.stop.is_none() {
        state.n_events = state.n_events.saturating_add(1);
        state.stop = Some(ActionStop { at, n_events: state.n_events });
    }
}

/// Returns true if the result of an attempt is known, or will hardly come any more: a notifier that runs would have
/// executed the attempt and recorded its result. The report of the stop names the results.
fn is_settled(context: &Context<'_>, action: &Action, attempt: &DecidedAttempt) -> bool {
    let longest = action.policy.timeout.saturating_add(CLAIM_FOR);
    let awaited_until = attempt.expires_at.checked_add(longest).unwrap_or(Timestamp::MAX);
    attempt.result.is_some() || awaited_until <= context.at
}

/// The firing alerts of each action, or of each action and monitor.
type MatchingAlerts<'a> = BTreeMap<ActionKey, (&'a Action, Vec<FiringAlert<'a>>)>;

/// Returns the firing alerts of the actions.
fn matching<'a>(context: &Context<'a>) -> MatchingAlerts<'a> {
    let mut found = MatchingAlerts::new();
    if context.index.config().actions.is_empty() {
        return found;
    }
    let lasting = |one: &FiringAlert<'_>| one.rule.is_some() && !one.is_momentary();
    for alert in FiringAlert::all(context.state, context.index).filter(lasting) {
        for action in context.index.actions(&context.labels(&alert)) {
            let key = key(action, alert.monitor);
            found.entry(key).or_insert_with(|| (action, Vec::new())).1.push(alert);
        }
    }
    found
}

fn key(action: &Action, monitor: &MonitorId) -> ActionKey {
    let monitor = match action.policy.count {
        AttemptCount::PerAction => None,
        AttemptCount::PerMonitor => Some(monitor),
    };
    ActionKey::new(&action.id, monitor)
}

/// Returns the alert that causes the next attempt: the most severe one that calls for it, and of several such, the one
/// that fired first.
fn cause<'a>(context: &Context<'_>, alerts: &[FiringAlert<'a>]) -> Option<FiringAlert<'a>> {
    let calling = alerts.iter().filter(|one| calls_for_action(context, one));
    calling.max_by_key(|one| (one.severity(), Reverse((one.firing.at, one.monitor)))).copied()
}

/// Returns true if the latest outcome still shows the trouble, no suppression applies, and no person has taken over.
fn calls_for_action(context: &Context<'_>, alert: &FiringAlert<'_>) -> bool {
    alert.shows_trouble()
        && !suppress::is_muted(context, alert)
        && acknowledgement(context, alert).is_none()
}

/// Returns the acknowledgement of an alert that is in force and ends last.
pub(super) fn acknowledgement<'a>(
    context: &Context<'a>,
    alert: &FiringAlert<'_>,
) -> Option<&'a OperatorEntry> {
    let entries = context.index.acknowledgements(&alert.firing.id);
    let in_force = entries.filter(|entry| entry.is_in_force(context.at));
    in_force.max_by_key(|entry| entry.expires_at.unwrap_or(Timestamp::MAX))
}

/// Returns true if the cooldown is over, and the target was checked again since the decision for the previous attempt,
/// which is over: it has a result or begins no more.
///
/// The cooldown is counted between the due times of the outcomes, so that an interval of the same length is not doubled
/// by a run that was recorded a second earlier than the one before. The record of a slow check comes long after its due
/// time; nine tenths of the cooldown must be between the records too.
fn is_due(
    context: &Context<'_>,
    action: &Action,
    time: DecisionTime,
    (counted, cause): (&[&DecidedAttempt], &FiringAlert<'_>),
) -> bool {
    let Some(previous) = counted.last() else { return true };
    let cooldown = action.policy.cooldown;
    let has_passed = |from: Timestamp, length: Duration, to: Timestamp| {
        from.checked_add(length).is_ok_and(|end| end <= to)
    };
    let is_new = cause.state.last.as_ref().is_some_and(|last| last.at > previous.at);
    is_new
        && has_passed(previous.seen_at, cooldown, context.at)
        && has_passed(previous.at, cooldown.saturating_sub(cooldown / 10), time.at)
        && (previous.result.is_some() || previous.expires_at <= time.at)
}

/// Returns the alerts that continue if they fire again.
fn unreported(state: &ShardState) -> impl Iterator<Item = &AlertId> {
    let alerts = state.monitors.iter().flat_map(|(_, monitor)| &monitor.unreported);
    alerts.filter_map(|one| Some(&one.alert.firing.as_ref()?.id))
}

/// Returns true if no alert of the action has fired for so long that the attempts no longer count. The attempts for an
/// alert count for as long as it is open, also if a changed config no longer selects it.
fn is_over(
    context: &Context<'_>,
    key: &ActionKey,
    state: &ActionState,
    open: &BTreeSet<&AlertId>,
) -> bool {
    let actions = &context.index.config().actions;
    let action = actions.iter().find(|action| action.id.as_str() == key.action());
    let calm = action.map_or(FORGET_AFTER, |action| action.policy.calm());
    state.fired_at.checked_add(calm).is_ok_and(|end| end <= context.at)
        && !state.attempts.iter().any(|one| open.contains(&one.alert))
}

/// Orders that attempts without a result do not begin any more if their alert is over.
fn take_back(
    context: &Context<'_>,
    states: &mut ActionStates,
    firing: &BTreeSet<&AlertId>,
) -> Vec<Delivery> {
    let mut orders = Vec::new();
    for (key, state) in states {
        for attempt in &mut state.attempts {
            let is_open = attempt.result.is_none()
                && !attempt.is_taken_back
                && attempt.expires_at > context.at;
            if is_open && !firing.contains(&attempt.alert) {
                attempt.is_taken_back = true;
                orders.extend(order::take_back(context, key, attempt));
            }
        }
    }
    orders
}
