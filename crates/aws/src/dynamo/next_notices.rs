//! The times at which notifications are due, in one partition of small items: an idle sweep reads all of them for half a
//! read unit, whereas reading an attribute of a state costs as much as reading the state.

use allclear_core::Timestamp;
use allclear_core::id::ShardId;
use allclear_core::ports::{ReadNextNotices, RecordNextNotice, StoreResult};

use super::calls::Range;
use super::encoding::{self, EncodeError};
use super::items::{BODY, Item, ItemError, binary, body, keyed, read_text, set};
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

/// Returns the item with the time at which the next notification about `shard` is due.
///
/// # Errors
///
/// Fails if the time cannot be encoded.
pub(super) fn item(shard: &ShardId, at: Option<Timestamp>) -> Result<Item, EncodeError> {
    let mut item = keyed(keys::NEXT_NOTICE, shard.as_str());
    set(&mut item, BODY, binary(encoding::encode_value(&at)?));
    Ok(item)
}

/// Reads the shard and the time at which its next notification is due.
fn read_item(item: &Item) -> Result<(ShardId, Option<Timestamp>), ItemError> {
    let shard = ShardId::new(read_text(item, keys::SK)?).map_err(|_| ItemError::Key)?;
    Ok((shard, encoding::decode_value(body(item)?)?))
}
