//! The meaning of the errors that a Redis server answers.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use redis::RedisError;

use crate::excerpt::excerpt;
use crate::service::WireWatch;

/// Returns the cause of an error. `doing` completes "the server refused … while …".
pub(super) fn cause(error: &RedisError, watch: &WireWatch, doing: &str) -> Cause {
    let Some(code) = error.code() else { return watch.cause_or(doing, error) };
    let detail = error.detail().unwrap_or_default();
    let what =
        format!("the server refused while {doing}: {}", excerpt(&format!("{code} {detail}")));
    Cause::of(reason(code, detail), what)
}

/// Returns the reason of an error with this code, its first word.
fn reason(code: &str, detail: &str) -> Reason {
    let mentions = |text: &str| detail.contains(text);
    match code {
        "NOAUTH" | "WRONGPASS" => Reason::AuthInvalid,
        "NOPERM" | "DENIED" => Reason::Permission,
        "LOADING" | "MASTERDOWN" => Reason::NotReady,
        "BUSY" => Reason::Overloaded,
        "READONLY" | "MISCONF" | "OOM" | "NOREPLICAS" => Reason::ReadOnly,
        "CLUSTERDOWN" => Reason::ServerError,
        _ if mentions("max number of clients") => Reason::TooManyConnections,
        _ if mentions("invalid password") || mentions("without any password") => {
            Reason::AuthInvalid
        }
        _ if mentions("DB index is out of range") || mentions("SELECT is not allowed") => {
            Reason::ResourceNotFound
        }
        _ => Reason::ProbeInvalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_reason() {
        for (code, detail, wanted) in [
            ("NOAUTH", "Authentication required.", Reason::AuthInvalid),
            (
                "WRONGPASS",
                "invalid username-password pair or user is disabled.",
                Reason::AuthInvalid,
            ),
            ("ERR", "AUTH <password> called without any password configured", Reason::AuthInvalid),
            (
                "NOPERM",
                "this user has no permissions to run the 'ping' command",
                Reason::Permission,
            ),
            ("LOADING", "Redis is loading the dataset in memory", Reason::NotReady),
            ("MASTERDOWN", "Link with MASTER is down", Reason::NotReady),
            ("ERR", "max number of clients reached", Reason::TooManyConnections),
            ("READONLY", "You can't write against a read only replica.", Reason::ReadOnly),
            ("MISCONF", "Redis is configured to save RDB snapshots", Reason::ReadOnly),
            ("OOM", "command not allowed when used memory > 'maxmemory'.", Reason::ReadOnly),
            ("ERR", "DB index is out of range", Reason::ResourceNotFound),
            ("MOVED", "3999 127.0.0.1:6381", Reason::ProbeInvalid),
        ] {
            assert_eq!(reason(code, detail), wanted, "{code} {detail}");
        }
    }
}
