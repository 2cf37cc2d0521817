//! The records of a stack's table, in their stored form.

use serde_json::{Value, json};

use super::Stack;

impl Stack {
    /// Puts an item into the table without the product's code.
    pub(crate) async fn put(&self, item: Value) {
        let input = json!({ "TableName": self.output("TableName"), "Item": item });
        self.aws.json("dynamodb", "DynamoDB_20120810.PutItem", input).await;
    }

    /// Returns the items under a partition key, in the order of their sort keys.
    pub(crate) async fn items(&self, pk: &str) -> Vec<Value> {
        let mut input = json!({
            "TableName": self.output("TableName"),
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": { ":pk": { "S": pk } },
        });
        let mut items = Vec::new();
        loop {
            let mut page =
                self.aws.json("dynamodb", "DynamoDB_20120810.Query", input.clone()).await;
            items.extend(page["Items"].as_array().unwrap().iter().cloned());
            let last = page["LastEvaluatedKey"].take();
            if last.is_null() {
                return items;
            }
            input["ExclusiveStartKey"] = last;
        }
    }

    /// Returns the number of deliveries that are still owed. A packed item counts once.
    pub(crate) async fn n_owed(&self) -> usize {
        let is_owed =
            |item: &&Value| item["at"]["S"].as_str().unwrap_or_default().starts_with("owed#");
        self.items("delivery").await.iter().filter(is_owed).count()
    }
}
