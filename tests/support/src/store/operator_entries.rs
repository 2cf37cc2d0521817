//! Entries of operators.

use allclear_core::Timestamp;
use allclear_core::id::EntryId;
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::{ReadOperatorEntries, RecordOperatorEntries, StoreResult};

use super::{Call, MemoryStore, Operation, Write};

impl MemoryStore {
    /// Writes an entry without a call.
    pub fn put_operator_entry(&self, entry: OperatorEntry) {
        let mut content = self.content();
        content.keep_past_entry(&entry);
        content.operator_entries.insert(entry.id.clone(), entry);
    }
}

impl ReadOperatorEntries for MemoryStore {
    async fn operator_entries(&self, now: Timestamp) -> StoreResult<Vec<OperatorEntry>> {
        self.call(Call::new(Operation::ReadOperatorEntries, "all"), |content, _| {
            let entries = content.operator_entries.values();
            Ok(entries.filter(|entry| entry.is_needed(now)).cloned().collect())
        })
        .await
    }
}

impl RecordOperatorEntries for MemoryStore {
    async fn add_operator_entry(&self, entry: &OperatorEntry) -> StoreResult<()> {
        self.call(Call::new(Operation::AddOperatorEntry, &entry.id), |content, call| {
            if content.operator_entries.contains_key(&entry.id) {
                return Err(call.conflict());
            }
            content.operator_entries.insert(entry.id.clone(), entry.clone());
            content.keep_past_entry(entry);
            self.notify_observers(&Write::OperatorEntry(entry));
            Ok(())
        })
        .await
    }

    async fn end_operator_entry(
        &self,
        id: &EntryId,
        at: Timestamp,
    ) -> StoreResult<Option<OperatorEntry>> {
        self.call(Call::new(Operation::EndOperatorEntry, id), |content, _| {
            let Some(entry) = content.operator_entries.get_mut(id) else { return Ok(None) };
            *entry = entry.clone().ended(at);
            let entry = entry.clone();
            content.keep_past_entry(&entry);
            self.notify_observers(&Write::OperatorEntry(&entry));
            Ok(Some(entry))
        })
        .await
    }
}
