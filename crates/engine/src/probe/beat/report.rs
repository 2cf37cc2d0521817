//! The report of a job: the part of the address after the token, and the values that Uptime Kuma's push
//! monitors send, in the query or in the body.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::beat::BeatSignal;

use super::body::{self, BodyValues};

/// The longest query that is read, in bytes.
const MAX_QUERY_BYTES: usize = 8_000;

/// The longest `msg` that is kept, in characters.
const MAX_MESSAGE_CHARACTERS: usize = 500;

/// The longest `ping` that is accepted.
const MAX_LATENCY: Duration = Duration::from_hours(24);

/// The answer to an unknown path.
pub(super) const PATH_FORMS: &str =
    "after the token comes nothing, `/start`, `/fail`, or an exit code 0 to 255";

/// The longest id of a run, in characters.
const MAX_RUN_CHARACTERS: usize = 64;

/// The most values that a job may report at once.
const MAX_METRICS: usize = 20;

/// The longest name of a value, in characters.
const MAX_NAME_CHARACTERS: usize = 48;

/// The prefix of a key of the query with a value.
const METRIC_PREFIX: &str = "metric.";

/// The answer to an unknown query.
pub(super) const QUERY_FORMS: &str = "the query takes `status=up` or `status=down`, `msg=TEXT`, `ping=MILLISECONDS` such as `ping=123.5`, `rid=ID` with up to 64 letters, digits, `-`, `_` and `.`, and up to 20 of `metric.NAME=NUMBER`, each at most once";

/// The answer to a second status.
pub(super) const STATUS_TWICE: &str = "the status is given twice, by `status` in the query or the body or by `/start`, `/fail` or an exit code in the path: leave one out";

/// The answer to an unknown value in the body.
pub(super) const BODY_FORMS: &str = "`status` in a form or a JSON body is `up` or `down`, `msg` a text, `ping` milliseconds such as `123.5`, and `metrics` in JSON up to 20 numbers by names of lower-case letters, digits and `_`; send any other text as `text/plain`";

/// A report of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobReport {
    /// The reported event.
    pub signal: BeatSignal,
    /// The status in the query or the body.
    pub status: Option<BeatSignal>,
    /// The message in the query or the body; at most 500 characters.
    pub message: Option<String>,
    /// A duration that the job has measured itself.
    pub latency: Option<Duration>,
    /// The id of the run in the query.
    pub run: Option<String>,
    /// The values in the query or the body, by name.
    pub metrics: BTreeMap<String, f64>,
}

impl JobReport {
    /// Parses the path after the token, and the query. The error lists the accepted forms.
    pub(super) fn parse(rest: &str, query: &str) -> Result<Self, &'static str> {
        let by_path = signal(rest).ok_or(PATH_FORMS)?;
        if query.len() > MAX_QUERY_BYTES {
            return Err(QUERY_FORMS);
        }
        let Query { status, message, latency, run, metrics } =
            Query::parse(query).ok_or(QUERY_FORMS)?;
        let signal = match status {
            None => by_path,
            Some(_) if !rest.trim_end_matches('/').is_empty() => return Err(STATUS_TWICE),
            Some(signal) => signal,
        };
        Ok(Self { signal, status, message, latency, run, metrics })
    }

    /// Adds the values of the body. `path` is the path of the request after the prefix. A body without a
    /// `status` is a text of the job, whatever its type, because `curl --data` labels every text as a form.
    pub(super) fn with_body(
        mut self,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> Result<Self, &'static str> {
        let Some(values) = body::values(content_type, body) else { return Ok(self) };
        let BodyValues { status: given, msg, ping, metrics: measured } = values;
        let by_path =
            path.split_once('/').is_some_and(|(_, rest)| !rest.trim_matches('/').is_empty());
        let signal = match status(&given) {
            Some(_) if by_path || self.status.is_some() => return Err(STATUS_TWICE),
            Some(signal) => signal,
            // The path states the result of the job, and the body is its log.
            None if by_path || self.status.is_some() => return Ok(self),
            None => return Err(BODY_FORMS),
        };
        if let Some(measured) = measured {
            self.metrics.extend(metrics(measured).ok_or(BODY_FORMS)?);
        }
        let latency = match ping.as_deref().filter(|ping| !ping.is_empty()) {
            Some(ping) => Some(latency(ping).ok_or(BODY_FORMS)?),
            None => self.latency,
        };
        let message = self.message.or_else(|| message(msg.as_deref().unwrap_or_default()));
        Ok(Self { signal, status: Some(signal), message, latency, ..self })
    }
}

#[derive(Debug, Default)]
struct Query {
    status: Option<BeatSignal>,
    message: Option<String>,
    latency: Option<Duration>,
    run: Option<String>,
    metrics: BTreeMap<String, f64>,
}

