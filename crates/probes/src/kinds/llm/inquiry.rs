//! What a person asks of a provider beside the checks, over the same connections and with the same
//! parameters: whether a key is good, which models there are. Nothing is noted, and nothing costs.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::NoBudget;
use allclear_core::catalog::Catalog;
use allclear_core::checker::{CheckContext, Recall, Secrets};
use allclear_core::cost::Cost;
use allclear_core::id::SecretName;
use allclear_core::monitor::CheckSpec;
use allclear_core::reason::Reason;
use allclear_core::redact::Redactor;
use allclear_core::status::Fault;
use allclear_llm::account::{Account, Route};
use allclear_llm::call::{Proof, WhichKey};
use allclear_llm::classify::{Impact, ProviderFailure};
use allclear_llm::key::KeyFacts;
use allclear_llm::price;
use secrecy::SecretString;

use super::climb::Climb;
use super::completion::PING;
use super::steps::Step;
use super::upkeep::Upkeep;
use super::{KIND, LlmCheck, params, purse};
use crate::Probes;

/// What an `llm` check uses of its provider. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Used {
    check: Arc<LlmCheck>,
}

/// The cost of the images that a check makes or could make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImageCost {
    /// The most that one can cost.
    pub one: Cost,
    /// Whether that is known; else the dearest image is assumed.
    pub has_price: bool,
    /// The interval between two; `None` where none is made.
    pub every: Option<Duration>,
}

/// What the completions of a check may cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spending {
    /// How often one is made.
    pub every: Duration,
    /// Whether the config or the shipped data tell the price; else the dearest is assumed.
    pub has_price: bool,
    /// The most that one can cost.
    pub worst_case: Cost,
    /// The most that a month may cost.
    pub cap: Cost,
}

impl Probes {
    /// What a check uses of a provider; `None` for checks of other kinds, and for parameters that
    /// no check can be built from.
    #[must_use]
    pub fn used(&self, spec: &CheckSpec) -> Option<Used> {
        if spec.kind != KIND.name {
            return None;
        }
        let check = params::check(&spec.params, &self.shared).ok()?;
        Some(Used { check: Arc::new(check) })
    }
}

