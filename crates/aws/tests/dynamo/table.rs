//! A table of its own for each test.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use allclear_aws::dynamo::{DynamoStore, Retention, schema};
use aws_sdk_dynamodb::Client;

/// The cases tell of days that may be long past when they run.
pub(crate) const FOR_EVER: Retention = Retention {
    runs: Duration::MAX,
    hours: Duration::MAX,
    days: Duration::MAX,
    events: Duration::MAX,
};

/// A store in a new table.
pub(crate) async fn fresh(client: &Client) -> DynamoStore {
    let name = format!("allclear-{:016x}", RandomState::new().build_hasher().finish());
    named(client, &name).await
}

/// A store in a new table of this name.
pub(crate) async fn named(client: &Client, name: &str) -> DynamoStore {
    schema::create_table(name).unwrap().send_with(client).await.unwrap();
    DynamoStore::new(client.clone(), name, FOR_EVER)
}
