//! The states of shards, and the decisions that are committed with them.

use allclear_core::id::ShardId;
use allclear_core::ports::{Checkpoint, CommitState, LoadState, StoreError, StoreResult, Version};
use allclear_core::state::{Decision, ShardState};

use super::calls::PutCondition;
use super::items::{self, VERSION};
use super::limits::Consistency;
use super::request::{WriteResult, unavailable};
use super::{DynamoStore, corrupt, keys, state_parts};

const READ: &str = "read state of";
const COMMIT: &str = "commit state of";

impl LoadState for DynamoStore {
    /// Reads without consistency: the version may be a second old. A caller with an old version
    /// loses the race to commit and reads again.
    async fn state_version(&self, shard: &ShardId) -> StoreResult<Version> {
        let place = (keys::STATE, shard.as_str());
        match self.get(READ, place, Some(&[VERSION]), Consistency::Eventual).await? {
            None => Ok(0),
            Some(item) => items::read_number(&item, VERSION)
                .map_err(|error| corrupt(READ, shard.as_str(), error)),
        }
    }

    async fn load_state(&self, shard: &ShardId) -> StoreResult<Option<Checkpoint>> {
        let object = shard.as_str();
        let failed = |error| corrupt(READ, object, error);
        for _ in 0..MAX_READS {
            let place = (keys::STATE, object);
            let Some(first) = self.get(READ, place, None, Consistency::Strong).await? else {
                return Ok(None);
            };
            let mut others = Vec::new();
            for sk in state_parts::others(&first).map_err(failed)? {
                others.push(self.get(READ, (keys::STATE, &sk), None, Consistency::Strong).await?);
            }
            if let Some(whole) = state_parts::join(&first, &others).map_err(failed)? {
                let (version, state) = items::read_checkpoint(&whole).map_err(failed)?;
                return Ok(Some(Checkpoint { version, state }));
            }
        }
        Err(StoreError::Conflict { operation: READ, object: object.to_owned() })
    }
}

/// The number of reads of a state that changes during each read, before that is an error.
const MAX_READS: u32 = 5;

impl CommitState for DynamoStore {
    async fn commit(
        &self,
        shard: &ShardId,
        expected: Version,
        state: &ShardState,
        decision: &Decision,
    ) -> StoreResult<Version> {
        let object = shard.as_str();
        let failed = |error| unavailable(COMMIT, object, error);
        let version = expected + 1;
        let checkpoint = items::checkpoint(shard, version, state).map_err(failed)?;
        let condition = PutCondition::version(expected);
        let decided = items::decision(shard, version, decision, &self.retention).map_err(failed)?;
        let mut parts = state_parts::split(checkpoint).into_iter();
        let Some(first) = parts.next() else { return Ok(version) };
        let others: Vec<_> = parts.collect();
        if decided.is_empty() && others.is_empty() {
            // A single write costs half as much as a transaction.
            return match self.put(COMMIT, first.clone(), Some(&condition)).await? {
                WriteResult::Yes(_) => Ok(version),
                // An earlier try of this call wrote it and the response was lost; or another
                // process committed the same state without a decision.
                WriteResult::No(Some(stored)) if stored == first => Ok(version),
                WriteResult::No(_) => {
                    Err(StoreError::Conflict { operation: COMMIT, object: object.to_owned() })
                }
            };
        }
        let puts = std::iter::once((first, Some(condition)))
            .chain(others.into_iter().chain(decided).map(|item| (item, None)))
            .collect();
        self.transact(COMMIT, object, puts).await?;
        Ok(version)
    }
}
