//! The variables of the degradation condition of an `llm` check.

use allclear_expression::{ValueKind, Variable};

/// The variables of `degraded`. All but the first are those of the completion, and absent if it did
/// not measure them.
pub(crate) const VARIABLES: &[Variable] = &[
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "the time of the whole answer, in milliseconds",
    ),
    Variable::new(
        "headers_ms",
        ValueKind::Number,
        "the time until the answer begins, in milliseconds",
    ),
    Variable::new(
        "first_token_ms",
        ValueKind::Number,
        "the time until the first visible text, in milliseconds",
    ),
    Variable::new(
        "first_reasoning_ms",
        ValueKind::Number,
        "the time until the first reasoning, in milliseconds",
    ),
    Variable::new(
        "longest_gap_ms",
        ValueKind::Number,
        "the longest pause within the answer, in milliseconds",
    ),
    Variable::new(
        "tokens_per_second",
        ValueKind::Number,
        "the speed of the answer; absent for an answer of few tokens",
    ),
    Variable::new("input_tokens", ValueKind::Number, "the number of tokens of the question"),
    Variable::new(
        "output_tokens",
        ValueKind::Number,
        "the number of tokens of the answer, reasoning included",
    ),
    Variable::new("reasoning_tokens", ValueKind::Number, "the number of tokens of reasoning"),
    Variable::new(
        "server_ms",
        ValueKind::Number,
        "the time that the server reports, in milliseconds",
    ),
    Variable::new(
        "headroom_percent",
        ValueKind::Number,
        "the rest of the tightest rate limit, 0 to 100",
    ),
    Variable::new("dimensions", ValueKind::Number, "the number of dimensions of an embedding"),
    Variable::new("answer_bytes", ValueKind::Number, "the size of the answer to a task, in bytes"),
];
