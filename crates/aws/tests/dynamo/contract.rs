//! The contract of the ports. DynamoDB forgets by itself: there is nothing to prune.

use allclear_aws::dynamo::DynamoStore;
use allclear_contract::{Fresh, budget_contract, store_contract};

use crate::{dynamodb_local, ministack, table};

store_contract!(on_ministack, fresh_on_ministack);
store_contract!(on_dynamodb_local, fresh_on_dynamodb_local);
budget_contract!(budgets_on_ministack, fresh_on_ministack);
budget_contract!(budgets_on_dynamodb_local, fresh_on_dynamodb_local);

async fn fresh_on_ministack() -> Fresh<DynamoStore> {
    println!("on {}", ministack::place());
    let client = ministack::cloud().dynamodb();
    Fresh { adapter: table::fresh(&client).await, guard: () }
}

async fn fresh_on_dynamodb_local() -> Fresh<DynamoStore> {
    match dynamodb_local::cloud() {
        Some(cloud) => Fresh { adapter: table::fresh(&cloud.dynamodb()).await, guard: () },
        None => fresh_on_ministack().await,
    }
}
