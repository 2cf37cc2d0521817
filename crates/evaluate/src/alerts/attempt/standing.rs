//! The standing of the actions for a monitor at one time: why each of them is executed, or is not.

use allclear_core::Timestamp;
use allclear_core::action::{Action, Execution};
use allclear_core::id::{ActionId, MonitorId, RuleId};
use allclear_core::state::{ActionKey, DecidedAttempt};
use allclear_core::status::{Fault, Status};

use super::{Counting, acknowledgement, key, max_attempts};
use crate::alerts::firing_alert::{FiringAlert, is_recovering};
use crate::alerts::{Context, suppress};

/// The standing of one action for a monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionStanding {
    /// The action.
    pub action: ActionId,
    /// The execution of its attempts.
    pub execution: Execution,
    /// The number of the attempts that count.
    pub n_attempts: usize,
    /// The most attempts.
    pub max_attempts: u32,
    /// The reason for which it is not executed now, or the condition of the next attempt, as a sentence.
    pub next: String,
}

/// Returns the standing of each action that selects the monitor, in the order of the config.
pub(in crate::alerts) fn of_monitor(
    context: &Context<'_>,
    monitor: &MonitorId,
) -> Vec<ActionStanding> {
    let Some(configured) = context.index.monitor(monitor) else { return Vec::new() };
    let actions = context.index.config().actions.iter();
    let selecting = actions.filter(|action| action.filter.scope.includes(configured));
    selecting.map(|action| standing(context, monitor, action)).collect()
}

fn standing(context: &Context<'_>, monitor: &MonitorId, action: &Action) -> ActionStanding {
    let own: Vec<FiringAlert<'_>> = match context.state.monitors.get(monitor) {
        Some(state) => FiringAlert::of_monitor(monitor, state, context.index)
            .filter(|one| one.rule.is_some() && !one.is_momentary())
            .collect(),
        None => Vec::new(),
    };
    let is_mended = |one: &FiringAlert<'_>| {
        context.index.actions(&context.labels(one)).any(|it| it.id == action.id)
    };
    let mended: Vec<FiringAlert<'_>> = own.iter().filter(|one| is_mended(one)).copied().collect();
    // While a check could not measure, the alert has the fault of that outcome.
    let of_rules = || own.iter().filter(|one| action.filter.rules.contains(one.id)).copied();
    let counted_for = if mended.is_empty() { of_rules().collect() } else { mended.clone() };
    let key = key(action, monitor);
    let counted = Counting::new(&key, action, &counted_for).attempts(&context.state.actions);
    let next = if mended.is_empty() {
        let reason = not_selected(context, monitor, action, &own);
        let anew_at = anew_at(context, &key, action).filter(|_| !counted.is_empty());
        let anew = anew_at.map(|at| {
            format!(
                "; attempts are counted anew from {at:.0} on, unless an alert of it fires before"
            )
        });
        format!("{reason}{}", anew.filter(|_| own.is_empty()).unwrap_or_default())
    } else {
        next_attempt(context, action, &mended, &counted)
    };
    ActionStanding {
        action: action.id.clone(),
        execution: action.policy.execution,
        n_attempts: counted.len(),
        max_attempts: action.policy.max_attempts,
        next,
    }
}

/// Returns the time from which on the attempts of an action no longer count, unless one of its alerts fires before.
fn anew_at(context: &Context<'_>, key: &ActionKey, action: &Action) -> Option<Timestamp> {
    let state = context.state.actions.get(key)?;
    state.fired_at.checked_add(action.policy.calm()).ok()
}

