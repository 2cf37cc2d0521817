//! The times at which notifications are due.

use allclear_core::id::ShardId;
use allclear_core::ports::{ReadNextNotices, RecordNextNotice};

use crate::samples::at;

/// Checks that a shard without a recorded time is absent, and that the latest recorded time replaces the one before.
pub async fn the_latest_time_replaces_the_one_before(
    store: &(impl ReadNextNotices + RecordNextNotice),
) {
    assert_eq!(store.next_notices().await.unwrap(), []);
    for minute in [60, 30] {
        store.record_next_notice(&shard("a"), Some(at(minute))).await.unwrap();
    }
    store.record_next_notice(&shard("b"), Some(at(90))).await.unwrap();
    let recorded = [(shard("a"), at(30)), (shard("b"), at(90))];
    assert_eq!(store.next_notices().await.unwrap(), recorded);
}

/// Checks that a shard about which nothing is due is absent.
pub async fn a_shard_without_a_due_notice_is_absent(
    store: &(impl ReadNextNotices + RecordNextNotice),
) {
    store.record_next_notice(&shard("a"), Some(at(60))).await.unwrap();
    store.record_next_notice(&shard("a"), None).await.unwrap();
    assert_eq!(store.next_notices().await.unwrap(), []);
}

fn shard(id: &str) -> ShardId {
    ShardId::new(id).unwrap()
}
