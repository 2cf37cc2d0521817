//! The store, in one DynamoDB table. Each port or group of ports has a module; shared parts are
//! here.
//!
//! `encoding`, `keys`, `items` and `units` are pure: they define the content, the keys and the cost
//! of each write. They are public so that a bill can be computed without a table.

mod batch;
mod beats;
mod budgets;
mod calls;
mod catalogs;
mod claims;
mod config;
pub mod encoding;
mod history;
mod incident_expiry;
mod incidents;
pub mod items;
pub mod keys;
pub mod limits;
mod next_notice_item;
mod next_notices;
mod notes;
mod operator_entries;
mod outbox;
mod past;
mod request;
mod runs;
pub mod schema;
mod state;
mod state_parts;
pub mod units;
mod wire;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use allclear_core::Timestamp;
use allclear_core::config::{Settings, WithRetention};
use allclear_core::id::ShardId;
use allclear_core::ports::{FindUnreadable, RecordKey, StoreError, Unreadable};

pub use self::items::Retention;
use self::items::{Item, ItemError};
use crate::cloud::{AwsService, Cloud};
use crate::signed::Signed;

/// A store of all recorded and decided data in one DynamoDB table. Clones are cheap and share the
/// store.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    client: Signed,
    table: Arc<str>,
    retention: Retention,
    shared: Arc<StoreState>,
}

#[derive(Debug, Default)]
struct StoreState {
    /// The shards that are known to be listed in the table.
    listed: Mutex<HashSet<ShardId>>,
    /// The unreadable items that were already reported, with their errors.
    reported: Mutex<HashMap<RecordKey, Unreadable>>,
}

impl DynamoStore {
    /// Creates the store in `table`. The first request is sent by the first call of a port.
    #[must_use]
    pub fn new(cloud: &Cloud, table: impl Into<String>, retention: Retention) -> Self {
        let client = Signed::new(cloud.clone(), AwsService::DynamoDb);
        let table = Arc::from(table.into());
        Self { client, table, retention, shared: Arc::default() }
    }

    /// Returns the same store with another retention for future writes.
    #[must_use]
    pub fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Decodes the readable and unexpired ones of `items`. The others are kept and reported once,
    /// because one unreadable item must not hide the readable ones.
    fn readable<'a, T>(
        &self,
        items: impl IntoIterator<Item = &'a Item>,
        read: impl Fn(&Item) -> Result<T, ItemError>,
    ) -> Vec<T> {
        let now = clock();
        let mut values = Vec::new();
        for item in items.into_iter().filter(|item| !items::is_expired(item, now)) {
            match read(item) {
                Ok(value) => values.push(value),
                Err(error) => self.report(item, &error),
            }
        }
        values
    }

    fn report(&self, item: &Item, error: &ItemError) {
        let place = |name| items::text(item, name).unwrap_or_default().to_owned();
        let (pk, sk) = (place(keys::PK), place(keys::SK));
        let mut reported = self.shared.reported.lock().unwrap_or_else(PoisonError::into_inner);
        reported.entry(keys::record(&pk, &sk)).or_insert_with(|| {
            let code = if is_unknown_format(error) {
                "record_version_unknown"
            } else if keys::is_run(&pk) {
                "run_unreadable"
            } else {
                "store_corrupt"
            };
            tracing::error!(code, pk, sk, %error, "failed to decode an item; skipped it");
            let reason = format!("cannot decode item `{pk}` / `{sk}`: {error}");
            Unreadable { code, reason }
        });
    }
}

impl FindUnreadable for DynamoStore {
    fn unreadable(&self, key: &RecordKey) -> Option<Unreadable> {
        let reported = self.shared.reported.lock().unwrap_or_else(PoisonError::into_inner);
        reported.get(key).cloned()
    }
}

fn is_unknown_format(error: &ItemError) -> bool {
    matches!(error, ItemError::Decode(error) if error.is_unknown_format())
}

fn corrupt(operation: &'static str, object: &str, error: ItemError) -> StoreError {
    StoreError::Corrupt { operation, object: object.to_owned(), source: error.into() }
}

/// Returns the current time, which is only compared with the expiry of items.
#[expect(clippy::disallowed_methods, reason = "DynamoDB deletes by the clock, in its own time")]
fn clock() -> Timestamp {
    Timestamp::now()
}

impl WithRetention for DynamoStore {
    fn with_retention_of(&self, settings: &Settings) -> Self {
        self.clone().with_retention(settings.into())
    }
}
