//! Attempts of actions as texts, and the differences between two of them.

use allclear_core::action::{Action, ActionAttempt, AttemptOrder, AttemptResult, Execution};
use allclear_core::delivery::Delivery;

use crate::key_values::{joined, scope_keys};

/// Returns true if the delivery orders an attempt, and does not take one back.
pub(crate) fn is_attempt(one: &Delivery) -> bool {
    one.attempt().is_some_and(|attempt| match attempt.order {
        AttemptOrder::Execute | AttemptOrder::DryRun => true,
        AttemptOrder::TakeBack => false,
    })
}

/// Returns an attempt as a text: ``attempt 1 of 3 of the action `restart` for `api`: restart the unit``.
pub(crate) fn described(one: &Delivery, attempt: &ActionAttempt) -> String {
    let ActionAttempt { action, number, max_attempts, order, effect, .. } = attempt;
    let monitor = &one.notification.monitor;
    let which = format!("attempt {number} of {max_attempts} of the action `{action}`");
    match order {
        AttemptOrder::Execute => format!("{which} for `{monitor}`: {effect}"),
        AttemptOrder::DryRun => format!("dry run of {which} for `{monitor}`: would {effect}"),
        AttemptOrder::TakeBack => format!(
            "attempt {number} of the action `{action}` for `{monitor}` is taken back: its alert is over"
        ),
    }
}

/// Returns the result of the attempt that a delivery orders, as a sentence.
pub(crate) fn result(one: &Delivery) -> String {
    match one.attempt_result() {
        None => "no result is recorded".to_owned(),
        Some(AttemptResult::Succeeded) => "executed, succeeded".to_owned(),
        Some(AttemptResult::DryRun) => "nothing was executed: dry run".to_owned(),
        Some(AttemptResult::Failed(why)) => format!("executed, failed: {why}"),
        Some(AttemptResult::Unknown(why)) => format!("the result is unknown: {why}"),
        Some(AttemptResult::NotExecuted(why)) => format!("not executed: {why}"),
        Some(AttemptResult::NotExecutable(why)) => format!("could not be executed: {why}"),
    }
}

/// Returns the differences between two orders of an attempt, apart from their times.
pub(crate) fn changes(old: &ActionAttempt, new: &ActionAttempt) -> Vec<String> {
    let mut changes = Vec::new();
    let number = |one: &ActionAttempt| format!("{} of {}", one.number, one.max_attempts);
    if number(old) != number(new) {
        changes.push(format!("attempt {} instead of {}", number(new), number(old)));
    }
    match (old.order, new.order) {
        (AttemptOrder::Execute, AttemptOrder::DryRun) => {
            changes.push("a dry run instead of an execution".to_owned());
        }
        (AttemptOrder::DryRun, AttemptOrder::Execute) => {
            changes.push("an execution instead of a dry run".to_owned());
        }
        (AttemptOrder::Execute | AttemptOrder::DryRun | AttemptOrder::TakeBack, _) => {}
    }
    if old.effect != new.effect {
        changes.push(format!("effect \"{}\" instead of \"{}\"", new.effect, old.effect));
    }
    changes
}

/// Returns the changes of an action since a recorded attempt of it, as far as the attempt has its keys.
pub(crate) fn recorded_changes(old: &ActionAttempt, action: &Action) -> Vec<String> {
    let mut changes = Vec::new();
    let mut push = |name: &str, before: String, after: String| {
        changes.extend(key_change(name, &before, &after));
    };
    let max_attempts = action.policy.max_attempts.to_string();
    push("max_attempts", old.max_attempts.to_string(), max_attempts);
    let was_dry_run = match old.order {
        AttemptOrder::Execute | AttemptOrder::TakeBack => "false",
        AttemptOrder::DryRun => "true",
    };
    push("dry_run", was_dry_run.to_owned(), dry_run(action));
    push("effect", old.effect.clone(), action.effect.clone());
    changes
}

fn key_change(name: &str, before: &str, after: &str) -> Option<String> {
    (before != after).then(|| format!("{name} `{before}` → `{after}`"))
}

fn dry_run(action: &Action) -> String {
    match action.policy.execution {
        Execution::Real => "false".to_owned(),
        Execution::DryRun => "true".to_owned(),
    }
}

/// Returns the changes of an action that decide about its attempts.
pub(crate) fn action_changes(before: &Action, after: &Action) -> Vec<String> {
    let mut changes = Vec::new();
    let mut push = |name: &str, before: String, after: String| {
        changes.extend(key_change(name, &before, &after));
    };
    let duration = allclear_core::duration::format;
    let (old, new) = (&before.policy, &after.policy);
    push("max_attempts", old.max_attempts.to_string(), new.max_attempts.to_string());
    push("cooldown", duration(old.cooldown), duration(new.cooldown));
    push("dry_run", dry_run(before), dry_run(after));
    push("effect", before.effect.clone(), after.effect.clone());
    push("attempts_per", old.count.as_str().to_owned(), new.count.as_str().to_owned());
    let severity = |one: &Action| one.filter.min_severity.to_string();
    push("min_severity", severity(before), severity(after));
    let (old, new) = (&before.filter, &after.filter);
    push("rules", joined(&old.rules), joined(&new.rules));
    push("faults", joined(&old.faults), joined(&new.faults));
    for (name, old, new) in scope_keys(&old.scope, &new.scope) {
        push(name, old, new);
    }
    push("matchers", joined(&old.matchers), joined(&new.matchers));
    changes
}
