//! Variables for the unit tests of this crate.

use super::{Expression, ExpressionError, ValueKind, Variable};

const fn variable(name: &'static str, kind: ValueKind) -> Variable {
    Variable::new(name, kind, "a variable of a test")
}

const VARIABLES: &[Variable] = &[
    variable("status", ValueKind::Text),
    variable("previous_status", ValueKind::Text),
    variable("healthy", ValueKind::Bool),
    variable("unhealthy", ValueKind::Bool),
    variable("critical", ValueKind::Bool),
    variable("fault", ValueKind::Text),
    variable("response_time_ms", ValueKind::Number),
    variable("expected_response_time_ms", ValueKind::Number),
    variable("consecutive_failures", ValueKind::Number),
    variable("uptime_percentage", ValueKind::Number),
    variable("metrics", ValueKind::Object),
    variable("monitor", ValueKind::Text),
    variable("group", ValueKind::Text),
    variable("tags", ValueKind::Texts),
];

/// Compiles a condition over the variables of the tests.
pub(crate) fn compile(text: &str) -> Result<Expression, ExpressionError> {
    Expression::compile(text, VARIABLES)
}

/// The variables of an answer that a target chooses.
const OF_AN_ANSWER: &[Variable] =
    &[variable("body", ValueKind::Text), variable("json", ValueKind::Object)];

/// Compiles a condition over an answer.
pub(crate) fn compile_over_answer(text: &str) -> Result<Expression, ExpressionError> {
    Expression::compile(text, OF_AN_ANSWER)
}
