//! The variables of the conditions of a `dns` check.

use allclear_expression::{ValueKind, Variable};

/// The variables of `expect` and `degraded`.
pub(crate) const VARIABLES: &[Variable] = &[
    Variable::new("records", ValueKind::Texts, "the records of the requested type, as texts"),
    Variable::new("count", ValueKind::Number, "the number of records"),
    Variable::new("rcode", ValueKind::Text, "the response code, such as NOERROR or NXDOMAIN"),
    Variable::new(
        "ttl",
        ValueKind::Number,
        "the shortest time to live among the records, in seconds",
    ),
    Variable::new(
        "authenticated",
        ValueKind::Bool,
        "true if the name server verified the records with DNSSEC",
    ),
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "the response time of the name server, in milliseconds",
    ),
];
