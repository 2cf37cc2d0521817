//! The variables of the conditions of an `http` check.

use allclear_expression::{ValueKind, Variable};

/// The variables of `expect` and `degraded`.
pub(super) const VARIABLES: &[Variable] = &[
    Variable::new("status", ValueKind::Number, "the HTTP status"),
    Variable::new("headers", ValueKind::Headers, "the answer's headers, by name in any case"),
    Variable::new("body", ValueKind::Text, "the answer's body as text"),
    Variable::new("json", ValueKind::Object, "the answer's body as JSON"),
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "how long the target took, in milliseconds",
    ),
    Variable::new("certificate_days", ValueKind::Number, "days until the certificate expires"),
];
