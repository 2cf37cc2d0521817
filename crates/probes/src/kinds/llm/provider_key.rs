//! A key of a provider, and its validation on demand.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::SecretName;
use allclear_core::redact::Redactor;
use allclear_llm::call::WhichKey;
use allclear_llm::key::Validation;
use allclear_llm::provider::Provider;
use secrecy::SecretString;

use super::on_demand::ProviderUse;

/// Shortest time for which the result of a validation holds.
const VALIDATION_LIFETIME: Duration = Duration::from_hours(1);

/// Longest text of a provider in a result, in characters.
const MAX_TEXT: usize = 200;

/// A key of the account of a check. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct ProviderKey {
    used: ProviderUse,
    which: WhichKey,
}

impl ProviderUse {
    /// Returns the key of the account that the secret `name` is; `None` if it is none of them.
    #[must_use]
    pub fn key_named(&self, name: &SecretName) -> Option<ProviderKey> {
        let mut keys = self.key_names().into_iter();
        let (which, _) = keys.find(|(_, key)| *key == Some(name))?;
        Some(ProviderKey { used: self.clone(), which })
    }
}

impl ProviderKey {
    /// Returns the provider that issued the key.
    #[must_use]
    pub fn provider(&self) -> &'static Provider {
        self.used.account().provider
    }

    /// Returns which key of the account it is.
    #[must_use]
    pub fn which(&self) -> WhichKey {
        self.which
    }

    /// Checks whether it is the admin key, which no completion uses.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        match self.which {
            WhichKey::Admin => true,
            WhichKey::Inference => false,
        }
    }

    /// Returns the provider's name for people, and which of its keys it is.
    #[must_use]
    pub fn title(&self) -> String {
        let admin = if self.is_admin() { ", admin" } else { "" };
        format!("{}{admin}", self.provider().title)
    }

    /// Returns the addresses of the provider that validate the key, separated by spaces.
    #[must_use]
    pub fn address(&self) -> String {
        let hosts = self.used.account().hosts.values().map(ToString::to_string);
        hosts.collect::<Vec<_>>().join(" ")
    }

    /// Checks whether the validation of both keys is the same request, apart from the value of the key.
    #[must_use]
    pub fn is_same_question(&self, other: &Self) -> bool {
        self.provider().name == other.provider().name
            && self.address() == other.address()
            && self.is_admin() == other.is_admin()
    }

    /// Returns the time for which the result of a validation holds. It is longer for a provider that asks
    /// for fewer requests.
    #[must_use]
    pub fn validation_lifetime(&self) -> Duration {
        let at_least = self.provider().key.as_ref().map(|check| check.at_least);
        VALIDATION_LIFETIME.max(at_least.unwrap_or_default())
    }

    /// Validates `value` as this key with the provider within `timeout`. No text of the result holds the key.
    pub async fn validate(
        &self,
        value: &SecretString,
        now: Timestamp,
        timeout: Duration,
    ) -> Validation {
        let validation = match self.used.validate_key(self.which, value, now, timeout).await {
            Ok(facts) => Validation::good(facts, now),
            Err(failure) => Validation::failed(failure, now),
        };
        redacted(validation, &Redactor::new(&self.used.secrets(self.which, Some(value))))
    }
}

/// Removes the key, which providers may echo, then shortens the texts. The order matters, because a key
/// that is cut in half is not recognized.
fn redacted(mut validation: Validation, redactor: &Redactor) -> Validation {
    let clean = |text: &mut String| {
        *text = redactor.redact(text).chars().take(MAX_TEXT).collect();
    };
    validation.message.as_mut().map(clean);
    validation.facts.owner.as_mut().map(clean);
    validation.facts.role.as_mut().map(clean);
    validation.facts.warnings.iter_mut().for_each(clean);
    validation
}

#[cfg(test)]
mod tests {
    use allclear_core::reason::Reason;
    use allclear_core::secret::Secrets;
    use allclear_llm::classify::ProviderFailure;

    use super::*;

    #[test]
    fn an_echoed_key_is_removed_before_the_message_is_cut() {
        let key = "0123456789abcdef0123456789abcdef";
        let message = format!("{}{key} is wrong", "x".repeat(MAX_TEXT - 10));
        let at = Timestamp::UNIX_EPOCH;
        let failed = Validation::failed(ProviderFailure::new(Reason::AuthInvalid, message), at);
        let name = SecretName::new("mistral").unwrap();
        let redactor = Redactor::new(&Secrets::from([(name, key.into())]));
        let clean = redacted(failed, &redactor).message.unwrap();
        assert!(!clean.contains("0123"), "{clean}");
        assert_eq!(clean.chars().count(), MAX_TEXT);
    }
}
