//! The entries that operators make at run time.

use std::time::Duration;

use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::{ReadOperatorEntries, RecordOperatorEntries, StoreError};

use crate::samples::{at, entries};

/// Checks that each kind of entry comes back with all of its fields, in the order of the ids.
pub async fn entries_round_trip_in_the_order_of_their_ids(
    store: &(impl ReadOperatorEntries + RecordOperatorEntries),
) {
    assert_eq!(store.operator_entries(at(0)).await.unwrap(), []);
    let stored = [entries::acknowledgement("a"), entries::maintenance("b"), entries::silence("c")];
    for entry in stored.iter().rev() {
        store.add_operator_entry(entry).await.unwrap();
    }
    assert_eq!(store.operator_entries(at(0)).await.unwrap(), stored);
}

/// Checks that an id is used once: another entry of the same id is a conflict and changes nothing.
pub async fn an_entry_does_not_replace_another_one(
    store: &(impl ReadOperatorEntries + RecordOperatorEntries),
) {
    let entry = entries::silence("one");
    store.add_operator_entry(&entry).await.unwrap();
    let added = store.add_operator_entry(&entries::maintenance("one")).await;
    assert!(matches!(added, Err(StoreError::Conflict { .. })), "{added:?}");
    assert_eq!(store.operator_entries(at(0)).await.unwrap(), [entry]);
}

/// Checks that of two entries of one id that are written at the same time, one is kept.
pub async fn one_of_two_racing_entries_is_added(
    store: &(impl ReadOperatorEntries + RecordOperatorEntries),
) {
    let (one, other) = (entries::silence("one"), entries::maintenance("one"));
    let (first, second) =
        tokio::join!(store.add_operator_entry(&one), store.add_operator_entry(&other));
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    let written = if first.is_ok() { one } else { other };
    assert_eq!(store.operator_entries(at(0)).await.unwrap(), [written]);
}

/// Checks that an ended entry is returned and stored as ended, and that a second end changes nothing.
pub async fn an_ended_entry_is_stored_with_its_end(
    store: &(impl ReadOperatorEntries + RecordOperatorEntries),
) {
    let entry = entries::maintenance("one");
    store.add_operator_entry(&entry).await.unwrap();
    let ended = store.end_operator_entry(&entry.id, at(5)).await.unwrap().unwrap();
    assert_eq!(ended, entry.ended(at(5)));
    assert_eq!(ended.expires_at, Some(at(5)));
    assert_eq!(store.operator_entries(at(6)).await.unwrap(), std::slice::from_ref(&ended));
    let again = store.end_operator_entry(&ended.id, at(7)).await.unwrap();
    assert_eq!(again.as_ref(), Some(&ended));
    assert_eq!(store.operator_entries(at(8)).await.unwrap(), [ended]);
}

/// Checks that the end of an unknown entry writes nothing.
pub async fn an_unknown_entry_cannot_be_ended(
    store: &(impl ReadOperatorEntries + RecordOperatorEntries),
) {
    let id = entries::id("none");
    assert_eq!(store.end_operator_entry(&id, at(0)).await.unwrap(), None);
    assert_eq!(store.operator_entries(at(0)).await.unwrap(), []);
}

/// Checks that an entry is read as long as services need it, which is longer than it is in force.
pub async fn an_expired_entry_is_read_while_it_is_needed(
    store: &(impl ReadOperatorEntries + RecordOperatorEntries),
) {
    let (silence, window) = (entries::silence("silence"), entries::maintenance("window"));
    let kept = OperatorEntry { expires_at: None, ..entries::maintenance("kept") };
    for entry in [&silence, &window, &kept] {
        store.add_operator_entry(entry).await.unwrap();
    }
    let (silence_until, window_until) =
        (silence.needed_until().unwrap(), window.needed_until().unwrap());
    let just_before = silence_until - Duration::from_secs(1);
    assert!(silence.has_expired(just_before));
    let read = store.operator_entries(just_before).await.unwrap();
    assert_eq!(read, [kept.clone(), silence, window.clone()]);
    assert_eq!(store.operator_entries(silence_until).await.unwrap(), [kept.clone(), window]);
    assert_eq!(store.operator_entries(window_until).await.unwrap(), [kept]);
}
