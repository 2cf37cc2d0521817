//! The sentences about attempts.

use std::fmt;

use allclear_core::action::{Action, AttemptResult};
use allclear_core::state::DecidedAttempt;
use allclear_core::text;

/// The most characters of the reason of a result.
const MAX_REASON_CHARS: usize = 200;

/// The name of an action in a sentence: ``the action `restart` for API``.
pub(super) struct ActionName<'a> {
    pub(super) action: &'a Action,
    /// The name of the monitor if the attempts are counted for each monitor.
    pub(super) monitor: Option<String>,
}

impl fmt::Display for ActionName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the action `{}`", self.action.id)?;
        self.monitor.as_ref().map_or(Ok(()), |monitor| write!(f, " for {monitor}"))
    }
}

impl ActionName<'_> {
    /// Returns the name of an attempt: ``attempt 1 of 3 of the action `restart` ``.
    fn attempt(&self, attempt: &DecidedAttempt) -> String {
        format!("attempt {} of {} of {self}", attempt.number, self.action.policy.max_attempts)
    }
}

/// Returns the sentence about an attempt without a result. Whether it could be executed is not known yet.
pub(super) fn pending(name: &ActionName<'_>, attempt: &DecidedAttempt) -> String {
    format!("{} is ordered, its result is pending: {}", name.attempt(attempt), name.action.effect)
}

/// Returns the sentence about several attempts, which names each with its result.
pub(super) fn several(name: &ActionName<'_>, attempts: &[&DecidedAttempt]) -> String {
    let (max, results) = (name.action.policy.max_attempts, results(attempts));
    format!("{name}, at most {max} attempts: {results}")
}

/// Returns the numbers of attempts as words: `attempt 2`, `attempts 1 to 3`.
pub(super) fn numbers(attempts: &[&DecidedAttempt]) -> String {
    let numbers = attempts.iter().map(|one| one.number);
    match (numbers.clone().min(), numbers.max()) {
        (Some(first), Some(last)) if first < last => format!("attempts {first} to {last}"),
        (Some(first), _) => format!("attempt {first}"),
        (None, _) => "the attempts".to_owned(),
    }
}

/// Returns the sentence about an attempt of a dry run.
pub(super) fn dry_run(name: &ActionName<'_>, attempt: &DecidedAttempt) -> String {
    let (number, max, effect) =
        (attempt.number, name.action.policy.max_attempts, &name.action.effect);
    format!("dry run of {name}, attempt {number} of {max}: would {effect}")
}

/// Returns the sentence about an attempt with its result.
pub(super) fn result(
    name: &ActionName<'_>,
    attempt: &DecidedAttempt,
    result: &AttemptResult,
) -> String {
    let which = name.attempt(attempt);
    match result {
        AttemptResult::DryRun => dry_run(name, attempt),
        AttemptResult::Succeeded => format!("{which} was executed: {}", name.action.effect),
        AttemptResult::Failed(why) => format!("{which} failed: {}", short(why)),
        AttemptResult::Unknown(why) => format!("the result of {which} is unknown: {}", short(why)),
        AttemptResult::NotExecuted(why) => format!("{which} was not executed: {}", short(why)),
        AttemptResult::NotExecutable(why) => {
            format!("{which} could not be executed: {}", short(why))
        }
    }
}

/// Returns the sentence about an action that is stopped, which names each attempt for the present alerts with its result.
/// The attempts `earlier` were made for other alerts, and say nothing about the present ones.
pub(super) fn stopped(
    name: &ActionName<'_>,
    attempts: &[&DecidedAttempt],
    earlier: &[&DecidedAttempt],
) -> String {
    if attempts.is_empty() {
        let n = earlier.len();
        let were = if n == 1 { "1 was" } else { &format!("{n} were") };
        let results = results(earlier);
        return format!(
            "stopped: no attempt of {name} is left for this alert, because {were} made before it fired ({results})"
        );
    }
    let present = did_not_help(name, attempts);
    if earlier.is_empty() {
        return present;
    }
    let were = if earlier.len() == 1 { "was" } else { "were" };
    format!("{present}; {} {were} made before this alert fired", numbers(earlier))
}

