//! Validation of all keys of a config, each address once, with the results of earlier validations.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::SecretName;
use allclear_llm::key::{KeyValidity, Validation};
use allclear_probes::llm::ProviderKey;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::keyring::Keyring;
use super::latest_outcomes::LatestOutcomes;
use super::secret_uses::{self, SecretUse};
use super::validation::{ValidationResults, fingerprint};
use crate::output;

/// Timeout of one request to a provider.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Result of validating one key with one provider.
#[derive(Debug, Serialize)]
pub(super) struct ValidatedKey {
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
pub(super) struct KeyValidator<'a> {
    pub(super) keyring: &'a Keyring,
    pub(super) results: &'a mut ValidationResults,
    pub(super) now: Timestamp,
    /// Policy for repeating a validation that already has a result.
    pub(super) policy: RevalidationPolicy,
}

/// Policy for repeating a validation that already has a result.
pub(super) enum RevalidationPolicy {
    /// Always.
    Always,
    /// Repeats it if the result is old, or if a later check found that it no longer holds.
    WhenDue(LatestOutcomes),
}

impl KeyValidator<'_> {
    /// Asks each provider that `name` is a key of, each address once.
    pub(super) async fn validate_all(
        &mut self,
        name: &SecretName,
        uses: &[SecretUse],
    ) -> Vec<ValidatedKey> {
        let mut asked = Vec::new();
        let mut questions: Vec<(&str, String, bool)> = Vec::new();
        for key in uses.iter().filter_map(|one| one.key.as_ref()) {
            let question = (key.provider().name, key.address(), key.is_admin());
            if !questions.contains(&question) {
                questions.push(question);
                asked.push(self.validate(name, uses, key).await);
            }
        }
        asked
    }

    async fn validate(
        &mut self,
        name: &SecretName,
        uses: &[SecretUse],
        key: &ProviderKey,
    ) -> ValidatedKey {
        let asked = |shown, validation, is_remembered, doubts| ValidatedKey {
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
        let doubts = secret_uses::warnings(uses, &value);
        let fingerprint = fingerprint_of(key, &value);
        if let Some(known) = self.results.get(&fingerprint) {
            let stands = match &self.policy {
                RevalidationPolicy::Always => false,
                RevalidationPolicy::WhenDue(checked) => {
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
            self.results.insert(fingerprint, validation.clone());
        }
        asked(shown, validation, false, doubts)
    }

    /// Writes the validation results.
    pub(super) fn save_results(&mut self) {
        if let Err(why) = self.results.save(self.now) {
            output::note(&format!("warning: {why}"));
        }
    }
}

/// Returns the last validation result of `value` as this key.
pub(super) fn last_result<'a>(
    results: &'a ValidationResults,
    key: &ProviderKey,
    value: &SecretString,
) -> Option<&'a Validation> {
    results.get(&fingerprint_of(key, value))
}

fn fingerprint_of(key: &ProviderKey, value: &SecretString) -> String {
    fingerprint(key.provider().name, &key.address(), key.which(), value.expose_secret())
}
