//! Waking a service of a deployment at once, or when a notification is due.

use std::future::Future;

use jiff::Timestamp;

use super::StoreResult;
use crate::id::ShardId;

/// Waking the generator after a change that the page shows.
pub trait WakeGenerator: Send + Sync {
    /// Requests a new page. Does not wait for it.
    fn wake_generator(&self) -> impl Future<Output = StoreResult<()>> + Send;
}

/// Waking the evaluator when a notification is due.
pub trait WakeEvaluator: Send + Sync {
    /// Requests an evaluation of all shards. Does not wait for it.
    fn wake_evaluator(&self) -> impl Future<Output = StoreResult<()>> + Send;
}

/// Recording the time at which a shard must be evaluated although it may have no new run.
pub trait RecordNextNotice: Send + Sync {
    /// Replaces the time at which the next notification about `shard` is due; `None` if no notification is due without
    /// a new run.
    fn record_next_notice(
        &self,
        shard: &ShardId,
        at: Option<Timestamp>,
    ) -> impl Future<Output = StoreResult<()>> + Send;
}

/// Reading the times at which shards must be evaluated although they may have no new run.
pub trait ReadNextNotices: Send + Sync {
    /// Returns the shards about which a notification is due without a new run, in the order of their ids, with the
    /// time. What another process has recorded a moment ago may be missing.
    fn next_notices(&self) -> impl Future<Output = StoreResult<Vec<(ShardId, Timestamp)>>> + Send;
}
