use allclear_llm::classify::ProviderFailure;

use super::*;

const MINUTE: i64 = 60;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn cadence() -> Cadence {
    let mut cadence = Cadence::default();
    let pace =
        |minutes| StepInterval { every: Duration::from_mins(minutes), at_least: Duration::ZERO };
    cadence.set(Step::Reach, pace(1));
    cadence.set(Step::Key, StepInterval { at_least: Duration::from_mins(10), ..pace(15) });
    cadence.set(Step::Completion, pace(5));
    cadence.set(Step::Usage, pace(60));
    cadence
}

fn failure(reason: Reason, retry_after: Option<u64>) -> ProviderFailure {
    ProviderFailure {
        retry_after: retry_after.map(Duration::from_secs),
        ..ProviderFailure::new(reason, "no")
    }
}

/// Returns the due steps at `now` after these results: step, second, and success or failure.
fn due(results: &[(Step, i64, Result<(), ProviderFailure>)], now: i64, mode: Mode) -> Vec<Step> {
    let mut memory = StepState::default();
    for (step, second, result) in results {
        memory.record(*step, at(*second), result.clone());
    }
    let steps = [Step::Reach, Step::Key, Step::Models, Step::Completion, Step::Usage];
    steps.into_iter().filter(|step| is_due(*step, &cadence(), &memory, at(now), mode)).collect()
}

#[test]
fn at_first_all_steps_are_due_that_are_made_at_all() {
    let all = [Step::Reach, Step::Key, Step::Completion, Step::Usage];
    assert_eq!(due(&[], 0, Mode::Usual), all);
    assert_eq!(due(&[], 0, Mode::Thorough), all);
}

#[test]
fn without_memory_only_what_is_free_and_may_be_asked_often_is_due() {
    assert_eq!(due(&[], 0, Mode::Blind), [Step::Reach]);
}

#[test]
fn a_good_result_stands_for_its_interval_but_for_a_little() {
    let good = |second| (Step::Completion, second, Ok(()));
    for (now, is_due) in
        [(0, false), (4 * MINUTE, false), (5 * MINUTE - 4, true), (5 * MINUTE, true)]
    {
        let due = due(&[good(0)], now, Mode::Usual);
        assert_eq!(due.contains(&Step::Completion), is_due, "{now}");
    }
}

#[test]
fn a_bad_result_is_measured_again_at_once_unless_the_provider_wants_to_be_left_alone() {
    let bad = |wait| (Step::Completion, 0, Err(failure(Reason::Throttled, wait)));
    let is_due = |result, now| due(&[result], now, Mode::Usual).contains(&Step::Completion);
    assert!(is_due(bad(None), MINUTE));
    assert!(!is_due(bad(Some(90)), MINUTE));
    assert!(is_due(bad(Some(90)), 2 * MINUTE));
    assert!(due(&[bad(Some(90))], MINUTE, Mode::Thorough).contains(&Step::Completion));
}

#[test]
fn nobody_asks_sooner_than_the_provider_bears() {
    let bad = (Step::Key, 0, Err(failure(Reason::AuthInvalid, None)));
    for mode in [Mode::Usual, Mode::Thorough] {
        assert!(!due(std::slice::from_ref(&bad), 9 * MINUTE, mode).contains(&Step::Key));
        assert!(due(std::slice::from_ref(&bad), 10 * MINUTE, mode).contains(&Step::Key));
    }
    let mut memory = StepState::default();
    memory.record(Step::Key, at(0), bad.2);
    assert!(!is_of_use(Step::Key, &cadence(), &memory, at(9 * MINUTE)));
    assert!(is_of_use(Step::Key, &cadence(), &memory, at(10 * MINUTE)));
    assert!(!is_of_use(Step::Models, &cadence(), &memory, at(0)), "it is off");
}

