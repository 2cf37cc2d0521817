//! Behavior of a provider's endpoint for one request, in addition to that of other endpoints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The response of a provider. The default is its unchanged success.
///
/// In JSON: `{"llm": {"answer": "rate_limit"}}`,
/// `{"llm": {"text": "grüß dich", "chunking": {"bytes": 1}}}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LlmBehavior {
    /// The name of a row that is sent in place of the success.
    pub answer: Option<String>,
    /// Headers that are added to the response or replaced in it.
    pub headers: BTreeMap<String, String>,
    /// The text of the model. By default, the requested sum, or `Pong`.
    pub text: Option<String>,
    /// True if the requested sum must be wrong.
    pub miscalculates: bool,
    /// The reasoning of the model before its text.
    pub reasoning: Option<String>,
    /// True if the reasoning uses up the limit of tokens, so that there is no text.
    pub eats_cap: bool,
    /// The division of the body into chunks.
    pub chunking: Chunking,
    /// True if lines end with CR LF.
    pub crlf: bool,
    /// The number of comments before the first token, or of empty lines before a response that is
    /// not a stream.
    pub keep_alives: u32,
    /// The pause before the first token and each keep-alive, in milliseconds.
    pub first_token_ms: u64,
    /// The pause before each further token, in milliseconds.
    pub delay_ms: u64,
    /// The pause before the last token in place of `delay_ms`, in milliseconds.
    pub gap_ms: Option<u64>,
    /// The number of tokens after which the provider's error event replaces the rest.
    pub error_after: Option<usize>,
    /// The number of bytes of the body after which the connection is closed without an end.
    pub cut_after_bytes: Option<usize>,
    /// The number of bytes of the body after which the response ends as if it were complete.
    pub end_after_bytes: Option<usize>,
    /// The number of bytes of the body after which nothing more is sent; the connection stays open.
    pub hang_after_bytes: Option<usize>,
    /// The remaining credit, in US dollars of 100.
    pub balance_usd: Option<f64>,
    /// The costs of the last days, in US dollars; the last value is yesterday's.
    pub daily_usd: Vec<f64>,
}

/// The division of a body into HTTP chunks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Chunking {
    /// Each event is a chunk.
    #[default]
    Events,
    /// This number of events is a chunk.
    Bursts(usize),
    /// This number of bytes is a chunk, regardless of the boundaries of events and characters.
    Bytes(usize),
    /// Chunks end only within characters of several bytes.
    WithinCharacters,
    /// The whole body is one chunk.
    Whole,
}

impl LlmBehavior {
    /// Returns a behavior that sends the row of this name.
    #[must_use]
    pub fn row(name: &str) -> Self {
        Self { answer: Some(name.to_owned()), ..Self::default() }
    }

    /// Returns a behavior that sends this text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..Self::default() }
    }
}
