//! A server that answers requests with handwritten HTTP/2 frames, most of which no library would
//! send.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::http2_server::config;
use crate::support::{answer, read_head};

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// `:status: 200` in HPACK.
pub(crate) const STATUS_200: &[u8] = &[0x88];

/// Encodes a frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// Returns the frames of an answer with the status 200 and a body.
pub(crate) fn good_answer(stream: u32) -> Vec<u8> {
    let head = frame(HEADERS, END_HEADERS, stream, STATUS_200);
    [head, frame(DATA, END_STREAM, stream, b"ok")].concat()
}

/// Returns the reply to a request, given the number of previous requests.
pub(crate) type Script = fn(usize) -> Reply;

/// The reply to a request.
pub(crate) enum Reply {
    /// These bytes, after which the connection stays open.
    Frames(Vec<u8>),
    /// These bytes, after which the connection is closed.
    Last(Vec<u8>),
    /// The first bytes, followed by endless repetitions of the second.
    Endless(Vec<u8>, Vec<u8>),
}

/// The running server, which stops on drop.
pub(crate) struct FrameServer {
    pub(crate) address: SocketAddr,
    /// The number of requests over HTTP/2 and over HTTP/1.1.
    pub(crate) n_requests: Arc<[AtomicUsize; 2]>,
    _tasks: JoinSet<()>,
}

impl FrameServer {
    /// Starts a server without TLS.
    pub(crate) async fn plain(script: Script) -> Self {
        Self::start(script, None).await
    }

    /// Starts a server with TLS, which also offers HTTP/1.1 and answers that correctly.
    pub(crate) async fn tls(script: Script) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(config(&[b"h2", b"http/1.1"])));
        Self::start(script, Some(acceptor)).await
    }

    async fn start(script: Script, acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let n_requests = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let counts = Arc::clone(&n_requests);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut served = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, counts) = (acceptor.clone(), Arc::clone(&counts));
                served.spawn(async move {
                    let Some(acceptor) = acceptor else {
                        return serve(stream, script, &counts[0]).await;
                    };
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                        return serve(stream, script, &counts[0]).await;
                    }
                    read_head(&mut stream).await;
                    counts[1].fetch_add(1, Ordering::SeqCst);
                    let _ = stream.write_all(&answer("200 OK", "", b"ok")).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { address, n_requests, _tasks: tasks }
    }

    /// Returns the number of requests over HTTP/2 and over HTTP/1.1.
    pub(crate) fn counts(&self) -> [usize; 2] {
        [0, 1].map(|at| self.n_requests[at].load(Ordering::SeqCst))
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: Script,
    n_requests: &AtomicUsize,
) {
    let mut preface = [0; 24];
    if stream.read_exact(&mut preface).await.is_err() {
        return;
    }
    let _ = stream.write_all(&frame(SETTINGS, 0, 0, &[])).await;
    loop {
        let mut head = [0; 9];
        if stream.read_exact(&mut head).await.is_err() {
            return;
        }
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        if stream.read_exact(&mut payload).await.is_err() {
            return;
        }
        if head[3] != HEADERS {
            continue;
        }
        match script(n_requests.fetch_add(1, Ordering::SeqCst)) {
            Reply::Frames(frames) => drop(stream.write_all(&frames).await),
            Reply::Last(frames) => {
                let _ = stream.write_all(&frames).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Endless(first, again) => {
                let again = again.repeat(64);
                let _ = stream.write_all(&first).await;
                while stream.write_all(&again).await.is_ok() {}
                return;
            }
        }
        let _ = stream.flush().await;
    }
}
