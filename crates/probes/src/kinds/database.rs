//! The common parts of the checks of SQL databases: metrics, variables of conditions, and the first value of
//! a query of the config.

mod row_counts;

use allclear_core::kind::{Metric, Unit};
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_expression::{ValueKind, Variable};
use serde_json::Number;

use crate::excerpt::excerpt;
use crate::service::{ReadValue, ServiceReading};

pub(super) use row_counts::{ESTIMATE_ABOVE, RowCount, RowCounts};

/// The first value of the first row of `query`, if it is a number.
pub(super) const QUERY_VALUE: Metric = Metric::new("query_value", Unit::Number);

/// The connections of clients.
pub(super) const CONNECTIONS: Metric = Metric::new("client_connections", Unit::Number);

/// The connected share of the greatest number of connections.
pub(super) const CONNECTIONS_USED_PERCENT: Metric =
    Metric::new("connections_used_percent", Unit::Percent);

/// The size of the database.
pub(super) const DATABASE_SIZE_BYTES: Metric = Metric::new("database_size_bytes", Unit::Bytes);

/// The rows of a table of `rows`.
pub(super) const ROWS: Metric = Metric::new("rows_*", Unit::Number);

pub(super) const RESPONSE_TIME_VARIABLE: Variable = Variable::new(
    "response_time_ms",
    ValueKind::Number,
    "the time from the start of the attempt to the end of `query`, in milliseconds",
);

pub(super) const VALUE_VARIABLE: Variable = Variable::new(
    "value",
    ValueKind::Any,
    "the first value of the first row of `query`: a number, a text, true or false; absent without a row and \
     for `NULL`",
);

pub(super) const VERSION_VARIABLE: Variable =
    Variable::new("version", ValueKind::Text, "the version of the server, such as `15.8`");

pub(super) const READ_ONLY_VARIABLE: Variable = Variable::new(
    "read_only",
    ValueKind::Bool,
    "true if the server refuses to write for this user",
);

pub(super) const CONNECTIONS_VARIABLE: Variable =
    Variable::new("client_connections", ValueKind::Number, "the number of connections of clients");

pub(super) const CONNECTIONS_USED_VARIABLE: Variable = Variable::new(
    "connections_used_percent",
    ValueKind::Number,
    "the used share of `max_connections`, 0 to 100",
);

pub(super) const DATABASE_SIZE_VARIABLE: Variable = Variable::new(
    "database_size_bytes",
    ValueKind::Number,
    "with `size`, the size of the database in bytes",
);

pub(super) const ROWS_VARIABLE: Variable = Variable::new(
    "rows",
    ValueKind::Object,
    "the number of rows of each table of `rows`, by its name as written there: `rows[\"orders\"]`",
);

pub(super) const ROWS_ESTIMATED_VARIABLE: Variable = Variable::new(
    "rows_estimated",
    ValueKind::Texts,
    "the tables of `rows` whose number is the estimate of the server",
);

pub(super) const UPTIME_VARIABLE: Variable =
    Variable::new("uptime_seconds", ValueKind::Number, "the seconds since the start of the server");

/// The query of a check without one of its own.
pub(super) const DEFAULT_QUERY: &str = "SELECT 1";

/// The work of a check that the config asks for by a parameter of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct OptionalWork {
    /// If `true`, the size of the database is read.
    pub(super) size: bool,
    /// If `true`, a temporary table is written.
    pub(super) write: bool,
}

/// The most bytes of a query or of a name.
pub(super) const MAX_TEXT_BYTES: usize = 8 * 1024;

/// The most rows that a query of the config may return.
pub(super) const MAX_ROWS: usize = 1_000;

/// The first value of the first row of a query.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FirstValue {
    /// There is no row, or its first value is `NULL`.
    Absent,
    Bool(bool),
    Number(f64),
    Text(String),
}

impl FirstValue {
    /// Adds the value.
    pub(super) fn add_to(self, reading: &mut ServiceReading) {
        match self {
            Self::Absent => {}
            Self::Bool(value) => reading.set(VALUE_VARIABLE.name, ReadValue::Bool(value)),
            // A value that JSON cannot represent, such as NaN, is a text.
            Self::Number(value) if Number::from_f64(value).is_none() => {
                reading.set(VALUE_VARIABLE.name, ReadValue::Text(value.to_string()));
            }
            Self::Number(value) => {
                reading.set(VALUE_VARIABLE.name, ReadValue::Number(value));
                reading.measure(QUERY_VALUE, value);
            }
            Self::Text(text) => reading.set(VALUE_VARIABLE.name, ReadValue::Text(text)),
        }
    }
}

/// Returns the share of `part` in `whole`, 0 to 100; `None` if there is no whole.
pub(super) fn percent(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| 100.0 * part / whole)
}

/// Returns the cause if a query of the config returns too many rows.
pub(super) fn too_many_rows() -> Cause {
    let what = format!("the query returns more than {MAX_ROWS} rows: add a `LIMIT`");
    Cause::of(Reason::QueryInvalid, what)
}

/// Returns the cause of a failure of the query of the config. Its size and its writing are no fault of the
/// server.
pub(super) fn fault_of_the_query(cause: Cause) -> Cause {
    let message = cause.message.to_ascii_lowercase();
    let is_of_the_query = cause.reason == Reason::ResponseTooLarge
        || cause.reason == Reason::ReadOnly && message.contains("read-only transaction")
        || cause.reason == Reason::ReadOnly && message.contains("read only transaction");
    if is_of_the_query { Cause::of(Reason::QueryInvalid, cause.message) } else { cause }
}

/// Returns a sentence that quotes the error of a server.
pub(super) fn refused(doing: &str, code: &str, message: &str) -> String {
    let message = excerpt(message);
    format!("the server refused while {doing}: {message} ({code})")
}
