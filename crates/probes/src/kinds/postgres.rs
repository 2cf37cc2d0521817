//! The `postgres` check: a PostgreSQL server, the answer to a query in a read-only transaction, its
//! connections, role and replication, and optionally the rows of tables and a temporary table that it writes.

mod cell;
mod negotiate;
mod params;
mod refusal;
mod rows;
mod session;
mod statements;
mod statistics;

use std::time::Duration;

use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Texts};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};

use super::database::{
    CONNECTIONS, CONNECTIONS_USED_PERCENT, CONNECTIONS_USED_VARIABLE, CONNECTIONS_VARIABLE,
    DATABASE_SIZE_BYTES, DATABASE_SIZE_VARIABLE, OptionalWork, QUERY_VALUE, READ_ONLY_VARIABLE,
    RESPONSE_TIME_VARIABLE, ROWS, ROWS_ESTIMATED_VARIABLE, ROWS_VARIABLE, UPTIME_VARIABLE,
    VALUE_VARIABLE, VERSION_VARIABLE,
};
use super::measured_name::MeasuredName;
use super::{Implementation, Schema};
use crate::metrics::{
    CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, REPLICATION_LAG_SECONDS, TLS_VERSION, UPTIME_SECONDS,
};
use crate::service::{Dialog, ServiceAttempt, Talking};

pub(super) const KIND: Kind = Kind {
    name: "postgres",
    category: Category::Database,
    metrics: &[
        QUERY_VALUE,
        CONNECTIONS,
        CONNECTIONS_USED_PERCENT,
        REPLICATION_LAG_SECONDS,
        DATABASE_SIZE_BYTES,
        ROWS,
        UPTIME_SECONDS,
        TLS_VERSION,
        CERTIFICATE_DAYS,
        CERTIFICATE_VERIFIED,
    ],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::host_of_address,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_micros(800)),
            tls: Some(Duration::from_micros(2_400)),
            first_byte: Some(Duration::from_millis(9)),
            ..DurationParts::NONE
        },
        metrics: &[(CONNECTIONS.name, 31.0), (CONNECTIONS_USED_PERCENT.name, 31.0)],
    },
};

pub(super) const IMPLEMENTATION: Implementation =
    Implementation { name: KIND.name, build: params::build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: Schema = super::schema::<params::Params>;

/// The variables of `expect` and `degraded`.
pub(super) const VARIABLES: &[Variable] = &[
    RESPONSE_TIME_VARIABLE,
    VALUE_VARIABLE,
    VERSION_VARIABLE,
    Variable::new("role", ValueKind::Text, "`primary` or `standby`"),
    READ_ONLY_VARIABLE,
    CONNECTIONS_VARIABLE,
    CONNECTIONS_USED_VARIABLE,
    Variable::new(
        "replication_lag_seconds",
        ValueKind::Number,
        "on a standby, the age of the last transaction that it has replayed, in seconds; 0 if it has replayed \
         everything that it received",
    ),
    Variable::new(
        "replication_connected",
        ValueKind::Bool,
        "on a standby, true if it is connected to its primary",
    ),
    DATABASE_SIZE_VARIABLE,
    ROWS_VARIABLE,
    ROWS_ESTIMATED_VARIABLE,
    UPTIME_VARIABLE,
];

/// The conversation of a `postgres` check.
#[derive(Debug)]
struct PostgresDialog {
    user: String,
    password: Option<SecretName>,
    database: Option<String>,
    query: Option<String>,
    tables: Vec<MeasuredName>,
    optional: OptionalWork,
}

impl Dialog for PostgresDialog {
    fn secrets(&self) -> Vec<SecretName> {
        self.password.iter().cloned().collect()
    }

    fn talk<'a>(&'a self, line: &'a mut ServiceAttempt<'_>) -> Talking<'a> {
        Box::pin(session::talk(self, line))
    }
}