#[test]
fn too_little_money_is_looked_at_again_before_long_and_not_at_each_check() {
    let bad = (Step::Usage, 0, Err(failure(Reason::Billing, None)));
    for (now, is_due) in [(MINUTE, false), (5 * MINUTE, true)] {
        let due = due(std::slice::from_ref(&bad), now, Mode::Usual);
        assert_eq!(due.contains(&Step::Usage), is_due, "{now}");
    }
}

#[test]
fn a_result_from_the_future_is_a_clock_that_was_wrong() {
    let good = |second| (Step::Completion, second, Ok(()));
    assert!(!due(&[good(MINUTE)], 0, Mode::Usual).contains(&Step::Completion));
    assert!(due(&[good(60 * MINUTE)], 0, Mode::Usual).contains(&Step::Completion));
}

#[test]
fn few_calls_are_not_burned() {
    let pace = StepInterval { every: Duration::from_mins(5), at_least: Duration::ZERO };
    for (is_trial, model, minutes) in
        [(true, "command-r7b", 60), (false, "maker/model:free", 30), (true, "x:free", 60)]
    {
        let memory = StepState { is_trial, ..StepState::default() };
        let slow = completion_pace(pace, &memory, Some(model));
        assert_eq!(slow.every, Duration::from_mins(minutes));
        assert!(slow.at_least > Duration::from_mins(minutes - 1));
    }
    assert_eq!(completion_pace(pace, &StepState::default(), Some("maker/model")), pace);
}

#[test]
fn a_failure_that_speaks_for_itself_is_not_looked_into() {
    let mut memory = StepState::default();
    for (reason, open) in [
        (Reason::ServerError, true),
        (Reason::Timeout, true),
        (Reason::AuthInvalid, true),
        (Reason::ModelNotFound, true),
        (Reason::Throttled, false),
        (Reason::Billing, false),
        (Reason::ProbeInvalid, false),
        (Reason::WrongAnswer, false),
    ] {
        memory.record(Step::Completion, at(0), Err(failure(reason, None)));
        assert_eq!(is_open(memory.fall(Step::Completion).unwrap()), open, "{reason}");
    }
}

#[test]
fn a_key_that_may_not_list_is_not_asked_to_at_each_check() {
    let mut cadence = cadence();
    cadence.set(
        Step::Models,
        StepInterval { every: Duration::from_mins(15), at_least: Duration::ZERO },
    );
    let mut memory = StepState::default();
    memory.record(Step::Models, at(0), Err(failure(Reason::Permission, None)));
    assert!(!is_due(Step::Models, &cadence, &memory, at(MINUTE), Mode::Usual));
    assert!(is_due(Step::Models, &cadence, &memory, at(15 * MINUTE), Mode::Usual));
    let mut free = Cadence::default();
    free.set(Step::Models, cadence.pace(Step::Models).unwrap());
    assert!(is_due(Step::Models, &free, &memory, at(MINUTE), Mode::Usual));
}

#[test]
fn a_step_that_the_server_does_not_have_is_made_again_after_hours() {
    let mut cadence = cadence();
    cadence.set(
        Step::Models,
        StepInterval { every: Duration::from_mins(15), at_least: Duration::ZERO },
    );
    let mut memory = StepState::default();
    for step in [Step::Reach, Step::Models] {
        memory.record_absent(step, at(0), failure(Reason::EndpointNotFound, None));
    }
    let is_due = |step, minute, mode| is_due(step, &cadence, &memory, at(minute * MINUTE), mode);
    assert!(!is_due(Step::Models, 15, Mode::Usual));
    assert!(!is_due(Step::Models, 359, Mode::Usual));
    assert!(is_due(Step::Models, 360, Mode::Usual));
    assert!(is_due(Step::Models, 1, Mode::Thorough));
    assert!(!is_of_use(Step::Models, &cadence, &memory, at(MINUTE)));
    // The call for reach finds a server that is down.
    assert!(!is_due(Step::Reach, 0, Mode::Usual));
    assert!(is_due(Step::Reach, 1, Mode::Usual));
}
