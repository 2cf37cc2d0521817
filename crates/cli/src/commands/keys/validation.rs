//! The file with the answers of providers about keys.
//!
//! It holds no key: an answer is found by a hash of the key and of the address that was asked, so
//! that another key, or another address, is another question.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_llm::call::WhichKey;
use allclear_llm::key::Validation;
use sha2::{Digest as _, Sha256};

use crate::arguments::Paths;

/// Retention of validation results in the file.
const RETENTION: Duration = Duration::from_hours(90 * 24);

/// Results of the key validations that were made from this machine.
#[derive(Debug, Default)]
pub(super) struct ValidationResults {
    path: PathBuf,
    by_fingerprint: BTreeMap<String, Validation>,
}

impl ValidationResults {
    /// Loads the results from the data folder. An unreadable file counts as an empty one.
    pub(super) fn load(place: &Paths) -> Self {
        let path = place.data.join("key-checks.json");
        let text = fs::read(&path).unwrap_or_default();
        let by_fingerprint = serde_json::from_slice(&text).unwrap_or_default();
        Self { path, by_fingerprint }
    }

    /// Returns the validation result under this fingerprint.
    pub(super) fn get(&self, fingerprint: &str) -> Option<&Validation> {
        self.by_fingerprint.get(fingerprint)
    }

    /// Remembers it.
    pub(super) fn insert(&mut self, fingerprint: String, validation: Validation) {
        self.by_fingerprint.insert(fingerprint, validation);
    }

    /// Writes the file. The error names the failed step; nothing else depends on it.
    pub(super) fn save(&mut self, now: Timestamp) -> Result<(), String> {
        self.by_fingerprint.retain(|_, one| {
            Duration::try_from(now.duration_since(one.at)).is_ok_and(|age| age < RETENTION)
        });
        let text = serde_json::to_vec_pretty(&self.by_fingerprint).unwrap_or_default();
        write(&self.path, &text).map_err(|error| {
            format!(
                "cannot write `{}`, so the answers are not stored: {error}",
                self.path.display()
            )
        })
    }
}

/// Replaces the file as a whole.
fn write(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(folder) = folder {
        allclear_local::create_private_folder(folder)?;
    }
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    std::io::Write::write_all(&mut file, text)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Returns the id of a question about a key: a hash of the key, its kind and the provider.
pub(super) fn fingerprint(provider: &str, address: &str, which: WhichKey, key: &str) -> String {
    let kind = match which {
        WhichKey::Inference => "key",
        WhichKey::Admin => "admin",
    };
    let mut hash = Sha256::new();
    for part in [provider, address, kind, key] {
        // With its length, so that no two questions run together.
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use allclear_core::reason::Reason;
    use allclear_llm::classify::ProviderFailure;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn another_key_or_address_has_another_fingerprint() {
        let base = fingerprint("openai", "https://a.example", WhichKey::Inference, "sk-1");
        assert_eq!(base, fingerprint("openai", "https://a.example", WhichKey::Inference, "sk-1"));
        for other in [
            fingerprint("openai", "https://a.example", WhichKey::Inference, "sk-2"),
            fingerprint("openai", "https://b.example", WhichKey::Inference, "sk-1"),
            fingerprint("openai", "https://a.example", WhichKey::Admin, "sk-1"),
            fingerprint("openaih", "ttps://a.example", WhichKey::Inference, "sk-1"),
        ] {
            assert_ne!(other, base);
        }
        assert!(!base.contains("sk-1"));
    }

    #[test]
    fn results_are_stored_until_they_expire() {
        let folder = tempfile::tempdir().unwrap();
        let place = Paths::new("x", folder.path().join("data"));
        let mut results = ValidationResults::load(&place);
        let validation =
            Validation::failed(ProviderFailure::new(Reason::AuthInvalid, "no"), at(100));
        results.insert("a".to_owned(), validation.clone());
        results.save(at(200)).unwrap();
        assert_eq!(ValidationResults::load(&place).get("a"), Some(&validation));
        results.save(at(200) + RETENTION).unwrap();
        assert_eq!(ValidationResults::load(&place).get("a"), None);
        fs::write(folder.path().join("data/key-checks.json"), "{").unwrap();
        assert_eq!(ValidationResults::load(&place).get("a"), None);
    }
}
