//! Conversion of records to items of the table and back. No I/O; the store decides which operation
//! writes an item.

use std::collections::HashMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::beat::Beat;
use allclear_core::budget::{BudgetKey, KEEP_COUNTERS};
use allclear_core::catalog::KnownCatalog;
use allclear_core::checker_state::Note;
use allclear_core::config::Settings;
use allclear_core::cost::Cost;
use allclear_core::delivery::{Delivery, DeliveryState};
use allclear_core::event::{AlertRecord, Suppression, Transition};
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::incident::{AutomaticIncident, IncidentEntry};
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::Version;
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::run::{Run, RunKey};
use allclear_core::state::{Decision, LATE_LIMIT, ShardState};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::Blob;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::encoding::{self, DecodeError, EncodeError, RunBody};
use super::keys;

/// An item: its attributes by their names.
pub type Item = HashMap<String, AttributeValue>;

/// The record itself, as bytes.
pub const BODY: &str = "b";
/// The version of a checkpoint or a config: the number of its writes.
pub(super) const VERSION: &str = "n";
/// A random number that identifies the call that wrote a run.
pub(super) const WRITER: &str = "w";
/// The position of a delivery among those decided at the same time.
pub(super) const POSITION: &str = "p";
/// The number of tries of a delivery.
pub(super) const TRIES: &str = "t";
/// The sum that a budget has spent, in billionths of a US dollar.
pub(super) const SPENT: &str = "spent";
/// True for a delivery that may have arrived although no result confirms it.
pub(super) const MAY_HAVE_ARRIVED: &str = "m";
/// The state of a delivery: `owed`, `sent`, `given_up` or `superseded`.
pub(super) const DELIVERY_STATE: &str = "state";

/// The most bytes of one part of what a commit has decided: with its key under half of an item's limit.
const MAX_PART_BYTES: usize = super::limits::MAX_BODY_BYTES;

/// The reason that an item is not the record that its key names.
#[derive(Debug, thiserror::Error)]
pub enum ItemError {
    /// An attribute is missing or has another type.
    #[error("attribute `{0}` is missing or has another type")]
    Missing(&'static str),
    /// The key is not valid for this kind of record.
    #[error("unknown kind of key")]
    Key,
    /// The bytes of the record cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// The retention of each kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Runs.
    pub runs: Duration,
    /// Hour rollups.
    pub hours: Duration,
    /// Day rollups.
    pub days: Duration,
    /// Decisions, and deliveries that are no longer owed.
    pub events: Duration,
}

impl From<&Settings> for Retention {
    fn from(settings: &Settings) -> Self {
        Self {
            // A run that the evaluator may still request is kept, however short the retention is.
            runs: settings.keep_runs.max(LATE_LIMIT * 2),
            hours: settings.keep_hours,
            days: settings.keep_days,
            events: settings.keep_events,
        }
    }
}

impl Retention {
    fn of(&self, period: Period) -> Duration {
        match period {
            Period::Hour => self.hours,
            Period::Day => self.days,
        }
    }
}

/// One fact that a commit decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionEvent {
    /// A change of status.
    Transition(Transition),
    /// An alert that fired or was resolved.
    Alert(AlertRecord),
    /// An alert that is not notified.
    Held(Suppression),
    /// An incident that was opened, changed or closed.
    Incident(AutomaticIncident),
    /// A run that was too late.
    TooLate(RunKey),
}

impl DecisionEvent {
    fn at(&self) -> Timestamp {
        match self {
            Self::Transition(one) => one.at.max(one.confirmed_at),
            Self::Alert(one) => one.resolved_at.map_or(one.fired_at, |at| at.max(one.fired_at)),
            Self::Held(one) => one.at,
            Self::Incident(one) => one.changed_at,
            Self::TooLate(one) => one.scheduled_at,
        }
    }
}

/// Returns the item of `run`. `writer` distinguishes this call from another one that records the
/// same run.
#[must_use]
pub fn run(run: &Run, retention: &Retention, writer: u32) -> Item {
    let mut item = keyed(&keys::runs_of(&run.shard), &keys::run(&run.key));
    set(&mut item, BODY, binary(encoding::encode_run(run)));
    set(&mut item, WRITER, binary(writer.to_be_bytes().to_vec()));
    expire(&mut item, run.key.scheduled_at, retention.runs);
    item
}

/// Reads a run from `item`.
///
/// # Errors
///
/// Fails if the key is missing or is not that of a run, or if the body is missing or cannot be
/// decoded.
pub fn read_run(item: &Item) -> Result<Run, ItemError> {
    let (pk, sk) = (read_text(item, keys::PK)?, read_text(item, keys::SK)?);
    let (shard, key) = keys::parse_run(pk, sk).ok_or(ItemError::Key)?;
    let RunBody { lag, took, outcomes } = encoding::decode_run(body(item)?)?;
    Ok(Run { shard, key, lag, took, outcomes })
}

