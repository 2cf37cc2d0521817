//! Keys: how one is shown, what is doubtful about it, and what a provider tells of it.
//!
//! A key is never refused by its form: providers change theirs without notice.

mod facts;
mod form;
mod validation;

use allclear_core::Timestamp;
use serde_json::Value;

pub use self::form::{doubts, shown};
pub use self::validation::{Answer, Validation};
use crate::call::Head;
use crate::classify::ProviderFailure;
use crate::classify::{self, Step};
use crate::provider::{KeyShape, Provider};

/// What a provider tells of a key that it accepts. Names of persons and their addresses are dropped.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeyFacts {
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// What its owner calls it, or the account that it belongs to.
    pub whose: Option<String>,
    /// The team that it belongs to, by which the provider tells of money.
    pub team: Option<String>,
    /// What it may do, in the provider's word: `fineGrained`, `management`.
    pub role: Option<String>,
    /// Whether it may not do all that the account may.
    pub is_restricted: bool,
    /// Whether it is a trial's, with few calls.
    pub is_trial: bool,
    /// How much may be spent with it, in US dollars.
    pub limit_usd: Option<f64>,
    /// How much of that, or of the account's balance, is left.
    pub left_usd: Option<f64>,
    /// What is worth telling whoever set it.
    pub warnings: Vec<String>,
}

/// What the answer to the provider's key check tells, or why the key is of no use: because it was
/// refused, or because of what a success says of it.
pub fn read(
    provider: &Provider,
    head: &Head,
    body: &[u8],
    now: Timestamp,
) -> Result<KeyFacts, ProviderFailure> {
    if let Some(failure) = classify::failure(provider, Step::Key, head, body, now) {
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
            .push("it has expired, as the provider says, and is accepted still".to_owned());
    }
    Ok(facts)
}
