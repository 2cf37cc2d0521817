//! The calls to DynamoDB: paged reads, conditional writes, transactions, and what their errors mean
//! to a store.

use std::collections::HashSet;

use allclear_core::id::MonitorId;
use allclear_core::ports::{StoreError, StoreResult};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};

use serde::de::DeserializeOwned;

use super::DynamoStore;
use super::items::{self, Item};
use super::keys;
use super::units::{MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_ITEMS, item_bytes};

/// What is to be true of the item in a place before it is replaced.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    /// There is none.
    Absent,
    /// It has this version.
    Version(u64),
    /// It has this content; `None` for an item without any.
    Content(Option<AttributeValue>),
}

impl Condition {
    /// That the version is `expected`, where 0 stands for no item.
    pub(super) fn version(expected: u64) -> Self {
        if expected == 0 { Self::Absent } else { Self::Version(expected) }
    }

    /// That there is an item with the content of `item`.
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
}

/// What became of a conditional write.
#[derive(Debug)]
pub(super) enum Written {
    /// It was written.
    Yes,
    /// The condition did not hold. What lies there, where the answer says so.
    No(Option<Item>),
}

/// What is read of a partition.
pub(super) struct Range<'a> {
    pub(super) pk: &'a str,
    /// The first sort key, included, in the order of `index` where there is one.
    pub(super) from: &'a str,
    /// The last sort key, included.
    pub(super) to: &'a str,
    pub(super) by_time: bool,
    pub(super) consistent: bool,
}

impl<'a> Range<'a> {
    /// A whole partition, as it is.
    pub(super) fn all_of(pk: &'a str) -> Self {
        Self { pk, from: "0", to: keys::AFTER_ALL, by_time: false, consistent: true }
    }
}

impl DynamoStore {
    /// What lies under each of `monitors` in a partition that has an item for each monitor. The
    /// whole partition is read: that costs less than each of some by itself.
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

