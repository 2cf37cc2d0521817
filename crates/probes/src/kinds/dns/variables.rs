//! The variables of the conditions of a `dns` check.

use allclear_expression::{ValueKind, Variable};

/// The variables of `expect` and `degraded`.
pub(super) const VARIABLES: &[Variable] = &[
    Variable::new("records", ValueKind::Texts, "the records of the type asked for, as texts"),
    Variable::new("count", ValueKind::Number, "how many records there are"),
    Variable::new("rcode", ValueKind::Text, "the response code, such as NOERROR or NXDOMAIN"),
    Variable::new(
        "ttl",
        ValueKind::Number,
        "the shortest time to live among the records, in seconds",
    ),
    Variable::new(
        "authenticated",
        ValueKind::Bool,
        "whether the name server verified them with DNSSEC",
    ),
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "how long the answer took, in milliseconds",
    ),
];
