//! The size of items and the units for writing and reading them, by the billing rules of DynamoDB:
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
//! for sizes,
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>
//! for units and <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html> for
//! the surcharge of an index. Prices are defined elsewhere.
//!
//! [`run`], [`commit`], [`delivery`], [`note`] and [`budget`] return the units of the store's
//! operations. They build exactly the items that the store writes.

use allclear_core::Timestamp;
use allclear_core::budget::BudgetKey;
use allclear_core::checker_state::Note;
use allclear_core::claim::{Claim, ClaimOwner};
use allclear_core::cost::Cost;
use allclear_core::delivery::Delivery;
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::ports::Version;
use allclear_core::run::Run;
use allclear_core::state::{Decision, ShardState};
use aws_sdk_dynamodb::types::AttributeValue;

use super::claims;
use super::encoding::EncodeError;
use super::items::{self, Item, Retention};
use super::keys;
use super::limits::Consistency;
use super::next_notice_item;
use super::state_parts;

/// Bytes of the name of a claim's owner.
const OWNER_BYTES: usize = 16;

const WRITE_UNIT: usize = 1024;
const READ_UNIT: usize = 4096;

/// Returns the size of `item` in bytes: the names of its attributes and their values.
#[must_use]
pub fn item_bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the one left has no name outside the SDK")]
fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number_bytes(number),
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|number| number_bytes(number)).sum(),
        AttributeValue::Bs(blobs) => blobs.iter().map(|blob| blob.as_ref().len()).sum(),
        // Three bytes for the list or map itself, and one for each entry.
        AttributeValue::L(values) => {
            3 + values.iter().map(|one| 1 + value_bytes(one)).sum::<usize>()
        }
        AttributeValue::M(values) => {
            3 + values.iter().map(|(name, one)| 1 + name.len() + value_bytes(one)).sum::<usize>()
        }
        _ => 0,
    }
}

/// One byte for two significant digits, one more, and one for a sign.
fn number_bytes(number: &str) -> usize {
    let digits = number.trim_start_matches('-').trim_matches('0').len();
    digits.div_ceil(2) + 1 + usize::from(number.starts_with('-'))
}

/// Returns the units to put one item of `n_bytes`.
#[must_use]
pub fn write_units(n_bytes: usize) -> u64 {
    n_bytes.div_ceil(WRITE_UNIT).max(1) as u64
}

/// Returns the units to read so many bytes in one call.
#[must_use]
pub fn read_units(n_bytes: usize, consistency: Consistency) -> f64 {
    let units = n_bytes.div_ceil(READ_UNIT).max(1) as f64;
    match consistency {
        Consistency::Eventual => units / 2.0,
        Consistency::Strong => units,
    }
}

/// Returns the units to put a new `item`, including its entry in the index if it has one.
#[must_use]
pub fn put_units(item: &Item) -> u64 {
    let units = write_units(item_bytes(item));
    if item.contains_key(keys::AT) { units * 2 } else { units }
}

/// Returns the units to record `run`.
#[must_use]
pub fn run(run: &Run, retention: &Retention) -> u64 {
    put_units(&items::run(run, retention, 0))
}

/// The units of a commit, by kind of record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommitUnits {
    /// The checkpoint.
    pub state: u64,
    /// Rollups.
    pub rollups: u64,
    /// Transitions, alerts, suppressed alerts, late runs.
    pub events: u64,
    /// Deliveries, packed.
    pub deliveries: u64,
    /// The size of the checkpoint's item, in bytes.
    pub state_bytes: u64,
}

impl CommitUnits {
    /// Returns the sum of the units.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.state + self.rollups + self.events + self.deliveries
    }
}

/// Returns the units to commit `state` as `version` of `shard` with `decision`. They are twice the
/// size if the decision is not empty or the state has several parts, because that takes a
/// transaction.
///
/// # Errors
///
/// Fails if the state or the decision cannot be encoded.
pub fn commit(
    shard: &ShardId,
    version: Version,
    state: &ShardState,
    decision: &Decision,
    retention: &Retention,
) -> Result<CommitUnits, EncodeError> {
    let parts = state_parts::split(items::checkpoint(shard, version, state)?);
    let factor = if decision.is_empty() && parts.len() == 1 { 1 } else { 2 };
    let mut units = CommitUnits {
        state: factor * parts.iter().map(put_units).sum::<u64>(),
        state_bytes: parts.iter().map(|part| item_bytes(part) as u64).sum(),
        ..CommitUnits::default()
    };
    for item in items::decision(shard, version, decision, retention)? {
        // The index is written once, after the transaction.
        let written = factor * write_units(item_bytes(&item));
        match items::text(&item, keys::PK) {
            Some(keys::EVENT) => units.events += written,
            Some(keys::DELIVERY) => units.deliveries += written + write_units(item_bytes(&item)),
            _ => units.rollups += written,
        }
    }
    Ok(units)
}

/// Returns the units to record the time at which the next notification about `shard` is due.
///
/// # Errors
///
/// Fails if the time cannot be encoded.
pub fn next_notice(shard: &ShardId, at: Option<Timestamp>) -> Result<u64, EncodeError> {
    Ok(put_units(&next_notice_item::item(shard, at)?))
}

/// Returns the units to record the note of `monitor` in `region`.
///
/// # Errors
///
/// Fails if the note cannot be encoded.
pub fn note(region: &RegionId, monitor: &MonitorId, note: &Note) -> Result<u64, EncodeError> {
    Ok(put_units(&items::note(region, monitor, note)?))
}

/// Returns the units to reserve an amount of a budget, or to settle it: each updates the counter
/// once.
#[must_use]
pub fn budget(key: &BudgetKey, spent: Cost) -> u64 {
    put_units(&items::budget(key, spent))
}

/// Returns the units to unpack `delivery`, to claim it and to record its result once: the item and
/// its index entry, the claim, the item again, and the move of the index entry from owed to done.
///
/// # Errors
///
/// Fails if the delivery cannot be encoded.
pub fn delivery(delivery: &Delivery) -> Result<u64, EncodeError> {
    let units = write_units(item_bytes(&items::delivery(delivery, "")?));
    Ok(units * 5 + claim(delivery))
}

/// Returns the units to claim one try of `delivery`.
#[must_use]
pub fn claim(delivery: &Delivery) -> u64 {
    let owner = ClaimOwner::new("0".repeat(OWNER_BYTES));
    put_units(&claims::item(delivery, &Claim::starting(owner, delivery.created_at)))
}
