//! Decides when the note of a check is written: only when the next check would do something else
//! without it. Pure.

use std::time::Duration;

use allclear_core::Timestamp;

use super::due::{self, Mode};
use super::step_state::{LastResult, StepState};
use super::steps::{BeatCadence, Step};

/// The age at which the time of a result is written although nothing else has changed.
const REFRESH: Duration = Duration::from_hours(1);

/// Checks whether `after` holds anything that matters to the check at `next` and that `before` lacks.
pub(super) fn has_changed(
    before: &StepState,
    after: &StepState,
    cadence: &BeatCadence,
    next: Timestamp,
) -> bool {
    let is_same = |(step, last): (&Step, &LastResult)| {
        before.last(*step).is_some_and(|old| {
            old == last
                || (is_same_result(old, last)
                    && is_executed_anyway(*step, after, cadence, next)
                    && last.at.duration_since(old.at).unsigned_abs() < REFRESH)
        })
    };
    // The results themselves are compared above.
    let rest = StepState { steps: before.steps.clone(), ..after.clone() };
    before.steps.len() != after.steps.len() || !after.steps.iter().all(is_same) || rest != *before
}

fn is_same_result(old: &LastResult, new: &LastResult) -> bool {
    LastResult { at: old.at, ..new.clone() } == *old
}

/// Checks whether the step is made at `next` even if its last result is the newest, so that the time of the
/// result decides nothing. A completion costs money, and some keys are asked about seldom: other
/// processes have to know when that was.
fn is_executed_anyway(
    step: Step,
    after: &StepState,
    cadence: &BeatCadence,
    next: Timestamp,
) -> bool {
    step != Step::Completion
        && cadence.pace(step).is_some_and(|pace| pace.at_least.is_zero())
        && due::is_due(step, cadence, after, next, Mode::ByInterval)
}

#[cfg(test)]
mod tests {
    use allclear_core::reason::Reason;
    use allclear_llm::classify::ProviderFailure;

    use super::super::steps::StepInterval;
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + minute * 60).unwrap()
    }

    /// Returns a cadence with reach at each check of a minute, the key each quarter of an hour, and
    /// a completion each minute.
    fn cadence() -> BeatCadence {
        let mut cadence = BeatCadence::default();
        let hour = Duration::from_hours(1);
        for (step, every, at_least) in [
            (Step::Reach, MINUTE, Duration::ZERO),
            (Step::Key, MINUTE * 15, Duration::ZERO),
            (Step::Models, MINUTE, hour),
            (Step::Completion, MINUTE, Duration::ZERO),
        ] {
            cadence.set(step, StepInterval { every, at_least });
        }
        cadence
    }

    fn noted() -> StepState {
        let mut state = StepState { account_fingerprint: "a".to_owned(), ..StepState::default() };
        for step in Step::SEQUENCE {
            state.record(step, at(0), Ok(()));
        }
        state
    }

    fn changes(before: &StepState, minute: i64, change: impl FnOnce(&mut StepState)) -> bool {
        let mut after = before.clone();
        change(&mut after);
        has_changed(before, &after, &cadence(), at(minute) + MINUTE)
    }

    #[test]
    fn a_repeated_result_of_a_step_of_each_check_is_not_a_change() {
        let before = noted();
        assert!(!changes(&before, 1, |_| {}));
        assert!(!changes(&before, 1, |after| after.record(Step::Reach, at(1), Ok(()))));
        assert!(!changes(&before, 59, |after| after.record(Step::Reach, at(59), Ok(()))));
        assert!(changes(&before, 60, |after| after.record(Step::Reach, at(60), Ok(()))));
    }

    #[test]
    fn the_time_of_an_occasional_step_is_a_change() {
        let before = noted();
        for step in [Step::Key, Step::Models, Step::Completion] {
            assert!(changes(&before, 1, |after| after.record(step, at(1), Ok(()))), "{step:?}");
        }
    }

    #[test]
    fn a_failure_is_a_change_once_and_its_end_is_one() {
        let failure = || Err(ProviderFailure::new(Reason::ConnectRefused, "connection refused"));
        let mut before = noted();
        assert!(changes(&before, 1, |after| after.record(Step::Reach, at(1), failure())));
        before.record(Step::Reach, at(1), failure());
        assert!(!changes(&before, 2, |after| after.record(Step::Reach, at(2), failure())));
        let other = Err(ProviderFailure::new(Reason::ConnectTimeout, "no answer"));
        assert!(changes(&before, 2, |after| after.record(Step::Reach, at(2), other)));
        assert!(changes(&before, 2, |after| after.record(Step::Reach, at(2), Ok(()))));
    }

    #[test]
    fn facts_other_than_the_steps_are_compared() {
        let before = noted();
        assert!(changes(&before, 1, |after| after.is_trial = true));
        assert!(changes(&before, 1, |after| after.keep_balance(at(1), 12.5)));
        assert!(changes(&before, 1, |after| after.account_fingerprint = "b".to_owned()));
        assert!(changes(&StepState::default(), 1, |after| after.record(
            Step::Reach,
            at(1),
            Ok(())
        )));
        assert!(changes(&before, 1, |after| drop(after.steps.remove(&Step::Key))));
    }

    #[test]
    fn without_a_regular_interval_each_result_is_written() {
        let before = noted();
        let mut after = before.clone();
        after.record(Step::Reach, at(1), Ok(()));
        assert!(has_changed(&before, &after, &cadence(), at(1)));
    }
}
