//! The contract with a function that makes a check: the event that it gets, and the result that it returns.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::excerpt::{excerpt, excerpt_of_bytes};

/// The version of the contract, in each event.
const VERSION: u32 = 1;

/// The most measurements of a result.
const MAX_METRICS: usize = 20;

/// The most characters of the name of a measurement.
const MAX_NAME: usize = 40;

/// The result of a function.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FunctionResult {
    pub(super) status: FunctionStatus,
    pub(super) message: Option<String>,
    #[serde(default)]
    pub(super) metrics: BTreeMap<String, f64>,
}

/// The status that a function reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FunctionStatus {
    Healthy,
    Degraded,
    Unhealthy,
    /// The function could not measure.
    Unknown,
}

/// Returns the event of one attempt.
pub(super) fn event(at: Timestamp, remaining: Duration, input: &Value) -> Value {
    let timeout_ms = u64::try_from(remaining.as_millis()).unwrap_or(u64::MAX);
    json!({
        "allclear_check": VERSION,
        "at": at.to_string(),
        "timeout_ms": timeout_ms,
        "input": input,
    })
}

/// Reads the answer of a function that did not fail.
pub(super) fn read(body: &[u8]) -> Result<FunctionResult, Cause> {
    let invalid = |what: String| {
        let what = format!(
            "the function broke the contract of a check: {what}; it returned {}",
            if body.is_empty() { "nothing".to_owned() } else { excerpt_of_bytes(body) }
        );
        Cause::of(Reason::ResponseInvalid, what)
    };
    let result: FunctionResult =
        serde_json::from_slice(body).map_err(|error| invalid(excerpt(&error.to_string())))?;
    let problem = result.problem();
    problem.map_or(Ok(result), |what| Err(invalid(what)))
}

impl FunctionResult {
    fn problem(&self) -> Option<String> {
        let has_message = self.message.as_ref().is_some_and(|text| !text.trim().is_empty());
        if self.status != FunctionStatus::Healthy && !has_message {
            return Some("a result that is not healthy needs a `message`".to_owned());
        }
        if self.metrics.len() > MAX_METRICS {
            let n = self.metrics.len();
            return Some(format!("{n} metrics, and {MAX_METRICS} are allowed"));
        }
        let wrong = self.metrics.keys().find(|name| !is_name(name))?;
        let wrong = excerpt(wrong);
        Some(format!("`{wrong}` is no name of a metric: lower-case letters, digits and `_`"))
    }

    /// Returns the message in one line.
    pub(super) fn shown_message(&self) -> String {
        excerpt(self.message.as_deref().unwrap_or_default().trim())
    }
}

fn is_name(name: &str) -> bool {
    let is_character = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    name.len() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(is_character)
}

/// Returns the cause of a function that failed, from its error in the form of its runtime.
pub(super) fn failure(body: &[u8]) -> Cause {
    let error = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().trim();
    let (error_type, message) = (text("errorType"), text("errorMessage"));
    if error_type == "Sandbox.Timedout" || message.contains("Task timed out after") {
        let what = format!("the function exceeded its own time limit: {}", excerpt(message));
        return Cause::of(Reason::Timeout, what);
    }
    let what = match (error_type, message) {
        ("", "") => format!("the function failed: {}", excerpt_of_bytes(body)),
        ("", message) => format!("the function failed: {}", excerpt(message)),
        (error_type, message) => {
            format!("the function failed with `{}`: {}", excerpt(error_type), excerpt(message))
        }
    };
    Cause::of(Reason::FunctionFailed, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_the_time_limit_and_the_input() {
        let at = "2026-12-01T02:15:00Z".parse().unwrap();
        let event = event(at, Duration::from_millis(9_980), &json!({ "queue": "jobs" }));
        let wanted = json!({
            "allclear_check": 1,
            "at": "2026-12-01T02:15:00Z",
            "timeout_ms": 9980,
            "input": { "queue": "jobs" },
        });
        assert_eq!(event, wanted);
    }

    #[test]
    fn a_result_is_read_with_its_measurements() {
        let result = read(br#"{"status":"degraded","message":" late ","metrics":{"orders":3}}"#);
        let result = result.unwrap();
        assert_eq!(result.status, FunctionStatus::Degraded);
        assert_eq!(result.shown_message(), "late");
        assert_eq!(result.metrics, BTreeMap::from([("orders".to_owned(), 3.0)]));
        assert_eq!(read(br#"{"status":"healthy"}"#).unwrap().metrics, BTreeMap::new());
    }

    #[test]
    fn a_result_that_breaks_the_contract_is_explained() {
        let many: BTreeMap<String, u32> = (0..21).map(|n| (format!("m{n}"), n)).collect();
        let many = json!({ "status": "healthy", "metrics": many }).to_string();
        let long = json!({ "status": "healthy", "metrics": { "x".repeat(41): 1 } }).to_string();
        for (body, part) in [
            ("", "returned nothing"),
            ("null", "invalid type: null"),
            (r#"{"statusCode":200,"body":"{}"}"#, "unknown field `statusCode`"),
            (r#"{"status":"ok"}"#, "unknown variant `ok`"),
            (r#"{"status":"unhealthy"}"#, "needs a `message`"),
            (r#"{"status":"unknown","message":" "}"#, "needs a `message`"),
            (r#"{"status":"healthy","metrics":{"x":"1"}}"#, "invalid type: string"),
            (r#"{"status":"healthy","metrics":{"x":1e999}}"#, "number out of range"),
            (r#"{"status":"healthy","metrics":{"Orders":1}}"#, "`Orders` is no name"),
            (&many, "21 metrics, and 20 are allowed"),
            (&long, "is no name of a metric"),
        ] {
            let cause = read(body.as_bytes()).unwrap_err();
            assert_eq!(cause.reason, Reason::ResponseInvalid, "{body}");
            assert!(cause.message.contains(part), "{body}: {}", cause.message);
            assert!(cause.message.len() < 900, "{}", cause.message);
        }
    }

    #[test]
    fn a_failure_is_told_from_a_time_limit() {
        for (body, reason, part) in [
            (
                r#"{"errorType":"KeyError","errorMessage":"'url'","stackTrace":[]}"#,
                Reason::FunctionFailed,
                "with `KeyError`: 'url'",
            ),
            (
                r#"{"errorMessage":"2026-12-01T02:15:03Z abc Task timed out after 3.00 seconds"}"#,
                Reason::Timeout,
                "after 3.00 seconds",
            ),
            (
                r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1 Error: Task timed out after 3.00 seconds"}"#,
                Reason::Timeout,
                "its own time limit",
            ),
            (
                r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 1 Error: Runtime exited"}"#,
                Reason::FunctionFailed,
                "`Runtime.ExitError`",
            ),
            ("oops", Reason::FunctionFailed, "the function failed: oops"),
        ] {
            let cause = failure(body.as_bytes());
            assert_eq!(cause.reason, reason, "{body}");
            assert!(cause.message.contains(part), "{}", cause.message);
        }
    }
}
