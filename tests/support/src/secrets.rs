//! Secrets in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use allclear_core::id::SecretName;
use allclear_core::ports::{ReadSecrets, SecretError, SecretFreshness};
use allclear_core::secret::Secrets;

/// Secrets in memory, which remember the values that were read. Clones are handles of the same secrets.
#[derive(Debug, Clone, Default)]
pub struct MemorySecrets(Arc<Mutex<SecretsState>>);

#[derive(Debug, Default)]
struct SecretsState {
    stored: BTreeMap<String, String>,
    remembered: BTreeMap<String, String>,
    n_fresh: usize,
    fails_fresh_reads: bool,
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
        self.state().stored.insert(name.to_owned(), value.to_owned());
    }

    /// Answers no request for a fresh value from now on.
    pub fn fail_fresh_reads(&self) {
        self.state().fails_fresh_reads = true;
    }

    /// Returns how often fresh values were asked for.
    #[must_use]
    pub fn n_fresh(&self) -> usize {
        self.state().n_fresh
    }

    fn state(&self) -> MutexGuard<'_, SecretsState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadSecrets for MemorySecrets {
    async fn secrets(
        &self,
        names: &[SecretName],
        freshness: SecretFreshness,
    ) -> Result<Secrets, SecretError> {
        let mut all = self.state();
        if freshness == SecretFreshness::Fresh {
            all.n_fresh += 1;
        }
        names.iter().map(|name| Ok((name.clone(), all.read(name, freshness)?.into()))).collect()
    }
}

impl SecretsState {
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
        if self.fails_fresh_reads {
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
