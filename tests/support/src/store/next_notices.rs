//! The times at which notifications are due, and the calls of the evaluator.

use allclear_core::Timestamp;
use allclear_core::id::ShardId;
use allclear_core::ports::{ReadNextNotices, RecordNextNotice, StoreResult, WakeEvaluator};

use super::{Call, MemoryStore, Operation};

impl RecordNextNotice for MemoryStore {
    async fn record_next_notice(&self, shard: &ShardId, at: Option<Timestamp>) -> StoreResult<()> {
        self.call(Call::new(Operation::RecordNextNotice, shard), |content, _| {
            content.next_notices.insert(shard.clone(), at);
            Ok(())
        })
        .await
    }
}

impl ReadNextNotices for MemoryStore {
    async fn next_notices(&self) -> StoreResult<Vec<(ShardId, Timestamp)>> {
        self.call(Call::new(Operation::ReadNextNotices, "all"), |content, _| {
            let recorded = content.next_notices.iter();
            Ok(recorded.filter_map(|(shard, at)| Some((shard.clone(), (*at)?))).collect())
        })
        .await
    }
}

impl WakeEvaluator for MemoryStore {
    async fn wake_evaluator(&self) -> StoreResult<()> {
        self.call(Call::new(Operation::WakeEvaluator, "evaluator"), |_, _| Ok(())).await
    }
}
