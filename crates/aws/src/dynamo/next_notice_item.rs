//! The item with the time at which the next notification about a shard is due.

use allclear_core::Timestamp;
use allclear_core::id::ShardId;

use super::encoding::{self, EncodeError};
use super::items::{BODY, Item, ItemError, binary, body, keyed, read_text, set};
use super::keys;

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
pub(super) fn read_item(item: &Item) -> Result<(ShardId, Option<Timestamp>), ItemError> {
    let shard = ShardId::new(read_text(item, keys::SK)?).map_err(|_| ItemError::Key)?;
    Ok((shard, encoding::decode_value(body(item)?)?))
}
