//! Stage `lifecycle`: alerts become pending, fire and are resolved.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem::take;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::event::{AlertId, AlertRecord, SuppressedBy, Suppression};
use allclear_core::id::{MonitorId, RegionId, RuleId};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Outcome;
use allclear_core::rule::{Rule, SERVICE_RECOVERY};
use allclear_core::state::{Alert, ConditionSample, Firing, MonitorState};
use allclear_core::status::Status;
use allclear_expression::Truth;

use super::firing_alert::is_recovering;
use super::samples::{self, Evidence};
use super::{alert_record, ended, past_trouble, path};
use crate::ConfigIndex;
use crate::calm;
use crate::config_index::{CompiledRule, ConfiguredMonitor, PossibleConditions, RuleEvaluation};
use crate::failure_share::FailureShare;
use crate::observation::{Observation, SequencePlace};
use crate::rule_variables::{condition_values, explain, lacks_measurement, variable};

/// Time after which an alert is resolved whose condition lacks a measurement.
const EXPIRES_AFTER: Duration = Duration::from_hours(24);

/// The time without a failure after which it no longer does. A service that fails in a quarter of its checks is this
/// calm by chance once in 180 failures at an interval of 10 s.
const CALM: Duration = Duration::from_mins(3);

/// The successes in a row that this takes at least.
const MIN_CALM_OUTCOMES: u64 = 10;

/// The changes that an observation made to the alerts of its monitor.
#[derive(Default)]
pub(super) struct Changes {
    /// Alerts that fire since this observation.
    pub(super) fired: Vec<AlertRecord>,
    /// Alerts that were removed: those that fired have ended, pending ones are dropped.
    pub(super) over: Vec<(RuleId, Alert)>,
}

/// Applies the rules of a monitor to an observation.
pub(super) fn apply(
    state: &mut MonitorState,
    configured: &ConfiguredMonitor<'_>,
    observation: &Observation<'_>,
    index: &ConfigIndex,
    evidence: Evidence,
) -> Changes {
    let mut changes = Changes::default();
    let monitor = configured.monitor;
    let is_calm = calm::is_calm(state, observation);
    let outcome = &*observation.outcome;
    let is_full = index.evaluation() == RuleEvaluation::Full;
    let conditions = if is_full || !is_calm || !state.alerts.is_empty() {
        PossibleConditions::All
    } else {
        PossibleConditions::of_calm(outcome)
    };
    for compiled in configured.rules(conditions) {
        let CompiledRule { rule, condition, .. } = compiled;
        let cannot_hold =
            (is_calm && compiled.is_false_when_calm) || !is_measured(compiled, outcome);
        if cannot_hold && !is_full && !state.alerts.contains_key(&rule.id) {
            continue;
        }
        let values = |name: &str| variable(name, observation, monitor, state);
        let truth = index.evaluation().truth(condition, values);
        if truth.holds() {
            let texts = FiringTexts {
                monitor_name: monitor.name.clone(),
                message: if compiled.is_about_intermittent_failures() {
                    intermittent_failures(state, observation)
                } else {
                    explain(rule, condition, observation, values, index.kinds())
                },
                values: condition_values(condition, &observation.outcome, values, index.kinds()),
            };
            changes.fired.extend(hold_true(state, compiled, observation, evidence, texts));
        }
        if !truth.holds() && !state.alerts.contains_key(&rule.id) {
            continue;
        }
        past_trouble::follow(state, compiled, &truth, observation);
        if !truth.holds()
            && is_over(&truth, state, (rule, monitor.interval), observation, evidence)
            && let Some(alert) = state.alerts.remove(&rule.id)
        {
            if alert.firing.is_some() && compiled.is_about_intermittent_failures() {
                // The failures before the end were reported. One more must not fire the alert again.
                state.outcomes.clear();
            }
            changes.over.push((rule.id.clone(), alert));
        }
    }
    past_trouble::record(state, observation, index);
    if is_outage(state, monitor, index) {
        state.last_outage = Some(observation.at);
    }
    changes
}

