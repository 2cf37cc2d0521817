//! A link: one connection to a target, for one request or for several after each other.

use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::Pin;

use allclear_core::Timestamp;
use allclear_core::outcome::Cause;
use bytes::Bytes;
use http::header::{CONNECTION, HOST, HeaderMap};
use http::uri::Authority;
use http::{HeaderValue, Method, Response, Uri};
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioIo;

use super::connection::{Body, Driver, Stream, Tasks};
use super::failure;
use super::target::Target;
use super::{HTTP2_WINDOW_BYTES, MAX_HEAD_BYTES};
use crate::attempt::{Attempt, Phase};
use crate::net::connect_to;
use crate::tls::handshake;

/// What is sent, but for where to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a Method,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
    /// Whether nothing else is sent on the connection.
    pub(crate) is_last: bool,
}

/// One connection to a target.
pub(crate) struct Link {
    sender: Sender,
    driver: Driver,
}

enum Sender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

impl Link {
    /// Connects to the first of the addresses that answers, with TLS where the target has it.
    pub(crate) async fn open(
        target: &Target,
        addresses: &[IpAddr],
        now: Timestamp,
        attempt: &mut Attempt,
    ) -> Result<Self, Cause> {
        let stream = connect_to(addresses, target.port, attempt).await?;
        let (stream, is_http2) = match &target.tls {
            None => (Stream::Plain(stream), false),
            Some(tls) => {
                let stream = handshake(stream, tls, now, attempt).await?;
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                (Stream::Tls(Box::new(stream)), is_http2)
            }
        };
        attempt.enter(Phase::FirstByte);
        let io = TokioIo::new(stream);
        let link = if is_http2 { Self::http2(io).await } else { Self::http1(io).await };
        link.map_err(|error| failure::without_head(&error))
    }

    async fn http1(io: TokioIo<Stream>) -> hyper::Result<Self> {
        // What other clients let pass, a monitor of availability lets pass.
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_HEAD_BYTES)
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(io)
            .await?;
        let driver = Driver::Http1(Some(Box::new(connection)));
        Ok(Self { sender: Sender::Http1(sender), driver })
    }

    async fn http2(io: TokioIo<Stream>) -> hyper::Result<Self> {
        let tasks = Tasks::default();
        let end_tasks = tasks.end_on_drop();
        let (sender, connection) = http2::Builder::new(tasks)
            .initial_stream_window_size(HTTP2_WINDOW_BYTES)
            .initial_connection_window_size(HTTP2_WINDOW_BYTES)
            .max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX))
            .handshake(io)
            .await?;
        let driver = Driver::Http2 { connection: Some(Box::new(connection)), _tasks: end_tasks };
        Ok(Self { sender: Sender::Http2(sender), driver })
    }

    /// Sends `request` to `target`, which has the origin that the link was opened to, and waits for
    /// the head of the answer. What came before has been read to its end.
    pub(crate) async fn send(
        &mut self,
        target: &Target,
        request: Request<'_>,
        attempt: &mut Attempt,
    ) -> Result<Response<Incoming>, Cause> {
        attempt.enter(Phase::FirstByte);
        let Self { sender, driver } = self;
        let answered = match sender {
            Sender::Http1(sender) => {
                driver.run(sender.send_request(http1_request(target, request))).await
            }
            Sender::Http2(sender) => {
                driver.run(sender.send_request(http2_request(target, request))).await
            }
        };
        let response = answered.map_err(|error| failure::without_head(&error))?;
        attempt.enter(Phase::Transfer);
        Ok(response)
    }

    /// Whether another request may be sent on it. Waits until the answer before is done with.
    pub(crate) async fn is_ready(&mut self) -> bool {
        let Self { sender, driver } = self;
        match sender {
            Sender::Http1(sender) => driver.run(sender.ready()).await.is_ok(),
            Sender::Http2(sender) => driver.run(sender.ready()).await.is_ok(),
        }
    }

    /// The next piece of a body, as it comes; `None` at its end.
    pub(crate) async fn next_piece(&mut self, body: &mut Incoming) -> Option<hyper::Result<Bytes>> {
        self.driver
            .run(async {
                loop {
                    match poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await? {
                        Err(error) => return Some(Err(error)),
                        Ok(frame) => {
                            if let Ok(data) = frame.into_data() {
                                return Some(Ok(data));
                            }
                        }
                    }
                }
            })
            .await
    }
}

fn http1_request(target: &Target, message: Request<'_>) -> http::Request<Body> {
    let mut request = http::Request::new(Full::new(message.body.clone()));
    *request.method_mut() = message.method.clone();
    *request.uri_mut() = target.path.clone();
    let headers = request.headers_mut();
    headers.reserve(message.headers.len() + 2);
    if !message.headers.contains_key(HOST) {
        headers.insert(HOST, target.authority.clone());
    }
    headers.extend(message.headers.clone());
    if message.is_last {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    request
}

fn http2_request(target: &Target, message: Request<'_>) -> http::Request<Body> {
    let mut request = http::Request::new(Full::new(message.body.clone()));
    *request.method_mut() = message.method.clone();
    *request.uri_mut() = target.absolute.clone();
    *request.headers_mut() = message.headers.clone();
    // HTTP/2 has the host in the URL only.
    if let Some(host) = request.headers_mut().remove(HOST) {
        let mut parts = target.absolute.clone().into_parts();
        parts.authority = Authority::try_from(host.as_bytes()).ok().or(parts.authority);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}
