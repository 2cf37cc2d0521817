//! Reading what was decided and counted.

use allclear_core::Timestamp;
use allclear_core::delivery::Delivery;
use allclear_core::event::{AlertRecord, Suppression, Transition};
use allclear_core::id::ShardId;
use allclear_core::ports::{ReadHistory, StoreResult};
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::run::Run;

use super::{Call, Content, MemoryStore, Operation};

impl Content {
    /// Returns the alerts that fired at `from` or later or fire still, by time; `None` for all.
    pub(super) fn alerts_since(&self, from: Option<Timestamp>) -> Vec<AlertRecord> {
        let is_asked_for = |one: &&AlertRecord| {
            one.resolved_at.is_none() || from.is_none_or(|from| one.fired_at >= from)
        };
        let mut alerts: Vec<_> = self.alerts.values().filter(is_asked_for).cloned().collect();
        alerts.sort_by_key(|one| one.fired_at);
        alerts
    }
}

impl ReadHistory for MemoryStore {
    async fn shards(&self) -> StoreResult<Vec<ShardId>> {
        let call = Call::new(Operation::Shards, "all");
        self.call(call, |content, _| Ok(content.checkpoints.keys().cloned().collect())).await
    }

    async fn rollups(&self, period: Period, from: Timestamp) -> StoreResult<Vec<RollupRecord>> {
        self.call(Call::new(Operation::Rollups, from), |content, _| {
            let all = content.rollups.values();
            let asked_for = all.filter(|one| one.period == period && one.start >= from);
            Ok(asked_for.cloned().collect())
        })
        .await
    }

    async fn transitions(&self, from: Timestamp) -> StoreResult<Vec<Transition>> {
        let call = Call::new(Operation::Transitions, from);
        self.call(call, |content, _| {
            Ok(content.transitions.values().filter(|one| one.at >= from).cloned().collect())
        })
        .await
    }

    async fn alerts(&self, from: Timestamp) -> StoreResult<Vec<AlertRecord>> {
        let call = Call::new(Operation::Alerts, from);
        self.call(call, |content, _| Ok(content.alerts_since(Some(from)))).await
    }

    async fn suppressions(&self, from: Timestamp) -> StoreResult<Vec<Suppression>> {
        let call = Call::new(Operation::Suppressions, from);
        self.call(call, |content, _| {
            Ok(content.suppressions.values().filter(|one| one.at >= from).cloned().collect())
        })
        .await
    }

    async fn deliveries(&self, from: Timestamp) -> StoreResult<Vec<Delivery>> {
        self.call(Call::new(Operation::Deliveries, from), |content, _| {
            let all = content.deliveries.all();
            let mut since: Vec<_> = all.filter(|one| one.created_at >= from).cloned().collect();
            since.sort_by_key(|one| one.created_at);
            Ok(since)
        })
        .await
    }

    async fn runs(&self, from: Timestamp) -> StoreResult<Vec<Run>> {
        self.call(Call::new(Operation::Runs, from), |content, _| {
            let all = content.runs.values().flat_map(|runs| runs.values());
            let mut since: Vec<_> =
                all.filter(|run| run.key.scheduled_at >= from).cloned().collect();
            since.sort_by(|one, other| (&one.key, &one.shard).cmp(&(&other.key, &other.shard)));
            Ok(since)
        })
        .await
    }
}
