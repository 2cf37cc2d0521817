//! Requests to a provider on demand, over the same connections and with the same parameters as
//! checks: validation of a key, and the list of models. They record nothing and are free.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::NoBudget;
use allclear_core::catalog::Catalog;
use allclear_core::checker::{CheckContext, PriorState};
use allclear_core::id::SecretName;
use allclear_core::monitor::CheckSpec;
use allclear_core::price_model::PriceModel;
use allclear_core::reason::Reason;
use allclear_core::redact::Redactor;
use allclear_core::secret::Secrets;
use allclear_llm::account::Account;
use allclear_llm::call::{Authentication, WhichKey};
use allclear_llm::classify::ProviderFailure;
use allclear_llm::key::KeyFacts;
use secrecy::SecretString;

use super::step_run::StepRun;
use super::{KIND, LlmCheck, params};
use crate::Probes;

/// The part of an `llm` check that identifies its provider. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct ProviderUse {
    check: Arc<LlmCheck>,
}

impl Probes {
    /// Returns the provider of a check; `None` for checks of other kinds, and for parameters that
    /// no check can be built from.
    #[must_use]
    pub fn used(&self, spec: &CheckSpec) -> Option<ProviderUse> {
        if spec.kind != KIND.name {
            return None;
        }
        let check = params::check(&spec.params, &self.shared).ok()?;
        Some(ProviderUse { check: Arc::new(check) })
    }
}

impl ProviderUse {
    /// Returns the account, without its keys.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.check.account
    }

    /// Returns the secret of the inference key.
    #[must_use]
    pub fn api_key(&self) -> Option<&SecretName> {
        self.check.keys.inference.as_ref()
    }

    /// Returns the secrets of the inference key and of the admin key.
    pub(super) fn key_names(&self) -> [(WhichKey, Option<&SecretName>); 2] {
        let keys = &self.check.keys;
        [(WhichKey::Inference, keys.inference.as_ref()), (WhichKey::Admin, keys.admin.as_ref())]
    }

    /// Returns the price model of the check.
    #[must_use]
    pub fn price_model(&self) -> &dyn PriceModel {
        &*self.check
    }

    /// Validates `key` with the provider within `limit`, and returns the properties that it
    /// reports. No message holds the key.
    pub(super) async fn validate_key(
        &self,
        which: WhichKey,
        key: &SecretString,
        now: Timestamp,
        limit: Duration,
    ) -> Result<KeyFacts, ProviderFailure> {
        let secrets = self.secrets(which, Some(key));
        let redactor = Redactor::new(&secrets);
        let mut run = StepRun::new(&self.check, context(&secrets, now, limit));
        let facts = match which {
            WhichKey::Inference => match run.key_facts().await {
                Some(Ok(Some(facts))) => Ok(facts),
                Some(Ok(None)) => {
                    let is_restricted = run.state.is_restricted;
                    Ok(KeyFacts { is_restricted, ..KeyFacts::default() })
                }
                Some(Err(failure)) => Err(failure),
                None => Err(unclear("only a completion can validate the key")),
            },
            WhichKey::Admin => run.validate_admin_key().await.map(|()| KeyFacts::default()),
        };
        facts.map_err(|failure| clean(failure, &redactor))
    }

    /// Lists the models of the provider, all pages within `limit`.
    ///
    /// # Errors
    ///
    /// Fails if the provider gives no complete list within `limit`, if the key may not list models,
    /// or if the list is too long. The error explains why there is no list, without the key.
    pub async fn list_models(
        &self,
        key: Option<&SecretString>,
        now: Timestamp,
        limit: Duration,
    ) -> Result<Catalog, String> {
        let secrets = self.secrets(WhichKey::Inference, key);
        let redactor = Redactor::new(&secrets);
        let mut run = StepRun::new(&self.check, context(&secrets, now, limit));
        match run.models().await {
            Some(Err(failure)) => Err(clean(failure, &redactor).message),
            Some(Ok(())) => match run.collected.catalog {
                Some(catalog) => Ok(catalog.redacted(&redactor)),
                None if run.state.is_restricted => Err("the key may not list models".to_owned()),
                None => Err("the list is too long".to_owned()),
            },
            None => Err("cannot list the models".to_owned()),
        }
    }

    pub(super) fn secrets(&self, which: WhichKey, key: Option<&SecretString>) -> Secrets {
        let name = match which {
            WhichKey::Inference => &self.check.keys.inference,
            WhichKey::Admin => &self.check.keys.admin,
        };
        name.iter().cloned().zip(key.cloned()).collect()
    }
}

impl StepRun<'_> {
    /// Asks the first report that the admin key is for.
    async fn validate_admin_key(&mut self) -> Result<(), ProviderFailure> {
        for source in self.provider().usage {
            let call = self.check.account.usage(*source, self.now(), None);
            let is_admins = |authentication| {
                matches!(authentication, Authentication::Key { key: WhichKey::Admin, .. })
            };
            let Some(call) = call.filter(|call| is_admins(call.authentication)) else { continue };
            return match self.answer(&call, super::usage::MAX_BYTES).await {
                Some(Ok(answer)) => self.reading(*source, answer).await.map(drop),
                Some(Err(failure)) => Err(failure),
                None => Err(unclear("cannot reach the provider")),
            };
        }
        Err(unclear("no request to the provider uses this key; xAI needs `organization`"))
    }
}

fn context(secrets: &Secrets, now: Timestamp, timeout: Duration) -> CheckContext<'_> {
    CheckContext {
        now,
        timeout,
        secrets,
        beat: None,
        listener_gap: None,
        prior_state: PriorState::Blank,
        budget: &NoBudget,
        interval: Duration::ZERO,
        force_all: true,
    }
}

fn unclear(what: &str) -> ProviderFailure {
    ProviderFailure::new(Reason::NotSent, what)
}

fn clean(failure: ProviderFailure, redactor: &Redactor) -> ProviderFailure {
    let code = failure.code.map(|code| redactor.redact(&code).into_owned());
    ProviderFailure { message: redactor.redact(&failure.message).into_owned(), code, ..failure }
}
