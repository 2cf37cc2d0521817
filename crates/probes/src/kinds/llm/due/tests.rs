use allclear_llm::classify::ProviderFailure;

use super::*;

const MINUTE: i64 = 60;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn cadence() -> BeatCadence {
    let mut cadence = BeatCadence::default();
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
    let mut state = StepState::default();
    for (step, second, result) in results {
        state.record(*step, at(*second), result.clone());
    }
    let steps = [Step::Reach, Step::Key, Step::Models, Step::Completion, Step::Usage];
    steps.into_iter().filter(|step| is_due(*step, &cadence(), &state, at(now), mode)).collect()
}

#[test]
fn initially_all_configured_steps_are_due() {
    let all = [Step::Reach, Step::Key, Step::Completion, Step::Usage];
    assert_eq!(due(&[], 0, Mode::ByInterval), all);
    assert_eq!(due(&[], 0, Mode::ForceAll), all);
}

#[test]
fn without_state_only_free_unlimited_steps_are_due() {
    assert_eq!(due(&[], 0, Mode::WithoutState), [Step::Reach]);
}

#[test]
fn a_good_result_counts_for_its_interval_minus_the_slack() {
    let good = |second| (Step::Completion, second, Ok(()));
    for (now, is_due) in
        [(0, false), (4 * MINUTE, false), (5 * MINUTE - 4, true), (5 * MINUTE, true)]
    {
        let due = due(&[good(0)], now, Mode::ByInterval);
        assert_eq!(due.contains(&Step::Completion), is_due, "{now}");
    }
}

#[test]
fn a_failing_step_is_repeated_at_the_next_check_unless_the_provider_asks_for_a_wait() {
    let bad = |wait| (Step::Completion, 0, Err(failure(Reason::Throttled, wait)));
    let is_due = |result, now| due(&[result], now, Mode::ByInterval).contains(&Step::Completion);
    assert!(is_due(bad(None), MINUTE));
    assert!(!is_due(bad(Some(90)), MINUTE));
    assert!(is_due(bad(Some(90)), 2 * MINUTE));
    assert!(due(&[bad(Some(90))], MINUTE, Mode::ForceAll).contains(&Step::Completion));
}

#[test]
fn no_request_is_sent_before_the_minimum_interval() {
    let bad = (Step::Key, 0, Err(failure(Reason::AuthInvalid, None)));
    for mode in [Mode::ByInterval, Mode::ForceAll] {
        assert!(!due(std::slice::from_ref(&bad), 9 * MINUTE, mode).contains(&Step::Key));
        assert!(due(std::slice::from_ref(&bad), 10 * MINUTE, mode).contains(&Step::Key));
    }
    let mut state = StepState::default();
    state.record(Step::Key, at(0), bad.2);
    assert!(!is_useful(Step::Key, &cadence(), &state, at(9 * MINUTE)));
    assert!(is_useful(Step::Key, &cadence(), &state, at(10 * MINUTE)));
    assert!(!is_useful(Step::Models, &cadence(), &state, at(0)), "it is off");
}

#[test]
fn a_low_balance_is_checked_again_after_minutes() {
    let bad = (Step::Usage, 0, Err(failure(Reason::Billing, None)));
    for (now, is_due) in [(MINUTE, false), (5 * MINUTE, true)] {
        let due = due(std::slice::from_ref(&bad), now, Mode::ByInterval);
        assert_eq!(due.contains(&Step::Usage), is_due, "{now}");
    }
}

#[test]
fn a_result_from_the_future_counts_as_old() {
    let good = |second| (Step::Completion, second, Ok(()));
    assert!(!due(&[good(MINUTE)], 0, Mode::ByInterval).contains(&Step::Completion));
    assert!(due(&[good(60 * MINUTE)], 0, Mode::ByInterval).contains(&Step::Completion));
}

#[test]
fn a_key_with_few_calls_is_used_sparingly() {
    let pace = StepInterval { every: Duration::from_mins(5), at_least: Duration::ZERO };
    for (is_trial, model, minutes) in
        [(true, "command-r7b", 60), (false, "maker/model:free", 30), (true, "x:free", 60)]
    {
        let state = StepState { is_trial, ..StepState::default() };
        let slow = completion_pace(pace, &state, Some(model));
        assert_eq!(slow.every, Duration::from_mins(minutes));
        assert!(slow.at_least > Duration::from_mins(minutes - 1));
    }
    assert_eq!(completion_pace(pace, &StepState::default(), Some("maker/model")), pace);
}

#[test]
fn a_failure_with_a_known_cause_runs_no_lower_steps() {
    let mut state = StepState::default();
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
        state.record(Step::Completion, at(0), Err(failure(reason, None)));
        assert_eq!(has_open_cause(state.failure(Step::Completion).unwrap()), open, "{reason}");
    }
}

#[test]
fn a_key_without_permission_to_list_is_not_retried_at_each_check() {
    let mut cadence = cadence();
    cadence.set(
        Step::Models,
        StepInterval { every: Duration::from_mins(15), at_least: Duration::ZERO },
    );
    let mut state = StepState::default();
    state.record(Step::Models, at(0), Err(failure(Reason::Permission, None)));
    assert!(!is_due(Step::Models, &cadence, &state, at(MINUTE), Mode::ByInterval));
    assert!(is_due(Step::Models, &cadence, &state, at(15 * MINUTE), Mode::ByInterval));
    let mut free = BeatCadence::default();
    free.set(Step::Models, cadence.pace(Step::Models).unwrap());
    assert!(is_due(Step::Models, &free, &state, at(MINUTE), Mode::ByInterval));
}

#[test]
fn a_missing_resource_is_requested_again_after_hours() {
    let mut cadence = cadence();
    cadence.set(
        Step::Models,
        StepInterval { every: Duration::from_mins(15), at_least: Duration::ZERO },
    );
    let mut state = StepState::default();
    for step in [Step::Reach, Step::Models] {
        state.record_absent(step, at(0), failure(Reason::EndpointNotFound, None));
    }
    let is_due = |step, minute, mode| is_due(step, &cadence, &state, at(minute * MINUTE), mode);
    assert!(!is_due(Step::Models, 15, Mode::ByInterval));
    assert!(!is_due(Step::Models, 359, Mode::ByInterval));
    assert!(is_due(Step::Models, 360, Mode::ByInterval));
    assert!(is_due(Step::Models, 1, Mode::ForceAll));
    assert!(!is_useful(Step::Models, &cadence, &state, at(MINUTE)));
    // The call for reach finds a server that is down.
    assert!(!is_due(Step::Reach, 0, Mode::ByInterval));
    assert!(is_due(Step::Reach, 1, Mode::ByInterval));
}