/// Returns the item that lists `shard` as a shard with runs.
pub(super) fn shard(shard: &ShardId) -> Item {
    keyed(keys::SHARD, shard.as_str())
}

/// Returns the item of a checkpoint.
///
/// # Errors
///
/// Fails if the state cannot be encoded.
pub fn checkpoint(
    shard: &ShardId,
    version: Version,
    state: &ShardState,
) -> Result<Item, EncodeError> {
    let mut item = keyed(keys::STATE, shard.as_str());
    set(&mut item, VERSION, number(version));
    set(&mut item, BODY, binary(encoding::encode_state(state)?));
    Ok(item)
}

/// Reads the version and the state of a checkpoint.
///
/// # Errors
///
/// Fails if the version or the body is missing, or if the state cannot be decoded.
pub fn read_checkpoint(item: &Item) -> Result<(Version, ShardState), ItemError> {
    Ok((read_number(item, VERSION)?, encoding::decode_state(body(item)?)?))
}

/// Returns the items of a decision. Their number is small for a decision of any size.
///
/// # Errors
///
/// Fails if a rollup, an event or a delivery of the decision cannot be encoded.
pub fn decision(
    shard: &ShardId,
    version: Version,
    decision: &Decision,
    retention: &Retention,
) -> Result<Vec<Item>, EncodeError> {
    let mut items = Vec::new();
    for period in [Period::Hour, Period::Day] {
        let records: Vec<RollupRecord> =
            decision.rollups.iter().filter(|one| one.period == period).cloned().collect();
        if let Some(newest) = records.iter().map(|one| one.start).max() {
            let parts = parts(&records, encoding::encode_rollups)?;
            for (chunk, part) in parts.into_iter().enumerate() {
                let sk = keys::decided(newest, shard, version, chunk);
                let mut item = keyed(keys::rollups(period), &sk);
                set(&mut item, BODY, binary(part));
                expire(&mut item, period.end_of(newest), retention.of(period));
                items.push(item);
            }
        }
    }
    let events = events(decision);
    if let Some(newest) = events.iter().map(DecisionEvent::at).max() {
        let parts = parts(&events, |events| encoding::encode_value(&events))?;
        for (chunk, part) in parts.into_iter().enumerate() {
            let mut item = keyed(keys::EVENT, &keys::decided(newest, shard, version, chunk));
            set(&mut item, BODY, binary(part));
            expire(&mut item, newest, retention.events);
            items.push(item);
        }
    }
    if let Some(newest) = decision.deliveries.iter().map(|one| one.created_at).max() {
        let parts = parts(&decision.deliveries, |part| encoding::encode_value(&part))?;
        for (chunk, part) in parts.into_iter().enumerate() {
            let sk = keys::new_deliveries(shard, version, chunk);
            let mut item = keyed(keys::DELIVERY, &sk);
            set(&mut item, keys::AT, text_value(format!("{}{}", keys::OWED, keys::time(newest))));
            set(&mut item, BODY, binary(part));
            items.push(item);
        }
    }
    Ok(items)
}

fn events(decision: &Decision) -> Vec<DecisionEvent> {
    let Decision { transitions, alerts, suppressions, incidents, too_late, .. } = decision;
    let transitions = transitions.iter().cloned().map(DecisionEvent::Transition);
    let alerts = alerts.iter().cloned().map(DecisionEvent::Alert);
    let suppressions = suppressions.iter().cloned().map(DecisionEvent::Held);
    let incidents = incidents.iter().cloned().map(DecisionEvent::Incident);
    let too_late = too_late.iter().cloned().map(DecisionEvent::TooLate);
    transitions.chain(alerts).chain(suppressions).chain(incidents).chain(too_late).collect()
}

/// Reads the rollups of `item`, and the version of the commit that wrote them.
pub(super) fn read_rollups(item: &Item) -> Result<(Version, Vec<RollupRecord>), ItemError> {
    let version = keys::version_of(read_text(item, keys::SK)?).ok_or(ItemError::Key)?;
    Ok((version, encoding::decode_rollups(body(item)?)?))
}

/// Reads the events of `item`, and the version of the commit that wrote them.
pub(super) fn read_events(item: &Item) -> Result<(Version, Vec<DecisionEvent>), ItemError> {
    let version = keys::version_of(read_text(item, keys::SK)?).ok_or(ItemError::Key)?;
    Ok((version, encoding::decode_value(body(item)?)?))
}