/// Returns the reason for which an action mends none of the firing alerts of a monitor.
fn not_selected(
    context: &Context<'_>,
    monitor: &MonitorId,
    action: &Action,
    firing: &[FiringAlert<'_>],
) -> String {
    let filter = &action.filter;
    let rules = listed(&filter.rules);
    let applies = |rule: &RuleId| context.index.rule(monitor, rule).is_some();
    if !filter.rules.iter().any(applies) {
        let are = if filter.rules.len() == 1 {
            "is switched off or does"
        } else {
            "are switched off or do"
        };
        return format!("never: {rules} {are} not apply to this monitor");
    }
    let of_rules: Vec<&FiringAlert<'_>> =
        firing.iter().filter(|one| filter.rules.contains(one.id)).collect();
    let Some(alert) = of_rules.first() else {
        let others: Vec<RuleId> = firing.iter().map(|one| one.id.clone()).collect();
        let others = if others.is_empty() {
            String::new()
        } else {
            let (fire, are) = if others.len() == 1 { ("fires", "is") } else { ("fire", "are") };
            format!("; {} {fire}, which {are} not among its rules", listed(&others))
        };
        return format!("it waits for an alert of {rules}{others}");
    };
    let fault = alert.fault().unwrap_or(Fault::Target);
    if is_unmeasured(alert) {
        NOT_MEASURED.to_owned()
    } else if alert.severity() < filter.min_severity {
        let (severity, least) = (alert.severity(), filter.min_severity);
        format!("the severity of `{}` is {severity}, and `min_severity` is {least}", alert.id)
    } else if !filter.faults.contains(&fault) {
        let faults: Vec<&str> = filter.faults.iter().map(|one| one.as_str()).collect();
        format!(
            "the fault of `{}` is `{fault}`, and its `faults` are {}",
            alert.id,
            faults.join(", ")
        )
    } else {
        format!("its `matchers` do not select the alert of `{}`", alert.id)
    }
}

fn listed(rules: &[RuleId]) -> String {
    let rules: Vec<String> = rules.iter().map(|rule| format!("`{rule}`")).collect();
    rules.join(", ")
}

/// Returns the reason for which the next attempt for firing alerts is not made now, or its condition.
fn next_attempt(
    context: &Context<'_>,
    action: &Action,
    alerts: &[FiringAlert<'_>],
    counted: &[&DecidedAttempt],
) -> String {
    if counted.len() >= max_attempts(action) {
        return "the maximum is reached; attempts are counted anew once no alert of it has fired for an hour, or for its \
                `cooldown` if that is longer"
            .to_owned();
    }
    let held: Option<Vec<String>> = alerts.iter().map(|one| held_by(context, one)).collect();
    if let Some(reason) = held.and_then(|all| all.into_iter().next()) {
        return reason;
    }
    let Some(previous) = counted.last() else {
        return "the first attempt is made with the next outcome that shows the trouble".to_owned();
    };
    if previous.result.is_none() && previous.expires_at > context.at {
        let (number, until) = (previous.number, previous.expires_at);
        return format!(
            "the result of attempt {number} is pending, until {until:.0} at the latest"
        );
    }
    let cooldown = action.policy.cooldown;
    let until = previous.seen_at.checked_add(cooldown).unwrap_or(Timestamp::MAX);
    if until > context.at {
        return format!("its `cooldown` since attempt {} lasts until {until:.0}", previous.number);
    }
    "the next attempt is made with the next outcome that shows the trouble".to_owned()
}

/// The reason after an outcome without a measurement.
const NOT_MEASURED: &str = "the latest check could not measure";

fn is_unmeasured(alert: &FiringAlert<'_>) -> bool {
    alert.state.last.as_ref().is_none_or(|last| last.status == Status::Unknown)
}

/// Returns the reason for which an alert causes no attempt now; `None` if it may cause one.
fn held_by(context: &Context<'_>, alert: &FiringAlert<'_>) -> Option<String> {
    let rule = alert.id;
    if let Some((by, reason)) = suppress::muted_by(context, alert) {
        return Some(format!("`{rule}` is suppressed by {}: {reason}", by.as_str()));
    }
    if let Some(entry) = acknowledgement(context, alert) {
        let until = entry.expires_at.map(|at| format!(" until {at:.0}")).unwrap_or_default();
        return Some(format!("`{rule}` is acknowledged by {}{until}", entry.author));
    }
    if is_unmeasured(alert) {
        return Some(NOT_MEASURED.to_owned());
    }
    if is_recovering(alert.state) {
        return Some("the latest outcome is better than the status".to_owned());
    }
    let is_over = !alert.shows_trouble();
    is_over.then(|| format!("the latest outcome does not show the trouble of `{rule}`"))
}
