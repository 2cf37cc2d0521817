//! The variables of the conditions of an `http` check.

use allclear_expression::{ValueKind, Variable};

/// The variables of `expect` and `degraded`.
pub(crate) const VARIABLES: &[Variable] = &[
    Variable::new("status", ValueKind::Number, "the HTTP status of the last answer"),
    Variable::new(
        "headers",
        ValueKind::Headers,
        "the headers of the answer; upper and lower case in names are the same",
    ),
    Variable::new("body", ValueKind::Text, "the decoded body of the answer as text"),
    Variable::new("json", ValueKind::Object, "the decoded body of the answer as JSON"),
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "the response time of the target, in milliseconds",
    ),
    Variable::new(
        "certificate_days",
        ValueKind::Number,
        "the whole days until the certificate expires",
    ),
];