/// Returns true if the outcome has the metrics without which the condition cannot hold. Most rules about metrics do not
/// apply to most monitors.
fn is_measured(compiled: &CompiledRule, outcome: &Outcome) -> bool {
    let has = |name: &str| outcome.metrics.contains_key(name);
    !compiled.needs_metrics
        || (!outcome.metrics.is_empty() && compiled.condition.needed_metrics().all(has))
}

/// Returns true if the monitor is confirmed unhealthy and an alert about that fires.
fn is_outage(state: &MonitorState, monitor: &Monitor, index: &ConfigIndex) -> bool {
    let is_about_it = |id: &RuleId| {
        index.compiled_rule(&monitor.id, id).is_some_and(|one| {
            one.rule.fault.is_none() && !one.rule.momentary && !one.is_about_a_day()
        })
    };
    state.status == Status::Unhealthy
        && state.alerts.iter().any(|(id, alert)| alert.firing.is_some() && is_about_it(id))
}

/// Removes the alerts of a monitor whose rule is no longer in the config.
pub(super) fn retire(
    state: &mut MonitorState,
    id: &MonitorId,
    index: &ConfigIndex,
) -> Vec<(RuleId, Alert)> {
    let is_removed = |rule: &&RuleId| index.rule(id, rule).is_none();
    let removed: Vec<RuleId> = state.alerts.keys().filter(is_removed).cloned().collect();
    let remove = |rule: RuleId| state.alerts.remove(&rule).map(|alert| (rule, alert));
    removed.into_iter().filter_map(remove).collect()
}

/// Returns the message about a service that fails now and then: the number of failures, and the cause of the latest outcome
/// if it is one of them.
fn intermittent_failures(state: &MonitorState, observation: &Observation<'_>) -> String {
    let failures = FailureShare::of(&state.outcomes, observation.at).sentence();
    match observation.cause() {
        Some(cause) => format!("{failures}; the latest one: {}", cause.message),
        None => failures,
    }
}

/// Renames the subject of the firing alerts of a monitor.
pub(super) fn rename(state: &mut MonitorState, monitor: &Monitor) {
    for firing in state.alerts.values_mut().filter_map(|alert| alert.firing.as_mut()) {
        firing.monitor_name.clone_from(&monitor.name);
    }
}

/// The texts of an alert that fires.
struct FiringTexts {
    /// The name of the monitor.
    monitor_name: String,
    /// The description for a person.
    message: String,
    /// The values that make the condition true.
    values: String,
}

/// Makes the alert of a true condition pending, and firing once the condition is confirmed and has been true for the
/// time of its rule. Returns the record of an alert that fires since this observation. It continues an alert whose end
/// was not reported, which is on record.
fn hold_true(
    state: &mut MonitorState,
    compiled: &CompiledRule,
    observation: &Observation<'_>,
    evidence: Evidence,
    texts: FiringTexts,
) -> Option<AlertRecord> {
    let rule = &compiled.rule;
    let (at, status) = (observation.at, state.status);
    let is_immediate = samples::is_immediate(rule.confirm);
    let is_known = state.alerts.contains_key(&rule.id);
    if !is_immediate && !is_known && evidence == Evidence::Nothing {
        return None;
    }
    let alert = state.alerts.entry(rule.id.clone()).or_insert_with(|| Alert {
        severity: rule.severity,
        since: at,
        true_at: at,
        samples: VecDeque::new(),
        firing: None,
    });
    alert.true_at = at;
    let is_confirmed = if is_immediate {
        alert.since != at || !is_single_sample(rule, observation, status)
    } else {
        if evidence == Evidence::Sample {
            samples::record(alert, rule.confirm, ConditionSample { at, holds: true });
        }
        samples::confirm_the_condition(alert, rule.confirm)
    };
    let regions = regions(compiled, observation);
    if let Some(firing) = &mut alert.firing {
        if status.rank() > Some(0) {
            firing.regions = regions;
        }
        return None;
    }
    if !is_confirmed || at < alert.since + rule.hold_for {
        return None;
    }
    if let Some(earlier) = ended::continued(&mut state.unreported, rule) {
        let (severity, since) = (earlier.severity, earlier.since);
        let firing = earlier.firing.map(|firing| Firing { regions, calm_since: None, ..firing });
        *alert = Alert { severity, since, firing, true_at: at, samples: take(&mut alert.samples) };
        return None;
    }
    let firing = Firing {
        id: AlertId::new(observation.monitor(), &rule.id, at),
        at,
        monitor_name: texts.monitor_name,
        message: texts.message,
        notified: BTreeMap::new(),
        awaiting: BTreeSet::new(),
        joined: BTreeSet::new(),
        fault: None,
        past: None,
        calm_since: None,
        regions,
        properties: observation.properties(),
        suppressed_by: None,
        values: texts.values,
        suppressions: Vec::new(),
    };
    alert.firing = Some(firing);
    alert_record::fired((observation.monitor(), &rule.id), alert)
}

