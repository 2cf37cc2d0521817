//! Variables for the unit tests of this crate.

use super::{Expression, ExpressionError, Kind, Variable};

const fn variable(name: &'static str, kind: Kind) -> Variable {
    Variable { name, kind, meaning: "a variable of a test" }
}

const VARIABLES: &[Variable] = &[
    variable("status", Kind::Text),
    variable("previous_status", Kind::Text),
    variable("healthy", Kind::Bool),
    variable("unhealthy", Kind::Bool),
    variable("critical", Kind::Bool),
    variable("fault", Kind::Text),
    variable("response_time_ms", Kind::Number),
    variable("expected_response_time_ms", Kind::Number),
    variable("consecutive_failures", Kind::Number),
    variable("uptime_percentage", Kind::Number),
    variable("metrics", Kind::Object),
    variable("monitor", Kind::Text),
    variable("group", Kind::Text),
    variable("tags", Kind::Texts),
];

/// Compiles a condition over the variables of the tests.
pub(crate) fn compile(text: &str) -> Result<Expression, ExpressionError> {
    Expression::compile(text, VARIABLES)
}
