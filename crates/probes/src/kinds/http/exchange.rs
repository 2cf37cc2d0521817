//! One request and its answer, on a connection opened for it.

use std::future::poll_fn;
use std::pin::Pin;

use allclear_core::checker::CheckContext;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use bytes::Bytes;
use http::header::{CONNECTION, HOST, HeaderMap};
use http::uri::Authority;
use http::{HeaderValue, Request, Response, StatusCode, Uri, Version};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioIo;

use super::connection::{Driver, Stream, Tasks};
use super::outgoing::Message;
use super::target::Target;
use super::{HttpCheck, failure, redirect};
use crate::attempt::{Attempt, Phase};
use crate::net::connect_to;
use crate::tls::handshake;

/// The largest head of an answer, in bytes.
pub(super) const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How much of a body HTTP/2 may send ahead of what is read, in bytes.
const HTTP2_WINDOW_BYTES: u32 = 256 * 1024;

/// An exchange whose answer has begun.
pub(super) struct Exchange {
    response: Response<Incoming>,
    driver: Driver,
    is_inside: bool,
}

/// An answer that has come to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// Empty unless asked for.
    pub(super) body: Vec<u8>,
    /// How long everything took, in milliseconds.
    pub(super) response_time_ms: f64,
}

/// Connects to `target`, sends the message and waits for the head of the answer.
pub(super) async fn open(
    check: &HttpCheck,
    target: &Target,
    message: &Message,
    context: CheckContext<'_>,
    may_go_inside: bool,
    attempt: &mut Attempt,
) -> Result<Exchange, Cause> {
    let resolver = &check.shared.resolver;
    let addresses = resolver.addresses(&target.host, check.family, attempt).await?;
    let is_inside = redirect::enter(&target.host, &addresses, may_go_inside)?;
    let stream = connect_to(&addresses, target.port, attempt).await?;
    let (stream, is_http2) = match &target.tls {
        None => (Stream::Plain(stream), false),
        Some(tls) => {
            let stream = handshake(stream, tls, context.now, attempt).await?;
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            (Stream::Tls(Box::new(stream)), is_http2)
        }
    };
    attempt.enter(Phase::FirstByte);
    let io = TokioIo::new(stream);
    let (response, driver) = if is_http2 {
        send_http2(io, http2_request(target, message)).await
    } else {
        send_http1(io, http1_request(target, message)).await
    }
    .map_err(|error| failure::without_head(&error))?;
    attempt.enter(Phase::Transfer);
    attempt.measure("status_code", f64::from(response.status().as_u16()));
    attempt.measure("http_version", version(response.version()));
    Ok(Exchange { response, driver, is_inside })
}

async fn send_http1(
    io: TokioIo<Stream>,
    request: Request<Full<Bytes>>,
) -> hyper::Result<(Response<Incoming>, Driver)> {
    // What other clients let pass, a monitor of availability lets pass.
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true)
        .handshake(io)
        .await?;
    let mut driver = Driver::Http1(Some(Box::new(connection)));
    let response = driver.run(sender.send_request(request)).await?;
    Ok((response, driver))
}

async fn send_http2(
    io: TokioIo<Stream>,
    request: Request<Full<Bytes>>,
) -> hyper::Result<(Response<Incoming>, Driver)> {
    let tasks = Tasks::default();
    let end_tasks = tasks.end_on_drop();
    let (mut sender, connection) = http2::Builder::new(tasks)
        .initial_stream_window_size(HTTP2_WINDOW_BYTES)
        .initial_connection_window_size(HTTP2_WINDOW_BYTES)
        .max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX))
        .handshake(io)
        .await?;
    let mut driver = Driver::Http2 { connection: Some(Box::new(connection)), _tasks: end_tasks };
    let response = driver.run(sender.send_request(request)).await?;
    Ok((response, driver))
}

fn http1_request(target: &Target, message: &Message) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(message.body.clone()));
    *request.method_mut() = message.method.clone();
    *request.uri_mut() = target.path.clone();
    let headers = request.headers_mut();
    headers.reserve(message.headers.len() + 2);
    if !message.headers.contains_key(HOST) {
        headers.insert(HOST, target.authority.clone());
    }
    headers.extend(message.headers.clone());
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    request
}

fn http2_request(target: &Target, message: &Message) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(message.body.clone()));
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

fn version(version: Version) -> f64 {
    match version {
        Version::HTTP_09 => 0.9,
        Version::HTTP_10 => 1.0,
        Version::HTTP_11 => 1.1,
        Version::HTTP_2 => 2.0,
        _ => 3.0,
    }
}

impl Exchange {
    /// Whether it took place on this machine or its link.
    pub(super) fn is_inside(&self) -> bool {
        self.is_inside
    }

    /// The status of the answer.
    pub(super) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The headers of the answer.
    pub(super) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Reads the body to its end, so that a truncated one is noticed, but at most `max_bytes`. A
    /// larger one is a failure where the body is kept, and good enough where it is not. With 0 nothing
    /// is read.
    pub(super) async fn read(
        mut self,
        keep: bool,
        max_bytes: usize,
        attempt: &mut Attempt,
    ) -> Result<Answer, Cause> {
        let mut kept = Vec::new();
        let mut n_bytes = 0;
        if max_bytes > 0 {
            let body = self.response.body_mut();
            let read = self.driver.run(read_body(body, keep, max_bytes, &mut kept, &mut n_bytes));
            if let Err(error) = read.await {
                attempt.measure("body_bytes", count(n_bytes));
                return Err(failure::within_body(&error, n_bytes));
            }
        }
        let response_time_ms = attempt.answered().as_secs_f64() * 1000.0;
        attempt.measure("body_bytes", count(n_bytes.min(max_bytes)));
        if keep && n_bytes > max_bytes {
            return Err(Cause::target(
                Reason::ResponseTooLarge,
                format!(
                    "the body is larger than {max_bytes} bytes; raise `max_body_bytes` if it may be"
                ),
            ));
        }
        let (head, _) = self.response.into_parts();
        Ok(Answer { status: head.status, headers: head.headers, body: kept, response_time_ms })
    }
}

/// Reads until the end or past `max_bytes`, and counts what came, also where it breaks off.
async fn read_body(
    body: &mut Incoming,
    keep: bool,
    max_bytes: usize,
    kept: &mut Vec<u8>,
    n_bytes: &mut usize,
) -> hyper::Result<()> {
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await {
        let Ok(data) = frame?.into_data() else { continue };
        *n_bytes = n_bytes.saturating_add(data.len());
        if *n_bytes > max_bytes {
            break;
        }
        if keep {
            kept.extend_from_slice(&data);
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "exact far beyond the largest body that is read")]
fn count(n_bytes: usize) -> f64 {
    n_bytes as f64
}
