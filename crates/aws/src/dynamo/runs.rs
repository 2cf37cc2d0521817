//! The log of runs.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::PoisonError;

use allclear_core::id::ShardId;
use allclear_core::ports::{LookBack, ReadRuns, RecordRun, Recorded, StoreResult};
use allclear_core::run::Run;
use allclear_core::state::Folded;

use super::calls::{PutCondition, Range};
use super::items::{self, Item};
use super::limits::Consistency;
use super::request::WriteResult;
use super::{DynamoStore, keys};

const RECORD: &str = "record run";

impl RecordRun for DynamoStore {
    async fn record_run(&self, run: &Run) -> StoreResult<Recorded> {
        let item = items::run(run, &self.retention, random());
        let (listed, written) = tokio::join!(
            self.list_shard(&run.shard),
            self.put(RECORD, item.clone(), Some(&PutCondition::Absent))
        );
        let recorded = match written? {
            WriteResult::Yes(_) => Recorded::New,
            // An earlier try of this call wrote it, and the response to that try was lost.
            WriteResult::No(Some(stored)) if is_same_run(&stored, &item) => Recorded::New,
            WriteResult::No(_) => Recorded::Already,
        };
        listed?;
        Ok(recorded)
    }
}

impl ReadRuns for DynamoStore {
    async fn unfolded_runs(
        &self,
        shard: &ShardId,
        folded: &Folded,
        look_back: LookBack,
        limit: usize,
    ) -> StoreResult<Vec<Run>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let from = look_back.from(folded).map(keys::time).unwrap_or_default();
        let pk = keys::runs_of(shard);
        let from = if from.is_empty() { "0" } else { &from };
        let range = Range { pk: &pk, from, to: keys::AFTER_ALL, by_time: false, consistent: true };
        let is_unfolded = |item: &Item| {
            let key = items::text(item, keys::SK).and_then(|sk| keys::parse_run(&pk, sk));
            key.is_none_or(|(_, key)| !folded.contains(&key))
        };
        // Only readable runs count, so that any number of unreadable ones cannot hide the runs
        // behind them.
        let mut runs = Vec::new();
        let mut n_seen = 0;
        self.query_until("read runs of", &range, |so_far| {
            let page = so_far.get(n_seen..).unwrap_or_default();
            n_seen = so_far.len();
            let unfolded = page.iter().filter(|item| is_unfolded(item));
            runs.extend(self.readable(unfolded, items::read_run));
            runs.len() >= limit
        })
        .await?;
        runs.truncate(limit);
        Ok(runs)
    }
}

impl DynamoStore {
    /// Lists `shard` as a shard with runs, for readers of all runs.
    async fn list_shard(&self, shard: &ShardId) -> StoreResult<()> {
        let is_listed = || {
            let listed = self.shared.listed.lock().unwrap_or_else(PoisonError::into_inner);
            listed.contains(shard)
        };
        if is_listed() {
            return Ok(());
        }
        let place = (keys::SHARD, shard.as_str());
        if self.get(RECORD, place, None, Consistency::Eventual).await?.is_none() {
            self.put(RECORD, items::shard(shard), None).await?;
        }
        self.shared.listed.lock().unwrap_or_else(PoisonError::into_inner).insert(shard.clone());
        Ok(())
    }
}

fn is_same_run(stored: &Item, written: &Item) -> bool {
    stored.get(items::WRITER).is_some() && stored.get(items::WRITER) == written.get(items::WRITER)
}

/// Returns a random number, from the random seeds of the hashers of the standard library.
fn random() -> u32 {
    u32::try_from(RandomState::new().build_hasher().finish() >> 32).unwrap_or_default()
}
