//! Configs, dead letters and the calls of the generator.

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::ports::{
    AppliedConfig, ApplyConfig, DeadLetters, FindUnreadable, PoisonRecord, ReadConfig, RecordKey,
    StoreResult, Unreadable, Version, WakeGenerator,
};

use super::{Call, Content, MemoryStore, Operation, Write};

impl MemoryStore {
    /// Activates a config without a call.
    pub fn put_config(&self, config: Config) {
        let (text, by, at) = (String::new(), "an operator".to_owned(), Timestamp::UNIX_EPOCH);
        self.content().configs.push(AppliedConfig { config, text, at, by });
    }

    /// Returns all versions of the config, the active one last.
    #[must_use]
    pub fn configs(&self) -> Vec<AppliedConfig> {
        self.content().configs.clone()
    }

    /// Makes the store report the record `key` as unreadable.
    pub fn mark_unreadable(&self, key: RecordKey, error: Unreadable) {
        self.content().unreadable.insert(key, error);
    }

    /// Removes the active config, so that the one before is active again.
    pub fn remove_config(&self) {
        self.content().configs.pop();
    }
}

impl Content {
    fn config_version(&self) -> Version {
        self.configs.len() as Version
    }
}

impl ReadConfig for MemoryStore {
    async fn config_version(&self) -> StoreResult<Version> {
        let call = Call::new(Operation::ConfigVersion, "config");
        self.call(call, |content, _| Ok(content.config_version())).await
    }

    async fn applied_config(&self, version: Version) -> StoreResult<Option<AppliedConfig>> {
        self.call(Call::new(Operation::AppliedConfig, version), |content, _| {
            let place = version.checked_sub(1).and_then(|place| usize::try_from(place).ok());
            Ok(place.and_then(|place| content.configs.get(place)).cloned())
        })
        .await
    }
}

impl ApplyConfig for MemoryStore {
    async fn apply_config(
        &self,
        expected: Version,
        applied: &AppliedConfig,
    ) -> StoreResult<Version> {
        self.call(Call::new(Operation::ApplyConfig, expected), |content, call| {
            if content.config_version() != expected {
                return Err(call.conflict());
            }
            content.configs.push(applied.clone());
            self.notify_observers(&Write::Config(applied));
            Ok(content.config_version())
        })
        .await
    }
}

impl DeadLetters for MemoryStore {
    async fn send_to_dead_letters(&self, poison: &PoisonRecord) -> StoreResult<()> {
        self.call(Call::new(Operation::DeadLetters, poison.code), |content, _| {
            content.dead_letters.push(poison.clone());
            Ok(())
        })
        .await
    }
}

impl FindUnreadable for MemoryStore {
    fn unreadable(&self, key: &RecordKey) -> Option<Unreadable> {
        self.content().unreadable.get(key).cloned()
    }
}

impl WakeGenerator for MemoryStore {
    async fn wake_generator(&self) -> StoreResult<()> {
        self.call(Call::new(Operation::WakeGenerator, "generator"), |content, _| {
            content.n_wakes += 1;
            Ok(())
        })
        .await
    }
}
