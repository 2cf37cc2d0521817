//! Secrets in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use allclear_core::id::SecretName;
use allclear_core::ports::{ReadSecrets, SecretError, SecretFreshness};
use allclear_core::secret::Secrets;

/// Secrets in memory, which remember the values that were read. Clones are handles of the same secrets.
#[derive(Debug, Clone, Default)]
pub struct MemorySecrets(Arc<Mutex<Vault>>);

#[derive(Debug, Default)]
struct Vault {
    stored: BTreeMap<String, String>,
    remembered: BTreeMap<String, String>,
    n_fresh: usize,
    is_away: bool,
}

impl MemorySecrets {
    /// Returns the secrets with these names and values.
    #[must_use]
    pub fn of(secrets: &[(&str, &str)]) -> Self {
        let all = Self::default();
        for (name, value) in secrets {
            all.set(name, value);
        }
        all
    }

    /// Replaces a value. A reader that does not ask for a fresh one gets the value that it has read.
    pub fn set(&self, name: &str, value: &str) {
        self.vault().stored.insert(name.to_owned(), value.to_owned());
    }

    /// Answers no request for a fresh value from now on.
    pub fn go_away(&self) {
        self.vault().is_away = true;
    }

    /// Returns how often fresh values were asked for.
    #[must_use]
    pub fn n_fresh(&self) -> usize {
        self.vault().n_fresh
    }

    fn vault(&self) -> MutexGuard<'_, Vault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadSecrets for MemorySecrets {
    async fn secrets(
        &self,
        names: &[SecretName],
        freshness: SecretFreshness,
    ) -> Result<Secrets, SecretError> {
        let mut all = self.vault();
        if freshness == SecretFreshness::Fresh {
            all.n_fresh += 1;
        }
        names.iter().map(|name| Ok((name.clone(), all.read(name, freshness)?.into()))).collect()
    }
}

impl Vault {
    fn read(
        &mut self,
        name: &SecretName,
        freshness: SecretFreshness,
    ) -> Result<String, SecretError> {
        if freshness == SecretFreshness::Cached
            && let Some(value) = self.remembered.get(name.as_str())
        {
            return Ok(value.clone());
        }
        let name = name.clone();
        if self.is_away {
            return Err(SecretError::Unavailable { name, message: "throttled".to_owned() });
        }
        let stored = self.stored.get(name.as_str()).filter(|value| !value.trim().is_empty());
        let Some(value) = stored.cloned() else {
            let hint = format!("set `{name}`");
            return Err(SecretError::Missing { name, hint });
        };
        self.remembered.insert(name.to_string(), value.clone());
        Ok(value)
    }
}
