//! The beats of jobs that report by themselves.

use allclear_core::checker::{Beat, BeatSignal};
use allclear_core::ports::{ReadBeats, RecordBeat};

use crate::samples::{at, beat, monitor};

/// With all that it says.
pub async fn the_latest_beat_replaces_the_one_before(store: &(impl RecordBeat + ReadBeats)) {
    let backup = monitor("backup");
    let first = beat(0);
    store.record_beat(&backup, &first).await.unwrap();
    let stored = store.beats(std::slice::from_ref(&backup)).await.unwrap();
    assert_eq!(stored, [(backup.clone(), first.clone())]);
    let next = Beat::following(Some(&first), BeatSignal::Success, at(5), String::new());
    store.record_beat(&backup, &next).await.unwrap();
    let stored = store.beats(std::slice::from_ref(&backup)).await.unwrap();
    assert_eq!(stored, [(backup, next)]);
}

/// A beat that never came is no error.
pub async fn monitors_without_a_beat_are_absent(store: &(impl RecordBeat + ReadBeats)) {
    let names = ["one", "two", "three", "four"].map(monitor);
    store.record_beat(&names[0], &beat(0)).await.unwrap();
    store.record_beat(&names[2], &beat(2)).await.unwrap();
    let mut stored = store.beats(&names[1..]).await.unwrap();
    stored.sort_by(|(one, _), (other, _)| one.cmp(other));
    assert_eq!(stored, [(names[2].clone(), beat(2))]);
    assert_eq!(store.beats(&[]).await.unwrap(), []);
}
