//! Models: the items of a provider's catalog.

use std::collections::BTreeSet;

use allclear_core::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The facts about a model. A fact that neither the provider nor the shipped data give is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// The time of its release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// The most tokens of question and answer together, or of the question alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// The most tokens of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// The modalities that it takes: `text`, `image`, `audio`, `video`, `file`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub input_modalities: BTreeSet<String>,
    /// The modalities that it gives.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub output_modalities: BTreeSet<String>,
    /// The capabilities: `chat`, `tools`, `structured_output`, `reasoning`, `embeddings`, …
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub capabilities: BTreeSet<String>,
    /// The price of a million tokens, in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<TokenPrice>,
    /// The first day on which it is no longer served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Date>,
    /// True if its provider calls it deprecated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// The names of the fields above that come from shipped data and not from the provider.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub derived: BTreeSet<String>,
}

/// The price of a million tokens, in US dollars.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TokenPrice {
    /// Of the question.
    pub input: f64,
    /// Of the answer, reasoning included.
    pub output: f64,
}