impl Query {
    /// Parses a query; `None` if a key or a value is unknown, or a key occurs twice.
    fn parse(query: &str) -> Option<Self> {
        let mut read = Self::default();
        let mut seen: Vec<String> = Vec::new();
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if seen.iter().any(|before| *before == key) {
                return None;
            }
            match &*key {
                "status" => read.status = Some(status(&value)?),
                "msg" => read.message = message(&value),
                // Uptime Kuma suggests an address with an empty `ping`.
                "ping" if value.is_empty() => {}
                "ping" => read.latency = Some(latency(&value)?),
                "rid" => read.run = Some(run(&value)?),
                key => {
                    let name = key.strip_prefix(METRIC_PREFIX)?;
                    read.metrics.insert(metric_name(name)?, metric(value.parse().ok()?)?);
                }
            }
            seen.push(key.into_owned());
        }
        (read.metrics.len() <= MAX_METRICS).then_some(read)
    }
}

fn run(value: &str) -> Option<String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_id = (1..=MAX_RUN_CHARACTERS).contains(&value.len()) && value.chars().all(is_allowed);
    is_id.then(|| value.to_owned())
}

/// Reads the values of a body; `None` if a name or a value is unknown.
fn metrics(values: serde_json::Map<String, serde_json::Value>) -> Option<BTreeMap<String, f64>> {
    if values.len() > MAX_METRICS {
        return None;
    }
    let read = |(name, value): (String, serde_json::Value)| {
        Some((metric_name(&name)?, metric(value.as_f64()?)?))
    };
    values.into_iter().map(read).collect()
}

fn metric_name(name: &str) -> Option<String> {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_name = (1..=MAX_NAME_CHARACTERS).contains(&name.len()) && name.chars().all(is_allowed);
    is_name.then(|| name.to_owned())
}

fn metric(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

fn status(value: &str) -> Option<BeatSignal> {
    match value {
        "up" => Some(BeatSignal::Success),
        "down" => Some(BeatSignal::Failure { exit_code: None }),
        _ => None,
    }
}

fn message(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| value.chars().take(MAX_MESSAGE_CHARACTERS).collect())
}

/// Parses milliseconds, in digits with or without a fraction. `1e3` and `inf` would parse as numbers, but are
/// mistakes of the job.
fn latency(value: &str) -> Option<Duration> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let milliseconds: f64 = value.parse().ok()?;
    let latency = Duration::try_from_secs_f64(milliseconds / 1000.0).ok()?;
    // Below a microsecond the value is only noise.
    let latency = Duration::from_micros(u64::try_from(latency.as_micros()).ok()?);
    (latency <= MAX_LATENCY).then_some(latency)
}

