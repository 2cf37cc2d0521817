//! The contract of the ports. DynamoDB forgets by itself: there is nothing to prune.

use allclear_aws::dynamo::DynamoStore;
use allclear_contract::{Fresh, store_contract};

use crate::{ministack, table};

store_contract!(on_ministack, fresh_on_ministack);

async fn fresh_on_ministack() -> Fresh<DynamoStore> {
    println!("on {}", ministack::place());
    let client = ministack::cloud().dynamodb();
    Fresh { adapter: table::fresh(&client).await, guard: () }
}
