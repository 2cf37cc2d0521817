use serde_json::json;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn failure(reason: Reason) -> ProviderFailure {
    ProviderFailure::new(reason, "x".repeat(1_000))
}

#[test]
fn a_stored_state_is_loaded() {
    let mut state = StepState::recall(PriorState::Blank, "a").unwrap();
    state.record(Step::Reach, at(0), Ok(()));
    state.record(Step::Completion, at(1), Err(failure(Reason::Overloaded)));
    state.keep_balance(at(1), 12.5);
    let note = state.note().unwrap();
    assert_eq!(StepState::recall(PriorState::Noted(&note), "a"), Some(state));
    assert_eq!(StepState::recall(PriorState::Unreadable, "a"), None);
}

#[test]
fn the_note_of_another_account_or_version_is_ignored() {
    let mut state = StepState::recall(PriorState::Blank, "a").unwrap();
    state.record(Step::Reach, at(0), Ok(()));
    let note = state.note().unwrap();
    let other = StepState::recall(PriorState::Noted(&note), "b").unwrap();
    assert_eq!(other, StepState { account_fingerprint: "b".to_owned(), ..StepState::default() });
    for content in [
        json!(null),
        json!("x"),
        json!([1]),
        json!({ "account_fingerprint": "a", "steps": ["another", "shape"] }),
        json!({ "account_fingerprint": "a", "steps": { "unheard_of": { "at": at(0) } } }),
    ] {
        let note = Note::of(&content).unwrap();
        let state = StepState::recall(PriorState::Noted(&note), "a").unwrap();
        assert_eq!(
            state,
            StepState { account_fingerprint: "a".to_owned(), ..StepState::default() },
            "{content}"
        );
    }
}

#[test]
fn unknown_parts_of_a_later_version_are_skipped() {
    let mut state = StepState { account_fingerprint: "a".to_owned(), ..StepState::default() };
    state.record(Step::Reach, at(0), Ok(()));
    let mut content = serde_json::to_value(&state).unwrap();
    content["news"] = json!(1);
    let note = Note::of(&content).unwrap();
    assert_eq!(StepState::recall(PriorState::Noted(&note), "a"), Some(state));
}

#[test]
fn a_repeated_failure_keeps_its_start() {
    let mut state = StepState::default();
    state.record(Step::Key, at(0), Err(failure(Reason::AuthInvalid)));
    state.record(Step::Key, at(60), Err(failure(Reason::Permission)));
    assert_eq!(state.failure(Step::Key).unwrap().since, at(0));
    state.record(Step::Key, at(120), Ok(()));
    state.record(Step::Key, at(180), Err(failure(Reason::AuthInvalid)));
    assert_eq!(state.failure(Step::Key).unwrap().since, at(180));
}

#[test]
fn the_largest_state_fits_into_a_note() {
    let mut state = StepState { account_fingerprint: "f".repeat(16), ..StepState::default() };
    state.team = Some("w".repeat(200));
    for step in
        [Step::Reach, Step::Key, Step::Models, Step::Completion, Step::Usage, Step::StatusPage]
    {
        let message = "\u{1f600}".repeat(MAX_MESSAGE + 1);
        let code = Some("\u{1f600}".repeat(200));
        let failure =
            ProviderFailure { code, ..ProviderFailure::new(Reason::ServerError, message) }
                .classified_by("\u{1f600}".repeat(200));
        state.record_absent(step, at(0), failure);
    }
    for n in 0..10_000 {
        state.keep_balance(at(n * BALANCE_EVERY_SECONDS), 1_234.567_891_234 + n as f64);
    }
    assert_eq!(state.balances.len(), MAX_BALANCES);
    assert!(state.note().is_some());
}

#[test]
fn a_requested_wait_is_at_most_a_day() {
    let mut state = StepState::default();
    for (wait, expected) in [(60, 60), (u64::MAX, 24 * 60 * 60)] {
        let retry_after = Some(Duration::from_secs(wait));
        let failure = ProviderFailure { retry_after, ..failure(Reason::Throttled) };
        state.record(Step::Completion, at(0), Err(failure));
        assert_eq!(state.last(Step::Completion).unwrap().wait_until, Some(at(expected)));
    }
}

#[test]
fn an_absence_is_stored_until_the_next_result() {
    let mut state = StepState { account_fingerprint: "a".to_owned(), ..StepState::default() };
    let missing = || failure(Reason::EndpointNotFound).classified_by("common/404");
    state.record_absent(Step::Models, at(0), missing());
    assert!(state.is_absent(Step::Models) && !state.is_absent(Step::Key));
    let note = state.note().unwrap();
    let mut recalled = StepState::recall(PriorState::Noted(&note), "a").unwrap();
    assert!(recalled.is_absent(Step::Models));
    assert_eq!(recalled.failure(Step::Models).unwrap().rule.as_deref(), Some("common/404"));
    recalled.record(Step::Models, at(1), Err(missing()));
    assert!(!recalled.is_absent(Step::Models));
    recalled.record_absent(Step::Models, at(2), missing());
    recalled.record(Step::Models, at(3), Ok(()));
    assert!(!recalled.is_absent(Step::Models));
}
