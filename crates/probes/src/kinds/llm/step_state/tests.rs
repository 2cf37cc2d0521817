use serde_json::json;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn failure(reason: Reason) -> ProviderFailure {
    ProviderFailure::new(reason, "x".repeat(1_000))
}

#[test]
fn what_is_noted_is_recalled() {
    let mut memory = StepState::recall(PriorState::Blank, "a").unwrap();
    memory.record(Step::Reach, at(0), Ok(()));
    memory.record(Step::Completion, at(1), Err(failure(Reason::Overloaded)));
    memory.keep_balance(at(1), 12.5);
    let note = memory.note().unwrap();
    assert_eq!(StepState::recall(PriorState::Noted(&note), "a"), Some(memory));
    assert_eq!(StepState::recall(PriorState::Unreadable, "a"), None);
}

#[test]
fn the_note_of_another_account_or_version_counts_for_nothing() {
    let mut memory = StepState::recall(PriorState::Blank, "a").unwrap();
    memory.record(Step::Reach, at(0), Ok(()));
    let note = memory.note().unwrap();
    let other = StepState::recall(PriorState::Noted(&note), "b").unwrap();
    assert_eq!(other, StepState { of: "b".to_owned(), ..StepState::default() });
    for content in [
        json!(null),
        json!("x"),
        json!([1]),
        json!({ "of": "a", "steps": ["another", "shape"] }),
        json!({ "of": "a", "steps": { "unheard_of": { "at": at(0) } } }),
    ] {
        let note = Note::of(&content).unwrap();
        let memory = StepState::recall(PriorState::Noted(&note), "a").unwrap();
        assert_eq!(memory, StepState { of: "a".to_owned(), ..StepState::default() }, "{content}");
    }
}

#[test]
fn what_is_not_known_of_a_later_version_is_passed_over() {
    let mut memory = StepState { of: "a".to_owned(), ..StepState::default() };
    memory.record(Step::Reach, at(0), Ok(()));
    let mut content = serde_json::to_value(&memory).unwrap();
    content["news"] = json!(1);
    let note = Note::of(&content).unwrap();
    assert_eq!(StepState::recall(PriorState::Noted(&note), "a"), Some(memory));
}

#[test]
fn a_failure_keeps_since_when() {
    let mut memory = StepState::default();
    memory.record(Step::Key, at(0), Err(failure(Reason::AuthInvalid)));
    memory.record(Step::Key, at(60), Err(failure(Reason::Permission)));
    assert_eq!(memory.fall(Step::Key).unwrap().since, at(0));
    memory.record(Step::Key, at(120), Ok(()));
    memory.record(Step::Key, at(180), Err(failure(Reason::AuthInvalid)));
    assert_eq!(memory.fall(Step::Key).unwrap().since, at(180));
}

#[test]
fn the_fullest_memory_fits_into_a_note() {
    let mut memory = StepState { of: "f".repeat(16), ..StepState::default() };
    memory.team = Some("w".repeat(200));
    for step in
        [Step::Reach, Step::Key, Step::Models, Step::Completion, Step::Usage, Step::StatusPage]
    {
        let message = "\u{1f600}".repeat(MAX_MESSAGE + 1);
        let code = Some("\u{1f600}".repeat(200));
        let failure =
            ProviderFailure { code, ..ProviderFailure::new(Reason::ServerError, message) }
                .classified_by("\u{1f600}".repeat(200));
        memory.record_absent(step, at(0), failure);
    }
    for n in 0..10_000 {
        memory.keep_balance(at(n * BALANCE_EVERY_SECONDS), 1_234.567_891_234 + n as f64);
    }
    assert_eq!(memory.balances.len(), MAX_BALANCES);
    assert!(memory.note().is_some());
}

#[test]
fn nobody_is_left_alone_for_longer_than_a_day() {
    let mut memory = StepState::default();
    for (wait, expected) in [(60, 60), (u64::MAX, 24 * 60 * 60)] {
        let retry_after = Some(Duration::from_secs(wait));
        let failure = ProviderFailure { retry_after, ..failure(Reason::Throttled) };
        memory.record(Step::Completion, at(0), Err(failure));
        assert_eq!(memory.last(Step::Completion).unwrap().wait_until, Some(at(expected)));
    }
}

#[test]
fn an_absence_is_noted_and_ends_with_the_next_result() {
    let mut memory = StepState { of: "a".to_owned(), ..StepState::default() };
    let missing = || failure(Reason::EndpointNotFound).classified_by("common/404");
    memory.record_absent(Step::Models, at(0), missing());
    assert!(memory.is_absent(Step::Models) && !memory.is_absent(Step::Key));
    let note = memory.note().unwrap();
    let mut recalled = StepState::recall(PriorState::Noted(&note), "a").unwrap();
    assert!(recalled.is_absent(Step::Models));
    assert_eq!(recalled.fall(Step::Models).unwrap().rule.as_deref(), Some("common/404"));
    recalled.record(Step::Models, at(1), Err(missing()));
    assert!(!recalled.is_absent(Step::Models));
    recalled.record_absent(Step::Models, at(2), missing());
    recalled.record(Step::Models, at(3), Ok(()));
    assert!(!recalled.is_absent(Step::Models));
}
