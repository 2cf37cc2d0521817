//! Choice of the due steps. Pure.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Impact};

use super::step_state::{LastResult, StepFailure, StepState};
use super::steps::{BeatCadence, Step, StepInterval};

/// The least time between two completions with a key of Cohere's for trials, and with a model that
/// is free of charge: both have few calls a day or month.
const TRIAL_PAUSE: Duration = Duration::from_hours(1);
const FREE_PAUSE: Duration = Duration::from_mins(30);

/// Interval of usage requests after too little credit was found.
const USAGE_RETRY: Duration = Duration::from_mins(5);

/// The interval at which a step is made again that the server does not have: it may get it with an
/// update.
const ABSENT_RECHECK: Duration = Duration::from_hours(6);

/// Tolerance by which a step may be made before its interval ends: checks do not begin on the second.
const SLACK: Duration = Duration::from_secs(5);

/// A result from further ahead than this was noted by a wrong clock, and counts as old.
const MAX_AHEAD: Duration = Duration::from_mins(5);

/// Selection of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// By their intervals.
    ByInterval,
    /// All of them: a person asks.
    ForceAll,
    /// Those that are free and need no state: it cannot be read.
    WithoutState,
}

/// Returns whether the step is due at `now`.
pub(super) fn is_due(
    step: Step,
    cadence: &BeatCadence,
    state: &StepState,
    now: Timestamp,
    mode: Mode,
) -> bool {
    let Some(pace) = cadence.pace(step) else { return false };
    let Some(last) = state.last(step) else {
        return mode != Mode::WithoutState || is_free(step, pace);
    };
    let age = age(last, now);
    if age < pace.at_least {
        return false;
    }
    match mode {
        Mode::ForceAll => true,
        // The request of the step `reach` finds a server that is down, with any answer.
        Mode::ByInterval | Mode::WithoutState if last.is_absent && step != Step::Reach => {
            age >= pace.every.max(ABSENT_RECHECK)
        }
        Mode::WithoutState => is_free(step, pace),
        // A failing usage request is not repeated at each check, because it is not part of the sequence.
        Mode::ByInterval if last.failure.is_some() && step == Step::Usage => {
            age >= pace.every.min(USAGE_RETRY) && is_wait_over(last, now)
        }
        Mode::ByInterval
            if !last.is_absent
                && last
                    .failure
                    .as_ref()
                    .is_some_and(|failure| !needs_no_confirmation(step, failure, cadence)) =>
        {
            is_wait_over(last, now)
        }
        Mode::ByInterval => age.saturating_add(SLACK.min(pace.every / 10)) >= pace.every,
    }
}

/// Returns whether a lower step is due because a higher one failed: its result shows the cause.
pub(super) fn is_useful(
    step: Step,
    cadence: &BeatCadence,
    state: &StepState,
    now: Timestamp,
) -> bool {
    let Some(pace) = cadence.pace(step) else { return false };
    state.last(step).is_none_or(|last| {
        age(last, now) >= pace.at_least && is_wait_over(last, now) && !last.is_absent
    })
}

/// Returns whether the failure of a completion leaves its cause open, so that the lower steps are
/// worth making.
pub(super) fn has_open_cause(failure: &StepFailure) -> bool {
    match failure.fault {
        Fault::Target | Fault::Credentials | Fault::Request => failure.impact == Impact::Down,
        Fault::Quota | Fault::Throttled | Fault::Monitor => false,
    }
}

/// Returns the pace of completions, which is slower with a trial key or a free model.
pub(super) fn completion_pace(
    pace: StepInterval,
    state: &StepState,
    model: Option<&str>,
) -> StepInterval {
    let is_free = model.is_some_and(|model| model.ends_with(":free"));
    let pause = match (state.is_trial, is_free) {
        (true, _) => TRIAL_PAUSE,
        (false, true) => FREE_PAUSE,
        (false, false) => return pace,
    };
    let at_least = pace.at_least.max(pause.saturating_sub(SLACK));
    StepInterval { every: pace.every.max(pause), at_least }
}

/// Returns whether the endpoint sleeps, so that a completion would wake it.
pub(super) fn is_asleep(state: &StepState) -> bool {
    state.failure(Step::Reach).is_some_and(|failure| failure.reason == Reason::Asleep)
}

/// Returns whether a step costs nothing, even if it is made at each check.
fn is_free(step: Step, pace: StepInterval) -> bool {
    match step {
        Step::Reach | Step::Key | Step::Models => pace.at_least.is_zero(),
        Step::Completion | Step::Usage | Step::StatusPage => false,
    }
}

/// Returns whether a failure needs no confirmation: the key lacks a permission that it does not need.
fn needs_no_confirmation(step: Step, failure: &StepFailure, cadence: &BeatCadence) -> bool {
    matches!(step, Step::Key | Step::Models)
        && failure.reason == Reason::Permission
        && cadence.has(Step::Completion)
}

/// Returns whether the wait that the provider asked for is over.
fn is_wait_over(last: &LastResult, now: Timestamp) -> bool {
    last.wait_until.is_none_or(|until| until <= now)
}

/// Returns the age of a result.
fn age(last: &LastResult, now: Timestamp) -> Duration {
    let age = now.duration_since(last.at);
    if age.is_negative() && age.unsigned_abs() > MAX_AHEAD {
        return Duration::MAX;
    }
    Duration::try_from(age).unwrap_or_default()
}

#[cfg(test)]
mod tests;