    /// The items of `range` in their order, page by page until `is_enough` of those so far, which is
    /// asked after each page.
    pub(super) async fn query_until(
        &self,
        operation: &'static str,
        range: &Range<'_>,
        mut is_enough: impl FnMut(&[Item]) -> bool + Send,
    ) -> StoreResult<Vec<Item>> {
        let sort = if range.by_time { keys::AT } else { keys::SK };
        let mut all = Vec::new();
        let mut next = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&*self.table)
                .set_index_name(range.by_time.then(|| keys::BY_TIME.to_owned()))
                .key_condition_expression("#pk = :pk AND #sort BETWEEN :from AND :to")
                .expression_attribute_names("#pk", keys::PK)
                .expression_attribute_names("#sort", sort)
                .expression_attribute_values(":pk", items::text_value(range.pk))
                .expression_attribute_values(":from", items::text_value(range.from))
                .expression_attribute_values(":to", items::text_value(range.to))
                .consistent_read(range.consistent)
                .set_exclusive_start_key(next)
                .send()
                .await
                .map_err(|error| unavailable(operation, range.pk, error))?;
            all.extend(page.items.unwrap_or_default());
            next = page.last_evaluated_key.filter(|key| !key.is_empty());
            if is_enough(&all) || next.is_none() {
                return Ok(all);
            }
        }
    }

    /// All items of `range` in their order.
    pub(super) async fn query(
        &self,
        operation: &'static str,
        range: &Range<'_>,
    ) -> StoreResult<Vec<Item>> {
        self.query_until(operation, range, |_| false).await
    }

    /// The item there, or these attributes of it; `None` where there is none.
    pub(super) async fn get(
        &self,
        operation: &'static str,
        (pk, sk): (&str, &str),
        attributes: Option<&[&str]>,
        consistent: bool,
    ) -> StoreResult<Option<Item>> {
        let mut call = self
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(items::keyed(pk, sk)))
            .consistent_read(consistent);
        for (n, name) in attributes.unwrap_or_default().iter().enumerate() {
            call = call.expression_attribute_names(format!("#{n}"), *name);
        }
        if let Some(names) = attributes {
            let names: Vec<String> = (0..names.len()).map(|n| format!("#{n}")).collect();
            call = call.projection_expression(names.join(", "));
        }
        let answer = call.send().await.map_err(|error| unavailable(operation, sk, error))?;
        Ok(answer.item.filter(|item| !item.is_empty()))
    }

    /// Puts `item`, if `condition` holds of what lies there.
    pub(super) async fn put(
        &self,
        operation: &'static str,
        item: Item,
        condition: Option<&Condition>,
    ) -> StoreResult<Written> {
        let object = items::text(&item, keys::SK).unwrap_or_default().to_owned();
        fits(operation, &object, &item)?;
        let call = self
            .client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(item))
            .set_condition_expression(condition.map(|one| one.expression().to_owned()))
            .set_expression_attribute_values(
                condition
                    .and_then(Condition::value)
                    .map(|value| [(":expected".to_owned(), value)].into()),
            )
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match call.send().await {
            Ok(_) => Ok(Written::Yes),
            Err(SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception() =>
            {
                let PutItemError::ConditionalCheckFailedException(failed) = error.into_err() else {
                    return Ok(Written::No(None));
                };
                Ok(Written::No(failed.item))
            }
            Err(error) => Err(unavailable(operation, &object, error)),
        }
    }

    /// Puts all of `puts`, or none where a condition does not hold. The SDK sends one token with
    /// each try, so that a try whose answer was lost counts once.
    pub(super) async fn transact(
        &self,
        operation: &'static str,
        object: &str,
        puts: Vec<(Item, Option<Condition>)>,
    ) -> StoreResult<()> {
        let n_bytes: usize = puts.iter().map(|(item, _)| item_bytes(item)).sum();
        if puts.len() > MAX_TRANSACTION_ITEMS || n_bytes > MAX_TRANSACTION_BYTES {
            let what = format!(
                "it takes {} items of {n_bytes} bytes together, and one transaction takes at most \
                 {MAX_TRANSACTION_ITEMS} of {MAX_TRANSACTION_BYTES} bytes: watch fewer monitors \
                 with one table",
                puts.len()
            );
            return Err(refused(operation, object, what));
        }
        let mut call = self.client.transact_write_items();
        for (item, condition) in puts {
            fits(operation, object, &item)?;
            let mut put = Put::builder().table_name(&*self.table).set_item(Some(item));
            if let Some(condition) = condition {
                put = put
                    .condition_expression(condition.expression())
                    .set_expression_attribute_values(
                        condition.value().map(|value| [(":expected".to_owned(), value)].into()),
                    );
            }
            let put = put.build().map_err(|error| refused(operation, object, error))?;
            call = call.transact_items(TransactWriteItem::builder().put(put).build());
        }
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(is_lost_race) => {
                Err(StoreError::Conflict { operation, object: object.to_owned() })
            }
            Err(error) => Err(unavailable(operation, object, error)),
        }
    }
}

/// Whether somebody else was first. What throttles or fails by itself is no conflict.
fn is_lost_race(error: &TransactWriteItemsError) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(canceled) = error else {
        return matches!(
            error.code(),
            Some("TransactionConflictException" | "TransactionInProgressException")
        );
    };
    let codes = || canceled.cancellation_reasons().iter().filter_map(|reason| reason.code());
    codes().all(|code| matches!(code, "None" | "ConditionalCheckFailed" | "TransactionConflict"))
        && codes().any(|code| code != "None")
}

/// Checks that an item has room in the table.
fn fits(operation: &'static str, object: &str, item: &Item) -> StoreResult<()> {
    let n_bytes = item_bytes(item);
    if n_bytes <= MAX_ITEM_BYTES {
        return Ok(());
    }
    let what = format!(
        "it takes {n_bytes} bytes, and an item of DynamoDB has at most {MAX_ITEM_BYTES}: watch \
         fewer monitors with one table, or shorten what was written"
    );
    Err(refused(operation, object, what))
}

pub(super) fn refused(
    operation: &'static str,
    object: &str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    StoreError::Unavailable { operation, object: object.to_owned(), source: error.into() }
}

/// What is not a lost race may pass: throttling, a failing service, a lost connection, a role or a
/// table that somebody has yet to mend.
pub(super) fn unavailable<E, R>(
    operation: &'static str,
    object: &str,
    error: SdkError<E, R>,
) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    // A service error says no more than its type; what it means stands in its code and message.
    let said = error.as_service_error().and_then(|error| {
        let code = error.code()?;
        Some(format!("{code}: {}", error.message().unwrap_or("no message")))
    });
    match said {
        Some(said) => refused(operation, object, said),
        None => refused(operation, object, error),
    }
}
