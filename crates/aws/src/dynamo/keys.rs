//! The keys of the table: which record lies where.

use allclear_core::Timestamp;
use allclear_core::budget::BudgetKey;
use allclear_core::delivery::DeliveryId;
use allclear_core::id::{RegionId, ShardId};
use allclear_core::ports::Version;
use allclear_core::rollup::Period;
use allclear_core::run::{Lane, RunKey};

/// The partition key.
pub const PK: &str = "pk";
/// The sort key.
pub const SK: &str = "sk";
/// The sort key of the index [`BY_TIME`]: only deliveries have it.
pub const AT: &str = "at";
/// The local secondary index: deliveries, what is owed apart from what is done with.
pub const BY_TIME: &str = "by_time";
/// When DynamoDB may delete an item, in seconds since 1970.
pub const EXPIRES: &str = "expires";

/// The partition of the checkpoints.
pub const STATE: &str = "state";
/// The partition of the shards that have runs.
pub const SHARD: &str = "shard";
/// The partition of what was decided: transitions, alerts, what was held, what was too late.
pub const EVENT: &str = "event";
/// The partition of the deliveries.
pub const DELIVERY: &str = "delivery";
/// How the sort keys of deliveries begin that lie packed as they were decided.
pub const NEW: &str = "new#";
/// How the sort keys of claims on deliveries begin, in the partition of the deliveries.
pub const CLAIM: &str = "claim#";
/// How [`AT`] begins while a delivery is owed.
pub const OWED: &str = "owed#";
/// How [`AT`] begins when a delivery is done with.
pub const DONE: &str = "done#";
/// The partition of the configs.
pub const CONFIG: &str = "config";
/// The sort key of the item that names the config in force.
pub const CURRENT: &str = "current";
/// The partition of the beats.
pub const BEAT: &str = "beat";

/// The partition of the counters of what checks have spent.
pub const BUDGET: &str = "budget";

/// The partition of which models the providers have.
pub const CATALOG: &str = "catalog";

const RUN: &str = "run#";
const NOTE: &str = "note#";

/// Longer than any time, and after all of them.
pub(super) const AFTER_ALL: &str = "~";

/// The years before 1 are all the same year here: nothing is older.
const FIRST: &str = "0000-01-01T00:00:00.000000000Z";
const FIRST_SECOND: i64 = -62_167_219_200;

/// A time as text of a fixed width, so that texts are in the order of times.
pub(super) fn time(at: Timestamp) -> String {
    if at.as_second() < FIRST_SECOND { FIRST.to_owned() } else { format!("{at:.9}") }
}

/// The partition of the runs of `shard`.
#[must_use]
pub fn runs_of(shard: &ShardId) -> String {
    format!("{RUN}{shard}")
}

/// The partition of the notes of `region`.
pub(super) fn notes_of(region: &RegionId) -> String {
    format!("{NOTE}{region}")
}

/// The sort key of the counter of a budget.
pub(super) fn budget(key: &BudgetKey) -> String {
    format!("{}#{}", key.monitor, key.month)
}

/// The partition of the rollups of a period.
pub(super) fn rollups(period: Period) -> &'static str {
    period.as_str()
}

/// The sort key of a run.
pub(super) fn run(key: &RunKey) -> String {
    format!("{}#{}#{}", time(key.scheduled_at), key.region, key.lane.as_str())
}

/// The shard and the key of the run that lies there; `None` where there cannot be one.
#[must_use]
pub fn parse_run(pk: &str, sk: &str) -> Option<(ShardId, RunKey)> {
    let shard = ShardId::new(pk.strip_prefix(RUN)?).ok()?;
    let mut parts = sk.split('#');
    let scheduled_at = parts.next()?.parse().ok()?;
    let region = RegionId::new(parts.next()?).ok()?;
    let lane = parts.next()?;
    let lane = [Lane::Main, Lane::Slow].into_iter().find(|one| one.as_str() == lane)?;
    parts.next().is_none().then_some((shard, RunKey { scheduled_at, region, lane }))
}

/// Whether runs lie in this partition.
#[must_use]
pub fn is_run(pk: &str) -> bool {
    pk.starts_with(RUN)
}

/// A version as text of a fixed width.
pub(super) fn version(version: Version) -> String {
    format!("{version:010}")
}

/// The sort key of part `chunk` of what a commit has decided, by its newest time.
pub(super) fn decided(newest: Timestamp, shard: &ShardId, of: Version, chunk: usize) -> String {
    format!("{}#{shard}#{}#{chunk:03}", time(newest), version(of))
}

/// The version of the commit that has written [`decided`].
pub(super) fn version_of(decided: &str) -> Option<Version> {
    decided.split('#').nth(2)?.parse().ok()
}

/// The sort key of part `chunk` of the deliveries that a commit has decided.
pub(super) fn new_deliveries(shard: &ShardId, of: Version, chunk: usize) -> String {
    format!("{NEW}{shard}#{}#{chunk:03}", version(of))
}

/// Returns the sort key of the claim on a delivery.
pub(super) fn claim(id: &DeliveryId) -> String {
    format!("{CLAIM}{id}")
}

/// The sort key of a version of the config.
pub(super) fn config(of: Version) -> String {
    format!("v{}", version(of))
}

/// Begins the number of a further part of a state; no name of a shard has it.
const PART: char = '#';

/// The sort key of the further part `n` of the state of `shard`.
pub(super) fn state_part(shard: &str, n: usize) -> String {
    format!("{shard}{PART}{n}")
}

/// Returns whether `sk` is that of a further part of a state.
pub(super) fn is_state_part(sk: &str) -> bool {
    sk.contains(PART)
}
