//! Completions: the content of a model's answer, and the timing of its arrival.
//!
//! All times are since the request was sent.

use std::time::Duration;

use allclear_core::outcome::Metrics;

use crate::metrics::{
    self, FIRST_REASONING_MS, FIRST_TOKEN_MS, INPUT_TOKENS, LONGEST_GAP_MS, OUTPUT_TOKENS,
    REASONING_TOKENS, SERVER_MS, TOKENS_PER_SECOND,
};
use serde_json::Value;

/// One answer of a model, as far as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// Its end.
    pub end: CompletionEnd,
    /// The visible text, a refusal included; at most 16 KiB of it.
    pub text: String,
    /// Arrival of the first visible text. Of an answer in one piece, the arrival of that piece.
    pub first_token: Option<Duration>,
    /// Arrival of the first reasoning.
    pub first_reasoning: Option<Duration>,
    /// Arrival of the last piece of text or reasoning.
    pub last_token: Option<Duration>,
    /// The longest time between two pieces of text or reasoning.
    pub longest_gap: Option<Duration>,
    /// End of reading.
    pub total: Duration,
    /// Reason why the model stopped, in the provider's own word.
    pub finish_reason: Option<String>,
    /// Used tokens.
    pub usage: Option<Tokens>,
    /// Charged tokens, if the provider reports them apart from the used ones.
    pub billed: Option<Tokens>,
    /// Cost in US dollars, if the provider reports it.
    pub cost_usd: Option<f64>,
    /// The server's own measurements.
    pub server: ServerTimings,
    /// The upstream provider that answered, if the provider is a router.
    pub served_by: Option<String>,
    /// The model that answered, in the provider's own name.
    pub model: Option<String>,
    /// The id of the answer, or of the request if the stream states it.
    pub id: Option<String>,
    /// True if the model called a tool.
    pub has_tool_call: bool,
    /// True if the provider refused the question and named a filter as the cause.
    pub is_withheld: bool,
}

/// End of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum CompletionEnd {
    /// With the mark that its dialect ends with, as one whole document, or with a reason to stop and
    /// the regular end of the body.
    Complete,
    /// With an error inside it: the JSON as it came, or in the form `{"error": {…}}` if it stood deeper.
    Error(Value),
    /// Without its end.
    Truncated {
        /// Number of bytes that had arrived.
        n_bytes: u64,
    },
    /// It was never an answer: an error body, an HTML page or anything else. The first 8 KiB of it.
    NotAStream(Vec<u8>),
}

/// Used tokens of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Those of the question, the cached ones included.
    pub input: u64,
    /// Those of the answer, reasoning included.
    pub output: u64,
    /// Those of the answer that were reasoning.
    pub reasoning: Option<u64>,
    /// Those of the question that were read from a cache.
    pub cached: Option<u64>,
}

/// A server's own measurements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServerTimings {
    /// From the request's arrival to the answer's end.
    pub total: Option<Duration>,
    /// Time of generating tokens.
    pub generation: Option<Duration>,
    /// Time of the request in a queue.
    pub queue: Option<Duration>,
    /// Time of loading the model: the start was a cold one.
    pub load: Option<Duration>,
}

/// Least number of visible tokens for which a speed is computed.
const LEAST_TOKENS: u64 = 8;
/// A text that comes within this time came out of a buffer at once.
const LEAST_DURATION: Duration = Duration::from_millis(1);
/// The reasons that mean that the answer met its cap of tokens.
const CAPS: [&str; 5] =
    ["length", "model_length", "max_tokens", "max_output_tokens", "model_context_window_exceeded"];