fn signal(rest: &str) -> Option<BeatSignal> {
    match rest.trim_end_matches('/') {
        "" | "0" => Some(BeatSignal::Success),
        "start" => Some(BeatSignal::Start),
        "fail" => Some(BeatSignal::Failure { exit_code: None }),
        code => Some(BeatSignal::Failure { exit_code: Some(code.parse().ok()?) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILURE: BeatSignal = BeatSignal::Failure { exit_code: None };

    fn report(signal: BeatSignal, message: Option<&str>, latency_ms: Option<u64>) -> JobReport {
        let latency = latency_ms.map(Duration::from_millis);
        let message = message.map(str::to_owned);
        let (run, metrics) = (None, BTreeMap::new());
        JobReport { signal, status: None, message, latency, run, metrics }
    }

    #[test]
    fn the_path_after_the_token_gives_the_status() {
        let parse = |rest| JobReport::parse(rest, "").map(|report| report.signal);
        assert_eq!(parse(""), Ok(BeatSignal::Success));
        assert_eq!(parse("0"), Ok(BeatSignal::Success));
        assert_eq!(parse("start"), Ok(BeatSignal::Start));
        assert_eq!(parse("fail"), Ok(FAILURE));
        assert_eq!(parse("137"), Ok(BeatSignal::Failure { exit_code: Some(137) }));
        assert_eq!(parse("256"), Err(PATH_FORMS));
        assert_eq!(parse("stop"), Err(PATH_FORMS));
    }

    #[test]
    fn an_uptime_kuma_query_gives_the_status() {
        let parse = |query| JobReport { status: None, ..JobReport::parse("", query).unwrap() };
        let up = BeatSignal::Success;
        assert_eq!(parse("status=up&msg=OK&ping="), report(up, Some("OK"), None));
        assert_eq!(parse("status=up&msg=OK&ping=123"), report(up, Some("OK"), Some(123)));
        assert_eq!(
            parse("status=down&msg=disk%20full+again"),
            report(FAILURE, Some("disk full again"), None)
        );
        assert_eq!(parse("msg="), report(up, None, None));
        assert_eq!(parse("ping=0.5").latency, Some(Duration::from_micros(500)));
        let with_message = JobReport::parse("fail", "msg=disk+full").unwrap();
        assert_eq!(with_message, report(FAILURE, Some("disk full"), None));
    }

    #[test]
    fn an_unknown_query_is_refused() {
        for query in [
            "status=ok",
            "status=",
            "status=down&status=up",
            "stauts=down",
            "rid=",
            "rid=a/b",
            "rid=a&rid=b",
            "metric.=1",
            "metric.Rows=1",
            "metric.rows=many",
            "metric.rows=inf",
            "ping=fast",
            "ping=-1",
            "ping=NaN",
            "ping=1e300",
            "ping=1e3",
            "ping=+5",
            "ping=.5",
            "ping=5.",
            "ping=inf",
            "ping=0x10",
            "x",
        ] {
            assert_eq!(JobReport::parse("", query), Err(QUERY_FORMS), "{query}");
        }
        assert_eq!(JobReport::parse("fail", "status=up"), Err(STATUS_TWICE));
        assert_eq!(JobReport::parse("", &format!("msg={}", "x".repeat(9_000))), Err(QUERY_FORMS));
    }

    #[test]
    fn a_query_names_the_run_and_the_values_of_the_job() {
        let read =
            JobReport::parse("start", "rid=8a1e-4.b&metric.rows=12&metric.lag_s=-0.5").unwrap();
        assert_eq!(read.run.as_deref(), Some("8a1e-4.b"));
        let wanted = [("lag_s".to_owned(), -0.5), ("rows".to_owned(), 12.0)];
        assert_eq!(read.metrics, BTreeMap::from(wanted));
        let many: Vec<String> = (0..21).map(|n| format!("metric.m{n}=1")).collect();
        assert_eq!(JobReport::parse("", &many.join("&")), Err(QUERY_FORMS));
    }

    #[test]
    fn a_json_body_with_a_status_has_the_values_of_the_job() {
        let read = with_body("t", "", JSON, r#"{"status":"up","metrics":{"rows":12}}"#).unwrap();
        assert_eq!(read.metrics, BTreeMap::from([("rows".to_owned(), 12.0)]));
        for metrics in [r#"{"rows":"12"}"#, r#"{"Rows":12}"#, "[12]", "12"] {
            let body = format!(r#"{{"status":"up","metrics":{metrics}}}"#);
            assert_eq!(with_body("t", "", JSON, &body), Err(BODY_FORMS), "{body}");
        }
    }

    const FORM: &str = "application/x-www-form-urlencoded";
    const JSON: &str = "application/json; charset=utf-8";

    fn with_body(
        path: &str,
        query: &str,
        content_type: &str,
        body: &str,
    ) -> Result<JobReport, &'static str> {
        let rest = path.split_once('/').map_or("", |(_, rest)| rest);
        JobReport::parse(rest, query)?.with_body(path, content_type, body.as_bytes())
    }

    #[test]
    fn a_form_or_json_body_gives_the_status() {
        for (content_type, body) in [
            (FORM, "status=down&msg=disk+full&ping=12.5"),
            (
                "Application/X-WWW-Form-URLEncoded;charset=UTF-8",
                "ping=12.5&status=down&msg=disk%20full&x=1",
            ),
            (JSON, r#"{"status":"down","msg":"disk full","ping":12.5}"#),
            (
                "application/vnd.job+json",
                r#"{"host":"a","status":"down","msg":"disk full","ping":"12.5"}"#,
            ),
        ] {
            let read = with_body("t", "", content_type, body).unwrap();
            assert_eq!(
                (read.signal, read.message.as_deref()),
                (FAILURE, Some("disk full")),
                "{body}"
            );
            assert_eq!(read.latency, Some(Duration::from_micros(12_500)), "{body}");
        }
        let up = with_body("t", "", FORM, "status=up").unwrap();
        assert_eq!(up.signal, BeatSignal::Success);
    }

    #[test]
    fn an_unknown_structured_body_is_refused_and_plain_text_is_the_message() {
        for (content_type, body) in [
            (FORM, "status=broken"),
            (FORM, "status=up&status=down"),
            (FORM, "status=up&ping=1e3"),
            (JSON, r#"{"status":"failed"}"#),
            (JSON, r#"{"status":500}"#),
            (JSON, r#"{"status":"up","ping":1e300}"#),
        ] {
            assert_eq!(with_body("t", "", content_type, body), Err(BODY_FORMS), "{body}");
        }
        for (path, query, body) in [
            ("t/0", "", "status=down"),
            ("t/fail", "", "status=up"),
            ("t", "status=up", "status=down"),
        ] {
            assert_eq!(with_body(path, query, FORM, body), Err(STATUS_TWICE), "{path} {query}");
        }
        for (path, content_type, body) in [
            ("t", "text/plain", "status=down"),
            ("t", "", "status=down"),
            ("t", FORM, "backup done, exit status=0"),
            ("t", FORM, "100 files"),
            ("t", JSON, r#"["status", "down"]"#),
            ("t", JSON, r#"{"state":"down"}"#),
            ("t", JSON, "status=down"),
            ("t/0", JSON, r#"{"status":"finished"}"#),
        ] {
            let read = with_body(path, "", content_type, body).unwrap();
            assert_eq!((read.signal, read.message), (BeatSignal::Success, None), "{body}");
        }
    }

    #[test]
    fn a_long_message_is_truncated() {
        let query = format!("status=down&msg={}", "%C3%A4".repeat(1_000));
        let message = JobReport::parse("", &query).unwrap().message.unwrap();
        assert_eq!(message, "ä".repeat(MAX_MESSAGE_CHARACTERS));
    }
}
