//! The sizes and units of records in the deployed table, from the very items that its adapter writes.

use allclear_aws::dynamo::encoding::EncodeError;
use allclear_aws::dynamo::limits::Consistency;
use allclear_aws::dynamo::{Retention, items, units};
use allclear_core::Timestamp;
use allclear_core::budget::BudgetKey;
use allclear_core::checker_state::Note;
use allclear_core::cost::Cost;
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::ports::{StoreError, Version};
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::run::Run;
use allclear_core::state::{Decision, ShardState};

/// Returns the write units and bytes of a run.
pub(crate) fn run(run: &Run, retention: &Retention) -> (u64, u64) {
    let item = items::run(run, retention, 0);
    (units::put_units(&item), units::item_bytes(&item) as u64)
}

/// Returns the write units and bytes of a note.
pub(crate) fn note(
    region: &RegionId,
    monitor: &MonitorId,
    note: &Note,
) -> Result<(u64, u64), StoreError> {
    let item = items::note(region, monitor, note).map_err(|source| StoreError::Corrupt {
        operation: "record note of",
        object: monitor.to_string(),
        source: Box::new(source),
    })?;
    Ok((units::put_units(&item), units::item_bytes(&item) as u64))
}

/// Returns the write units of the time at which the next notification about `shard` is due.
pub(crate) fn next_notice(shard: &ShardId, at: Option<Timestamp>) -> Result<u64, StoreError> {
    units::next_notice(shard, at).map_err(|source| StoreError::Corrupt {
        operation: "record next notice of",
        object: shard.to_string(),
        source: Box::new(source),
    })
}

/// Returns the write units of one update of the counter of a budget.
pub(crate) fn budget(key: &BudgetKey, spent: Cost) -> u64 {
    units::budget(key, spent)
}

/// The writes of a commit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CommitWeight {
    /// Units of the state and of all that was decided.
    pub(crate) units: u64,
    /// Units of all later writes of each delivery, which `units::delivery` counts.
    pub(crate) delivery_units: u64,
    /// Bytes of the state's item.
    pub(crate) state_bytes: u64,
    /// Bytes of items with hours.
    pub(crate) hour_bytes: u64,
    /// Bytes of items with days.
    pub(crate) day_bytes: u64,
}

/// Returns the weight of a commit of `state` as `version`.
pub(crate) fn commit(
    shard: &ShardId,
    version: Version,
    state: &ShardState,
    decision: &Decision,
    retention: &Retention,
) -> Result<CommitWeight, StoreError> {
    weigh(shard, version, state, decision, retention).map_err(|source| StoreError::Corrupt {
        operation: "commit state of",
        object: shard.to_string(),
        source: Box::new(source),
    })
}

fn weigh(
    shard: &ShardId,
    version: Version,
    state: &ShardState,
    decision: &Decision,
    retention: &Retention,
) -> Result<CommitWeight, EncodeError> {
    let written = units::commit(shard, version, state, decision, retention)?;
    let mut weight = CommitWeight {
        units: written.total(),
        state_bytes: written.state_bytes,
        ..CommitWeight::default()
    };
    let rollup_bytes = |period: Period| {
        let rollups = decision.rollups.iter().filter(|record| record.period == period);
        let alone = Decision { rollups: rollups.cloned().collect(), ..Decision::default() };
        let items = items::decision(shard, version, &alone, retention)?;
        Ok::<u64, EncodeError>(items.iter().map(|item| units::item_bytes(item) as u64).sum())
    };
    if !decision.rollups.is_empty() {
        weight.hour_bytes = rollup_bytes(Period::Hour)?;
        weight.day_bytes = rollup_bytes(Period::Day)?;
    }
    for delivery in &decision.deliveries {
        weight.delivery_units += units::delivery(delivery)?;
    }
    Ok(weight)
}

/// Returns the write units and the bytes that `records` add to a transaction of the state.
pub(crate) fn rollups(
    records: &[RollupRecord],
    retention: &Retention,
) -> crate::error::Result<(u64, u64)> {
    let decision = Decision { rollups: records.to_vec(), ..Decision::default() };
    let (shard, state) = (ShardId::main(), ShardState::default());
    let items = items::decision(&shard, 1, &decision, retention)?;
    let bytes = items.iter().map(|item| units::item_bytes(item) as u64).sum();
    Ok((units::commit(&shard, 1, &state, &decision, retention)?.rollups, bytes))
}

/// Returns the units of reading `bytes` in one call.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a size, or the mean of sizes: not negative, and in range"
)]
pub(crate) fn read_units(bytes: f64, consistency: Consistency) -> f64 {
    units::read_units(bytes.ceil() as usize, consistency)
}