/// The reasons that stand for an answer withheld by a filter.
const FILTERS: &[&str] = &[
    "content_filter",
    "content-filter",
    "contentfilter",
    "content_filtered",
    "content_policy",
    "content_policy_violation",
    "content_moderation",
    "content_violation",
    "content_blocked",
    "moderation",
    "moderated",
    "sensitive",
    "sensitive_content",
    "risk",
    "unsafe",
    "flagged",
    "blocked",
    "guardrail",
    "guardrails",
    "guardrail_intervened",
    "refusal",
    "safety",
    "recitation",
    "language",
    "blocklist",
    "prohibited_content",
    "spii",
    "image_safety",
    "image_prohibited_content",
    "image_recitation",
    "model_armor",
    "error_toxic",
    "block_reason_unspecified",
    "jailbreak",
];
/// The reasons that stand for a call of a tool.
const TOOLS: &[&str] = &["tool_calls", "tool_call", "tool_use", "function_call", "function_calls"];

impl Completion {
    /// Checks whether the model did its work: the answer has its end, and there was text, reasoning
    /// or a call of a tool, or the cap of tokens was met.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.end == CompletionEnd::Complete
            && (self.has_content() || self.is_cut_by_cap() || self.is_tool_call())
    }

    /// Returns whether the answer stopped at the cap of tokens.
    #[must_use]
    pub fn is_cut_by_cap(&self) -> bool {
        self.finish_reason.as_deref().is_some_and(is_cap)
    }

    /// Checks whether a filter for content withheld it.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.is_withheld || self.stopped_for(FILTERS)
    }

    /// Checks whether it is a call of a tool.
    fn is_tool_call(&self) -> bool {
        self.has_tool_call || self.stopped_for(TOOLS)
    }

    fn stopped_for(&self, reasons: &[&str]) -> bool {
        self.finish_reason
            .as_deref()
            .is_some_and(|reason| reasons.iter().any(|it| it.eq_ignore_ascii_case(reason)))
    }

    /// Returns the tokens that are charged.
    #[must_use]
    pub fn charged(&self) -> Option<Tokens> {
        self.billed.or(self.usage)
    }

    /// Returns the metrics `first_token_ms`, `first_reasoning_ms`, `longest_gap_ms`,
    /// `tokens_per_second`, `input_tokens`, `output_tokens`, `reasoning_tokens` and `server_ms`,
    /// each only if it is known.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        let ms = |time: Option<Duration>| time.map(|time| time.as_secs_f64() * 1e3);
        let usage = self.usage;
        metrics::known([
            (FIRST_TOKEN_MS, ms(self.first_token)),
            (FIRST_REASONING_MS, ms(self.first_reasoning)),
            (LONGEST_GAP_MS, ms(self.longest_gap)),
            (TOKENS_PER_SECOND, self.tokens_per_second()),
            (INPUT_TOKENS, usage.map(|tokens| tokens.input as f64)),
            (OUTPUT_TOKENS, usage.map(|tokens| tokens.output as f64)),
            (REASONING_TOKENS, usage.and_then(|tokens| tokens.reasoning).map(|n| n as f64)),
            (SERVER_MS, ms(self.server.total)),
        ])
    }

    /// Returns the speed of generation if it can be measured: by the server's own clock if it
    /// reports one, otherwise by the arrival of the visible text.
    fn tokens_per_second(&self) -> Option<f64> {
        let usage = self.usage.filter(|_| self.end == CompletionEnd::Complete)?;
        if let Some(generation) = self.server.generation {
            return rate(usage.output, usage.output, generation);
        }
        let visible = usage.output.saturating_sub(usage.reasoning.unwrap_or(0));
        let duration = self.last_token?.checked_sub(self.first_token?)?;
        rate(visible, visible.saturating_sub(1), duration)
    }

    fn has_content(&self) -> bool {
        self.first_token.is_some()
            || self.first_reasoning.is_some()
            || self.usage.and_then(|tokens| tokens.reasoning).is_some_and(|n| n > 0)
    }
}

/// Returns whether this reason to stop means that the answer met its cap of tokens.
#[must_use]
pub fn is_cap(finish_reason: &str) -> bool {
    CAPS.iter().any(|cap| cap.eq_ignore_ascii_case(finish_reason))
}

fn rate(n_tokens: u64, n_intervals: u64, duration: Duration) -> Option<f64> {
    (n_tokens >= LEAST_TOKENS && duration >= LEAST_DURATION)
        .then(|| n_intervals as f64 / duration.as_secs_f64())
}
