//! The step `key`: validity and properties of the key.

use allclear_core::reason::Reason;
use allclear_llm::call::WhichKey;
use allclear_llm::classify::ProviderFailure;
use allclear_llm::key::{self, KeyFacts};
use allclear_llm::provider::KeyShape;
use secrecy::ExposeSecret;

use super::calls::ProviderResponse;
use super::step_run::StepRun;
use super::{labels, metrics};

/// The most bytes of an answer: it may be a list of models.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Part of OpenAI's error for a key that may not list models.
const MISSING_SCOPES: &str = "missing scopes";

const SECONDS_OF_A_DAY: f64 = 86_400.0;

impl StepRun<'_> {
    /// Validates the key. `None` if that is left to the step `models`, or was not tried.
    pub(super) async fn key(&mut self) -> Option<Result<(), ProviderFailure>> {
        if self.is_validated_by_list() && self.lists_models() {
            return None;
        }
        let facts = self.key_facts().await?;
        Some(facts.map(|facts| {
            if let Some(facts) = facts {
                self.take_facts(&facts);
            }
        }))
    }

    /// Requests the properties of the key, if the provider reports them. `None` if it was not asked.
    pub(super) async fn key_facts(&mut self) -> Option<Result<Option<KeyFacts>, ProviderFailure>> {
        let call = self.check.account.key_check()?;
        let answer = match self.answer(&call, MAX_BYTES).await? {
            Ok(answer) => answer,
            Err(failure) => return Some(Err(failure)),
        };
        let provider = self.provider();
        let now = self.now();
        let read = move |answer: &ProviderResponse| {
            let is_good_as_it_is = answer.is_cut && answer.head.is_success();
            if is_good_as_it_is {
                return Ok(None);
            }
            key::read(provider, &answer.head, &answer.body, now).map(Some)
        };
        let (facts, answer) = match self.read_answer(answer, read).await {
            Ok(read) => read,
            Err(failure) => return Some(Err(failure)),
        };
        let facts = facts.or_else(|failure| self.accept_restricted(failure).map(|()| None));
        self.collected.trace = Some(answer.trace);
        Some(facts)
    }

    /// Returns whether a list of models proves the key as well as the key check would.
    pub(super) fn is_validated_by_list(&self) -> bool {
        let provider = self.provider();
        provider.key.is_some_and(|check| check.shape == KeyShape::AnySuccess)
            && provider.list.is_some_and(|list| !list.is_public)
            && self.check.account.key_check().is_some()
    }

    /// Accepts a key that authenticates, even if it lacks permissions.
    pub(super) fn accept_restricted(
        &mut self,
        failure: ProviderFailure,
    ) -> Result<(), ProviderFailure> {
        let is_good = failure.reason == Reason::Permission
            && failure.message.to_ascii_lowercase().contains(MISSING_SCOPES);
        if !is_good {
            return Err(failure);
        }
        self.state.is_restricted = true;
        Ok(())
    }

    fn take_facts(&mut self, facts: &KeyFacts) {
        let now = self.now();
        self.state.is_restricted = facts.is_restricted;
        self.state.is_trial |= facts.is_trial;
        if let Some(team) = &facts.team {
            self.state.team = Some(team.chars().take(200).collect());
        }
        if let Some(expires) = facts.expires {
            let days = expires.duration_since(now).as_secs_f64() / SECONDS_OF_A_DAY;
            self.measure(metrics::KEY_EXPIRES_DAYS, days.floor());
        }
        if !facts.warnings.is_empty() {
            self.label(labels::KEY_DOUBT, &facts.warnings.join("; "));
        }
    }

    /// Labels the warnings about the form of the keys.
    pub(super) fn label_key_warnings(&mut self) {
        let keys = [
            (&self.check.keys.inference, WhichKey::Inference),
            (&self.check.keys.admin, WhichKey::Admin),
        ];
        let doubts: Vec<String> = keys
            .into_iter()
            .filter_map(|(name, which)| {
                let key = self.context.secrets.get(name.as_ref()?)?.expose_secret();
                Some(key::warnings(self.provider(), key, which))
            })
            .flatten()
            .chain(self.collected.labels.get(labels::KEY_DOUBT.name()).cloned())
            .collect();
        if !doubts.is_empty() {
            self.label(labels::KEY_DOUBT, &doubts.join("; "));
        }
    }
}
