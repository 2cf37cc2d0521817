//! The metrics that are read from the answers of providers.
//!
//! A measurement takes one of these constants and not a name, so that what is measured is what the kind of
//! check declares.

use allclear_core::kind::{Metric, Unit};
use allclear_core::outcome::Metrics;

/// Time until the first visible text.
pub const FIRST_TOKEN_MS: Metric = Metric::new("first_token_ms", Unit::Milliseconds);

/// Time until the first reasoning.
pub const FIRST_REASONING_MS: Metric = Metric::new("first_reasoning_ms", Unit::Milliseconds);

/// The longest pause within an answer.
pub const LONGEST_GAP_MS: Metric = Metric::new("longest_gap_ms", Unit::Milliseconds);

/// The speed of generation.
pub const TOKENS_PER_SECOND: Metric = Metric::new("tokens_per_second", Unit::Other("tokens/s"));

/// The tokens of the question.
pub const INPUT_TOKENS: Metric = Metric::new("input_tokens", Unit::Number);

/// The tokens of the answer, reasoning included.
pub const OUTPUT_TOKENS: Metric = Metric::new("output_tokens", Unit::Number);

/// The tokens of reasoning.
pub const REASONING_TOKENS: Metric = Metric::new("reasoning_tokens", Unit::Number);

/// The time that the server states for itself.
pub const SERVER_MS: Metric = Metric::new("server_ms", Unit::Milliseconds);

/// The numbers of an embedding.
pub const DIMENSIONS: Metric = Metric::new("dimensions", Unit::Number);

/// The size of the answer to a task.
pub const ANSWER_BYTES: Metric = Metric::new("answer_bytes", Unit::Bytes);

/// Returns those of the measurements that have a value.
pub(crate) fn known<const N: usize>(measured: [(Metric, Option<f64>); N]) -> Metrics {
    let known = |(metric, value): (Metric, Option<f64>)| Some((metric.name.to_owned(), value?));
    measured.into_iter().filter_map(known).collect()
}
