//! Validation of keys with their providers, as seldom as the providers ask for.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::checker::Secrets;
use allclear_core::id::SecretName;
use allclear_core::redact::Redactor;
use allclear_llm::key::{Answer, Validation};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::checked::Checked;
use super::keyring::Keyring;
use super::named::{self, KeyOf, Use};
use super::validation::{Said, fingerprint};
use crate::output;

/// Default lifetime of a validation result.
const LASTING: Duration = Duration::from_hours(1);

/// Timeout of one request to a provider.
const PATIENCE: Duration = Duration::from_secs(15);

/// The longest message that is shown, in characters.
const MAX_MESSAGE: usize = 200;

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
    pub(super) said: &'a mut Said,
    pub(super) now: Timestamp,
    /// Policy for repeating a validation that already has a result.
    pub(super) asking: Asking,
}

/// Policy for repeating a validation that already has a result.
pub(super) enum Asking {
    /// Always.
    Always,
    /// Repeats it if the result is old, or if a later check found that it no longer holds.
    WhenDue(Checked),
}

impl Asker<'_> {
    /// Asks each provider that `name` is a key of, each address once.
    pub(super) async fn ask_all(&mut self, name: &SecretName, uses: &[Use]) -> Vec<Asked> {
        let mut asked = Vec::new();
        let mut questions: Vec<(&str, String, bool)> = Vec::new();
        for key in uses.iter().filter_map(|one| one.key.as_ref()) {
            let question = (key.used.account().provider.name, key.address(), key.is_admin());
            if !questions.contains(&question) {
                questions.push(question);
                asked.push(self.ask(name, uses, key).await);
            }
        }
        asked
    }

    async fn ask(&mut self, name: &SecretName, uses: &[Use], key: &KeyOf) -> Asked {
        let asked = |shown, validation, is_remembered, doubts| Asked {
            secret: name.clone(),
            shown,
            provider: key.used.account().provider.name,
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
        let shown = Some(named::shown(uses, &value));
        let doubts = named::doubts(uses, &value);
        let fingerprint = fingerprint_of(key, &value);
        if let Some(known) = self.said.get(&fingerprint) {
            let stands = match &self.asking {
                Asking::Always => false,
                Asking::WhenDue(checked) => {
                    known.stands(self.now, lasting(key)) && !checked.contradicts(known, uses, key)
                }
            };
            if stands {
                return asked(shown, known.clone(), true, doubts);
            }
        }
        let answer = key.used.validate_key(key.which, &value, self.now, PATIENCE);
        let validation = match answer.await {
            Ok(facts) => Validation::good(facts, self.now),
            Err(failure) => Validation::failed(failure, self.now),
        };
        let validation = redacted(validation, name, &value);
        if validation.answer != Answer::Unclear {
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
    said: &'a Said,
    key: &KeyOf,
    value: &SecretString,
) -> Option<&'a Validation> {
    said.get(&fingerprint_of(key, value))
}

/// Returns the lifetime of a result; longer than [`LASTING`] for a provider that asks for fewer requests.
fn lasting(key: &KeyOf) -> Duration {
    let at_least = key.used.account().provider.key.as_ref().map(|check| check.at_least);
    LASTING.max(at_least.unwrap_or_default())
}

fn fingerprint_of(key: &KeyOf, value: &SecretString) -> String {
    let provider = key.used.account().provider.name;
    fingerprint(provider, &key.address(), key.which, value.expose_secret())
}

/// Removes the key, which providers like to echo, then shortens the texts. The order matters,
/// because a key that is cut in half is not recognized.
fn redacted(mut validation: Validation, name: &SecretName, value: &SecretString) -> Validation {
    let redactor = Redactor::new(&Secrets::from([(name.clone(), value.clone())]));
    let clean = |text: &mut String| {
        *text = redactor.redact(text).chars().take(MAX_MESSAGE).collect();
    };
    validation.message.as_mut().map(clean);
    validation.facts.whose.as_mut().map(clean);
    validation.facts.role.as_mut().map(clean);
    validation.facts.warnings.iter_mut().for_each(clean);
    validation
}

#[cfg(test)]
mod tests {
    use allclear_core::reason::Reason;
    use allclear_llm::classify::ProviderFailure;

    use super::*;

    #[test]
    fn an_echoed_key_is_taken_out_before_the_message_is_cut() {
        let key = "0123456789abcdef0123456789abcdef";
        let message = format!("{}{key} is wrong", "x".repeat(MAX_MESSAGE - 10));
        let at = Timestamp::UNIX_EPOCH;
        let failed = Validation::failed(ProviderFailure::new(Reason::AuthInvalid, message), at);
        let name = SecretName::new("mistral").unwrap();
        let clean = redacted(failed, &name, &key.into()).message.unwrap();
        assert!(!clean.contains("0123"), "{clean}");
        assert_eq!(clean.chars().count(), MAX_MESSAGE);
    }
}
