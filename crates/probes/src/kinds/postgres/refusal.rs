//! The meaning of the errors of a PostgreSQL server and of a pooler in front of it.

use std::error::Error as _;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use tokio_postgres::Error;

use crate::kinds::database::refused;
use crate::service::WireWatch;

/// Returns the cause of an error. `doing` completes "the server refused while …".
pub(super) fn cause(error: &Error, watch: &WireWatch, doing: &str) -> Cause {
    if let Some(refusal) = error.as_db_error() {
        let (code, message) = (refusal.code().code(), refusal.message());
        let mut what = refused(doing, code, message);
        if let Some(detail) = refusal.detail().or(refusal.hint()) {
            what.push_str(": ");
            what.push_str(&crate::excerpt::excerpt(detail));
        }
        return Cause::of(reason(code, message), what);
    }
    let text = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    if text.ends_with("password missing") {
        let what = "the server demands a password, and the check has none";
        return Cause::of(Reason::AuthInvalid, what);
    }
    if text.contains("unsupported authentication method") {
        let what = "the server demands a login by another method than a password";
        return Cause::of(Reason::ProbeInvalid, what);
    }
    watch.cause_or(doing, &text)
}

/// Returns the reason of an error with this SQLSTATE.
fn reason(code: &str, message: &str) -> Reason {
    if let Some(reason) = of_pooler(code, message) {
        return reason;
    }
    match code {
        "28P01" => Reason::AuthInvalid,
        "28000" => of_authorization(message),
        "42501" => Reason::Permission,
        "3D000" | "3F000" | "57P04" => Reason::ResourceNotFound,
        "53300" => Reason::TooManyConnections,
        "25006" | "53100" => Reason::ReadOnly,
        // A standby that recovers cancels statements that conflict with what it replays.
        "57P01" | "57P02" | "57P03" | "55000" | "40001" => Reason::NotReady,
        "57014" if message.contains("statement timeout") => Reason::Timeout,
        _ if code.starts_with("53") => Reason::Overloaded,
        // Syntax and names, values, features and forms of statements: all of the query of the config.
        _ if ["42", "22", "0A", "21", "25", "P0"].iter().any(|class| code.starts_with(class)) => {
            Reason::QueryInvalid
        }
        _ => Reason::ServerError,
    }
}

/// Returns the reason of an error of "invalid authorization specification".
fn of_authorization(message: &str) -> Reason {
    let mentions = |text: &str| message.contains(text);
    if mentions("no encryption") || mentions("SSL off") || mentions("SSL connection is required") {
        Reason::TlsRequired
    } else if mentions("pg_hba.conf") || mentions("not permitted to log in") {
        Reason::Permission
    } else {
        Reason::AuthInvalid
    }
}

/// Returns the reason of an error that PgBouncer reports under a code of its own use.
fn of_pooler(code: &str, message: &str) -> Option<Reason> {
    if !matches!(code, "08P01" | "58000" | "28000") {
        return None;
    }
    let mentions = |text: &str| message.contains(text);
    if mentions("SSL required") {
        Some(Reason::TlsRequired)
    } else if mentions("no more connections allowed") {
        Some(Reason::TooManyConnections)
    } else if mentions("no such database") {
        Some(Reason::ResourceNotFound)
    } else if mentions("no such user") || mentions("auth failed") {
        Some(Reason::AuthInvalid)
    } else if mentions("query_wait_timeout") {
        Some(Reason::Overloaded)
    } else if mentions("shutting down") || mentions("database is disabled") {
        Some(Reason::NotReady)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_reason() {
        for (code, message, wanted) in [
            ("28P01", "password authentication failed for user \"app\"", Reason::AuthInvalid),
            ("28000", "role \"app\" does not exist", Reason::AuthInvalid),
            ("28000", "connection requires a valid client certificate", Reason::AuthInvalid),
            ("28000", "role \"app\" is not permitted to log in", Reason::Permission),
            (
                "28000",
                "no pg_hba.conf entry for host \"192.0.2.1\", user \"app\", database \"app\", SSL encryption",
                Reason::Permission,
            ),
            (
                "28000",
                "no pg_hba.conf entry for host \"192.0.2.1\", user \"app\", database \"app\", no encryption",
                Reason::TlsRequired,
            ),
            ("28000", "SSL connection is required", Reason::TlsRequired),
            ("42501", "permission denied for table orders", Reason::Permission),
            ("3D000", "database \"app\" does not exist", Reason::ResourceNotFound),
            ("53300", "sorry, too many clients already", Reason::TooManyConnections),
            ("53100", "could not extend file: No space left on device", Reason::ReadOnly),
            ("53200", "out of memory", Reason::Overloaded),
            ("25006", "cannot execute INSERT in a read-only transaction", Reason::ReadOnly),
            ("57P01", "terminating connection due to administrator command", Reason::NotReady),
            ("57P03", "the database system is starting up", Reason::NotReady),
            ("40001", "canceling statement due to conflict with recovery", Reason::NotReady),
            ("57014", "canceling statement due to statement timeout", Reason::Timeout),
            ("57014", "canceling statement due to user request", Reason::ServerError),
            ("42P01", "relation \"orders\" does not exist", Reason::QueryInvalid),
            ("42601", "syntax error at or near \"SELEC\"", Reason::QueryInvalid),
            ("22012", "division by zero", Reason::QueryInvalid),
            ("XX000", "invalid memory alloc request size", Reason::ServerError),
            ("08P01", "no more connections allowed (max_client_conn)", Reason::TooManyConnections),
            ("08P01", "no such database: app", Reason::ResourceNotFound),
            ("08P01", "query_wait_timeout", Reason::Overloaded),
            ("08P01", "SSL required", Reason::TlsRequired),
            ("08P01", "server conn crashed?", Reason::ServerError),
        ] {
            assert_eq!(reason(code, message), wanted, "{code} {message}");
        }
    }
}
