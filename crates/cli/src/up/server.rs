//! The server on this machine: the page's files, and the addresses that beats are sent to.

use std::collections::HashMap;
use std::convert::Infallible;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{Beat, BeatSignal};
use allclear_core::id::MonitorId;
use allclear_core::ports::{ReadBeats as _, RecordBeat as _};
use allclear_local::SqliteStore;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::machine::{Machine, now};
use crate::up::engine::Engine;

/// The most bytes of a beat's body that are read; what is kept of it is shorter.
const MAX_BODY_BYTES: usize = 100_000;

/// How long a client may take for its request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves the page and takes beats.
pub(crate) struct Server {
    folder: PathBuf,
    store: Arc<SqliteStore>,
    tokens: HashMap<String, MonitorId>,
    /// One beat at a time: each is read, changed and written.
    beating: Mutex<()>,
}

type Answer = Response<Full<Bytes>>;

impl Server {
    /// The server of the page and of the monitors that listen for beats.
    pub(crate) fn new(machine: &Machine, engine: &Engine) -> Self {
        Self {
            folder: machine.folder.clone(),
            store: Arc::clone(&machine.store),
            tokens: engine.prober().beat_tokens().collect(),
            beating: Mutex::new(()),
        }
    }

    /// Answers whoever connects. Never ends by itself.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let server = Arc::new(self);
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let server = Arc::clone(&server);
                    tokio::spawn(async move { server.converse(stream).await });
                }
                Err(error) => {
                    // Out of file descriptors, most likely: rest rather than spin.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }

    async fn converse(self: Arc<Self>, stream: TcpStream) {
        let service = service_fn(|request| {
            let server = Arc::clone(&self);
            async move { Ok::<_, Infallible>(server.answer(request).await) }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().to_owned();
        if let Some(beat) = path.strip_prefix("/heartbeat/") {
            return self.beat(beat, request).await;
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return text(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here");
        }
        self.file(&path).await
    }

    async fn file(&self, path: &str) -> Answer {
        let relative = if path == "/" { "index.html" } else { path.trim_start_matches('/') };
        if !is_public(relative) {
            return text(StatusCode::NOT_FOUND, "not found");
        }
        match tokio::fs::read(self.folder.join(relative)).await {
            Ok(content) => Response::builder()
                .header(header::CONTENT_TYPE, content_type(relative))
                .header(header::CACHE_CONTROL, "no-cache")
                .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
                .body(Full::new(content.into()))
                .unwrap_or_default(),
            Err(_) => text(StatusCode::NOT_FOUND, "not found"),
        }
    }

    /// `/heartbeat/<token>`, with `/start`, `/fail` or an exit code behind it.
    async fn beat(&self, path: &str, request: Request<Incoming>) -> Answer {
        if !matches!(*request.method(), Method::POST | Method::GET | Method::HEAD | Method::PUT) {
            return text(StatusCode::METHOD_NOT_ALLOWED, "send a beat with POST");
        }
        let (token, rest) = path.split_once('/').unwrap_or((path, ""));
        let Some(monitor) = self.tokens.get(token) else {
            return text(StatusCode::NOT_FOUND, "not found");
        };
        let Some(signal) = signal(rest) else {
            let hint = "after the token comes nothing, `/start`, `/fail`, or an exit code 0 to 255";
            return text(StatusCode::BAD_REQUEST, hint);
        };
        let body = Limited::new(request.into_body(), MAX_BODY_BYTES).collect();
        // A body that is too long or breaks off is no reason to miss a beat.
        let body = match timeout(PATIENCE, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) | Err(_) => Bytes::new(),
        };
        let kept = body.get(..body.len().min(Beat::MAX_BODY_BYTES)).unwrap_or_default();
        match self.record(monitor, signal, String::from_utf8_lossy(kept).into_owned()).await {
            Ok(()) => text(StatusCode::OK, "OK"),
            Err(error) => {
                tracing::error!(%monitor, "a beat could not be recorded: {error}");
                text(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the beat could not be recorded; send it again",
                )
            }
        }
    }

    async fn record(
        &self,
        monitor: &MonitorId,
        signal: BeatSignal,
        body: String,
    ) -> Result<(), allclear_core::ports::StoreError> {
        let _one_at_a_time = self.beating.lock().await;
        let before = self.store.beats(std::slice::from_ref(monitor)).await?;
        let before = before.first().map(|(_, beat)| beat);
        self.store.record_beat(monitor, &Beat::following(before, signal, now(), body)).await
    }
}

/// Whether the path stays in the folder and is no file of the publisher's own.
fn is_public(path: &str) -> bool {
    Path::new(path).components().all(|component| match component {
        Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => {
            false
        }
    })
}

fn signal(rest: &str) -> Option<BeatSignal> {
    match rest.trim_end_matches('/') {
        "" | "0" => Some(BeatSignal::Success),
        "start" => Some(BeatSignal::Start),
        "fail" => Some(BeatSignal::Failure { exit_code: None }),
        code => Some(BeatSignal::Failure { exit_code: Some(code.parse().ok()?) }),
    }
}

fn content_type(path: &str) -> &'static str {
    match Path::new(path).extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("atom") => "application/atom+xml",
        Some("rss") => "application/rss+xml",
        _ => "text/plain; charset=utf-8",
    }
}

fn text(status: StatusCode, text: &'static str) -> Answer {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(Full::new(Bytes::from_static(text.as_bytes())))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_published_files_are_served() {
        assert!(is_public("api/v2/summary.json"));
        for private in ["../allclear.db", ".publishing/x", "api/../../x", "/etc/passwd", "./x"] {
            assert!(!is_public(private), "{private}");
        }
    }

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
}
