//! The server on this machine: the page's files, and the addresses that beats are sent to.
//!
//! It is meant for a local network or a reverse proxy in front of it, and holds its own against
//! clients that mean harm: each connection, request and answer has its limits in bytes and in time.

mod files;
mod head;
mod limits;
mod response;
mod stream;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex as StdMutex, PoisonError, RwLock};
use std::time::Duration;

use allclear_core::config::Page;
use allclear_core::id::MonitorId;
use allclear_engine::probe::Prober;
use allclear_engine::probe::beat::{self, BeatReply, BeatRequest};
use allclear_local::SqliteStore;
use allclear_status_site::NOT_FOUND;
use allclear_status_site::delivery::FrameAncestors;
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use sha2::{Digest as _, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use self::files::{LOOK_EVERY, SiteFiles, site_path};
use self::head::{CheckedHeads, HeadLimits, REFUSED, Refused};
use self::limits::{ClientAddress, Connections, GUESS_WINDOW, Guesses};
use self::response::{
    FILE_METHODS, HEARTBEAT_METHODS, ServerResponse, closing, file_options, not_allowed, not_found,
    of_file, of_text, options, set,
};
use self::stream::WriteTimeout;
use crate::clock::now;
use crate::local::Machine;

/// The most bytes of a heartbeat's body that are read; the stored part is shorter.
const MAX_BODY_BYTES: usize = 100_000;

/// The most bytes of the head of a request.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// The most bytes of a request's target.
const MAX_TARGET_BYTES: usize = 2_048;

/// The limits of the head of a request.
const HEAD_LIMITS: HeadLimits =
    HeadLimits { max_bytes: MAX_HEAD_BYTES, timeout: Duration::from_secs(10) };

/// The longest time from the end of a request to that of the next head: longer than a head may
/// take, so that a head that is late gets an answer, and a client that is silent gets none.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// The longest time for the body of a request.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest time in which a client takes none of the bytes that are sent to it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// The age of a connection from which on it gets no further request.
const LIFETIME: Duration = Duration::from_mins(2);

/// The time for answers that are under way at the end of a connection, and of the server.
const GRACE: Duration = Duration::from_secs(2);

/// Serves the page and takes beats.
pub(crate) struct PageServer {
    files: SiteFiles,
    store: Arc<SqliteStore>,
    /// By the hash of the token, in hex: the duration of a look-up reveals nothing about other
    /// tokens.
    tokens: RwLock<Arc<BTreeMap<String, MonitorId>>>,
    /// The sites that may frame the widget of the page.
    frames: RwLock<Arc<FrameAncestors>>,
    guesses: StdMutex<Guesses>,
    /// One beat at a time: each is read, changed and written.
    beat_lock: Mutex<()>,
    closing: watch::Sender<bool>,
    closed: Notify,
}

impl PageServer {
    /// Creates the server of the page. It receives no heartbeats yet.
    pub(crate) fn new(machine: &Machine) -> Self {
        Self {
            files: SiteFiles::new(machine.folder.clone(), LOOK_EVERY),
            store: Arc::clone(&machine.store),
            tokens: RwLock::default(),
            frames: RwLock::default(),
            guesses: StdMutex::default(),
            beat_lock: Mutex::new(()),
            closing: watch::Sender::new(false),
            closed: Notify::new(),
        }
    }

    /// Takes the beats of this prober's monitors from now on, and no others. Connections stay open.
    pub(crate) fn take_beats_of(&self, prober: &Prober) {
        let tokens = prober.beat_tokens().map(|(token, monitor)| (hashed(&token), monitor));
        let tokens = Arc::new(tokens.collect());
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = tokens;
    }

    /// Lets the sites of this page's config frame its widget from now on, and no others.
    pub(crate) fn allow_frames_of(&self, page: &Page) {
        let frames = Arc::new(FrameAncestors::of(&page.embed_origins));
        *self.frames.write().unwrap_or_else(PoisonError::into_inner) = frames;
    }

    fn frames(&self) -> Arc<FrameAncestors> {
        Arc::clone(&self.frames.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn tokens(&self) -> Arc<BTreeMap<String, MonitorId>> {
        Arc::clone(&self.tokens.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers every client until [`Self::close`].
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        let mut tasks = JoinSet::new();
        let mut connections = Connections::default();
        loop {
            tokio::select! {
                () = self.until_closing() => break,
                Some(ended) = tasks.join_next_with_id() => {
                    connections.remove(ended.map_or_else(|error| error.id(), |(id, ())| id));
                }
                accepted = listener.accept() => match accepted {
                    Ok((stream, address)) => {
                        let client = ClientAddress::at(address.ip());
                        if connections.accepts(client) {
                            let task = tasks.spawn(Arc::clone(&self).serve_connection(stream, address.ip()));
                            connections.add(client, task);
                        }
                    }
                    Err(error) => {
                        // Out of file descriptors, most likely: rest rather than spin.
                        tracing::warn!(%error, "failed to accept a connection");
                        sleep(Duration::from_millis(200)).await;
                    }
                },
            }
        }
        drop(listener);
        let _ = timeout(GRACE, async { while tasks.join_next().await.is_some() {} }).await;
        self.closed.notify_one();
    }

    /// Accepts no more connections, and waits a moment for the answers that are under way.
    pub(crate) async fn close(&self) {
        self.closing.send_replace(true);
        let _ = timeout(GRACE * 2, self.closed.notified()).await;
    }

    async fn until_closing(&self) {
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }

    async fn serve_connection(self: Arc<Self>, stream: TcpStream, address: IpAddr) {
        let refused = Refused::default();
        let service = service_fn(|request| {
            let (server, refused) = (Arc::clone(&self), refused.clone());
            async move { Ok::<_, Infallible>(server.answer(address, request, &refused).await) }
        });
        let stream = WriteTimeout::new(stream, WRITE_TIMEOUT);
        let stream = CheckedHeads::new(stream, HEAD_LIMITS, refused.clone());
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE_TIMEOUT)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = self.until_closing() => None,
            () = sleep(LIFETIME) => None,
        };
        let ended = if let Some(ended) = ended {
            ended
        } else {
            connection.as_mut().graceful_shutdown();
            timeout(GRACE, connection).await.unwrap_or(Ok(()))
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }

    async fn answer(
        &self,
        address: IpAddr,
        request: Request<Incoming>,
        refused: &Refused,
    ) -> ServerResponse {
        if let Some(refusal) = refused.get().filter(|_| request.method() == REFUSED) {
            return closing(of_text(refusal.status, refusal.text));
        }
        // The heads after such a request are not checked.
        let is_last = request.headers().contains_key(header::TRANSFER_ENCODING);
        let response = self.answer_checked(address, request).await;
        if is_last { closing(response) } else { response }
    }

    async fn answer_checked(&self, address: IpAddr, request: Request<Incoming>) -> ServerResponse {
        let n_target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
        if n_target > MAX_TARGET_BYTES {
            return of_text(StatusCode::URI_TOO_LONG, "the address is too long");
        }
        let path = request.uri().path().to_owned();
        if let Some(beat) = path.strip_prefix(beat::PREFIX) {
            return self.beat(beat, address, request).await;
        }
        let file = site_path(&path);
        match *request.method() {
            Method::GET | Method::HEAD => self.file(file, &request).await,
            Method::OPTIONS => file_options(file),
            _ => not_allowed(FILE_METHODS, "only GET and HEAD are supported here"),
        }
    }

    async fn file(&self, path: Option<&str>, request: &Request<Incoming>) -> ServerResponse {
        let (method, headers) = (request.method(), request.headers());
        if let Some(path) = path
            && let Some(file) = self.files.get(path).await
        {
            return of_file(method, headers, path, &file, &self.frames());
        }
        let page = self.files.get(NOT_FOUND).await;
        not_found(method, headers, page.as_deref())
    }

    /// Handles `/heartbeat/<token>`, with `/start`, `/fail` or an exit code behind it.
    async fn beat(
        &self,
        path: &str,
        address: IpAddr,
        request: Request<Incoming>,
    ) -> ServerResponse {
        let method = request.method().clone();
        if method == Method::OPTIONS {
            return options(HEARTBEAT_METHODS);
        }
        let path = with_hashed_token(path);
        let query = request.uri().query().unwrap_or_default().to_owned();
        // A client without a token gets no body read.
        let tokens = self.tokens();
        let head = BeatRequest {
            method: method.as_str(),
            path: &path,
            query: &query,
            content_type: "",
            body: &[],
        };
        if let Err(reply) = beat::read(&tokens, head) {
            return self.refuse(reply, address);
        }
        let content_type = request.headers().get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let content_type = content_type.unwrap_or_default();
        let body = match read_body(request.into_body()).await {
            Ok(body) => body,
            // A text that is too long or breaks off is no reason to miss a beat.
            Err(_) if !beat::is_report(&content_type) => Bytes::new(),
            Err(refusal) => return closing(refusal),
        };
        let _one_at_a_time = self.beat_lock.lock().await;
        let request = BeatRequest { content_type: &content_type, body: &body, ..head };
        reply(beat::take(&*self.store, &tokens, request, now()).await)
    }

    /// Returns the answer to a request that is no heartbeat. An address that tries too many unknown
    /// tokens gets another one; its right tokens are taken as before, because other jobs may share
    /// the address.
    fn refuse(&self, refused: BeatReply, address: IpAddr) -> ServerResponse {
        match StatusCode::from_u16(refused.status) {
            Ok(StatusCode::METHOD_NOT_ALLOWED) => not_allowed(HEARTBEAT_METHODS, refused.text),
            Ok(StatusCode::NOT_FOUND) => {
                let mut guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
                if !guesses.count(ClientAddress::at(address), Instant::now()) {
                    return reply(refused);
                }
                let mut response =
                    of_text(StatusCode::TOO_MANY_REQUESTS, "too many unknown tokens");
                let seconds = GUESS_WINDOW.as_secs().to_string();
                set(response.headers_mut(), header::RETRY_AFTER, &seconds);
                closing(response)
            }
            Ok(_) | Err(_) => reply(refused),
        }
    }
}

/// Reads the body of a beat, or returns the answer to one that is too long or does not arrive.
async fn read_body(body: Incoming) -> Result<Bytes, ServerResponse> {
    match timeout(BODY_TIMEOUT, Limited::new(body, MAX_BODY_BYTES).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let text = "the body is longer than 100,000 bytes";
            Err(of_text(StatusCode::PAYLOAD_TOO_LARGE, text))
        }
        Ok(Err(_)) => Err(of_text(StatusCode::BAD_REQUEST, "the body broke off; send it again")),
        Err(_) => {
            let text = "the body did not arrive in time; send it again";
            Err(of_text(StatusCode::REQUEST_TIMEOUT, text))
        }
    }
}

fn hashed(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

/// Returns the path of a beat with the hash of its token in the token's place.
fn with_hashed_token(path: &str) -> String {
    let (token, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
    hashed(token) + rest
}

fn reply(reply: BeatReply) -> ServerResponse {
    of_text(StatusCode::from_u16(reply.status).unwrap_or_default(), reply.text)
}
