//! A separate table for each test.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use allclear_aws::cloud::{AwsService, Cloud};
use allclear_aws::dynamo::items::Item;
use allclear_aws::dynamo::{DynamoStore, Retention, schema};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;

use crate::{ministack, moto};

/// No expiry, because the times of the test cases may be long past.
pub(crate) const FOR_EVER: Retention = Retention {
    runs: Duration::MAX,
    hours: Duration::MAX,
    days: Duration::MAX,
    events: Duration::MAX,
};

/// Returns a store in a new table.
pub(crate) async fn fresh(cloud: &Cloud) -> DynamoStore {
    Table::new(cloud).await.store
}

/// A table that a test can also read without the store.
pub(crate) struct Table {
    pub(crate) store: DynamoStore,
    cloud: Cloud,
    client: Client,
    name: String,
}

impl Table {
    async fn new(cloud: &Cloud) -> Self {
        let client = aws_sdk_dynamodb::Client::new(&cloud.config_of(AwsService::DynamoDb));
        let name = format!("allclear-{:016x}", RandomState::new().build_hasher().finish());
        let created = schema::create_table(&name).unwrap().send_with(&client).await;
        // The table exists if the answer to an earlier try was lost.
        let error = created.as_ref().err().and_then(|error| error.as_service_error());
        let exists = error.is_some_and(CreateTableError::is_resource_in_use_exception);
        assert!(created.is_ok() || exists, "{created:?}");
        let store = DynamoStore::new(cloud, &name, FOR_EVER);
        Self { store, cloud: cloud.clone(), client, name }
    }

    /// Creates one table on each engine.
    pub(crate) async fn on_each() -> [Self; 2] {
        let on_ministack = Self::new(&ministack::cloud()).await;
        [on_ministack, Self::new(&moto::cloud()).await]
    }

    /// Returns a store of another process on the same table.
    pub(crate) fn reopened(&self, retention: Retention) -> DynamoStore {
        DynamoStore::new(&self.cloud, &self.name, retention)
    }

    pub(crate) async fn put(&self, item: &Item) {
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item.clone()));
        put.send().await.unwrap();
    }

    pub(crate) async fn items(&self) -> Vec<Item> {
        let scan = self.client.scan().table_name(&self.name).consistent_read(true).into_paginator();
        scan.items().send().collect::<Result<Vec<Item>, _>>().await.unwrap()
    }
}
