//! Reading many items by their keys.

use std::time::Duration;

use allclear_core::ports::StoreResult;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::items::{self, Item};
use super::limits::MAX_BATCH_KEYS;
use super::request::unavailable;
use super::{DynamoStore, wire};

/// The most requests for the keys of one batch. DynamoDB leaves keys out of an answer that is too large, or while the
/// table is busy.
const MAX_ROUNDS: u32 = 5;

/// The pause before the second request for the keys of a batch. It doubles before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

impl DynamoStore {
    /// Returns the items of a partition with these sort keys, in any order, with all writes so far. Keys without an item
    /// are left out.
    pub(super) async fn batch_get(
        &self,
        operation: &'static str,
        pk: &str,
        sort_keys: &[&str],
    ) -> StoreResult<Vec<Item>> {
        let mut all = Vec::new();
        for keys in sort_keys.chunks(MAX_BATCH_KEYS) {
            let keys = keys.iter().map(|sk| wire::item_to_json(&items::keyed(pk, sk))).collect();
            all.extend(self.batch(operation, pk, keys).await?);
        }
        Ok(all)
    }

    /// Returns the items with these keys, at most [`MAX_BATCH_KEYS`].
    async fn batch(
        &self,
        operation: &'static str,
        pk: &str,
        keys: Vec<Value>,
    ) -> StoreResult<Vec<Item>> {
        let mut items = Vec::new();
        let mut request = json!({ &*self.table: { "Keys": keys, "ConsistentRead": true } });
        for round in 0..MAX_ROUNDS {
            if round > 0 {
                sleep(FIRST_PAUSE.saturating_mul(1 << (round - 1))).await;
            }
            let answer = self.call("BatchGetItem", &json!({ "RequestItems": request })).await;
            let mut answer = answer.map_err(|error| unavailable(operation, pk, error))?;
            if let Some(responses) = answer.get_mut("Responses") {
                items.extend(wire::take_items(responses, &self.table));
            }
            let left = answer.get_mut("UnprocessedKeys").map(Value::take);
            match left.filter(|left| left.as_object().is_some_and(|left| !left.is_empty())) {
                Some(left) => request = left,
                None => return Ok(items),
            }
        }
        let what = format!("the table left keys out of {MAX_ROUNDS} answers: it is busy");
        Err(unavailable(operation, pk, what))
    }
}
