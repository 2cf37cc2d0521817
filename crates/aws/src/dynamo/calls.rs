//! The calls of the store: paged reads, conditional writes, transactions, and the conversion of
//! their errors to store errors.

use std::collections::HashSet;

use allclear_core::id::MonitorId;
use allclear_core::ports::{StoreError, StoreResult};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::items::{self, Item};
use super::keys;
use super::limits::{Consistency, MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_ITEMS};
use super::request::{CallInput, WriteResult, details, unavailable};
use super::units::item_bytes;
use super::{DynamoStore, wire};
use crate::signed::CallError;

/// The condition on the present item when an item is replaced.
#[derive(Debug, Clone)]
pub(super) enum PutCondition {
    /// No item exists.
    Absent,
    /// The item has this version.
    Version(u64),
    /// The item has this content; `None` for an item without content.
    Content(Option<AttributeValue>),
}

impl PutCondition {
    /// Returns the condition that the version is `expected`, where 0 means that no item exists.
    pub(super) fn version(expected: u64) -> Self {
        if expected == 0 { Self::Absent } else { Self::Version(expected) }
    }

    /// Returns the condition that an item with the content of `item` exists.
    pub(super) fn has_content_of(item: &Item) -> Self {
        Self::Content(item.get(items::BODY).cloned())
    }

    fn expression(&self) -> &'static str {
        match self {
            Self::Content(Some(_)) => "b = :expected",
            Self::Content(None) => "attribute_exists(pk) AND attribute_not_exists(b)",
            Self::Absent => "attribute_not_exists(pk)",
            Self::Version(_) => "n = :expected",
        }
    }

    fn value(&self) -> Option<AttributeValue> {
        match self {
            Self::Content(content) => content.clone(),
            Self::Absent => None,
            Self::Version(expected) => Some(items::number(*expected)),
        }
    }

    fn apply_to(&self, input: CallInput) -> CallInput {
        let input = input.with("ConditionExpression", self.expression());
        match self.value() {
            Some(value) => input.with_value(":expected", &value),
            None => input,
        }
    }
}

/// The range of a query within a partition.
pub(super) struct Range<'a> {
    pub(super) pk: &'a str,
    /// The first sort key, included; in the order of the index if `by_time` is set.
    pub(super) from: &'a str,
    /// The last sort key, included.
    pub(super) to: &'a str,
    pub(super) by_time: bool,
    pub(super) consistent: bool,
}

impl<'a> Range<'a> {
    /// Returns the range of a whole partition.
    pub(super) fn all_of(pk: &'a str) -> Self {
        Self { pk, from: "0", to: keys::AFTER_ALL, by_time: false, consistent: true }
    }
}

