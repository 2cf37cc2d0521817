//! The times at which notifications are due without a new run, recorded for a sweep that wakes the evaluator.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::error_chain::chain;
use allclear_core::id::ShardId;
use allclear_core::ports::RecordNextNotice;

use crate::failure::store_code;

/// The times that this process has recorded. A write is charged, and the time of a shard without alerts never changes.
#[derive(Debug, Default)]
pub(super) struct RecordedNotices(BTreeMap<ShardId, Option<Timestamp>>);

impl RecordedNotices {
    /// Forgets what was recorded, because another process may have replaced it.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Records `at` as the time of `shard`, unless this process has recorded it last. A failure is logged: the next
    /// evaluation records the time again, and a sweep finds a notification without it.
    pub(super) async fn record<S: RecordNextNotice>(
        &mut self,
        store: &S,
        shard: &ShardId,
        at: Option<Timestamp>,
    ) {
        if self.0.get(shard) == Some(&at) {
            return;
        }
        match store.record_next_notice(shard, at).await {
            Ok(()) => {
                self.0.insert(shard.clone(), at);
            }
            Err(error) => {
                self.0.remove(shard);
                let code = store_code(&error).as_str();
                let error = chain(&error);
                tracing::error!(code, %shard, error, "failed to record the time of the next notice");
            }
        }
    }
}
