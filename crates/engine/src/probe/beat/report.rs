//! The word of a job in the address that it calls: what follows its token, and the query that Uptime
//! Kuma's push monitors use.

use std::time::Duration;

use allclear_core::checker::BeatSignal;

/// The longest query that is read, in bytes.
const MAX_QUERY_BYTES: usize = 8_000;

/// The longest `msg` that is kept, in characters.
const MAX_MESSAGE_CHARACTERS: usize = 500;

/// The longest `ping` that is believed.
const MAX_LATENCY: Duration = Duration::from_hours(24);

/// The answer to an unknown path.
pub(super) const PATH_FORMS: &str =
    "after the token comes nothing, `/start`, `/fail`, or an exit code 0 to 255";

/// The answer to an unknown query.
pub(super) const QUERY_FORMS: &str = "the query takes `status=up` or `status=down`, `msg=TEXT` and \
                                      `ping=MILLISECONDS`, each at most once";

/// The answer to a status in the query beside one in the path.
pub(super) const STATUS_TWICE: &str = "`status` in the query and `/start`, `/fail` or an exit code in the path say the same: leave one out";

/// A report of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its state.
    pub signal: BeatSignal,
    /// The message in the query; at most 500 characters.
    pub message: Option<String>,
    /// A duration that the job has measured itself.
    pub latency: Option<Duration>,
}

impl Report {
    /// Reads what follows the token in the path, and the query. The error says what is accepted.
    pub(super) fn parse(rest: &str, query: &str) -> Result<Self, &'static str> {
        let by_path = signal(rest).ok_or(PATH_FORMS)?;
        if query.len() > MAX_QUERY_BYTES {
            return Err(QUERY_FORMS);
        }
        let Query { status, message, latency } = Query::parse(query).ok_or(QUERY_FORMS)?;
        let signal = match status {
            None => by_path,
            Some(_) if !rest.trim_end_matches('/').is_empty() => return Err(STATUS_TWICE),
            Some(signal) => signal,
        };
        Ok(Self { signal, message, latency })
    }
}

#[derive(Debug, Default)]
struct Query {
    status: Option<BeatSignal>,
    message: Option<String>,
    latency: Option<Duration>,
}

impl Query {
    /// Reads a query; `None` where a key or a value is unknown, or a key comes twice.
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
                // Uptime Kuma suggests an address with an empty one.
                "ping" if value.is_empty() => {}
                "ping" => read.latency = Some(latency(&value)?),
                _ => return None,
            }
            seen.push(key.into_owned());
        }
        Some(read)
    }
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

/// Reads milliseconds.
fn latency(value: &str) -> Option<Duration> {
    let milliseconds: f64 = value.parse().ok()?;
    let latency = Duration::try_from_secs_f64(milliseconds / 1000.0).ok()?;
    // Below a microsecond there is only noise.
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

    fn report(signal: BeatSignal, message: Option<&str>, latency_ms: Option<u64>) -> Report {
        let latency = latency_ms.map(Duration::from_millis);
        Report { signal, message: message.map(str::to_owned), latency }
    }

    #[test]
    fn what_follows_the_token_says_how_the_job_is() {
        let parse = |rest| Report::parse(rest, "").map(|report| report.signal);
        assert_eq!(parse(""), Ok(BeatSignal::Success));
        assert_eq!(parse("0"), Ok(BeatSignal::Success));
        assert_eq!(parse("start"), Ok(BeatSignal::Start));
        assert_eq!(parse("fail"), Ok(FAILURE));
        assert_eq!(parse("137"), Ok(BeatSignal::Failure { exit_code: Some(137) }));
        assert_eq!(parse("256"), Err(PATH_FORMS));
        assert_eq!(parse("stop"), Err(PATH_FORMS));
    }

    #[test]
    fn a_query_of_uptime_kuma_says_how_the_job_is() {
        let parse = |query| Report::parse("", query).unwrap();
        let up = BeatSignal::Success;
        assert_eq!(parse("status=up&msg=OK&ping="), report(up, Some("OK"), None));
        assert_eq!(parse("status=up&msg=OK&ping=123"), report(up, Some("OK"), Some(123)));
        assert_eq!(
            parse("status=down&msg=disk%20full+again"),
            report(FAILURE, Some("disk full again"), None)
        );
        assert_eq!(parse("msg="), report(up, None, None));
        assert_eq!(parse("ping=0.5").latency, Some(Duration::from_micros(500)));
        let with_message = Report::parse("fail", "msg=disk+full").unwrap();
        assert_eq!(with_message, report(FAILURE, Some("disk full"), None));
    }

    #[test]
    fn an_unknown_query_is_refused() {
        for query in [
            "status=ok",
            "status=",
            "status=down&status=up",
            "stauts=down",
            "rid=8a1e",
            "ping=fast",
            "ping=-1",
            "ping=NaN",
            "ping=1e300",
            "x",
        ] {
            assert_eq!(Report::parse("", query), Err(QUERY_FORMS), "{query}");
        }
        assert_eq!(Report::parse("fail", "status=up"), Err(STATUS_TWICE));
        assert_eq!(Report::parse("", &format!("msg={}", "x".repeat(9_000))), Err(QUERY_FORMS));
    }

    #[test]
    fn a_long_message_is_cut() {
        let query = format!("status=down&msg={}", "%C3%A4".repeat(1_000));
        let message = Report::parse("", &query).unwrap().message.unwrap();
        assert_eq!(message, "ä".repeat(MAX_MESSAGE_CHARACTERS));
    }
}