/// Returns the regions that see the trouble of an alert while another region does not. The state of an account, and the
/// uptime of a day, are not seen by a region.
fn regions(rule: &CompiledRule, observation: &Observation<'_>) -> Vec<RegionId> {
    let is_about_outcomes = rule.rule.fault.is_none() && !rule.is_about_a_day();
    if is_about_outcomes { observation.regions.clone() } else { Vec::new() }
}

/// Returns true if a condition that became true with this outcome rests on one sample: the first outcome of a
/// monitor, or the first after a pause, which is slow because the machine is still starting. The alert then
/// waits for the next outcome.
///
/// A confirmed failure has passed the confirmation of its monitor. A momentary condition does not occur
/// again. The state of an account, such as a low balance, is stated by the provider and not measured. None of
/// them waits.
fn is_single_sample(rule: &Rule, observation: &Observation<'_>, confirmed: Status) -> bool {
    let latest = observation.status();
    let is_confirmed_failure = latest == confirmed && latest.rank() > Some(0);
    observation.place == SequencePlace::First
        && !is_confirmed_failure
        && !rule.momentary
        && rule.fault.is_none()
}

/// Returns true if a condition that is not true ends the alert of its rule, or the wait of a pending one.
///
/// A metric that is not measured with each check proves nothing while it is missing, up to one day. If samples confirm
/// the condition, samples also confirm its end, and any missing value proves nothing about a pending alert.
fn is_over(
    truth: &Truth,
    state: &mut MonitorState,
    (rule, interval): (&Rule, Duration),
    observation: &Observation<'_>,
    evidence: Evidence,
) -> bool {
    let is_settled = is_settled(state, interval, observation.at);
    let Some(alert) = state.alerts.get_mut(&rule.id) else { return false };
    let at = observation.at;
    let is_pending = alert.firing.is_none();
    let is_sampled = !samples::is_immediate(rule.confirm);
    if is_sampled && matches!(truth, Truth::False) && evidence == Evidence::Sample {
        samples::record(alert, rule.confirm, ConditionSample { at, holds: false });
    }
    let is_missing = matches!(truth, Truth::Missing(_));
    let awaits = lacks_measurement(truth) || (is_missing && is_sampled && is_pending);
    if awaits && at < alert.true_at + EXPIRES_AFTER {
        return false;
    }
    let is_unconfirmed = is_sampled
        && matches!(truth, Truth::False)
        && match alert.firing {
            Some(_) => !samples::confirm_the_end(alert, rule.confirm),
            None => !samples::are_all_false(alert),
        };
    if is_unconfirmed || (!is_pending && at < alert.true_at + rule.keep_firing_for) {
        return false;
    }
    let is_notified = alert.firing.as_ref().is_some_and(|firing| !firing.notified.is_empty());
    if is_notified && !is_sampled && rule.fault.is_none() && !rule.momentary && !is_settled {
        return false;
    }
    let is_dropped = is_pending && observation.status() != Status::Unknown;
    is_dropped || proves_the_end(truth, state, observation)
}

