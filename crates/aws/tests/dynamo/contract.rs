//! The contract of the ports. DynamoDB expires items itself, so there is nothing to prune.

use allclear_aws::dynamo::DynamoStore;
use allclear_contract::{Fresh, budget_contract, store_contract};

use crate::{ministack, moto, table};

store_contract!(on_ministack, fresh_on_ministack);
store_contract!(on_moto, fresh_on_moto);
budget_contract!(budgets_on_ministack, fresh_on_ministack);
budget_contract!(budgets_on_moto, fresh_on_moto);

async fn fresh_on_ministack() -> Fresh<DynamoStore> {
    println!("on {}", ministack::place());
    Fresh { adapter: table::fresh(&ministack::cloud()).await, guard: () }
}

async fn fresh_on_moto() -> Fresh<DynamoStore> {
    Fresh { adapter: table::fresh(&moto::cloud()).await, guard: () }
}
