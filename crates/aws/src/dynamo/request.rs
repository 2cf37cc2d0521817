//! The requests to the table: conditional writes, updates and deletions, and their errors.

use allclear_core::ports::{StoreError, StoreResult};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value, json};

use super::items::Item;
use super::{DynamoStore, wire};
use crate::signed::CallError;
use crate::signed::protocol::ApiOperation;

const CONDITION_FAILED: &str = "ConditionalCheckFailedException";

/// The input of a call, in the terms of the protocol.
#[derive(Debug, Default)]
pub(super) struct CallInput {
    fields: Map<String, Value>,
    names: Map<String, Value>,
    values: Map<String, Value>,
}

/// The result of a conditional write.
#[derive(Debug)]
pub(super) enum WriteResult {
    /// The write was made. The new item, if the input requested it.
    Yes(Option<Item>),
    /// The condition did not hold. The present item, if there is one.
    No(Option<Item>),
}

impl CallInput {
    /// Sets a field.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// Sets the key of the item.
    pub(super) fn with_key(self, key: &Item) -> Self {
        self.with("Key", wire::item_to_json(key))
    }

    /// Defines a placeholder for the name of an attribute.
    pub(super) fn with_name(mut self, placeholder: &str, name: &str) -> Self {
        self.names.insert(placeholder.to_owned(), name.into());
        self
    }

    /// Defines a placeholder for a value.
    pub(super) fn with_value(mut self, placeholder: &str, value: &AttributeValue) -> Self {
        self.values.insert(placeholder.to_owned(), wire::attribute_to_json(value));
        self
    }

    /// Sets the condition of a write. If it does not hold, the response contains the present item.
    pub(super) fn with_condition(self, expression: &str) -> Self {
        self.with("ConditionExpression", expression)
            .with("ReturnValuesOnConditionCheckFailure", "ALL_OLD")
    }

    /// Returns the JSON for a call on `table`.
    pub(super) fn on(self, table: &str) -> Value {
        let Self { mut fields, names, values } = self;
        fields.insert("TableName".to_owned(), table.into());
        for (name, map) in
            [("ExpressionAttributeNames", names), ("ExpressionAttributeValues", values)]
        {
            if !map.is_empty() {
                fields.insert(name.to_owned(), Value::Object(map));
            }
        }
        Value::Object(fields)
    }
}

impl DynamoStore {
    /// Calls DynamoDB.
    pub(super) async fn call(&self, name: &'static str, input: &Value) -> Result<Value, CallError> {
        self.client.json(operation(name), input).await
    }

    /// Writes an item under a condition: `PutItem` or `UpdateItem`.
    pub(super) async fn write(
        &self,
        name: &'static str,
        input: CallInput,
    ) -> Result<WriteResult, CallError> {
        written(self.call(name, &input.on(&self.table)).await)
    }

    /// Updates an item under a condition, with one try.
    pub(super) async fn update_once(&self, input: CallInput) -> Result<WriteResult, CallError> {
        let client = self.client.without_retries();
        written(client.json(operation("UpdateItem"), &input.on(&self.table)).await)
    }

    /// Deletes an item.
    pub(super) async fn delete(&self, operation: &'static str, key: &Item) -> StoreResult<()> {
        let input = CallInput::default().with_key(key).on(&self.table);
        let deleted = self.call("DeleteItem", &input).await;
        deleted.map(|_| ()).map_err(|error| {
            let object = super::items::text(key, super::keys::SK).unwrap_or_default();
            unavailable(operation, object, error)
        })
    }

    /// Writes all of `puts`, or none. Each try has the same token, so that a try whose response was
    /// lost is applied once.
    pub(super) async fn write_all(&self, puts: Vec<CallInput>) -> Result<(), CallError> {
        let puts: Vec<Value> =
            puts.into_iter().map(|put| json!({ "Put": put.on(&self.table) })).collect();
        let input = json!({ "TransactItems": puts, "ClientRequestToken": token() });
        self.call("TransactWriteItems", &input).await.map(|_| ())
    }
}

fn operation(name: &'static str) -> ApiOperation {
    ApiOperation { version: "1.0", prefix: "DynamoDB_20120810", name }
}

/// Returns a token that is unique among transactions.
fn token() -> String {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};

    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

fn written(answer: Result<Value, CallError>) -> Result<WriteResult, CallError> {
    match answer {
        Ok(mut output) => Ok(WriteResult::Yes(wire::take_item(&mut output, "Attributes"))),
        Err(error) if error.code() == Some(CONDITION_FAILED) => {
            Ok(WriteResult::No(wire::take_item(&mut details(&error), "Item")))
        }
        Err(error) => Err(error),
    }
}

/// Returns the fields of a refusal; null if there are none.
pub(super) fn details(error: &CallError) -> Value {
    let body = error.answer().map(|answer| answer.body.as_slice()).unwrap_or_default();
    serde_json::from_slice(body).unwrap_or_default()
}

/// Returns the error of a call that failed for another reason than a lost race, or of a record that could
/// not be encoded. The reason may be temporary: throttling, a failing service, a lost connection, or a role
/// or table that an operator must correct.
pub(super) fn unavailable(
    operation: &'static str,
    object: &str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    StoreError::Unavailable { operation, object: object.to_owned(), source: error.into() }
}
