//! A new table on the local AWS.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use allclear_aws::cloud::AwsService;
use allclear_aws::dynamo::{DynamoStore, Retention, schema};
use aws_sdk_dynamodb::Client;

use crate::ministack;

/// No expiry.
const FOR_EVER: Retention = Retention {
    runs: Duration::MAX,
    hours: Duration::MAX,
    days: Duration::MAX,
    events: Duration::MAX,
};

/// Returns a store in a new table.
pub(crate) async fn fresh() -> DynamoStore {
    println!("on {}", ministack::place());
    let cloud = ministack::cloud();
    let client = Client::new(&cloud.config_of(AwsService::DynamoDb));
    let name = format!("allclear-{:016x}", RandomState::new().build_hasher().finish());
    schema::create_table(&name).unwrap().send_with(&client).await.unwrap();
    DynamoStore::new(&cloud, &name, FOR_EVER)
}
