//! An HTTP/2 server whose bodies never end regularly.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming};
use hyper::header::HeaderValue;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// The body that the server sends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Http2Body {
    /// An endless body.
    Endless,
    /// A partial body, after which the stream is reset.
    Broken,
}

/// The running server, which stops on drop.
pub(crate) struct Http2Server {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Http2Server {
    pub(crate) async fn start(body: Http2Body) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(config(&[b"h2"])));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(stream) = acceptor.accept(stream).await else { continue };
                let answer = service_fn(move |request| async move {
                    Ok::<_, Infallible>(answer(&request, body))
                });
                // The client closes the connection in the middle of the body.
                let _ = http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), answer)
                    .await;
            }
        });
        Self { address, _tasks: tasks }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}/", self.address)
    }
}

/// Returns a response whose headers give the host that the request named, and its place in the
/// request.
fn answer(request: &Request<Incoming>, body: Http2Body) -> Response<Frames> {
    let mut response = Response::new(Frames { body, n_sent: 0 });
    if let Some(authority) = request.uri().authority() {
        let value = HeaderValue::try_from(authority.as_str()).unwrap();
        response.headers_mut().insert("x-authority", value);
    }
    if let Some(host) = request.headers().get("host") {
        response.headers_mut().insert("x-host", host.clone());
    }
    response
}

/// Returns a configuration with its own certificate and these protocols.
pub(crate) fn config(protocols: &[&[u8]]) -> ServerConfig {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    config
}

struct Frames {
    body: Http2Body,
    n_sent: usize,
}

impl Body for Frames {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.n_sent += 1;
        Poll::Ready(Some(match self.body {
            // This exceeds the client's flow control window, so the client has begun to read.
            Http2Body::Broken if self.n_sent > 40 => {
                Err(std::io::Error::other("broken on purpose"))
            }
            Http2Body::Endless | Http2Body::Broken => {
                Ok(Frame::data(Bytes::from_static(&[b'x'; 16 * 1024])))
            }
        }))
    }
}
