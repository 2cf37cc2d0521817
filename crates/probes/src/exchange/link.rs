//! A link: one connection to a target, for one request or for several after each other.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use allclear_core::Timestamp;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use bytes::Bytes;
use http::header::{CONNECTION, HOST, HeaderMap, PROXY_AUTHORIZATION};
use http::uri::Authority;
use http::{HeaderValue, Method, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::TokioIo;

use super::connection::{Driver, Http1, Http2Tasks, OutgoingBody};
use super::failure::{ReadHead, RequestState, Unanswered, within_body};
use super::proxy::ProxyEndpoint;
use super::stream::{Allowance, Stream, Transport};
use super::target::{HttpVersion, Target};
use super::tunnel::{TunnelRoute, proxy_credentials};
use super::{HTTP2_WINDOW_BYTES, MAX_EARLY_BYTES, MAX_HEAD_BYTES, allowed_for_body};
use crate::attempt::{Attempt, AttemptPhase};
use crate::tls::handshake;

/// A request without its target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BareRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
    /// The most bytes of the answer's body that will be read.
    pub(crate) max_body_bytes: usize,
    /// True if nothing else is sent on the connection.
    pub(crate) is_last: bool,
}

/// One connection to a target.
pub(crate) struct TargetConnection {
    sender: RequestSender,
    driver: Driver,
    allowance: Allowance,
    /// The proxy that must receive the target of a request.
    proxy: Option<Arc<ProxyEndpoint>>,
}

enum RequestSender {
    Http1(http1::SendRequest<OutgoingBody>),
    Http2(http2::SendRequest<OutgoingBody>),
}

/// Sends a request on a connection of its own. Sends it once more if the target refuses to act on
/// it over this connection. Also returns the time at which it was sent.
pub(crate) async fn ask(
    target: &Target,
    (route, mut version): (&TunnelRoute, HttpVersion),
    request: BareRequest<'_>,
    now: Timestamp,
    attempt: &mut Attempt,
) -> Result<(TargetConnection, Instant, Response<Incoming>), Cause> {
    let mut link = TargetConnection::open(target, (route, version), now, attempt).await?;
    let sent = Instant::now();
    let refused = match link.send(target, request, attempt).await {
        Ok(response) => return Ok((link, sent, response)),
        Err(refused) => refused,
    };
    let can_change = !refused.wants_http1() || version == HttpVersion::Negotiated;
    if !link.is_http2() || !refused.can_resend(request.method) || !can_change {
        return Err(refused.cause);
    }
    if refused.wants_http1() {
        version = HttpVersion::Http1;
    }
    attempt.begin_again();
    let mut link = TargetConnection::open(target, (route, version), now, attempt).await?;
    let sent = Instant::now();
    let response = link.send(target, request, attempt).await.map_err(|again| again.cause)?;
    Ok((link, sent, response))
}

impl TargetConnection {
    /// Connects along the route, with TLS if the target has it.
    pub(crate) async fn open(
        target: &Target,
        (route, version): (&TunnelRoute, HttpVersion),
        now: Timestamp,
        attempt: &mut Attempt,
    ) -> Result<Self, Cause> {
        let stream = route.connect(target, attempt).await?;
        let (transport, is_http2) = match &target.tls {
            None => (Transport::Plain(stream), version == HttpVersion::Http2),
            Some(tls) => {
                let stream = match version.protocols(tls) {
                    None => handshake(stream, tls, now, attempt).await?,
                    Some(tls) => handshake(stream, &tls, now, attempt).await?,
                };
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                if version == HttpVersion::Http2 && !is_http2 {
                    return Err(HttpVersion::no_http2());
                }
                (Transport::Tls(Box::new(stream)), is_http2)
            }
        };
        attempt.enter(AttemptPhase::FirstByte);
        let allowance = Allowance::new(MAX_EARLY_BYTES);
        let io = TokioIo::new(Stream::new(transport, allowance.clone()));
        let link = if is_http2 { http2(io).await } else { http1(io).await };
        let (sender, driver) = link
            .map_err(|error| Unanswered::new(&error, ReadHead::None, RequestState::Unsent).cause)?;
        let proxy = route.forwarding_proxy(target).cloned();
        Ok(Self { sender, driver, allowance, proxy })
    }

