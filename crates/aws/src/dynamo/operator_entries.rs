//! The entries of operators, in one partition: a service reads all of them with one query.
//!
//! A consistent query costs a read unit for each 4 KB. Ten entries take about that much, so that the reads of an evaluator
//! and a generator that run each minute cost about a cent per month.

use allclear_core::Timestamp;
use allclear_core::id::EntryId;
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::{ReadOperatorEntries, RecordOperatorEntries, StoreError, StoreResult};

use super::calls::{PutCondition, Range};
use super::items::{self, Item};
use super::limits::Consistency;
use super::request::{WriteResult, unavailable};
use super::{DynamoStore, corrupt, keys};

const READ: &str = "read entries in";
const ADD: &str = "add entry";
const END: &str = "end entry";

/// The number of tries to end an entry that others change at the same time.
const MAX_TRIES: u32 = 4;

impl ReadOperatorEntries for DynamoStore {
    async fn operator_entries(&self, now: Timestamp) -> StoreResult<Vec<OperatorEntry>> {
        let stored = self.query(READ, &Range::all_of(keys::ENTRY)).await?;
        let mut entries = self.readable(&stored, items::read_operator_entry);
        // Deletion by DynamoDB takes up to days.
        entries.retain(|entry| entry.is_needed(now));
        Ok(entries)
    }
}

impl RecordOperatorEntries for DynamoStore {
    async fn add_operator_entry(&self, entry: &OperatorEntry) -> StoreResult<()> {
        let written = self.put(ADD, item(ADD, entry)?, Some(&PutCondition::Absent)).await?;
        let stored = match written {
            WriteResult::Yes(_) => return self.keep_past_entry(ADD, entry).await,
            WriteResult::No(stored) => stored,
        };
        // An earlier try wrote it, and the response to that try was lost.
        let known = stored.as_ref().and_then(|item| items::read_operator_entry(item).ok());
        if known.as_ref() == Some(entry) {
            return self.keep_past_entry(ADD, entry).await;
        }
        Err(StoreError::Conflict { operation: ADD, object: entry.id.to_string() })
    }

    async fn end_operator_entry(
        &self,
        id: &EntryId,
        at: Timestamp,
    ) -> StoreResult<Option<OperatorEntry>> {
        for _ in 0..MAX_TRIES {
            let place = (keys::ENTRY, id.as_str());
            let stored = self.get(END, place, None, Consistency::Strong).await?;
            let Some(stored) = stored else { return Ok(None) };
            let entry = items::read_operator_entry(&stored)
                .map_err(|error| corrupt(END, id.as_str(), error))?;
            let ended = entry.clone().ended(at);
            if ended == entry {
                // An earlier try may have ended it without the copy.
                self.keep_past_entry(END, &entry).await?;
                return Ok(Some(entry));
            }
            let condition = PutCondition::has_content_of(&stored);
            match self.put(END, item(END, &ended)?, Some(&condition)).await? {
                WriteResult::Yes(_) => {
                    self.keep_past_entry(END, &ended).await?;
                    return Ok(Some(ended));
                }
                WriteResult::No(_) => {}
            }
        }
        Err(StoreError::Conflict { operation: END, object: id.to_string() })
    }
}

fn item(operation: &'static str, entry: &OperatorEntry) -> StoreResult<Item> {
    items::operator_entry(entry).map_err(|error| unavailable(operation, entry.id.as_str(), error))
}
