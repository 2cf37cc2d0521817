//! What a provider said of a key, and the file that remembers it.
//!
//! The file holds no key: what was said is found by a hash of the key and of who was asked, so that
//! another key, or another address, is another question.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use allclear_llm::call::WhichKey;
use allclear_llm::classify::ProviderFailure;
use allclear_llm::key::KeyFacts;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::arguments::Place;

/// What was said of a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Validation {
    /// When it was asked.
    pub(super) at: Timestamp,
    /// The answer.
    pub(super) answer: Answer,
    /// Whose fault it is, unless good.
    pub(super) fault: Option<Fault>,
    /// Why, unless good.
    pub(super) reason: Option<Reason>,
    /// What the provider wrote, without secrets.
    pub(super) message: Option<String>,
    /// When the key ends.
    pub(super) expires: Option<Timestamp>,
    /// What its owner calls it, or its account.
    pub(super) whose: Option<String>,
    /// What it may do.
    pub(super) role: Option<String>,
    /// Whether it may not do all that the account may.
    pub(super) is_restricted: bool,
    /// Whether it is a trial's.
    pub(super) is_trial: bool,
    /// How much may be spent with it.
    pub(super) limit_usd: Option<f64>,
    /// How much of that is left.
    pub(super) left_usd: Option<f64>,
    /// What is worth knowing beside.
    pub(super) warnings: Vec<String>,
}

/// The short answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// The key works.
    Good,
    /// The provider could not be asked, or its answer says nothing of the key.
    Unclear,
    /// The key is of no use.
    Refused,
}

impl Validation {
    /// From what the provider told of a key that it takes.
    pub(super) fn good(facts: KeyFacts, at: Timestamp) -> Self {
        let KeyFacts {
            expires,
            whose,
            role,
            is_restricted,
            is_trial,
            limit_usd,
            left_usd,
            warnings,
            ..
        } = facts;
        Self {
            expires,
            whose,
            role,
            is_restricted,
            is_trial,
            limit_usd,
            left_usd,
            warnings,
            ..Self::of(Answer::Good, at)
        }
    }

    /// From a failure: our credentials and quota are what a key is refused for, anybody else's
    /// fault says nothing of it.
    pub(super) fn failed(failure: ProviderFailure, at: Timestamp) -> Self {
        let answer = match failure.fault {
            Fault::Credentials | Fault::Quota => Answer::Refused,
            Fault::Target | Fault::Throttled | Fault::Request | Fault::Monitor => Answer::Unclear,
        };
        Self {
            fault: Some(failure.fault),
            reason: Some(failure.reason),
            message: Some(failure.message),
            ..Self::of(answer, at)
        }
    }

    /// Nobody could be asked, and why.
    pub(super) fn unclear(why: impl Into<String>, at: Timestamp) -> Self {
        Self { message: Some(why.into()), ..Self::of(Answer::Unclear, at) }
    }

    fn of(answer: Answer, at: Timestamp) -> Self {
        Self {
            at,
            answer,
            fault: None,
            reason: None,
            message: None,
            expires: None,
            whose: None,
            role: None,
            is_restricted: false,
            is_trial: false,
            limit_usd: None,
            left_usd: None,
            warnings: Vec::new(),
        }
    }

    /// Whether it stands at `now`: it says something, and no longer ago than `lasting`.
    pub(super) fn stands(&self, now: Timestamp, lasting: Duration) -> bool {
        let age = Duration::try_from(now.duration_since(self.at));
        self.answer != Answer::Unclear && age.is_ok_and(|age| age < lasting)
    }
}

/// How long the file remembers what was said.
const KEPT: Duration = Duration::from_hours(90 * 24);

/// What was said of the keys that were asked about from this machine.
#[derive(Debug, Default)]
pub(super) struct Said {
    path: PathBuf,
    by_fingerprint: BTreeMap<String, Validation>,
}

impl Said {
    /// What the file in the data folder remembers. One that cannot be read is as good as none.
    pub(super) fn load(place: &Place) -> Self {
        let path = place.data.join("key-checks.json");
        let text = fs::read(&path).unwrap_or_default();
        let by_fingerprint = serde_json::from_slice(&text).unwrap_or_default();
        Self { path, by_fingerprint }
    }

    /// What was said under this fingerprint.
    pub(super) fn get(&self, fingerprint: &str) -> Option<&Validation> {
        self.by_fingerprint.get(fingerprint)
    }

    /// Remembers it.
    pub(super) fn insert(&mut self, fingerprint: String, validation: Validation) {
        self.by_fingerprint.insert(fingerprint, validation);
    }

    /// Writes the file. The error says where that failed; nothing else depends on it.
    pub(super) fn save(&mut self, now: Timestamp) -> Result<(), String> {
        self.by_fingerprint.retain(|_, one| {
            Duration::try_from(now.duration_since(one.at)).is_ok_and(|age| age < KEPT)
        });
        let text = serde_json::to_vec_pretty(&self.by_fingerprint).unwrap_or_default();
        write(&self.path, &text).map_err(|error| {
            format!(
                "`{}` cannot be written, so the answers are not remembered: {error}",
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
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_was_said_stands_for_its_time_and_nothing_unclear_stands() {
        let hour = Duration::from_hours(1);
        let good = Validation::good(KeyFacts::default(), at(0));
        assert!(good.stands(at(3_599), hour));
        assert!(!good.stands(at(3_600), hour));
        assert!(!good.stands(at(-1), hour), "a clock that was set back");
        assert!(!Validation::unclear("no network", at(0)).stands(at(1), hour));
    }

    #[test]
    fn a_key_is_refused_for_our_own_faults_only() {
        for (reason, answer) in [
            (Reason::AuthInvalid, Answer::Refused),
            (Reason::Permission, Answer::Refused),
            (Reason::Billing, Answer::Refused),
            (Reason::Throttled, Answer::Unclear),
            (Reason::ServerError, Answer::Unclear),
            (Reason::EndpointNotFound, Answer::Unclear),
        ] {
            let validation = Validation::failed(ProviderFailure::new(reason, ""), at(0));
            assert_eq!(validation.answer, answer, "{reason}");
        }
    }

    #[test]
    fn another_key_or_address_is_another_question() {
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
    fn what_was_said_is_remembered_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new("x", folder.path().join("data"));
        let mut said = Said::load(&place);
        let validation =
            Validation::failed(ProviderFailure::new(Reason::AuthInvalid, "no"), at(100));
        said.insert("a".to_owned(), validation.clone());
        said.save(at(200)).unwrap();
        assert_eq!(Said::load(&place).get("a"), Some(&validation));
        said.save(at(200) + KEPT).unwrap();
        assert_eq!(Said::load(&place).get("a"), None);
        fs::write(folder.path().join("data/key-checks.json"), "{").unwrap();
        assert_eq!(Said::load(&place).get("a"), None);
    }
}