impl DynamoStore {
    /// Returns the values of `monitors` from a partition with one item per monitor. The whole
    /// partition is read, because that costs less than single reads.
    pub(super) async fn of_monitors<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        pk: &str,
        monitors: &[MonitorId],
    ) -> StoreResult<Vec<(MonitorId, T)>> {
        let stored = self.query(operation, &Range::all_of(pk)).await?;
        let asked: HashSet<&str> = monitors.iter().map(MonitorId::as_str).collect();
        let asked_for = |item: &&Item| {
            items::text(item, keys::SK).is_some_and(|monitor| asked.contains(monitor))
        };
        Ok(self.readable(stored.iter().filter(asked_for), items::read_of_monitor))
    }

    /// Returns the items of `range` in order. Reads page by page until `is_enough` returns true for
    /// the items so far; it is called after each page.
    pub(super) async fn query_until(
        &self,
        operation: &'static str,
        range: &Range<'_>,
        mut is_enough: impl FnMut(&[Item]) -> bool + Send,
    ) -> StoreResult<Vec<Item>> {
        let mut all = Vec::new();
        let mut input = range.input().on(&self.table);
        loop {
            let mut page = self
                .call("Query", &input)
                .await
                .map_err(|error| unavailable(operation, range.pk, error))?;
            all.extend(wire::take_items(&mut page, "Items"));
            let next = page.get_mut("LastEvaluatedKey").map(Value::take);
            let next = next.filter(|key| key.as_object().is_some_and(|key| !key.is_empty()));
            let is_enough = is_enough(&all);
            match (next, input.as_object_mut()) {
                (Some(next), Some(input)) if !is_enough => {
                    input.insert("ExclusiveStartKey".to_owned(), next);
                }
                _ => return Ok(all),
            }
        }
    }

    /// Returns all items of `range` in order.
    pub(super) async fn query(
        &self,
        operation: &'static str,
        range: &Range<'_>,
    ) -> StoreResult<Vec<Item>> {
        self.query_until(operation, range, |_| false).await
    }

    /// Returns an item, or only these attributes of it; `None` if it does not exist.
    pub(super) async fn get(
        &self,
        operation: &'static str,
        (pk, sk): (&str, &str),
        attributes: Option<&[&str]>,
        consistency: Consistency,
    ) -> StoreResult<Option<Item>> {
        let is_strong = consistency == Consistency::Strong;
        let mut input =
            CallInput::default().with_key(&items::keyed(pk, sk)).with("ConsistentRead", is_strong);
        if let Some(names) = attributes {
            let placeholders: Vec<String> = (0..names.len()).map(|n| format!("#{n}")).collect();
            input = input.with("ProjectionExpression", placeholders.join(", "));
            for (placeholder, name) in placeholders.iter().zip(names) {
                input = input.with_name(placeholder, name);
            }
        }
        let answer = self.call("GetItem", &input.on(&self.table)).await;
        let mut answer = answer.map_err(|error| unavailable(operation, sk, error))?;
        Ok(wire::take_item(&mut answer, "Item"))
    }

    /// Writes `item` if `condition` holds for the present item.
    pub(super) async fn put(
        &self,
        operation: &'static str,
        item: Item,
        condition: Option<&PutCondition>,
    ) -> StoreResult<WriteResult> {
        let object = items::text(&item, keys::SK).unwrap_or_default();
        fits(operation, object, &item)?;
        let mut input = CallInput::default().with("Item", wire::item_to_json(&item));
        if let Some(condition) = condition {
            input =
                condition.apply_to(input).with("ReturnValuesOnConditionCheckFailure", "ALL_OLD");
        }
        let written = self.write("PutItem", input).await;
        written.map_err(|error| unavailable(operation, object, error))
    }

    /// Writes all of `puts`, or none if a condition does not hold.
    pub(super) async fn transact(
        &self,
        operation: &'static str,
        object: &str,
        puts: Vec<(Item, Option<PutCondition>)>,
    ) -> StoreResult<()> {
        let n_bytes: usize = puts.iter().map(|(item, _)| item_bytes(item)).sum();
        if puts.len() > MAX_TRANSACTION_ITEMS || n_bytes > MAX_TRANSACTION_BYTES {
            let what = format!(
                "it takes {} items of {n_bytes} bytes together, and one transaction takes at most \
                 {MAX_TRANSACTION_ITEMS} of {MAX_TRANSACTION_BYTES} bytes: watch fewer monitors \
                 with one table",
                puts.len()
            );
            return Err(unavailable(operation, object, what));
        }
        let mut inputs = Vec::with_capacity(puts.len());
        for (item, condition) in puts {
            fits(operation, object, &item)?;
            let input = CallInput::default().with("Item", wire::item_to_json(&item));
            inputs.push(match condition {
                Some(condition) => condition.apply_to(input),
                None => input,
            });
        }
        match self.write_all(inputs).await {
            Ok(()) => Ok(()),
            Err(error) if is_lost_race(&error) => {
                Err(StoreError::Conflict { operation, object: object.to_owned() })
            }
            Err(error) => Err(unavailable(operation, object, error)),
        }
    }
}

impl Range<'_> {
    fn input(&self) -> CallInput {
        let sort = if self.by_time { keys::AT } else { keys::SK };
        let input = CallInput::default()
            .with("KeyConditionExpression", "#pk = :pk AND #sort BETWEEN :from AND :to")
            .with("ConsistentRead", self.consistent)
            .with_name("#pk", keys::PK)
            .with_name("#sort", sort)
            .with_value(":pk", &items::text_value(self.pk))
            .with_value(":from", &items::text_value(self.from))
            .with_value(":to", &items::text_value(self.to));
        if self.by_time { input.with("IndexName", keys::BY_TIME) } else { input }
    }
}

/// Returns true if another process was first. Throttling and failures are not conflicts.
fn is_lost_race(error: &CallError) -> bool {
    match error.code() {
        Some("TransactionCanceledException") => {}
        code => {
            return matches!(
                code,
                Some("TransactionConflictException" | "TransactionInProgressException")
            );
        }
    }
    let details = details(error);
    let reasons = details.get("CancellationReasons").and_then(Value::as_array);
    let codes = || {
        let reasons = reasons.into_iter().flatten();
        reasons.filter_map(|reason| reason.get("Code").and_then(Value::as_str))
    };
    codes().all(|code| matches!(code, "None" | "ConditionalCheckFailed" | "TransactionConflict"))
        && codes().any(|code| code != "None")
}

/// Checks that an item is small enough for the table.
fn fits(operation: &'static str, object: &str, item: &Item) -> StoreResult<()> {
    let n_bytes = item_bytes(item);
    if n_bytes <= MAX_ITEM_BYTES {
        return Ok(());
    }
    let what = format!(
        "it takes {n_bytes} bytes, and an item of DynamoDB has at most {MAX_ITEM_BYTES}: watch \
         fewer monitors with one table, or shorten what was written"
    );
    Err(unavailable(operation, object, what))
}
