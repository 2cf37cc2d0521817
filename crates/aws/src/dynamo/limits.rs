//! The limits of DynamoDB for items and transactions, and the consistency of its reads.

/// The most bytes that an item may have.
pub const MAX_ITEM_BYTES: usize = 400 * 1024;

/// The most bytes that the items of a transaction may have together.
pub const MAX_TRANSACTION_BYTES: usize = 4 * 1024 * 1024;

/// The most items that a transaction may write.
pub const MAX_TRANSACTION_ITEMS: usize = 100;

/// The most items that one request reads by their keys.
pub(super) const MAX_BATCH_KEYS: usize = 100;

/// The most bytes of the body of a part. With its key a part stays under half of an item's limit, so
/// that the outage of every monitor, which the state grows by, has room.
pub(super) const MAX_BODY_BYTES: usize = MAX_ITEM_BYTES / 2 - 1024;

/// The consistency of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// The writes of the last second may be missing. Half the price.
    Eventual,
    /// All writes are seen.
    Strong,
}
