//! The beats of jobs that report their runs to the monitor.

use allclear_core::beat::{Beat, BeatReport, BeatSignal};
use allclear_core::ports::{ReadBeats, RecordBeat, StoreError, StoreResult};

use crate::samples::{at, beat, monitor};

/// Checks that a new beat replaces the old one with all of its fields.
pub async fn the_latest_beat_replaces_the_one_before(store: &(impl RecordBeat + ReadBeats)) {
    let backup = monitor("backup");
    let first = beat(0);
    store.record_beat(&backup, None, &first).await.unwrap();
    let stored = store.beats(std::slice::from_ref(&backup)).await.unwrap();
    assert_eq!(stored, [(backup.clone(), first.clone())]);
    let next = Beat::following(Some(&first), BeatReport::of(BeatSignal::Success), at(5));
    store.record_beat(&backup, Some(&first), &next).await.unwrap();
    let stored = store.beats(std::slice::from_ref(&backup)).await.unwrap();
    assert_eq!(stored, [(backup, next)]);
}

/// Checks that a monitor without a beat is absent from the result and causes no error.
pub async fn monitors_without_a_beat_are_absent(store: &(impl RecordBeat + ReadBeats)) {
    let names = ["one", "two", "three", "four"].map(monitor);
    store.record_beat(&names[0], None, &beat(0)).await.unwrap();
    store.record_beat(&names[2], None, &beat(2)).await.unwrap();
    let mut stored = store.beats(&names[1..]).await.unwrap();
    stored.sort_by(|(one, _), (other, _)| one.cmp(other));
    assert_eq!(stored, [(names[2].clone(), beat(2))]);
    assert_eq!(store.beats(&[]).await.unwrap(), []);
}

/// Checks that a failure is kept beside the success that ended it, which has a latency.
pub async fn a_failure_and_the_success_after_it_are_both_kept(
    store: &(impl RecordBeat + ReadBeats),
) {
    let backup = monitor("backup");
    let failed = beat(0);
    let next = Beat::following(
        Some(&failed),
        BeatReport {
            latency: Some(std::time::Duration::from_millis(12)),
            ..BeatReport::of(BeatSignal::Success)
        },
        at(1),
    );
    assert_eq!(next.ended_failure, failed.failure);
    store.record_beat(&backup, None, &failed).await.unwrap();
    store.record_beat(&backup, Some(&failed), &next).await.unwrap();
    let stored = store.beats(std::slice::from_ref(&backup)).await.unwrap();
    assert_eq!(stored, [(backup, next)]);
}

/// Checks that a process that has read an older beat writes nothing, and may continue from the
/// stored one.
pub async fn a_beat_based_on_an_older_one_is_a_conflict(store: &(impl RecordBeat + ReadBeats)) {
    let backup = monitor("backup");
    let first = beat(0);
    let next = |minutes, previous: &Beat| {
        Beat::following(Some(previous), BeatReport::of(BeatSignal::Success), at(minutes))
    };
    let conflicts = |recorded: StoreResult<()>| {
        assert!(matches!(recorded, Err(StoreError::Conflict { .. })), "{recorded:?}");
    };
    conflicts(store.record_beat(&backup, Some(&first), &next(1, &first)).await);
    store.record_beat(&backup, None, &first).await.unwrap();
    conflicts(store.record_beat(&backup, None, &next(2, &first)).await);
    let second = next(3, &first);
    store.record_beat(&backup, Some(&first), &second).await.unwrap();
    conflicts(store.record_beat(&backup, Some(&first), &next(4, &first)).await);
    let stored = store.beats(std::slice::from_ref(&backup)).await.unwrap();
    assert_eq!(stored, [(backup.clone(), second.clone())]);
    store.record_beat(&backup, Some(&second), &next(5, &second)).await.unwrap();
}

/// Checks that of two beats that follow the same one, only one is written.
pub async fn one_of_two_racing_beats_is_recorded(store: &(impl RecordBeat + ReadBeats)) {
    let backup = monitor("backup");
    let failure = BeatSignal::Failure { exit_code: None };
    let failed = Beat::following(None, BeatReport::of(failure).with_body("one".to_owned()), at(0));
    let succeeded = Beat::following(
        None,
        BeatReport::of(BeatSignal::Success).with_body("two".to_owned()),
        at(0),
    );
    let (one, other) = tokio::join!(
        store.record_beat(&backup, None, &failed),
        store.record_beat(&backup, None, &succeeded)
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let stored = store.beats(std::slice::from_ref(&backup)).await.unwrap();
    let written = if one.is_ok() { failed } else { succeeded };
    assert_eq!(stored, [(backup, written)]);
}