    /// Sends `request` to `target`, which has the origin that the link was opened to, and waits for
    /// the head of the answer. What came before has been read to its end.
    pub(crate) async fn send(
        &mut self,
        target: &Target,
        request: BareRequest<'_>,
        attempt: &mut Attempt,
    ) -> Result<Response<Incoming>, Unanswered> {
        attempt.enter(AttemptPhase::FirstByte);
        self.allowance.set(MAX_EARLY_BYTES);
        let Self { sender, driver, allowance, proxy } = self;
        let proxy = proxy.as_deref();
        let answered = match sender {
            RequestSender::Http1(sender) => {
                driver.run(sender.try_send_request(http1_request(target, request, proxy))).await
            }
            RequestSender::Http2(sender) => {
                driver.run(sender.try_send_request(http2_request(target, request))).await
            }
        };
        let response = match answered {
            Ok(response) => response,
            Err(failure) => return Err(unanswered(failure, driver)),
        };
        if let Some(proxy) = proxy
            && response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED
        {
            return Err(Unanswered::final_cause(proxy_credentials(proxy)));
        }
        allowance.set(allowed_for_body(request.max_body_bytes));
        attempt.enter(AttemptPhase::Transfer);
        Ok(response)
    }

    /// Returns true if it speaks HTTP/2.
    fn is_http2(&self) -> bool {
        matches!(self.sender, RequestSender::Http2(_))
    }

    /// Returns true if another request may be sent on it. Waits until the answer before is done with.
    pub(crate) async fn is_ready(&mut self) -> bool {
        let Self { sender, driver, .. } = self;
        match sender {
            RequestSender::Http1(sender) => driver.run(sender.ready()).await.is_ok(),
            RequestSender::Http2(sender) => driver.run(sender.ready()).await.is_ok(),
        }
    }

    /// Reads an answer to its end: its body of at most `max_bytes`, and its trailers.
    pub(crate) async fn rest(
        &mut self,
        body: &mut Incoming,
        max_bytes: usize,
    ) -> Result<(Vec<u8>, HeaderMap), Cause> {
        let (mut bytes, mut trailers) = (Vec::new(), HeaderMap::new());
        let read = self.driver.run(async {
            while let Some(frame) = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await {
                let frame = frame.map_err(|error| within_body(&error, bytes.len()))?;
                match frame.into_data() {
                    Ok(data) => bytes.extend_from_slice(&data),
                    Err(frame) => trailers.extend(frame.into_trailers().unwrap_or_default()),
                }
                if bytes.len() > max_bytes {
                    let what = format!("the answer is larger than {max_bytes} bytes");
                    return Err(Cause::of(Reason::ResponseTooLarge, what));
                }
            }
            Ok(())
        });
        read.await?;
        Ok((bytes, trailers))
    }

    /// Returns the next piece of a body, as it comes; `None` at its end.
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

async fn http1(io: TokioIo<Stream>) -> hyper::Result<(RequestSender, Driver)> {
    // A monitor of availability accepts the same headers as other clients.
    let (sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true)
        .handshake(io)
        .await?;
    Ok((RequestSender::Http1(sender), Driver::Http1(Http1::new(connection))))
}

async fn http2(io: TokioIo<Stream>) -> hyper::Result<(RequestSender, Driver)> {
    let tasks = Http2Tasks::default();
    let end_tasks = tasks.end_on_drop();
    let (sender, connection) = http2::Builder::new(tasks)
        .initial_stream_window_size(HTTP2_WINDOW_BYTES)
        .initial_connection_window_size(HTTP2_WINDOW_BYTES)
        .max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX))
        .handshake(io)
        .await?;
    let driver = Driver::Http2 { connection: Some(Box::new(connection)), _tasks: end_tasks };
    Ok((RequestSender::Http2(sender), driver))
}

fn unanswered(
    mut failure: TrySendError<http::Request<OutgoingBody>>,
    driver: &mut Driver,
) -> Unanswered {
    let request = match failure.take_message() {
        Some(_) => RequestState::Unsent,
        None => RequestState::Sent,
    };
    Unanswered::new(failure.error(), driver.end(), request)
}

fn http1_request(
    target: &Target,
    message: BareRequest<'_>,
    proxy: Option<&ProxyEndpoint>,
) -> http::Request<OutgoingBody> {
    let mut request = http::Request::new(Full::new(message.body.clone()));
    *request.method_mut() = message.method.clone();
    let uri = if proxy.is_some() { &target.absolute } else { &target.path };
    *request.uri_mut() = uri.clone();
    let headers = request.headers_mut();
    headers.reserve(message.headers.len() + 2);
    if !message.headers.contains_key(HOST) {
        headers.insert(HOST, target.authority.clone());
    }
    headers.extend(message.headers.clone());
    if let Some(authorization) = proxy.and_then(|proxy| proxy.authorization.as_ref()) {
        headers.insert(PROXY_AUTHORIZATION, authorization.clone());
    }
    if message.is_last {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    request
}

fn http2_request(target: &Target, message: BareRequest<'_>) -> http::Request<OutgoingBody> {
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