/// Reads the packed deliveries of `item`, each with its position.
///
/// # Errors
///
/// Fails if the key is missing or is not that of packed deliveries, or if the body is missing or
/// cannot be decoded.
pub fn read_new_deliveries(item: &Item) -> Result<Vec<(String, Delivery)>, ItemError> {
    let place = read_text(item, keys::SK)?.strip_prefix(keys::NEW).ok_or(ItemError::Key)?;
    let deliveries: Vec<Delivery> = encoding::decode_value(body(item)?)?;
    let numbered = deliveries.into_iter().enumerate();
    Ok(numbered.map(|(n, delivery)| (format!("{place}#{n:05}"), delivery)).collect())
}

/// Returns the item of one delivery. The item expires once the delivery is no longer owed.
///
/// # Errors
///
/// Fails if the delivery cannot be encoded.
pub fn delivery(delivery: &Delivery, position: &str) -> Result<Item, EncodeError> {
    let mut item = keyed(keys::DELIVERY, delivery.id.as_str());
    set(&mut item, keys::AT, text_value(at_of(delivery, position)));
    set(&mut item, POSITION, text_value(position));
    set(&mut item, TRIES, number(delivery.n_tries.into()));
    set(&mut item, DELIVERY_STATE, text_value(delivery.state.phase().as_str()));
    if delivery.may_have_arrived {
        set(&mut item, MAY_HAVE_ARRIVED, AttributeValue::Bool(true));
    }
    set(&mut item, BODY, binary(encoding::encode_value(delivery)?));
    Ok(item)
}

/// Returns the sort key of a delivery in the index.
pub(super) fn at_of(delivery: &Delivery, position: &str) -> String {
    let start = match delivery.state {
        DeliveryState::Owed { .. } => keys::OWED,
        DeliveryState::Sent { .. }
        | DeliveryState::GivenUp { .. }
        | DeliveryState::Superseded { .. } => keys::DONE,
    };
    format!("{start}{}#{position}", keys::time(delivery.created_at))
}

/// Returns the second at which a delivery that is no longer owed expires; `None` if it is owed or
/// never expires.
pub(super) fn delivery_expires(delivery: &Delivery, retention: &Retention) -> Option<i64> {
    match delivery.state {
        DeliveryState::Owed { .. } => None,
        DeliveryState::Sent { at }
        | DeliveryState::GivenUp { at, .. }
        | DeliveryState::Superseded { at } => expires(at, retention.events),
    }
}

/// Reads a delivery and its position from `item`.
pub(super) fn read_delivery(item: &Item) -> Result<(String, Delivery), ItemError> {
    Ok((read_text(item, POSITION)?.to_owned(), encoding::decode_value(body(item)?)?))
}

/// Returns the item of a beat.
///
/// # Errors
///
/// Fails if the beat cannot be encoded.
pub fn beat(monitor: &MonitorId, beat: &Beat) -> Result<Item, EncodeError> {
    let mut item = keyed(keys::BEAT, monitor.as_str());
    set(&mut item, BODY, binary(encoding::encode_value(beat)?));
    Ok(item)
}

/// Returns the item of an entry of an operator. It expires when no service needs it any more.
///
/// # Errors
///
/// Fails if the entry cannot be encoded.
pub fn operator_entry(entry: &OperatorEntry) -> Result<Item, EncodeError> {
    let mut item = keyed(keys::ENTRY, entry.id.as_str());
    set(&mut item, BODY, binary(encoding::encode_value(entry)?));
    if let Some(until) = entry.needed_until() {
        expire(&mut item, until, Duration::ZERO);
    }
    Ok(item)
}

/// Returns the item of the copy of an entry of an operator, which is kept for `keep` after its end.
///
/// # Errors
///
/// Fails if the entry cannot be encoded.
pub(super) fn past_entry(entry: &OperatorEntry, keep: Duration) -> Result<Item, EncodeError> {
    let mut item = keyed(keys::PAST_ENTRY, &keys::past_entry(entry));
    set(&mut item, BODY, binary(encoding::encode_value(entry)?));
    if let Some(until) = entry.expires_at {
        expire(&mut item, until, keep);
    }
    Ok(item)
}

/// Reads an entry of an operator from `item`.
pub(super) fn read_operator_entry(item: &Item) -> Result<OperatorEntry, ItemError> {
    Ok(encoding::decode_value(body(item)?)?)
}

/// Returns the item of an entry of an operator about an incident. It expires when the incident does.
///
/// # Errors
///
/// Fails if the entry cannot be encoded.
pub(super) fn incident_entry(entry: &IncidentEntry) -> Result<Item, EncodeError> {
    let mut item = keyed(keys::INCIDENT, &keys::incident_entry(entry));
    set(&mut item, BODY, binary(encoding::encode_value(entry)?));
    Ok(item)
}

