//! Stage `remedy`: the attempts of actions that are due.
//!
//! An attempt is decided only with an outcome, and never by the passing of time alone, so that folding the same runs again
//! decides the same attempts, and no attempt rests on old evidence.

mod order;
mod progress;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{Action, AttemptCount};
use allclear_core::delivery::Delivery;
use allclear_core::event::AlertId;
use allclear_core::state::{Decision, RemedyAttempt, RemedyKey, RemedySeries, ShardState};
use allclear_core::status::Status;

use super::Context;
use super::firing_alert::{FiringAlert, is_recovering};
use super::suppress;
use crate::ConfigIndex;

pub(super) use progress::{RemedyProgress, news, of_ended, of_firing};

/// The time without an alert after which the series of an action is dropped that the config no longer has.
const FORGET_AFTER: Duration = Duration::from_hours(1);

/// Decides the attempts that are due after an outcome at `at`.
pub(super) fn decide(
    state: &mut ShardState,
    index: &ConfigIndex,
    at: Timestamp,
    decision: &mut Decision,
) {
    if index.config().actions.is_empty() && state.remedies.is_empty() {
        return;
    }
    let context = Context { state, index, at };
    let (series, orders) = steps(&context);
    decision.deliveries.extend(orders);
    state.remedies = series;
}

type Remedies = BTreeMap<RemedyKey, RemedySeries>;

/// Returns the series after the decisions, and the deliveries of the orders.
fn steps(context: &Context<'_>) -> (Remedies, Vec<Delivery>) {
    let matching = matching(context);
    let mut remedies = context.state.remedies.clone();
    // After a gap in the log, an alert that still fires continues its series.
    remedies.retain(|key, series| matching.contains_key(key) || !is_over(context, key, series));
    let mut orders = take_back(context, &mut remedies);
    for (key, (action, alerts)) in matching {
        let series = remedies.entry(key).or_insert_with(|| RemedySeries {
            attempts: Vec::new(),
            fired_at: context.at,
            stopped_at: None,
            n_events: 0,
        });
        series.fired_at = context.at;
        let Some(cause) =
            cause(context, &alerts).filter(|one| is_due(context, action, series, one))
        else {
            continue;
        };
        if series.attempts.len() < usize::try_from(action.policy.max_attempts).unwrap_or(usize::MAX)
        {
            let (attempt, delivery) = order::attempt(context, action, series, &cause);
            series.attempts.push(attempt);
            // The config may allow more attempts than at the stop.
            series.stopped_at = None;
            orders.push(delivery);
        } else if series.stopped_at.is_none() {
            series.stopped_at = Some(context.at);
            series.n_events = series.n_events.saturating_add(1);
        }
    }
    (remedies, orders)
}

/// The firing alerts of each series, each series with its action.
type MatchingAlerts<'a> = BTreeMap<RemedyKey, (&'a Action, Vec<FiringAlert<'a>>)>;

/// Returns the firing alerts of each series.
fn matching<'a>(context: &Context<'a>) -> MatchingAlerts<'a> {
    let mut found = MatchingAlerts::new();
    if context.index.config().actions.is_empty() {
        return found;
    }
    let lasting = |one: &FiringAlert<'_>| one.rule.is_some() && !one.is_momentary();
    for alert in FiringAlert::all(context.state, context.index).filter(lasting) {
        for action in context.index.actions(&context.labels(&alert)) {
            let key = key(action, &alert);
            found.entry(key).or_insert_with(|| (action, Vec::new())).1.push(alert);
        }
    }
    found
}

fn key(action: &Action, alert: &FiringAlert<'_>) -> RemedyKey {
    let monitor = match action.policy.count {
        AttemptCount::PerAction => None,
        AttemptCount::PerMonitor => Some(alert.monitor),
    };
    RemedyKey::new(&action.id, monitor)
}

/// Returns the alert that causes the next attempt: the most severe one that calls for it, and of several such, the one
/// that fired first.
fn cause<'a>(context: &Context<'_>, alerts: &[FiringAlert<'a>]) -> Option<FiringAlert<'a>> {
    let calling = alerts.iter().filter(|one| calls_for_action(context, one));
    calling.max_by_key(|one| (one.severity(), Reverse((one.firing.at, one.monitor)))).copied()
}

/// Returns true if the latest outcome still shows the trouble, no suppression applies, and no person has taken over.
fn calls_for_action(context: &Context<'_>, alert: &FiringAlert<'_>) -> bool {
    let is_measured = alert.state.last.as_ref().is_some_and(|last| last.status != Status::Unknown);
    is_measured
        && !is_recovering(alert.state)
        && !suppress::is_muted(context, alert)
        && !is_acknowledged(context, alert)
}

fn is_acknowledged(context: &Context<'_>, alert: &FiringAlert<'_>) -> bool {
    let mut entries = context.index.acknowledgements(&alert.firing.id);
    entries.any(|entry| entry.is_in_force(context.at))
}

/// Returns true if the cooldown is over, and the target was checked again since the previous attempt.
fn is_due(
    context: &Context<'_>,
    action: &Action,
    series: &RemedySeries,
    cause: &FiringAlert<'_>,
) -> bool {
    let Some(previous) = series.attempts.last() else { return true };
    let cooldown_ends = previous.at.checked_add(action.policy.cooldown).unwrap_or(Timestamp::MAX);
    let is_new = cause.state.last.as_ref().is_some_and(|last| last.at > previous.at);
    cooldown_ends <= context.at && is_new
}

/// Returns true if no alert of the series has fired for so long that its attempts count no more.
fn is_over(context: &Context<'_>, key: &RemedyKey, series: &RemedySeries) -> bool {
    let actions = &context.index.config().actions;
    let action = actions.iter().find(|action| action.id.as_str() == key.action());
    let calm = action.map_or(FORGET_AFTER, |action| action.policy.calm());
    series.fired_at.checked_add(calm).is_ok_and(|end| end <= context.at)
}

/// Orders that attempts without a result do not begin any more if their alert is over.
fn take_back(context: &Context<'_>, remedies: &mut Remedies) -> Vec<Delivery> {
    let is_open = |one: &RemedyAttempt| {
        one.result.is_none() && !one.is_taken_back && one.expires_at > context.at
    };
    if !remedies.values().flat_map(|series| &series.attempts).any(is_open) {
        return Vec::new();
    }
    let firing: BTreeSet<&AlertId> =
        FiringAlert::all(context.state, context.index).map(|one| &one.firing.id).collect();
    let mut orders = Vec::new();
    for (key, series) in remedies {
        for (before, attempt) in (0_u32..).zip(&mut series.attempts) {
            if is_open(attempt) && !firing.contains(&attempt.alert) {
                attempt.is_taken_back = true;
                orders.extend(order::take_back(context, key, attempt, before.saturating_add(1)));
            }
        }
    }
    orders
}
