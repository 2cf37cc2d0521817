//! The server on this machine: the page's files, and the addresses that beats are sent to.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use allclear_core::id::MonitorId;
use allclear_local::SqliteStore;
use allclear_prober::beat::{self, BeatReply, BeatRequest};
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
    tokens: BTreeMap<String, MonitorId>,
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
        if let Some(beat) = path.strip_prefix(beat::PREFIX) {
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
        let method = request.method().clone();
        let query = request.uri().query().unwrap_or_default().to_owned();
        // Whoever knows no token gets no body read.
        if let Err(reply) = beat::read(&self.tokens, method.as_str(), path, &query) {
            return answer(reply);
        }
        let body = Limited::new(request.into_body(), MAX_BODY_BYTES).collect();
        // A body that is too long or breaks off is no reason to miss a beat.
        let body = match timeout(PATIENCE, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) | Err(_) => Bytes::new(),
        };
        let _one_at_a_time = self.beating.lock().await;
        let request = BeatRequest { method: method.as_str(), path, query: &query, body: &body };
        answer(beat::take(&*self.store, &self.tokens, request, now()).await)
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

fn answer(reply: BeatReply) -> Answer {
    text(StatusCode::from_u16(reply.status).unwrap_or_default(), reply.text)
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
}
