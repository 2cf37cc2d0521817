//! Models: the items of a provider's catalog.

use std::collections::BTreeSet;

use allclear_core::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What is known of a model. What nobody tells is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// When it came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// How many tokens question and answer may have together, or the question alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// How many tokens an answer may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// What it takes: `text`, `image`, `audio`, `video`, `file`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub input_modalities: BTreeSet<String>,
    /// What it gives.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub output_modalities: BTreeSet<String>,
    /// What it can: `chat`, `tools`, `structured_output`, `reasoning`, `embeddings`, …
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub capabilities: BTreeSet<String>,
    /// What a million tokens cost, in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// From when on it is not served any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Date>,
    /// Whether its provider calls it deprecated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// What of the above comes from shipped data and not from the provider, by the field's name.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub derived: BTreeSet<String>,
}

/// What a million tokens cost, in US dollars.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// Of the question.
    pub input: f64,
    /// Of the answer, reasoning included.
    pub output: f64,
}
