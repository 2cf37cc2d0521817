//! The trouble that alerts outlast: an alert continues to fire after the status has recovered, because its end awaits a
//! time without failures, or because the failures never confirmed a status. The notice of its end states the whole
//! trouble.

use allclear_core::outcome::Cause;
use allclear_core::state::{Alert, MonitorState, PastTrouble};
use allclear_core::status::Status;
use allclear_core::{Timestamp, id::MonitorId, id::RuleId};
use allclear_expression::Truth;

use super::firing_alert::is_recovering;
use crate::ConfigIndex;
use crate::config_index::CompiledRule;
use crate::observation::Observation;

/// Records in the firing alert of a rule since when the outcomes no longer show its trouble, or that this one shows it.
/// `truth` is that of its condition. A value that is missing, and an outcome without a measurement, prove nothing.
pub(super) fn follow(
    state: &mut MonitorState,
    rule: &CompiledRule,
    truth: &Truth,
    observation: &Observation<'_>,
) {
    let (is_recovering, turned_at) = (is_recovering(state), turned_at(observation, state));
    let alert = state.alerts.get_mut(&rule.rule.id);
    let Some(firing) = alert.and_then(|alert| alert.firing.as_mut()) else { return };
    if observation.status() == Status::Unknown {
        return;
    }
    let is_good = observation.status().rank() == Some(0);
    let is_calm = match truth {
        Truth::True => is_recovering || (is_good && rule.is_about_intermittent_failures()),
        Truth::False => true,
        Truth::Missing(_) | Truth::TypeMismatch(_) | Truth::OverBudget | Truth::Stopped => return,
    };
    // The end of a confirmed status is dated as its transition, which the page shows.
    let is_of_status = firing.calm_since.is_none_or(|at| at > observation.previous_since);
    let since = turned_at.filter(|_| is_of_status).or(firing.calm_since);
    firing.calm_since = is_calm.then(|| since.unwrap_or(observation.at));
}

/// Returns the time of the transition to a better status that an observation has confirmed; `None` without one. `state` is
/// the one after it.
pub(super) fn turned_at(observation: &Observation<'_>, state: &MonitorState) -> Option<Timestamp> {
    let has_turned = state.status != observation.previous_status
        && state.status.rank().is_some()
        && state.status != Status::Unhealthy;
    has_turned.then_some(state.since)
}

/// Records the trouble before an observation with which the status has become healthy, or the failure of an observation
/// that has not changed a healthy status, in the alerts about it.
pub(super) fn record(state: &mut MonitorState, observation: &Observation<'_>, index: &ConfigIndex) {
    if state.alerts.is_empty() || state.status != Status::Healthy {
        return;
    }
    let monitor = observation.monitor();
    let alerts = state.alerts.iter_mut().filter(|(rule, _)| is_about_trouble(monitor, rule, index));
    if observation.previous_status.rank() > Some(0) {
        let (since, cause) = (observation.previous_since, observation.previous_cause.as_ref());
        alerts.for_each(|(_, alert)| add(alert, since, cause));
    } else if let Some(cause) = observation.cause() {
        for (_, alert) in alerts.filter(|(_, alert)| alert.true_at == observation.at) {
            add(alert, alert.since, Some(cause));
        }
    }
}

/// Returns true if the alerts of a rule are about failures, and not about a value that a healthy service also has.
fn is_about_trouble(monitor: &MonitorId, rule: &RuleId, index: &ConfigIndex) -> bool {
    let rule = index.compiled_rule(monitor, rule);
    rule.is_some_and(|one| {
        one.is_false_when_calm && one.rule.fault.is_none() && !one.rule.momentary
    })
}

fn add(alert: &mut Alert, since: Timestamp, cause: Option<&Cause>) {
    let Some(firing) = &mut alert.firing else { return };
    let before = firing.past.take();
    let since = before.as_ref().map_or(since, |past| past.since.min(since));
    let cause = cause.cloned().or_else(|| before?.cause);
    firing.past = Some(PastTrouble { since, cause });
}
