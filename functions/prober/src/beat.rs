//! Beats: what a job says over HTTP, at `/heartbeat/<token>`.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::checker::{Beat, BeatSignal};
use allclear_core::id::MonitorId;
use allclear_core::ports::{ReadBeats, RecordBeat};

/// What the paths of beats begin with.
pub const PREFIX: &str = "/heartbeat/";

/// A request that carries a beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BeatRequest<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The path after [`PREFIX`]: the token, with `/start`, `/fail` or an exit code behind it.
    pub path: &'a str,
    /// What came along.
    pub body: &'a [u8],
}

/// What is answered.
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

/// Whose beat it is and what it says; or the answer to a request that is no beat.
pub fn read<'t>(
    tokens: &'t BTreeMap<String, MonitorId>,
    method: &str,
    path: &str,
) -> Result<(&'t MonitorId, BeatSignal), BeatReply> {
    if !matches!(method, "POST" | "GET" | "HEAD" | "PUT") {
        return Err(reply(405, "send a beat with POST"));
    }
    let (token, rest) = path.split_once('/').unwrap_or((path, ""));
    let monitor = tokens.get(token).ok_or(reply(404, "not found"))?;
    let hint = "after the token comes nothing, `/start`, `/fail`, or an exit code 0 to 255";
    let signal = signal(rest).ok_or(reply(400, hint))?;
    Ok((monitor, signal))
}

/// Reads a beat and records it. Beats of one monitor must not be recorded at the same time.
pub async fn take<S: ReadBeats + RecordBeat>(
    store: &S,
    tokens: &BTreeMap<String, MonitorId>,
    request: BeatRequest<'_>,
    now: Timestamp,
) -> BeatReply {
    let (monitor, signal) = match read(tokens, request.method, request.path) {
        Ok(beat) => beat,
        Err(reply) => return reply,
    };
    let kept = request.body.get(..request.body.len().min(Beat::MAX_BODY_BYTES)).unwrap_or_default();
    let body = String::from_utf8_lossy(kept).into_owned();
    let recorded = async {
        let before = store.beats(std::slice::from_ref(monitor)).await?;
        let before = before.first().map(|(_, beat)| beat);
        store.record_beat(monitor, &Beat::following(before, signal, now, body)).await
    };
    match recorded.await {
        Ok(()) => reply(200, "OK"),
        Err(error) => {
            let error = allclear_invocation::failure::chain(&error);
            tracing::error!(%monitor, error, "a beat could not be recorded");
            reply(503, "the beat could not be recorded; send it again")
        }
    }
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

    #[test]
    fn what_follows_the_token_says_how_the_job_is() {
        assert_eq!(signal(""), Some(BeatSignal::Success));
        assert_eq!(signal("0"), Some(BeatSignal::Success));
        assert_eq!(signal("start"), Some(BeatSignal::Start));
        assert_eq!(signal("fail"), Some(BeatSignal::Failure { exit_code: None }));
        assert_eq!(signal("137"), Some(BeatSignal::Failure { exit_code: Some(137) }));
        assert_eq!(signal("256"), None);
        assert_eq!(signal("stop"), None);
    }

    #[test]
    fn what_is_no_beat_is_told_why() {
        let monitor = MonitorId::new("backup").unwrap();
        let tokens = BTreeMap::from([("token".to_owned(), monitor.clone())]);
        let status = |method, path| read(&tokens, method, path).map_err(|reply| reply.status);
        assert_eq!(status("POST", "token/start"), Ok((&monitor, BeatSignal::Start)));
        assert_eq!(status("DELETE", "token"), Err(405));
        assert_eq!(status("POST", "tokens"), Err(404));
        assert_eq!(status("POST", ""), Err(404));
        assert_eq!(status("POST", "token/stop"), Err(400));
    }
}
