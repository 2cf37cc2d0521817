//! The meaning of the errors of a server.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use super::fields::Fields;
use crate::kinds::database::refused;

/// Returns the cause of an error packet without its first byte. `doing` completes "the server refused while …".
pub(super) fn cause(packet: &[u8], doing: &str) -> Cause {
    let mut fields = Fields(packet);
    let code = fields.number(2).unwrap_or_default();
    // Before the login, there is no SQLSTATE.
    let state = match fields.0.first() {
        Some(b'#') => fields.take(6).and_then(|state| state.get(1..)).unwrap_or_default(),
        Some(_) | None => &[],
    };
    let message = String::from_utf8_lossy(fields.0);
    let reason = reason(code, &String::from_utf8_lossy(state), &message);
    Cause::of(reason, refused(doing, &code.to_string(), &message))
}

/// Returns the reason of an error with this code.
fn reason(code: u64, state: &str, message: &str) -> Reason {
    match code {
        // Wrong password or user, password expired.
        1045 | 1698 | 1820 | 1862 => Reason::AuthInvalid,
        // Database, host, table, column, command, routine; the account is locked.
        1044 | 1130 | 1142 | 1143 | 1227 | 1370 | 3118 | 4151 => Reason::Permission,
        1049 => Reason::ResourceNotFound,
        // Of the server, of the user, of a limit of the user.
        1040 | 1203 | 1226 => Reason::TooManyConnections,
        // The host of the monitor is blocked after too many errors.
        1129 => Reason::RegionBlocked,
        1053 | 1077 | 1079 => Reason::NotReady,
        // The storage or the table is full; the server or its transaction is read-only.
        1021 | 1114 | 1792 | 1836 => Reason::ReadOnly,
        1290 if message.contains("read-only") || message.contains("read_only") => Reason::ReadOnly,
        1205 | 1969 | 3024 => Reason::Timeout,
        3159 => Reason::TlsRequired,
        1037 | 1038 | 1041 => Reason::Overloaded,
        _ if ["42", "22", "21", "0A", "23", "3D"].iter().any(|class| state.starts_with(class)) => {
            Reason::QueryInvalid
        }
        _ => Reason::ServerError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_reason() {
        for (code, state, message, wanted) in [
            (
                1045,
                "28000",
                "Access denied for user 'a'@'b' (using password: YES)",
                Reason::AuthInvalid,
            ),
            (1044, "42000", "Access denied for user 'a'@'%' to database 'x'", Reason::Permission),
            (
                1130,
                "HY000",
                "Host 'b' is not allowed to connect to this server",
                Reason::Permission,
            ),
            (
                1142,
                "42000",
                "SELECT command denied to user 'a'@'b' for table 't'",
                Reason::Permission,
            ),
            (1049, "42000", "Unknown database 'x'", Reason::ResourceNotFound),
            (1040, "08004", "Too many connections", Reason::TooManyConnections),
            (
                1203,
                "42000",
                "User a already has more than 'max_user_connections' active connections",
                Reason::TooManyConnections,
            ),
            (
                1129,
                "HY000",
                "Host 'b' is blocked because of many connection errors",
                Reason::RegionBlocked,
            ),
            (1053, "08S01", "Server shutdown in progress", Reason::NotReady),
            (1290, "HY000", "The server is running with the --read-only option", Reason::ReadOnly),
            (
                1290,
                "HY000",
                "The server is running with the --skip-grant-tables option",
                Reason::ServerError,
            ),
            (1114, "HY000", "The table 't' is full", Reason::ReadOnly),
            (1146, "42S02", "Table 'x.t' doesn't exist", Reason::QueryInvalid),
            (1064, "42000", "You have an error in your SQL syntax", Reason::QueryInvalid),
            (
                1969,
                "70100",
                "Query execution was interrupted (max_statement_time exceeded)",
                Reason::Timeout,
            ),
            (
                3024,
                "HY000",
                "Query execution was interrupted, maximum statement execution time exceeded",
                Reason::Timeout,
            ),
            (
                3159,
                "HY000",
                "Connections using insecure transport are prohibited",
                Reason::TlsRequired,
            ),
            (
                1194,
                "HY000",
                "Table 't' is marked as crashed and should be repaired",
                Reason::ServerError,
            ),
        ] {
            assert_eq!(reason(code, state, message), wanted, "{code} {message}");
        }
    }

    #[test]
    fn an_error_before_the_login_has_no_state() {
        let cause = cause(b"\x10\x04Too many connections", "waiting for the greeting");
        assert_eq!(cause.reason, Reason::TooManyConnections);
        let wanted =
            "the server refused while waiting for the greeting: Too many connections (1040)";
        assert_eq!(cause.message, wanted);
    }
}