/// Returns the sentence about the attempts after which an alert still fires.
fn did_not_help(name: &ActionName<'_>, attempts: &[&DecidedAttempt]) -> String {
    let n = attempts.len();
    let noun = if n == 1 { "attempt" } else { "attempts" };
    let is_each = |holds: fn(Option<&AttemptResult>) -> bool| {
        attempts.iter().all(|one| holds(one.result.as_ref()))
    };
    if is_each(|result| matches!(result, Some(AttemptResult::DryRun))) {
        return format!("dry run of {name}: would stop after {n} {noun}");
    }
    let results = results(attempts);
    if is_each(|result| matches!(result, Some(AttemptResult::NotExecutable(_)))) {
        format!("stopped: {name} could not be executed ({results})")
    } else if is_each(|result| {
        let without = |result: &AttemptResult| {
            matches!(result, AttemptResult::NotExecuted(_) | AttemptResult::NotExecutable(_))
        };
        result.is_some_and(without)
    }) {
        format!("stopped: none of {n} {noun} of {name} was executed ({results})")
    } else {
        format!("stopped: {n} {noun} of {name} did not help ({results})")
    }
}

/// Returns the results of attempts: `attempts 1 to 2: executed; attempt 3: failed, exited with 3`.
fn results(attempts: &[&DecidedAttempt]) -> String {
    let same = attempts.chunk_by(|a, b| a.result == b.result);
    let described = same.filter_map(|same| {
        let (first, which) = (same.first()?, numbers(same));
        let word = |word: &str, why: &str| format!("{which}: {word}, {}", short(why));
        Some(match &first.result {
            None => format!("{which}: result pending"),
            Some(AttemptResult::Succeeded) => format!("{which}: executed"),
            Some(AttemptResult::DryRun) => format!("{which}: dry run"),
            Some(AttemptResult::Failed(why)) => word("failed", why),
            Some(AttemptResult::Unknown(why)) => word("result unknown", why),
            Some(AttemptResult::NotExecuted(why)) => word("not executed", why),
            Some(AttemptResult::NotExecutable(why)) => word("could not be executed", why),
        })
    });
    described.collect::<Vec<_>>().join("; ")
}

/// Returns the sentence about the attempts during an alert that has ended; `None` without attempts. It does not call an
/// attempt the remedy that failed or was not executed.
pub(super) fn ended(name: &ActionName<'_>, attempts: &[&DecidedAttempt]) -> Option<String> {
    let last = attempts.last()?;
    let (results, effect) = (results(attempts), &name.action.effect);
    let has = |wanted: fn(&AttemptResult) -> bool| {
        attempts.iter().any(|one| one.result.as_ref().is_some_and(wanted))
    };
    let open = attempts.iter().rev().find(|one| one.result.is_none());
    let succeeded = |one: &&&DecidedAttempt| one.result == Some(AttemptResult::Succeeded);
    Some(if let Some(done) = attempts.iter().rev().find(succeeded) {
        let after: Vec<&DecidedAttempt> =
            attempts.iter().filter(|one| one.number > done.number).copied().collect();
        let after =
            if after.is_empty() { String::new() } else { format!(" ({})", self::results(&after)) };
        format!("it ended after {}: {effect}{after}", name.attempt(done))
    } else if let Some(open) = open {
        format!("it ended before the result of {} was known: {effect}", name.attempt(open))
    } else if attempts.iter().all(|one| one.result == Some(AttemptResult::DryRun)) {
        format!("it ended without an execution, after the dry run of {}", name.attempt(last))
    } else if has(|result| matches!(result, AttemptResult::Unknown(_))) {
        format!("it ended, and no attempt of {name} is known to have succeeded ({results})")
    } else if has(|result| matches!(result, AttemptResult::Failed(_))) {
        format!("it ended, but no attempt of {name} succeeded ({results})")
    } else {
        format!("it ended without an execution of {name} ({results})")
    })
}

fn short(why: &str) -> String {
    text::one_line(why, MAX_REASON_CHARS)
}
