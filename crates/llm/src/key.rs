//! Keys: the form in which one is shown, warnings about it, and its properties as the provider states them.
//!
//! A key is never refused by its form, because providers change their formats without notice.

mod facts;
mod form;
mod validation;

use allclear_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::form::{shown, warnings};
pub use self::validation::{KeyValidity, Validation};
use crate::call::Head;
use crate::classify::ProviderFailure;
use crate::classify::{self, CallKind};
use crate::provider::{KeyShape, Provider};

/// Properties of an accepted key, as the provider reports them. Names and addresses of persons are dropped.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct KeyFacts {
    /// End of the key's validity.
    pub expires: Option<Timestamp>,
    /// The label that its owner gave it, or the account that it belongs to.
    pub owner: Option<String>,
    /// The team that it belongs to, which the provider's billing requests need.
    #[serde(skip)]
    pub team: Option<String>,
    /// Its role, in the provider's word: `fineGrained`, `management`.
    pub role: Option<String>,
    /// True if it has fewer permissions than the account.
    pub is_restricted: bool,
    /// True for a trial key, which allows few calls.
    pub is_trial: bool,
    /// Spending limit of the key, in US dollars.
    pub limit_usd: Option<f64>,
    /// Rest of that limit, or of the account's balance, in US dollars.
    pub left_usd: Option<f64>,
    /// Warnings for the operator who set the key.
    pub warnings: Vec<String>,
}

/// Reads the answer to the provider's key check.
///
/// # Errors
///
/// Fails if the provider refused the key, or if a successful answer shows that the key is of no
/// use.
pub fn read(
    provider: &Provider,
    head: &Head,
    body: &[u8],
    now: Timestamp,
) -> Result<KeyFacts, ProviderFailure> {
    if let Some(failure) = classify::failure(provider, CallKind::Key, head, body, now) {
        return Err(failure);
    }
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let shape = provider.key.map_or(KeyShape::AnySuccess, |check| check.shape);
    let mut facts = match shape {
        KeyShape::AnySuccess => KeyFacts::default(),
        KeyShape::Cohere => facts::cohere(head),
        KeyShape::HuggingFace => facts::hugging_face(&answer, provider)?,
        KeyShape::OpenRouter => facts::open_router(&answer),
        KeyShape::Xai => facts::xai(&answer),
        KeyShape::DeepSeek => facts::deep_seek(&answer),
    };
    if facts.expires.is_some_and(|expires| expires <= now) {
        facts
            .warnings
            .push("the provider reports that it has expired, but still accepts it".to_owned());
    }
    Ok(facts)
}
