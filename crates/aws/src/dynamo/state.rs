//! States, and what was decided on the way to them.

use allclear_core::id::ShardId;
use allclear_core::ports::{Checkpoint, CommitState, LoadState, StoreError, StoreResult, Version};
use allclear_core::state::{Decision, ShardState};

use super::calls::{Condition, Written, refused};
use super::items::{self, VERSION};
use super::{DynamoStore, corrupt, keys};

const READ: &str = "read state of";
const COMMIT: &str = "commit state of";

impl LoadState for DynamoStore {
    /// May be a second behind: who relies on it loses the race to commit, and reads again.
    async fn state_version(&self, shard: &ShardId) -> StoreResult<Version> {
        let place = (keys::STATE, shard.as_str());
        match self.get(READ, place, Some(&[VERSION]), false).await? {
            None => Ok(0),
            Some(item) => items::read_number(&item, VERSION)
                .map_err(|error| corrupt(READ, shard.as_str(), error)),
        }
    }

    async fn load_state(&self, shard: &ShardId) -> StoreResult<Option<Checkpoint>> {
        let place = (keys::STATE, shard.as_str());
        let Some(item) = self.get(READ, place, None, true).await? else { return Ok(None) };
        let (version, state) =
            items::read_checkpoint(&item).map_err(|error| corrupt(READ, shard.as_str(), error))?;
        Ok(Some(Checkpoint { version, state }))
    }
}

impl CommitState for DynamoStore {
    async fn commit(
        &self,
        shard: &ShardId,
        expected: Version,
        state: &ShardState,
        decision: &Decision,
    ) -> StoreResult<Version> {
        let object = shard.as_str();
        let failed = |error| refused(COMMIT, object, error);
        let version = expected + 1;
        let checkpoint = items::checkpoint(shard, version, state).map_err(failed)?;
        let condition = Condition::version(expected);
        let decided = items::decision(shard, version, decision, &self.retention).map_err(failed)?;
        if decided.is_empty() {
            // Half the price of a transaction.
            return match self.put(COMMIT, checkpoint.clone(), Some(&condition)).await? {
                Written::Yes => Ok(version),
                // Written by an earlier try of this call, whose answer was lost; or the same state
                // by somebody who decided as little.
                Written::No(Some(stored)) if stored == checkpoint => Ok(version),
                Written::No(_) => {
                    Err(StoreError::Conflict { operation: COMMIT, object: object.to_owned() })
                }
            };
        }
        let puts = std::iter::once((checkpoint, Some(condition)))
            .chain(decided.into_iter().map(|item| (item, None)))
            .collect();
        self.transact(COMMIT, object, puts).await?;
        Ok(version)
    }
}
