//! The life of an alert: true, pending, firing, resolved.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;

use super::News;
use super::telling::{Ending, record, resolve, tell, tell_resolved};
use super::values::{explain, variable};
use crate::config_index::{CompiledRule, ConfigIndex};
use allclear_core::event::AlertId;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::rule::Rule;
use allclear_core::state::{Alert, Decision, Firing, MonitorState, ShardState};
use allclear_core::status::Status;
use allclear_expression::Truth;

/// How long an alert stands whose condition is neither true nor false, for want of a measurement.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(24);

/// Applies the rules to a monitor's latest outcome.
pub(super) fn fold(
    state: &mut ShardState,
    news: &News<'_>,
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let id = &news.outcome.monitor;
    let (Some(monitor), Some(known)) = (index.monitor(id), state.monitors.get_mut(id)) else {
        return;
    };
    let mut resolved = Vec::new();
    for CompiledRule { rule, condition } in index.rules(id) {
        // Most rules about measurements have nothing to judge on most monitors.
        let is_measured = |name: &str| news.outcome.metrics.contains_key(name);
        if !known.alerts.contains_key(&rule.id) && !condition.needed_metrics().all(is_measured) {
            continue;
        }
        let values = |name: &str| variable(name, news, monitor, known);
        let truth = condition.evaluate(values);
        if truth.holds() {
            let message = explain(rule, condition, news, values);
            hold_true(known, rule, news, message, decision);
        } else if is_over(&truth, known, rule, news)
            && let Some(alert) = known.alerts.remove(&rule.id)
        {
            resolved.push((rule.id.clone(), alert));
        }
    }
    let recovery_held_by = resolve(state, id, &resolved, news, index, decision);
    tell(state, news, recovery_held_by, index, decision);
}

/// Resolves the alerts whose monitor or rule `index` no longer holds.
pub(super) fn retire(
    state: &mut ShardState,
    index: &ConfigIndex,
    at: Timestamp,
    decision: &mut Decision,
) {
    let ids: Vec<MonitorId> = state.monitors.keys().cloned().collect();
    for id in ids {
        let Some(known) = state.monitors.get_mut(&id) else { continue };
        let gone: Vec<RuleId> =
            known.alerts.keys().filter(|rule| index.rule(&id, rule).is_none()).cloned().collect();
        let resolved: Vec<(RuleId, Alert)> = gone
            .into_iter()
            .filter_map(|rule| known.alerts.remove(&rule).map(|alert| (rule, alert)))
            .collect();
        let ending = Ending {
            at,
            began: None,
            cause: None,
            why: Some("it is no longer watched by this rule".to_owned()),
        };
        tell_resolved(state, &id, &resolved, &ending, index, decision);
    }
}

/// A condition that is true makes its alert pending, and firing after its time.
fn hold_true(
    known: &mut MonitorState,
    rule: &Rule,
    news: &News<'_>,
    message: String,
    decision: &mut Decision,
) {
    let (at, status) = (news.at, known.status);
    let alert = known.alerts.entry(rule.id.clone()).or_insert_with(|| Alert {
        severity: rule.severity,
        since: at,
        true_at: at,
        firing: None,
    });
    alert.true_at = at;
    let due = alert.since + rule.hold_for;
    if alert.firing.is_some()
        || at < due
        || (alert.since == at && is_single_sample(rule, news, status))
    {
        return;
    }
    let firing = Firing {
        id: AlertId::new(&news.outcome.monitor, &rule.id, at),
        at,
        message,
        told: BTreeMap::new(),
        held_by: None,
    };
    decision.alerts.push(record(&news.outcome.monitor, &rule.id, alert, &firing, None));
    alert.firing = Some(firing);
}

/// Returns whether a condition that became true with this outcome rests on one sample alone: the
/// first outcome of a monitor, or the first after a pause, which a machine that is still starting
/// makes slow. The alert then waits for the next outcome.
///
/// A confirmed failure has passed the confirmation of its monitor, a moment does not come again, and
/// a matter such as a low balance is what the provider states rather than a measurement.
fn is_single_sample(rule: &Rule, news: &News<'_>, confirmed: Status) -> bool {
    let latest = news.outcome.status();
    let is_confirmed_failure = latest == confirmed && latest.badness() > Some(0);
    news.is_first && !is_confirmed_failure && !rule.momentary && rule.fault.is_none()
}

/// Whether a condition that is not true ends the alert of its rule, or the wait for it.
///
/// A value that is not measured each time says nothing until it has been missing for so long that
/// nobody measures it any more.
fn is_over(truth: &Truth, known: &MonitorState, rule: &Rule, news: &News<'_>) -> bool {
    let Some(alert) = known.alerts.get(&rule.id) else { return false };
    if truth.awaits_a_measurement() && news.at < alert.true_at + FORGOTTEN_AFTER {
        return false;
    }
    let is_pending = alert.firing.is_none() && news.outcome.status() != Status::Unknown;
    is_pending || speaks_for_the_end(truth, known, news)
}

/// Whether a condition that is not true says that what it told of is over. Nothing absent does:
/// neither an outcome that measured nothing, nor a value that is missing because the check failed.
/// Nothing is over while the monitor is confirmed unhealthy, nor while a recovery awaits its
/// confirmation.
fn speaks_for_the_end(truth: &Truth, known: &MonitorState, news: &News<'_>) -> bool {
    let latest = news.outcome.status();
    let (Some(badness), Some(confirmed)) = (latest.badness(), known.status.badness()) else {
        return false;
    };
    let settled = known.status != Status::Unhealthy && badness >= confirmed;
    match truth {
        Truth::True => false,
        Truth::False => settled,
        Truth::Missing(_) | Truth::Nonsense(_) | Truth::OverBudget | Truth::Stopped => {
            settled && latest != Status::Unhealthy
        }
    }
}
