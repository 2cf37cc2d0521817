//! Beats: the reports of jobs over HTTP, at `/heartbeat/<token>`.

mod body;
mod report;

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::beat::{Beat, BeatReport};
use allclear_core::id::MonitorId;
use allclear_core::ports::{ReadBeats, RecordBeat, StoreError, StoreResult};
use allclear_core::redact::Redactor;

pub use body::is_report;
pub use report::JobReport;

/// The methods that carry a beat, as the header `Allow` lists them. `HEAD` carries none: it must not change
/// anything, and browsers and link checkers send it without a request of the user.
pub const METHODS: &str = "GET, POST";

/// The prefix of the paths of beats.
pub const PREFIX: &str = "/heartbeat/";

/// The maximum number of tries to record a beat while others of the same monitor arrive.
const MAX_TRIES: usize = 8;

/// A request that carries a beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BeatRequest<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The path after [`PREFIX`]: the token, optionally followed by `/start`, `/fail` or an exit code.
    pub path: &'a str,
    /// The part after `?`; empty if there is none.
    pub query: &'a str,
    /// The media type of the body; empty if none is named.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// The answer to a beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BeatReply {
    /// The HTTP status.
    pub status: u16,
    /// The text.
    pub text: &'static str,
}

const fn reply(status: u16, text: &'static str) -> BeatReply {
    BeatReply { status, text }
}

/// Reads the monitor and the report of a beat.
///
/// # Errors
///
/// Fails with the response for the job if the request or its token is invalid.
pub fn read<'t>(
    tokens: &'t BTreeMap<String, MonitorId>,
    BeatRequest { method, path, query, .. }: BeatRequest<'_>,
) -> Result<(&'t MonitorId, JobReport), BeatReply> {
    if !matches!(method, "POST" | "GET") {
        return Err(reply(405, "send a beat with POST or GET"));
    }
    let (token, rest) = path.split_once('/').unwrap_or((path, ""));
    let monitor = tokens.get(token).ok_or(reply(404, "not found"))?;
    let report = JobReport::parse(rest, query).map_err(|forms| reply(400, forms))?;
    Ok((monitor, report))
}

/// Reads a beat and records it. Of beats that arrive at the same time none is lost.
pub async fn take<S: ReadBeats + RecordBeat>(
    store: &S,
    tokens: &BTreeMap<String, MonitorId>,
    request: BeatRequest<'_>,
    now: Timestamp,
) -> BeatReply {
    let (monitor, report) = match read(tokens, request) {
        Ok(beat) => beat,
        Err(reply) => return reply,
    };
    let report = match report.with_body(request.path, request.content_type, request.body) {
        Ok(report) => report,
        Err(forms) => return reply(400, forms),
    };
    match record(store, monitor, &report, &text(&report, request.body), now).await {
        Ok(()) => reply(200, "OK"),
        Err(error) => {
            let error = allclear_core::error_chain::chain(&error);
            tracing::error!(%monitor, error, "failed to record a beat");
            reply(503, "failed to record the beat; send it again")
        }
    }
}

/// Records the beat as the successor of the latest one, and repeats that if a newer one has arrived
/// meanwhile.
async fn record<S: ReadBeats + RecordBeat>(
    store: &S,
    monitor: &MonitorId,
    report: &JobReport,
    text: &str,
    now: Timestamp,
) -> StoreResult<()> {
    let mut n_tries = 0;
    loop {
        let known = store.beats(std::slice::from_ref(monitor)).await?;
        let previous = known.first().map(|(_, beat)| beat);
        let one = BeatReport {
            signal: report.signal,
            run: report.run.clone(),
            latency: report.latency,
            metrics: report.metrics.clone(),
            body: text.to_owned(),
        };
        let beat = Beat::following(previous, one, now);
        n_tries += 1;
        match store.record_beat(monitor, previous, &beat).await {
            Err(StoreError::Conflict { .. }) if n_tries < MAX_TRIES => {}
            recorded => return recorded,
        }
    }
}

/// Returns the text of the job, with likely secrets removed: the message of the query, or the body.
fn text(report: &JobReport, body: &[u8]) -> String {
    let kept = body.get(..body.len().min(Beat::MAX_BODY_BYTES)).unwrap_or_default();
    match &report.message {
        Some(message) => Redactor::default().redact(message).into_owned(),
        None => String::from_utf8_lossy(kept).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::beat::BeatSignal;

    use super::*;

    #[test]
    fn an_invalid_beat_is_refused_with_the_reason() {
        let monitor = MonitorId::new("backup").unwrap();
        let tokens = BTreeMap::from([("token".to_owned(), monitor.clone())]);
        let status = |method, path, query| {
            let request = BeatRequest { method, path, query, content_type: "", body: &[] };
            let read = read(&tokens, request);
            read.map(|(monitor, report)| (monitor, report.signal)).map_err(|reply| reply.status)
        };
        assert_eq!(status("POST", "token/start", ""), Ok((&monitor, BeatSignal::Start)));
        for method in ["HEAD", "PUT", "PATCH", "DELETE", "TRACE"] {
            assert_eq!(status(method, "token", ""), Err(405), "{method}");
        }
        assert_eq!(status("GET", "token", ""), Ok((&monitor, BeatSignal::Success)));
        assert_eq!(status("POST", "tokens", ""), Err(404));
        assert_eq!(status("POST", "", ""), Err(404));
        assert_eq!(status("POST", "token/stop", ""), Err(400));
        assert_eq!(status("POST", "token", "state=down"), Err(400));
        // Without the token, the answer reveals nothing about the query.
        assert_eq!(status("POST", "tokens", "state=down"), Err(404));
    }

    #[test]
    fn secrets_in_a_message_are_redacted() {
        let message = Some("login with Bearer abcdefghijklmnop failed".to_owned());
        let (signal, status) = (BeatSignal::Success, None);
        let (run, metrics) = (None, BTreeMap::new());
        let report = JobReport { signal, status, message, latency: None, run, metrics };
        assert_eq!(text(&report, b"log"), "login with Bearer [redacted] failed");
        let report = JobReport { message: None, ..report };
        assert_eq!(text(&report, b"log"), "log");
        assert_eq!(text(&report, &vec![b'x'; 20_000]).len(), Beat::MAX_BODY_BYTES);
    }
}
