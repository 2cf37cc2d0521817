//! The contract of the ports. Pruning is not part of it, because DynamoDB deletes expired items
//! itself.

use allclear_aws::dynamo::DynamoStore;
use allclear_contract::{Fresh, budget_contract, next_notice_contract, store_contract};

use crate::{ministack, moto, table};

store_contract!(on_ministack, fresh_on_ministack);
store_contract!(on_moto, fresh_on_moto);
budget_contract!(budgets_on_ministack, fresh_on_ministack);
budget_contract!(budgets_on_moto, fresh_on_moto);
next_notice_contract!(next_notices_on_ministack, fresh_on_ministack);
next_notice_contract!(next_notices_on_moto, fresh_on_moto);

async fn fresh_on_ministack() -> Fresh<DynamoStore> {
    println!("on {}", ministack::place());
    Fresh { adapter: table::fresh(&ministack::cloud()).await, guard: () }
}

async fn fresh_on_moto() -> Fresh<DynamoStore> {
    Fresh { adapter: table::fresh(&moto::cloud()).await, guard: () }
}
