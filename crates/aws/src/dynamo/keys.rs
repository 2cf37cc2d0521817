//! The keys of the table: the partition and sort key of each kind of record.

use allclear_core::Timestamp;
use allclear_core::budget::BudgetKey;
use allclear_core::delivery::DeliveryId;
use allclear_core::id::{RegionId, ShardId};
use allclear_core::incident::IncidentEntry;
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::{RecordKey, Version};
use allclear_core::rollup::Period;
use allclear_core::run::{Lane, RunKey};

/// The partition key.
pub const PK: &str = "pk";
/// The sort key.
pub const SK: &str = "sk";
/// The sort key of the index [`BY_TIME`]: only deliveries have it.
pub const AT: &str = "at";
/// The local secondary index: deliveries, the owed ones separate from the others.
pub const BY_TIME: &str = "by_time";
/// The time at which DynamoDB may delete an item, in seconds since 1970.
pub const EXPIRES: &str = "expires";

/// The partition of the checkpoints.
pub const STATE: &str = "state";
/// The partition of the shards that have runs.
pub const SHARD: &str = "shard";
/// The partition of decisions: transitions, alerts, suppressed alerts, late runs.
pub const EVENT: &str = "event";
/// The partition of the times at which notifications are due.
pub const NEXT_NOTICE: &str = "next_notice";
/// The partition of the deliveries.
pub const DELIVERY: &str = "delivery";
/// The prefix of the sort keys of packed deliveries, which are stored as they were decided.
pub const NEW: &str = "new#";
/// The prefix of the sort keys of claims on deliveries, in the partition of the deliveries.
pub const CLAIM: &str = "claim#";
/// The prefix of [`AT`] while a delivery is owed.
pub const OWED: &str = "owed#";
/// The prefix of [`AT`] once a delivery is no longer owed.
pub const DONE: &str = "done#";
/// The partition of the configs.
pub const CONFIG: &str = "config";
/// The sort key of the item that names the active config.
pub const CURRENT: &str = "current";
/// The partition of the beats.
pub const BEAT: &str = "beat";

/// The partition of the entries of operators.
pub const ENTRY: &str = "entry";

/// The partition of the entries of operators about incidents.
pub const INCIDENT: &str = "incident";

/// The partition of the copies of entries of operators that are kept as long as runs are.
pub(super) const PAST_ENTRY: &str = "past_entry";

/// The partition of the counters of spent amounts.
pub const BUDGET: &str = "budget";

/// The partition of the catalogs of models of the providers.
pub const CATALOG: &str = "catalog";

const RUN: &str = "run#";
const NOTE: &str = "note#";

/// A text that sorts after every time and every other key.
pub(super) const AFTER_ALL: &str = "~";

/// All years before 0 map to this time; no record is older.
const FIRST: &str = "0000-01-01T00:00:00.000000000Z";
const FIRST_SECOND: i64 = -62_167_219_200;

/// Formats a time as text of a fixed width, so that the texts sort in the order of the times.
pub(super) fn time(at: Timestamp) -> String {
    if at.as_second() < FIRST_SECOND { FIRST.to_owned() } else { format!("{at:.9}") }
}

/// Returns the key of an item as the ports name it.
#[must_use]
pub fn record(pk: &str, sk: &str) -> RecordKey {
    RecordKey(format!("{pk} / {sk}"))
}

/// Returns the partition of the runs of `shard`.
#[must_use]
pub fn runs_of(shard: &ShardId) -> String {
    format!("{RUN}{shard}")
}

/// Returns the partition of the notes of `region`.
pub(super) fn notes_of(region: &RegionId) -> String {
    format!("{NOTE}{region}")
}

/// Returns the sort key of the counter of a budget.
pub(super) fn budget(key: &BudgetKey) -> String {
    format!("{}#{}", key.monitor, key.month)
}

/// Returns the sort key of an entry about an incident.
pub(super) fn incident_entry(entry: &IncidentEntry) -> String {
    format!("{}#{}", entry.incident, time(entry.at))
}

/// Returns the sort key of the copy of an entry of an operator. The id may be used again after its end.
pub(super) fn past_entry(entry: &OperatorEntry) -> String {
    format!("{}#{}", time(entry.created_at), entry.id)
}

/// Returns the partition of the rollups of a period.
pub(super) fn rollups(period: Period) -> &'static str {
    period.as_str()
}

/// Returns the sort key of a run.
pub(super) fn run(key: &RunKey) -> String {
    format!("{}#{}#{}", time(key.scheduled_at), key.region, key.lane.as_str())
}

/// Parses the shard and the key of a run; `None` if the key is not that of a run.
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

/// Returns whether the partition holds runs.
#[must_use]
pub fn is_run(pk: &str) -> bool {
    pk.starts_with(RUN)
}

/// Formats a version as text of a fixed width.
pub(super) fn version(version: Version) -> String {
    format!("{version:010}")
}

/// Returns the sort key of part `chunk` of a decision, which begins with its newest time.
pub(super) fn decided(newest: Timestamp, shard: &ShardId, of: Version, chunk: usize) -> String {
    format!("{}#{shard}#{}#{chunk:03}", time(newest), version(of))
}

/// Returns the version of the commit that wrote an item with the key [`decided`].
pub(super) fn version_of(decided: &str) -> Option<Version> {
    decided.split('#').nth(2)?.parse().ok()
}

/// Returns the sort key of part `chunk` of the deliveries that a commit decided.
pub(super) fn new_deliveries(shard: &ShardId, of: Version, chunk: usize) -> String {
    format!("{NEW}{shard}#{}#{chunk:03}", version(of))
}

/// Returns the sort key of the claim on a delivery.
pub(super) fn claim(id: &DeliveryId) -> String {
    format!("{CLAIM}{id}")
}

/// Returns the sort key of a version of the config.
pub(super) fn config(of: Version) -> String {
    format!("v{}", version(of))
}

/// The separator before the number of a further part of a state; no name of a shard contains it.
const PART: char = '#';

/// Returns the sort key of the further part `n` of the state of `shard`.
pub(super) fn state_part(shard: &str, n: usize) -> String {
    format!("{shard}{PART}{n}")
}

/// Returns whether `sk` is that of a further part of a state.
pub(super) fn is_state_part(sk: &str) -> bool {
    sk.contains(PART)
}
