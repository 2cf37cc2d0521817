//! The times at which notifications are due, in one partition of small items: an idle sweep reads all of them for half a
//! read unit, whereas reading an attribute of a state costs as much as reading the state.

use allclear_core::Timestamp;
use allclear_core::id::ShardId;
use allclear_core::ports::{ReadNextNotices, RecordNextNotice, StoreResult};

use super::calls::Range;
use super::next_notice_item::{item, read_item};
use super::request::unavailable;
use super::{DynamoStore, keys};

const RECORD: &str = "record next notice of";

impl RecordNextNotice for DynamoStore {
    async fn record_next_notice(&self, shard: &ShardId, at: Option<Timestamp>) -> StoreResult<()> {
        let item = item(shard, at).map_err(|error| unavailable(RECORD, shard.as_str(), error))?;
        self.put(RECORD, item, None).await?;
        Ok(())
    }
}

impl ReadNextNotices for DynamoStore {
    async fn next_notices(&self) -> StoreResult<Vec<(ShardId, Timestamp)>> {
        let range = Range { consistent: false, ..Range::all_of(keys::NEXT_NOTICE) };
        let stored = self.query("read next notices in", &range).await?;
        let recorded = self.readable(&stored, read_item);
        Ok(recorded.into_iter().filter_map(|(shard, at)| Some((shard, at?))).collect())
    }
}