/// Returns the reason for which a firing alert has not ended after an outcome in which its condition was not true.
pub(super) fn end_awaits(
    state: &MonitorState,
    alert: &Alert,
    (rule, interval): (&Rule, Duration),
    at: Timestamp,
) -> Option<String> {
    let firing = alert.firing.as_ref()?;
    let keeps_until = alert.true_at + rule.keep_firing_for;
    if at < keeps_until {
        return Some(format!("it keeps firing until {keeps_until:.0} (`keep_firing_for`)"));
    }
    if is_recovering(state) {
        return Some("a recovery awaits its confirmation".to_owned());
    }
    let is_sampled = !samples::is_immediate(rule.confirm);
    if is_sampled {
        return Some(format!(
            "its end is confirmed by {} outcomes in a row in which the condition is not true",
            rule.confirm.count
        ));
    }
    let is_held = rule.fault.is_none() && !rule.momentary && !firing.notified.is_empty();
    (is_held && !is_settled(state, interval, at)).then(|| {
        let (needed, n) = (calm_outcomes(interval), state.consecutive_successes);
        format!(
            "the service also failed outside of this row of failures within 15 minutes: {needed} successes in a row are \
             needed, {n} are there"
        )
    })
}

/// Returns the successes in a row that settle a service: those of [`CALM`], and [`MIN_CALM_OUTCOMES`] at least.
fn calm_outcomes(interval: Duration) -> u64 {
    (CALM.as_secs() / interval.as_secs().max(1)).max(MIN_CALM_OUTCOMES)
}

/// Returns false while a service fails intermittently, so that a few successes between two failures prove no end. A failure
/// outside of one row shows such a service; enough successes in a row settle it.
fn is_settled(state: &MonitorState, interval: Duration, at: Timestamp) -> bool {
    let is_calm = u64::from(state.consecutive_successes) >= calm_outcomes(interval);
    is_calm || FailureShare::of(&state.outcomes, at).recurrent_failures == 0
}

/// Returns true if a condition that is not true proves that the trouble is over. Missing data proves nothing:
/// neither an outcome without measurement, nor a value that is missing because the check failed. No trouble
/// is over while the monitor is confirmed unhealthy, or while a recovery awaits its confirmation.
fn proves_the_end(truth: &Truth, state: &MonitorState, observation: &Observation<'_>) -> bool {
    let latest = observation.status();
    let (Some(_), Some(_)) = (latest.rank(), state.status.rank()) else { return false };
    let is_settled = state.status != Status::Unhealthy && !is_recovering(state);
    match truth {
        Truth::True => false,
        Truth::False => is_settled,
        Truth::Missing(_) | Truth::TypeMismatch(_) | Truth::OverBudget | Truth::Stopped => {
            is_settled && latest != Status::Unhealthy
        }
    }
}

/// Suppresses the alert of a recovery that `by` makes unnecessary. Returns the record if the alert has just fired.
pub(super) fn cover_recovery(
    state: &mut MonitorState,
    by: Option<SuppressedBy>,
    at: Timestamp,
) -> Option<Suppression> {
    let by = by?;
    let (_, alert) = state.alerts.iter().find(|(id, _)| id.as_str() == SERVICE_RECOVERY)?;
    let evidence = Some(path::evidence(state, alert));
    let (_, alert) = state.alerts.iter_mut().find(|(id, _)| id.as_str() == SERVICE_RECOVERY)?;
    let firing = alert.firing.as_mut().filter(|firing| firing.at == at)?;
    firing.suppressed_by = Some(by);
    path::begin_suppression(&mut firing.suppressions, by, at);
    let reason = if by == SuppressedBy::AllClear {
        "the all-clear covers it"
    } else {
        "no channel was notified of the outage"
    };
    Some(Suppression { alert: firing.id.clone(), at, by, reason: reason.to_owned(), evidence })
}
