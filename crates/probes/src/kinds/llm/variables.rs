//! The variables of the degradation condition of an `llm` check.

use allclear_expression::{ValueKind, Variable};

use super::metrics;

/// The variables of `degraded`. All but the first are those of the completion, and absent if it did
/// not measure them.
pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "how long the whole answer took, in milliseconds",
    ),
    Variable::new(
        metrics::HEADERS_MS.name,
        ValueKind::Number,
        "until the answer began, in milliseconds",
    ),
    Variable::new(
        metrics::FIRST_TOKEN_MS.name,
        ValueKind::Number,
        "until the first visible text, in milliseconds",
    ),
    Variable::new(
        metrics::FIRST_REASONING_MS.name,
        ValueKind::Number,
        "until the first reasoning, in milliseconds",
    ),
    Variable::new(
        metrics::LONGEST_GAP_MS.name,
        ValueKind::Number,
        "the longest pause within the answer, in milliseconds",
    ),
    Variable::new(
        metrics::TOKENS_PER_SECOND.name,
        ValueKind::Number,
        "how fast tokens came, where there were enough",
    ),
    Variable::new(metrics::INPUT_TOKENS.name, ValueKind::Number, "tokens of the question"),
    Variable::new(
        metrics::OUTPUT_TOKENS.name,
        ValueKind::Number,
        "tokens of the answer, reasoning included",
    ),
    Variable::new(metrics::REASONING_TOKENS.name, ValueKind::Number, "tokens of reasoning"),
    Variable::new(
        metrics::SERVER_MS.name,
        ValueKind::Number,
        "how long the server says that it took, in milliseconds",
    ),
    Variable::new(
        metrics::HEADROOM_PERCENT.name,
        ValueKind::Number,
        "what is left of the tightest rate limit, 0 to 100",
    ),
    Variable::new(metrics::DIMENSIONS.name, ValueKind::Number, "how many numbers an embedding has"),
    Variable::new(
        metrics::ANSWER_BYTES.name,
        ValueKind::Number,
        "the size of the answer to a task, in bytes",
    ),
];