/// Reads an entry of an operator about an incident from `item`.
pub(super) fn read_incident_entry(item: &Item) -> Result<IncidentEntry, ItemError> {
    Ok(encoding::decode_value(body(item)?)?)
}

/// Returns the item of a note.
///
/// # Errors
///
/// Fails if the note cannot be encoded.
pub fn note(region: &RegionId, monitor: &MonitorId, note: &Note) -> Result<Item, EncodeError> {
    let mut item = keyed(&keys::notes_of(region), monitor.as_str());
    set(&mut item, BODY, binary(encoding::encode_value(note)?));
    Ok(item)
}

/// Returns the item of the counter of a budget.
#[must_use]
pub fn budget(key: &BudgetKey, spent: Cost) -> Item {
    let mut item = keyed(keys::BUDGET, &keys::budget(key));
    set(&mut item, SPENT, number(spent.nanodollars()));
    set(&mut item, keys::EXPIRES, budget_expires(key));
    item
}

/// Returns the second at which DynamoDB may delete the counter of a budget.
pub(super) fn budget_expires(key: &BudgetKey) -> AttributeValue {
    let second = expires(key.month.start(), KEEP_COUNTERS).unwrap_or(i64::MAX);
    AttributeValue::N(second.to_string())
}

/// Returns the item of the known catalog of the provider of `monitor`.
///
/// # Errors
///
/// Fails if the catalog cannot be encoded.
pub fn catalog(monitor: &MonitorId, known: &KnownCatalog) -> Result<Item, EncodeError> {
    let mut item = keyed(keys::CATALOG, monitor.as_str());
    set(&mut item, BODY, binary(encoding::encode_value(known)?));
    Ok(item)
}

/// Reads the monitor from the key of `item`, and the value of the item.
pub(super) fn read_of_monitor<T: DeserializeOwned>(
    item: &Item,
) -> Result<(MonitorId, T), ItemError> {
    let monitor = MonitorId::new(read_text(item, keys::SK)?).map_err(|_| ItemError::Key)?;
    Ok((monitor, encoding::decode_value(body(item)?)?))
}

/// Returns an item that has only its key.
#[must_use]
pub fn keyed(pk: &str, sk: &str) -> Item {
    [(keys::PK, pk), (keys::SK, sk)]
        .map(|(name, value)| (name.to_owned(), text_value(value)))
        .into()
}

/// Sets an attribute of an item.
pub fn set(item: &mut Item, name: &str, value: AttributeValue) {
    item.insert(name.to_owned(), value);
}

pub(super) fn text_value(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(super) fn binary(bytes: Vec<u8>) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

/// Returns the text of an attribute; `None` if it is missing or not a text.
#[must_use]
pub fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(super) fn read_text<'a>(item: &'a Item, name: &'static str) -> Result<&'a str, ItemError> {
    text(item, name).ok_or(ItemError::Missing(name))
}

pub(super) fn read_number(item: &Item, name: &'static str) -> Result<u64, ItemError> {
    let number = item.get(name).and_then(|value| value.as_n().ok()?.parse().ok());
    number.ok_or(ItemError::Missing(name))
}

pub(super) fn body(item: &Item) -> Result<&[u8], ItemError> {
    let blob = item.get(BODY).and_then(|value| value.as_b().ok());
    blob.map(Blob::as_ref).ok_or(ItemError::Missing(BODY))
}

/// Returns whether the item has expired. DynamoDB deletes an expired item within days.
pub(super) fn is_expired(item: &Item, now: Timestamp) -> bool {
    let expires: Option<i64> =
        item.get(keys::EXPIRES).and_then(|value| value.as_n().ok()?.parse().ok());
    expires.is_some_and(|at| at < now.as_second())
}

fn expire(item: &mut Item, at: Timestamp, keep: Duration) {
    if let Some(second) = expires(at, keep) {
        set(item, keys::EXPIRES, AttributeValue::N(second.to_string()));
    }
}

/// Returns the second of expiry; `None` if it is beyond the representable times.
pub(super) fn expires(at: Timestamp, keep: Duration) -> Option<i64> {
    at.checked_add(keep).ok().map(Timestamp::as_second)
}

/// Splits `records` into as few parts as fit into one item each.
fn parts<T>(
    records: &[T],
    encode: impl Fn(&[T]) -> Result<Vec<u8>, EncodeError> + Copy,
) -> Result<Vec<Vec<u8>>, EncodeError> {
    let whole = encode(records)?;
    if whole.len() <= MAX_PART_BYTES || records.len() < 2 {
        return Ok(vec![whole]);
    }
    let (first, second) = records.split_at(records.len() / 2);
    let mut all = parts(first, encode)?;
    all.extend(parts(second, encode)?);
    Ok(all)
}
