//! The vocabulary of these conditions: the values of an HTTP answer.

use allclear_expression::{Expression, ExpressionError, ValueKind, Variable};

const VARIABLES: &[Variable] = &[
    Variable::new("status", ValueKind::Number, "the HTTP status"),
    Variable::new("headers", ValueKind::Headers, "the headers of the answer"),
    Variable::new("body", ValueKind::Text, "the body as text"),
    Variable::new("json", ValueKind::Object, "the body as JSON"),
    Variable::new("response_time_ms", ValueKind::Number, "the response time, in milliseconds"),
    Variable::new("certificate_days", ValueKind::Number, "days until the certificate expires"),
];

/// Compiles a condition over the variables of an HTTP answer.
pub(crate) fn compile(text: &str) -> Result<Expression, ExpressionError> {
    Expression::compile(text, VARIABLES)
}
