//! Validation of all keys of a config, each address once, with the results of earlier validations.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::SecretName;
use allclear_llm::key::{KeyValidity, Validation};
use allclear_probes::llm::ProviderKey;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::checked::LatestOutcomes;
use super::keyring::Keyring;
use super::secret_uses::{self, SecretUse};
use super::validation::{ValidationResults, fingerprint};
use crate::output;

/// Timeout of one request to a provider.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Result of validating one key with one provider.
#[derive(Debug, Serialize)]
pub(super) struct Asked {
    pub(super) secret: SecretName,
    /// As it may be shown; `None` if it is not set.
    pub(super) shown: Option<String>,
    pub(super) provider: &'static str,
    #[serde(skip)]
    pub(super) title: String,
    pub(super) is_admin: bool,
    /// True if the result comes from an earlier validation and is still current.
    pub(super) is_remembered: bool,
    #[serde(flatten)]
    pub(super) validation: Validation,
    /// Warnings about the form of the key.
    pub(super) doubts: Vec<String>,
}

/// Validator of keys, with the results of earlier validations.
pub(super) struct Asker<'a> {
    pub(super) keyring: &'a Keyring,
    pub(super) said: &'a mut ValidationResults,
    pub(super) now: Timestamp,
    /// Policy for repeating a validation that already has a result.
    pub(super) asking: Asking,
}

/// Policy for repeating a validation that already has a result.
pub(super) enum Asking {
    /// Always.
    Always,
    /// Repeats it if the result is old, or if a later check found that it no longer holds.
    WhenDue(LatestOutcomes),
}

impl Asker<'_> {
    /// Asks each provider that `name` is a key of, each address once.
    pub(super) async fn ask_all(&mut self, name: &SecretName, uses: &[SecretUse]) -> Vec<Asked> {
        let mut asked = Vec::new();
        let mut questions: Vec<(&str, String, bool)> = Vec::new();
        for key in uses.iter().filter_map(|one| one.key.as_ref()) {
            let question = (key.provider().name, key.address(), key.is_admin());
            if !questions.contains(&question) {
                questions.push(question);
                asked.push(self.ask(name, uses, key).await);
            }
        }
        asked
    }

    async fn ask(&mut self, name: &SecretName, uses: &[SecretUse], key: &ProviderKey) -> Asked {
        let asked = |shown, validation, is_remembered, doubts| Asked {
            secret: name.clone(),
            shown,
            provider: key.provider().name,
            title: key.title(),
            is_admin: key.is_admin(),
            is_remembered,
            validation,
            doubts,
        };
        let value = match self.keyring.value(name).await {
            Ok(Some(value)) => value,
            Ok(None) => {
                let what = format!("it is not set: run `{}`", self.keyring.command(name));
                return asked(None, Validation::unclear(what, self.now), false, Vec::new());
            }
            Err(why) => return asked(None, Validation::unclear(why, self.now), false, Vec::new()),
        };
        let shown = Some(secret_uses::shown(uses, &value));
        let doubts = secret_uses::doubts(uses, &value);
        let fingerprint = fingerprint_of(key, &value);
        if let Some(known) = self.said.get(&fingerprint) {
            let stands = match &self.asking {
                Asking::Always => false,
                Asking::WhenDue(checked) => {
                    known.stands(self.now, key.validation_lifetime())
                        && !checked.contradicts(known, uses, key)
                }
            };
            if stands {
                return asked(shown, known.clone(), true, doubts);
            }
        }
        let validation = key.validate(&value, self.now, TIMEOUT).await;
        if validation.answer != KeyValidity::Unclear {
            self.said.insert(fingerprint, validation.clone());
        }
        asked(shown, validation, false, doubts)
    }

    /// Writes the validation results.
    pub(super) fn remember(&mut self) {
        if let Err(why) = self.said.save(self.now) {
            output::note(&format!("warning: {why}"));
        }
    }
}

/// Returns the last validation result of `value` as this key.
pub(super) fn last_said<'a>(
    said: &'a ValidationResults,
    key: &ProviderKey,
    value: &SecretString,
) -> Option<&'a Validation> {
    said.get(&fingerprint_of(key, value))
}

fn fingerprint_of(key: &ProviderKey, value: &SecretString) -> String {
    fingerprint(key.provider().name, &key.address(), key.which(), value.expose_secret())
}
