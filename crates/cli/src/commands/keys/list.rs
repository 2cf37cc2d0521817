//! `allclear keys list`: which secrets there are, without their values.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use allclear_core::Timestamp;
use allclear_core::id::SecretName;
use allclear_llm::key::{KeyValidity, Validation};
use allclear_probes::llm::ProviderKey;
use serde::Serialize;

use super::KeyContext;
use super::keyring::Keyring;
use super::secret_uses::{self, SecretUse, User};
use super::validate::{age, expiry};
use super::validation::ValidationResults;
use super::validator::last_result;
use crate::arguments::{ListKeys, Paths};
use crate::{clock, output};

/// Prints the list.
pub(super) async fn run(place: &Paths, options: &ListKeys) -> anyhow::Result<ExitCode> {
    let KeyContext { keyring, config } = KeyContext::open(place, &options.stack).await?;
    let named = config?.secret_uses()?;
    let results = ValidationResults::load(place);
    let now = clock::now();
    let listed = ListedSecret::all(&keyring, named, &results).await;
    if options.json {
        output::json(&listed);
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<[String; 6]> = listed.iter().map(|one| one.row(now)).collect();
    output::table(["SECRET", "VALUE", "FROM", "USED BY", "LAST ANSWER", "EXPIRES"], &rows);
    for one in &listed {
        for doubt in &one.doubts {
            output::note(&format!("warning: `{}`: {doubt}", one.secret));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A secret in the list.
#[derive(Debug, Serialize)]
struct ListedSecret {
    secret: String,
    is_set: bool,
    /// As it may be shown; `None` if it is not set, or cannot be read.
    shown: Option<String>,
    /// Place of the stored secret.
    place: Option<String>,
    used_by: Vec<User>,
    /// The providers that it is a key of.
    key_of: Vec<String>,
    /// The last validation result; the worst one if several providers were asked.
    validation: Option<Validation>,
    doubts: Vec<String>,
}

impl ListedSecret {
    /// Returns the secrets that the config names, and those that are stored without being named.
    async fn all(
        keyring: &Keyring,
        named: BTreeMap<SecretName, Vec<SecretUse>>,
        results: &ValidationResults,
    ) -> Vec<Self> {
        let kept = keyring.names().await.unwrap_or_else(|why| {
            output::note(&format!("warning: cannot list the other stored secrets: {why}"));
            BTreeSet::new()
        });
        let mut listed = Vec::new();
        for (name, uses) in &named {
            listed.push(Self::of(keyring, name, uses, results).await);
        }
        for name in kept.iter().filter_map(|name| SecretName::new(name).ok()) {
            if !named.contains_key(&name) {
                listed.push(Self::of(keyring, &name, &[], results).await);
            }
        }
        listed
    }

    async fn of(
        keyring: &Keyring,
        name: &SecretName,
        uses: &[SecretUse],
        results: &ValidationResults,
    ) -> Self {
        let (value, mut doubts) = match keyring.value(name).await {
            Ok(value) => (value, Vec::new()),
            Err(why) => (None, vec![why]),
        };
        let value = value.as_ref();
        doubts.extend(value.map(|value| secret_uses::warnings(uses, value)).unwrap_or_default());
        let keys = || uses.iter().filter_map(|one| one.key.as_ref());
        let mut used_by: Vec<User> = Vec::new();
        let mut key_of: Vec<String> = Vec::new();
        for one in uses {
            if !used_by.contains(&one.user) {
                used_by.push(one.user.clone());
            }
        }
        for title in keys().map(ProviderKey::title) {
            if !key_of.contains(&title) {
                key_of.push(title);
            }
        }
        let last = value.and_then(|value| {
            let last = keys().filter_map(|key| last_result(results, key, value));
            last.max_by_key(|one| (one.answer, one.at)).cloned()
        });
        Self {
            secret: name.to_string(),
            is_set: value.is_some(),
            shown: value.map(|value| secret_uses::shown(uses, value)),
            place: value.and_then(|_| keyring.place(name)),
            used_by,
            key_of,
            validation: last,
            doubts,
        }
    }

    fn row(&self, now: Timestamp) -> [String; 6] {
        let users: Vec<&str> = self
            .used_by
            .iter()
            .map(|user| match user {
                User::Monitor(id) | User::Channel(id) | User::Action(id) => id.as_str(),
                User::Watchdog => "watchdog",
            })
            .collect();
        let answer = self.validation.as_ref().map(|one| {
            let word = match one.answer {
                KeyValidity::Good => "✓ good",
                KeyValidity::Refused => "✗ refused",
                KeyValidity::Unclear => "? unclear",
            };
            format!("{word}, {} ago", age(now, one.at))
        });
        let never = if self.key_of.is_empty() { "" } else { "never asked" };
        let expires = self.validation.as_ref().and_then(|one| one.facts.expires);
        [
            self.secret.clone(),
            self.shown.clone().unwrap_or_else(|| "not set".to_owned()),
            self.place.clone().unwrap_or_else(|| "-".to_owned()),
            if users.is_empty() { "nothing".to_owned() } else { users.join(", ") },
            answer.unwrap_or_else(|| never.to_owned()),
            expires.map(|at| expiry(now, at)).unwrap_or_default(),
        ]
    }
}
