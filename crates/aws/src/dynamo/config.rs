//! The active config and the earlier ones.

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::ports::{AppliedConfig, ApplyConfig, ReadConfig, StoreResult, Version};
use serde::{Deserialize, Serialize};

use super::calls::PutCondition;
use super::items::{self, ItemError};
use super::limits::Consistency;
use super::request::unavailable;
use super::{DynamoStore, corrupt, encoding, keys};

const READ: &str = "read config";
const APPLY: &str = "apply config";

impl ReadConfig for DynamoStore {
    /// Reads without consistency: the version may be a second old.
    async fn config_version(&self) -> StoreResult<Version> {
        let place = (keys::CONFIG, keys::CURRENT);
        match self.get(READ, place, None, Consistency::Eventual).await? {
            None => Ok(0),
            Some(item) => items::read_number(&item, items::VERSION)
                .map_err(|error| corrupt(READ, keys::CURRENT, error)),
        }
    }

    async fn applied_config(&self, version: Version) -> StoreResult<Option<AppliedConfig>> {
        let sk = keys::config(version);
        let Some(item) = self.get(READ, (keys::CONFIG, &sk), None, Consistency::Strong).await?
        else {
            return Ok(None);
        };
        let read = || {
            let bytes = items::body(&item)?;
            let Applied { config, text, at, by } = encoding::decode_value(bytes)?;
            Ok(AppliedConfig { config, text, at, by })
        };
        read().map(Some).map_err(|error: ItemError| corrupt(READ, &sk, error))
    }
}

impl ApplyConfig for DynamoStore {
    async fn apply_config(
        &self,
        expected: Version,
        applied: &AppliedConfig,
    ) -> StoreResult<Version> {
        let version = expected + 1;
        let sk = keys::config(version);
        let AppliedConfig { config, text, at, by } = applied.clone();
        let body = encoding::encode_value(&Applied { config, text, at, by })
            .map_err(|error| unavailable(APPLY, &sk, error))?;
        let mut kept = items::keyed(keys::CONFIG, &sk);
        items::set(&mut kept, items::BODY, items::binary(body));
        let mut current = items::keyed(keys::CONFIG, keys::CURRENT);
        items::set(&mut current, items::VERSION, items::number(version));
        let puts = vec![
            (kept, Some(PutCondition::Absent)),
            (current, Some(PutCondition::version(expected))),
        ];
        self.transact(APPLY, &sk, puts).await?;
        Ok(version)
    }
}

/// The stored form of an applied config.
#[derive(Serialize, Deserialize)]
struct Applied {
    config: Config,
    text: String,
    at: Timestamp,
    by: String,
}
