//! The money that each monitor has spent in a month: one item for all processes and regions, changed
//! by conditional additions alone.

use allclear_core::budget::{BudgetKey, Reservation, Reserved};
use allclear_core::cost::Cost;
use allclear_core::ports::{ReserveBudget, StoreResult};
use aws_sdk_dynamodb::config::Config;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::calls::unavailable;
use super::items::{self, Item};
use super::{DynamoStore, corrupt, keys};

const RESERVE: &str = "reserve budget";
const SETTLE: &str = "settle budget";

/// The result of a conditional addition.
enum Added {
    /// The sum after it.
    To(Cost),
    /// The condition did not hold; the sum that is stored, where the answer has it.
    Not(Option<Cost>),
}

impl ReserveBudget for DynamoStore {
    /// A try whose answer was lost is made again by the SDK and then counts twice: too much is
    /// counted, never too little.
    async fn reserve(&self, key: &BudgetKey, amount: Cost, cap: Cost) -> StoreResult<Reserved> {
        let limit = cap.saturating_sub(amount);
        // The sum before the addition is compared, because a condition has no arithmetic.
        let condition = if amount > cap {
            "attribute_exists(spent) AND spent < :limit"
        } else {
            "attribute_not_exists(spent) OR spent <= :limit"
        };
        let call = self
            .addition(key, items::number(amount.nanodollars()), condition)
            .update_expression("ADD spent :amount SET #expires = :expires")
            .expression_attribute_names("#expires", keys::EXPIRES)
            .expression_attribute_values(":expires", items::budget_expires(key))
            .expression_attribute_values(":limit", items::number(limit.nanodollars()));
        Ok(match added(RESERVE, key, call.send().await)? {
            Added::To(spent) => Reserved::Granted(Reservation { key: key.clone(), amount, spent }),
            Added::Not(spent) => Reserved::Exhausted { spent: spent.unwrap_or_default() },
        })
    }

    /// Without retries: a settlement that is applied twice would give back more than was reserved.
    async fn settle(&self, reservation: &Reservation, actual: Cost) -> StoreResult<Cost> {
        let Reservation { key, amount, spent } = reservation;
        if actual == *amount {
            return Ok(*spent);
        }
        let change = i128::from(actual.nanodollars()) - i128::from(amount.nanodollars());
        // A counter that was removed since then must not begin anew below zero.
        let call = self
            .addition(key, AttributeValue::N(change.to_string()), "spent >= :reserved")
            .update_expression("ADD spent :amount")
            .expression_attribute_values(":reserved", items::number(amount.nanodollars()));
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let answer = call.customize().config_override(once).send().await;
        Ok(match added(SETTLE, key, answer)? {
            Added::To(spent) => spent,
            Added::Not(stored) => stored.unwrap_or_default(),
        })
    }
}

impl DynamoStore {
    fn addition(
        &self,
        key: &BudgetKey,
        amount: AttributeValue,
        condition: &str,
    ) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(items::keyed(keys::BUDGET, &keys::budget(key))))
            .condition_expression(condition)
            .expression_attribute_values(":amount", amount)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// Reads the answer to an addition.
fn added<R>(
    operation: &'static str,
    key: &BudgetKey,
    answer: Result<UpdateItemOutput, SdkError<UpdateItemError, R>>,
) -> StoreResult<Added>
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let object = key.to_string();
    let spent = |item: &Item| {
        let spent = items::read_number(item, items::SPENT);
        spent.map(Cost::from_nanodollars).map_err(|error| corrupt(operation, &object, error))
    };
    match answer {
        Ok(output) => Ok(Added::To(spent(&output.attributes.unwrap_or_default())?)),
        Err(SdkError::ServiceError(error))
            if error.err().is_conditional_check_failed_exception() =>
        {
            let UpdateItemError::ConditionalCheckFailedException(failed) = error.into_err() else {
                return Ok(Added::Not(None));
            };
            Ok(Added::Not(
                failed.item.filter(|item| !item.is_empty()).as_ref().map(spent).transpose()?,
            ))
        }
        Err(error) => Err(unavailable(operation, &object, error)),
    }
}
