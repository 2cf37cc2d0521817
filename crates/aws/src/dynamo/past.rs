//! The past: slices of the log, and the entries of operators that are no longer in force.
//!
//! The copies of the entries have a partition of their own, which no service reads, so that the evaluator does not pay
//! for entries that have expired.

use allclear_core::Timestamp;
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::{ReadPast, StoreResult};
use allclear_core::run::Run;

use super::calls::Range;
use super::request::unavailable;
use super::{DynamoStore, items, keys};

const READ: &str = "read";

impl ReadPast for DynamoStore {
    async fn runs_between(&self, from: Timestamp, to: Timestamp) -> StoreResult<Vec<Run>> {
        let mut runs: Vec<Run> = Vec::new();
        // A key is longer than its time alone, so that the range does not include those of `to`.
        let (first, last) = (keys::time(from), keys::time(to));
        for shard in self.shards_in(keys::SHARD).await? {
            let pk = keys::runs_of(&shard);
            let range =
                Range { pk: &pk, from: &first, to: &last, by_time: false, consistent: false };
            let stored = self.query(READ, &range).await?;
            runs.extend(self.readable(&stored, items::read_run));
        }
        runs.sort_by(|a, b| (&a.key, &a.shard).cmp(&(&b.key, &b.shard)));
        Ok(runs)
    }

    async fn oldest_run(&self) -> StoreResult<Option<Timestamp>> {
        let mut oldest: Option<Timestamp> = None;
        for shard in self.shards_in(keys::SHARD).await? {
            let pk = keys::runs_of(&shard);
            let range = Range {
                pk: &pk,
                from: "0",
                to: keys::AFTER_ALL,
                by_time: false,
                consistent: false,
            };
            let stored = self.query_until(READ, &range, |items| !items.is_empty()).await?;
            let key = stored.first().and_then(|item| items::text(item, keys::SK));
            let at = key.and_then(|sk| keys::parse_run(&pk, sk)).map(|(_, key)| key.scheduled_at);
            oldest = oldest.into_iter().chain(at).min();
        }
        Ok(oldest)
    }

    async fn past_entries(&self, from: Timestamp) -> StoreResult<Vec<OperatorEntry>> {
        let stored = self.query(READ, &Range::all_of(keys::PAST_ENTRY)).await?;
        let mut entries = self.readable(&stored, items::read_operator_entry);
        entries.retain(|entry| !entry.has_expired(from));
        Ok(entries)
    }
}

impl DynamoStore {
    /// Writes the copy of an entry that is kept as long as runs are, in place of an earlier copy of the same entry.
    pub(super) async fn keep_past_entry(
        &self,
        operation: &'static str,
        entry: &OperatorEntry,
    ) -> StoreResult<()> {
        let item = items::past_entry(entry, self.retention.runs)
            .map_err(|error| unavailable(operation, entry.id.as_str(), error))?;
        self.put(operation, item, None).await?;
        Ok(())
    }
}