impl Used {
    /// The account, without its keys.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.check.account
    }

    /// The secret that models are asked with.
    #[must_use]
    pub fn api_key(&self) -> Option<&SecretName> {
        self.check.keys.inference.as_ref()
    }

    /// Which of the account's keys the secret `name` is; `None` where it is none of them.
    #[must_use]
    pub fn which_key(&self, name: &SecretName) -> Option<WhichKey> {
        let is = |key: &Option<SecretName>| key.as_ref() == Some(name);
        if is(&self.check.keys.inference) {
            Some(WhichKey::Inference)
        } else {
            is(&self.check.keys.admin).then_some(WhichKey::Admin)
        }
    }

    /// What the completions may cost; `None` where none is made, or on a server of one's own.
    #[must_use]
    pub fn spending(&self) -> Option<Spending> {
        let account = &self.check.account;
        let every = self.check.cadence.pace(Step::Completion)?.every;
        let model = account.model.as_deref()?;
        if account.provider.is_self_hosted {
            return None;
        }
        let (is_assumed, worst_case) = match account.route {
            Route::Chat(_) => {
                let tag = purse::tag(self.check.price, None, account.provider, model);
                (tag.is_assumed, price::worst_case(tag.price, PING, account.max_tokens))
            }
            Route::Task(endpoint) => {
                let tag = purse::task_tag(&self.check, None, endpoint.task());
                (tag.is_assumed, tag.price.worst_case())
            }
        };
        let cap = self.check.max_cost_per_month;
        Some(Spending { every, has_price: !is_assumed, worst_case, cap })
    }

    /// Returns the cost of images; `None` for a check of anything else, and on a server of the
    /// operator's own.
    #[must_use]
    pub fn image_cost(&self) -> Option<ImageCost> {
        let account = &self.check.account;
        let task = account.route.task().filter(|task| task.is_expensive())?;
        if account.provider.is_self_hosted {
            return None;
        }
        let tag = purse::task_tag(&self.check, None, task);
        let every = self.check.cadence.pace(Step::Completion).map(|pace| pace.every);
        Some(ImageCost { one: tag.price.worst_case(), has_price: !tag.is_assumed, every })
    }

    /// Returns the checks of a monitor with this interval as the store sees them.
    #[must_use]
    pub fn upkeep(&self, interval: Duration) -> Upkeep {
        Upkeep::new(Arc::clone(&self.check), interval)
    }

    /// Whether the provider takes `key`, and what it tells of it, within `limit`. No message holds
    /// the key.
    pub async fn validate_key(
        &self,
        which: WhichKey,
        key: &SecretString,
        now: Timestamp,
        limit: Duration,
    ) -> Result<KeyFacts, ProviderFailure> {
        let secrets = self.secrets(which, Some(key));
        let redactor = Redactor::new(&secrets);
        let mut climb = Climb::new(&self.check, context(&secrets, now, limit));
        let facts = match which {
            WhichKey::Inference => match climb.key_facts().await {
                Some(Ok(Some(facts))) => Ok(facts),
                Some(Ok(None)) => {
                    let is_restricted = climb.memory.is_restricted;
                    Ok(KeyFacts { is_restricted, ..KeyFacts::default() })
                }
                Some(Err(failure)) => Err(failure),
                None => Err(unclear("only a completion shows whether the provider takes the key")),
            },
            WhichKey::Admin => climb.validate_admin_key().await.map(|()| KeyFacts::default()),
        };
        facts.map_err(|failure| clean(failure, &redactor))
    }

    /// The models that the provider lists, all pages within `limit`. The error says why there is
    /// no list to be had, without the key.
    pub async fn list_models(
        &self,
        key: Option<&SecretString>,
        now: Timestamp,
        limit: Duration,
    ) -> Result<Catalog, String> {
        let secrets = self.secrets(WhichKey::Inference, key);
        let redactor = Redactor::new(&secrets);
        let mut climb = Climb::new(&self.check, context(&secrets, now, limit));
        match climb.models().await {
            Some(Err(failure)) => Err(clean(failure, &redactor).message),
            Some(Ok(())) => match climb.gained.catalog {
                Some(catalog) => Ok(catalog.redacted(&redactor)),
                None if climb.memory.is_restricted => Err("the key may not list models".to_owned()),
                None => Err("the list is too long to be read to its end".to_owned()),
            },
            None => Err("its models cannot be listed".to_owned()),
        }
    }

    fn secrets(&self, which: WhichKey, key: Option<&SecretString>) -> Secrets {
        let name = match which {
            WhichKey::Inference => &self.check.keys.inference,
            WhichKey::Admin => &self.check.keys.admin,
        };
        name.iter().cloned().zip(key.cloned()).collect()
    }
}

impl Climb<'_> {
    /// Asks the first report that the admin key is for.
    async fn validate_admin_key(&mut self) -> Result<(), ProviderFailure> {
        for source in self.provider().usage {
            let call = self.check.account.usage(*source, self.now(), None);
            let is_admins = |proof| matches!(proof, Proof::Key { key: WhichKey::Admin, .. });
            let Some(call) = call.filter(|call| is_admins(call.proof)) else { continue };
            return match self.answer(&call, super::usage::MAX_BYTES).await {
                Some(Ok(answer)) => self.reading(*source, answer).await.map(drop),
                Some(Err(failure)) => Err(failure),
                None => Err(unclear("there is no way to the provider")),
            };
        }
        Err(unclear("the provider is asked nothing with it; xAI wants `organization` for that"))
    }
}

fn context(secrets: &Secrets, now: Timestamp, timeout: Duration) -> CheckContext<'_> {
    CheckContext {
        now,
        timeout,
        secrets,
        beat: None,
        deaf: None,
        recall: Recall::Blank,
        budget: &NoBudget,
        interval: Duration::ZERO,
        is_thorough: true,
    }
}

fn unclear(what: &str) -> ProviderFailure {
    let failure = ProviderFailure::new(Reason::NotSent, what);
    ProviderFailure { fault: Fault::Monitor, impact: Impact::Inconclusive, ..failure }
}

fn clean(failure: ProviderFailure, redactor: &Redactor) -> ProviderFailure {
    let code = failure.code.map(|code| redactor.redact(&code).into_owned());
    ProviderFailure { message: redactor.redact(&failure.message).into_owned(), code, ..failure }
}
