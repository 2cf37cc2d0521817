//! The amount that each monitor has spent in a month: one item for all processes and regions,
//! changed only by conditional additions.

use allclear_core::budget::{BudgetKey, Reservation, ReserveResult};
use allclear_core::cost::Cost;
use allclear_core::ports::{ReserveBudget, StoreResult};
use aws_sdk_dynamodb::types::AttributeValue;

use super::items::{self, Item};
use super::request::{CallInput, WriteResult, unavailable};
use super::{DynamoStore, corrupt, keys};
use crate::signed::CallError;

const RESERVE: &str = "reserve budget";
const SETTLE: &str = "settle budget";

/// The result of a conditional addition.
enum Added {
    /// The addition was made; the sum after it.
    To(Cost),
    /// The condition did not hold; the stored sum, if the response contains it.
    Not(Option<Cost>),
}

impl ReserveBudget for DynamoStore {
    /// Reserves with retries. If the response to a try was lost, the amount counts twice: the
    /// counted sum may be too high, but never too low.
    async fn reserve(
        &self,
        key: &BudgetKey,
        amount: Cost,
        cap: Cost,
    ) -> StoreResult<ReserveResult> {
        let limit = cap.saturating_sub(amount);
        // The sum before the addition is compared, because a condition has no arithmetic.
        let condition = if amount > cap {
            "attribute_exists(spent) AND spent < :limit"
        } else {
            "attribute_not_exists(spent) OR spent <= :limit"
        };
        let input = addition(key, &items::number(amount.nanodollars()), condition)
            .with("UpdateExpression", "ADD spent :amount SET #expires = :expires")
            .with_name("#expires", keys::EXPIRES)
            .with_value(":expires", &items::budget_expires(key))
            .with_value(":limit", &items::number(limit.nanodollars()));
        Ok(match added(RESERVE, key, self.write("UpdateItem", input).await)? {
            Added::To(spent) => {
                ReserveResult::Granted(Reservation { key: key.clone(), amount, spent })
            }
            Added::Not(spent) => ReserveResult::Exhausted { spent: spent.unwrap_or_default() },
        })
    }

    /// Settles without retries: a settlement that is applied twice would return more than was
    /// reserved.
    async fn settle(&self, reservation: &Reservation, actual: Cost) -> StoreResult<Cost> {
        let Reservation { key, amount, spent } = reservation;
        if actual == *amount {
            return Ok(*spent);
        }
        let change = i128::from(actual.nanodollars()) - i128::from(amount.nanodollars());
        // A counter that was removed in the meantime must not start again below zero.
        let change = AttributeValue::N(change.to_string());
        let input = addition(key, &change, "spent >= :reserved")
            .with("UpdateExpression", "ADD spent :amount")
            .with_value(":reserved", &items::number(amount.nanodollars()));
        let response = self.update_once(input).await;
        Ok(match added(SETTLE, key, response)? {
            Added::To(spent) => spent,
            Added::Not(stored) => stored.unwrap_or_default(),
        })
    }
}

/// Returns the beginning of a conditional addition.
fn addition(key: &BudgetKey, amount: &AttributeValue, condition: &str) -> CallInput {
    CallInput::default()
        .with_key(&items::keyed(keys::BUDGET, &keys::budget(key)))
        .with_condition(condition)
        .with_value(":amount", amount)
        .with("ReturnValues", "ALL_NEW")
}

/// Reads the response to an addition.
fn added(
    operation: &'static str,
    key: &BudgetKey,
    response: Result<WriteResult, CallError>,
) -> StoreResult<Added> {
    let object = key.to_string();
    let spent = |item: &Item| {
        let spent = items::read_number(item, items::SPENT);
        spent.map(Cost::from_nanodollars).map_err(|error| corrupt(operation, &object, error))
    };
    match response {
        Ok(WriteResult::Yes(item)) => Ok(Added::To(spent(&item.unwrap_or_default())?)),
        Ok(WriteResult::No(item)) => Ok(Added::Not(item.as_ref().map(spent).transpose()?)),
        Err(error) => Err(unavailable(operation, &object, error)),
    }
}
