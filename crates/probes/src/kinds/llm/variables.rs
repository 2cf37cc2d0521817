//! The variables of the degradation condition of an `llm` check.

use allclear_expression::{ValueKind, Variable};

use super::metrics;

/// The variables of `degraded`. All but the first are those of the completion, and absent if it did
/// not measure them.
pub(crate) const VARIABLES: &[Variable] = &[
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "the time of the whole answer, in milliseconds",
    ),
    Variable::new(
        metrics::HEADERS_MS.name,
        ValueKind::Number,
        "the time until the answer begins, in milliseconds",
    ),
    Variable::new(
        metrics::FIRST_TOKEN_MS.name,
        ValueKind::Number,
        "the time until the first visible text, in milliseconds",
    ),
    Variable::new(
        metrics::FIRST_REASONING_MS.name,
        ValueKind::Number,
        "the time until the first reasoning, in milliseconds",
    ),
    Variable::new(
        metrics::LONGEST_GAP_MS.name,
        ValueKind::Number,
        "the longest pause within the answer, in milliseconds",
    ),
    Variable::new(
        metrics::TOKENS_PER_SECOND.name,
        ValueKind::Number,
        "the speed of the answer; absent for an answer of few tokens",
    ),
    Variable::new(
        metrics::INPUT_TOKENS.name,
        ValueKind::Number,
        "the number of tokens of the question",
    ),
    Variable::new(
        metrics::OUTPUT_TOKENS.name,
        ValueKind::Number,
        "the number of tokens of the answer, reasoning included",
    ),
    Variable::new(
        metrics::REASONING_TOKENS.name,
        ValueKind::Number,
        "the number of tokens of reasoning",
    ),
    Variable::new(
        metrics::SERVER_MS.name,
        ValueKind::Number,
        "the time that the server reports, in milliseconds",
    ),
    Variable::new(
        metrics::HEADROOM_PERCENT.name,
        ValueKind::Number,
        "the rest of the tightest rate limit, 0 to 100",
    ),
    Variable::new(
        metrics::DIMENSIONS.name,
        ValueKind::Number,
        "the number of dimensions of an embedding",
    ),
    Variable::new(
        metrics::ANSWER_BYTES.name,
        ValueKind::Number,
        "the size of the answer to a task, in bytes",
    ),
];
