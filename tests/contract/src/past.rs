//! Reading of the past, for a replay.

use allclear_core::Timestamp;
use allclear_core::id::ShardId;
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::{ReadOperatorEntries, ReadPast, RecordOperatorEntries, RecordRun};
use allclear_core::run::{Lane, Run};

use crate::samples::{at, entries, full_run, run};

/// Checks that slices contain each run of all shards once, in the order of the keys.
pub async fn runs_are_read_in_slices_without_overlap(store: &(impl RecordRun + ReadPast)) {
    let mut slow = run(1);
    slow.key.lane = Lane::Slow;
    let elsewhere = Run { shard: ShardId::new("other").unwrap(), ..full_run(2) };
    for run in [&run(3), &elsewhere, &slow, &run(1), &run(0)] {
        store.record_run(run).await.unwrap();
    }
    assert_eq!(store.runs_between(at(0), at(2)).await.unwrap(), [run(0), run(1), slow]);
    assert_eq!(store.runs_between(at(2), at(3)).await.unwrap(), [elsewhere]);
    assert_eq!(store.runs_between(at(3), Timestamp::MAX).await.unwrap(), [run(3)]);
    assert_eq!(store.runs_between(at(4), at(9)).await.unwrap(), []);
}

/// Checks that the oldest run of all shards is found.
pub async fn the_oldest_run_is_found(store: &(impl RecordRun + ReadPast)) {
    assert_eq!(store.oldest_run().await.unwrap(), None);
    store.record_run(&run(2)).await.unwrap();
    let elsewhere = Run { shard: ShardId::new("other").unwrap(), ..run(1) };
    store.record_run(&elsewhere).await.unwrap();
    assert_eq!(store.oldest_run().await.unwrap(), Some(at(1)));
}

/// Checks that an entry that services need no more is still read by the past, up to its end.
pub async fn an_expired_entry_is_kept_for_the_past(
    store: &(impl ReadOperatorEntries + RecordOperatorEntries + ReadPast),
) {
    let entry = entries::silence("one");
    store.add_operator_entry(&entry).await.unwrap();
    let needed_until = entry.needed_until().unwrap();
    assert_eq!(store.operator_entries(needed_until).await.unwrap(), []);
    assert_eq!(store.past_entries(at(0)).await.unwrap(), std::slice::from_ref(&entry));
    assert_eq!(store.past_entries(entry.expires_at.unwrap()).await.unwrap(), []);
}

/// Checks that the copy of an entry states the end that an operator gave it, and that the order is that of creation.
pub async fn an_ended_entry_is_kept_as_it_ended(store: &(impl RecordOperatorEntries + ReadPast)) {
    let later = OperatorEntry { created_at: at(1), ..entries::silence("a") };
    let entry = entries::maintenance("b");
    store.add_operator_entry(&later).await.unwrap();
    store.add_operator_entry(&entry).await.unwrap();
    store.end_operator_entry(&entry.id, at(5)).await.unwrap();
    assert_eq!(store.past_entries(at(4)).await.unwrap(), [entry.ended(at(5)), later.clone()]);
    assert_eq!(store.past_entries(at(5)).await.unwrap(), [later]);
}

/// Checks that an entry that conflicts with another one was never in force.
pub async fn a_refused_entry_leaves_no_copy(store: &(impl RecordOperatorEntries + ReadPast)) {
    let entry = entries::silence("one");
    store.add_operator_entry(&entry).await.unwrap();
    let other = OperatorEntry { created_at: at(1), ..entries::maintenance("one") };
    store.add_operator_entry(&other).await.unwrap_err();
    assert_eq!(store.past_entries(at(0)).await.unwrap(), [entry]);
}
