//! The past: slices of the log, and the entries of operators that are no longer in force.

use allclear_core::Timestamp;
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::{ReadPast, StoreResult};
use allclear_core::run::Run;

use super::{Call, Content, MemoryStore, Operation};

impl Content {
    /// Keeps a copy of an entry, in place of an earlier copy of the same entry.
    pub(super) fn keep_past_entry(&mut self, entry: &OperatorEntry) {
        self.past_entries.insert((entry.created_at, entry.id.clone()), entry.clone());
    }
}

impl ReadPast for MemoryStore {
    async fn runs_between(&self, from: Timestamp, to: Timestamp) -> StoreResult<Vec<Run>> {
        self.call(Call::new(Operation::Runs, from), |content, _| {
            let is_within = |run: &&Run| (from..to).contains(&run.key.scheduled_at);
            let all = content.runs.values().flat_map(|runs| runs.values());
            let mut runs: Vec<_> = all.filter(is_within).cloned().collect();
            runs.sort_by(|one, other| (&one.key, &one.shard).cmp(&(&other.key, &other.shard)));
            Ok(runs)
        })
        .await
    }

    async fn oldest_run(&self) -> StoreResult<Option<Timestamp>> {
        self.call(Call::new(Operation::Runs, "oldest"), |content, _| {
            let all = content.runs.values().flat_map(|runs| runs.keys());
            Ok(all.map(|key| key.scheduled_at).min())
        })
        .await
    }

    async fn past_entries(&self, from: Timestamp) -> StoreResult<Vec<OperatorEntry>> {
        self.call(Call::new(Operation::ReadOperatorEntries, from), |content, _| {
            let entries = content.past_entries.values();
            Ok(entries.filter(|entry| !entry.has_expired(from)).cloned().collect())
        })
        .await
    }
}
