//! What a provider's endpoint does with one request, beyond what any endpoint can do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a provider answers. The default is its success, as it is.
///
/// In JSON: `{"llm": {"answer": "rate_limit"}}`, `{"llm": {"text": "grüß dich", "chunking": {"bytes": 1}}}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LlmBehavior {
    /// The name of a row that is served in place of the success.
    pub answer: Option<String>,
    /// Headers that the answer has too, or instead.
    pub headers: BTreeMap<String, String>,
    /// What the model says. When left out, the sum that it was asked for, or `Pong`.
    pub text: Option<String>,
    /// Whether it gets the sum wrong that it was asked for.
    pub miscalculates: bool,
    /// What the model thinks before it speaks.
    pub reasoning: Option<String>,
    /// Whether its thoughts use up the cap of tokens, so that it says nothing.
    pub eats_cap: bool,
    /// How the body is cut into chunks.
    pub chunking: Chunking,
    /// Whether lines end with CR LF.
    pub crlf: bool,
    /// How many comments come before the first token, or empty lines before an answer that is no stream.
    pub keep_alives: u32,
    /// How long it waits before the first token and each keep-alive, in milliseconds.
    pub first_token_ms: u64,
    /// How long it waits before each further token, in milliseconds.
    pub delay_ms: u64,
    /// How long it waits before the last token in place of `delay_ms`, in milliseconds.
    pub gap_ms: Option<u64>,
    /// After how many tokens the provider's own error event comes in place of the rest.
    pub error_after: Option<usize>,
    /// After how many bytes of the body the connection is closed without an end.
    pub cut_after_bytes: Option<usize>,
    /// After how many bytes of the body the answer ends, as if it were complete.
    pub end_after_bytes: Option<usize>,
    /// After how many bytes of the body nothing comes any more, on a connection that stays open.
    pub hang_after_bytes: Option<usize>,
    /// What is left of the credit, in US dollars of 100.
    pub balance_usd: Option<f64>,
    /// What was spent on each of the last days, in US dollars; the last is yesterday's.
    pub daily_usd: Vec<f64>,
}

/// How a body is cut into chunks of HTTP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Chunking {
    /// Each event is a chunk.
    #[default]
    Events,
    /// So many events are a chunk.
    Bursts(usize),
    /// So many bytes are a chunk, wherever events and characters end.
    Bytes(usize),
    /// Chunks end within characters of several bytes, and nowhere else.
    WithinCharacters,
    /// All is one chunk.
    Whole,
}

impl LlmBehavior {
    /// Serves the row of this name.
    #[must_use]
    pub fn row(name: &str) -> Self {
        Self { answer: Some(name.to_owned()), ..Self::default() }
    }

    /// Says this.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..Self::default() }
    }
}
