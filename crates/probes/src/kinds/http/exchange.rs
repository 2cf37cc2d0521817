//! One request and its answer, on a connection opened for it.

use allclear_core::checker::CheckContext;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::scope::AddressScope;
use http::header::{CONTENT_ENCODING, HeaderMap};
use http::{Response, StatusCode, Version};
use hyper::body::Incoming;

use super::outgoing::Message;
use super::{HTTP_VERSION, HttpRequest, STATUS_CODE};
use crate::attempt::Attempt;
use crate::body::{BodyError, Decoder, to_utf8};
use crate::exchange::{
    BareRequest, Target, TargetConnection, TunnelRoute, ask, check_redirect_scope, within_body,
};
use crate::metrics::BODY_BYTES;

/// The bytes of a refusal that are kept though nothing asks for them.
const REFUSAL_BYTES: usize = 4 * 1024;

/// The advice if a body does not end and nothing asks for it.
const ENDLESS: &str = "if the body is an endless stream, set `max_body_bytes = 0`";

/// An exchange whose answer has begun.
pub(super) struct Exchange {
    response: Response<Incoming>,
    link: TargetConnection,
    scope: AddressScope,
    is_tls: bool,
}

/// An answer that has come to its end.
#[derive(Debug)]
pub(super) struct HttpResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// Without its content encodings and, if its charset is known, as UTF-8. Empty unless asked for.
    pub(super) body: Vec<u8>,
    /// The beginning of a body that may explain the refusal of a request.
    pub(super) refusal: Vec<u8>,
    /// The time that everything took, in milliseconds.
    pub(super) response_time_ms: f64,
    /// The names and values of the cookies that another request to the same place would have. Empty
    /// unless values are captured.
    pub(super) cookies: Vec<(String, String)>,
}

/// Connects to `target`, sends the message and waits for the head of the answer. `farthest` is the
/// scope of the targets that led here.
pub(super) async fn open(
    request: &HttpRequest,
    target: &Target,
    message: &Message,
    (context, farthest): (CheckContext<'_>, AddressScope),
    attempt: &mut Attempt,
) -> Result<Exchange, Cause> {
    let way = (&request.way.proxy, request.way.family);
    let route =
        TunnelRoute::find(target, way, &request.way.shared, context.secrets, attempt).await?;
    let scope = check_redirect_scope(&target.host, route.scope, farthest)?;
    let Message { method, headers, body, .. } = message;
    let max_body_bytes = request.max_body_bytes;
    let bare = BareRequest { method, headers, body, max_body_bytes, is_last: true };
    let (link, _, response) =
        ask(target, (&route, request.way.version), bare, context.now, attempt).await?;
    attempt.measure(STATUS_CODE, f64::from(response.status().as_u16()));
    attempt.measure(HTTP_VERSION, version(response.version()));
    Ok(Exchange { response, link, scope, is_tls: target.tls.is_some() })
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
    /// Returns the scope of the target.
    pub(super) fn scope(&self) -> AddressScope {
        self.scope
    }

    /// Returns the status of the answer.
    pub(super) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Returns the headers of the answer.
    pub(super) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Reads the body to its end, so that a truncated one is noticed, but at most `max_bytes`. A
    /// larger one is a failure if the body is kept, and good enough if it is not. With 0 nothing is
    /// read.
    pub(super) async fn read(
        mut self,
        body: BodyUse,
        max_bytes: usize,
        attempt: &mut Attempt,
    ) -> Result<HttpResponse, Cause> {
        let mut reading = self.reading(body, max_bytes).map_err(|error| error.cause())?;
        if body == BodyUse::Discard {
            attempt.advise_on_body(ENDLESS);
        }
        if max_bytes > 0 {
            let read = reading.read(&mut self.link, self.response.body_mut()).await;
            if let Err(cause) = read {
                attempt.measure(BODY_BYTES, count(reading.n_bytes));
                return Err(cause);
            }
        }
        let response_time_ms = attempt.answered().as_secs_f64() * 1000.0;
        attempt.measure(BODY_BYTES, count(reading.n_bytes.min(max_bytes)));
        if body == BodyUse::Keep && reading.n_bytes > max_bytes {
            return Err(Cause::of(
                Reason::ResponseTooLarge,
                format!(
                    "the body is larger than {max_bytes} bytes; raise `max_body_bytes` to allow it"
                ),
            ));
        }
        let may_refuse = self.may_refuse();
        let (head, _) = self.response.into_parts();
        let BodyReading { kept, .. } = reading;
        let (body, refusal) = match body {
            BodyUse::Keep => {
                let body = to_utf8(&head.headers, kept).await;
                let beginning = body.get(..REFUSAL_BYTES).unwrap_or(&body);
                let refusal = if may_refuse { beginning.to_vec() } else { Vec::new() };
                (body, refusal)
            }
            BodyUse::Discard => (Vec::new(), kept),
        };
        Ok(HttpResponse {
            status: head.status,
            headers: head.headers,
            body,
            refusal,
            response_time_ms,
            cookies: Vec::new(),
        })
    }

    fn reading(&self, body: BodyUse, max_bytes: usize) -> Result<BodyReading, BodyError> {
        let headers = self.response.headers();
        let is_plain = !headers.contains_key(CONTENT_ENCODING);
        let (decoder, keep_bytes) = match body {
            BodyUse::Keep => (Decoder::new(headers, max_bytes)?, usize::MAX),
            BodyUse::Discard if is_plain && self.may_refuse() => (None, REFUSAL_BYTES),
            BodyUse::Discard => (None, 0),
        };
        Ok(BodyReading { decoder, keep_bytes, max_bytes, kept: Vec::new(), n_bytes: 0 })
    }

    /// Returns true if the body may explain that a client certificate is missing.
    fn may_refuse(&self) -> bool {
        self.is_tls && [StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN].contains(&self.status())
    }
}

/// The use of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyUse {
    /// A condition asks for it.
    Keep,
    /// It is read and counted.
    Discard,
}

/// A body under way.
struct BodyReading {
    decoder: Option<Decoder>,
    /// The bytes of it that are kept.
    keep_bytes: usize,
    max_bytes: usize,
    kept: Vec<u8>,
    /// The bytes that have come, before they are decoded.
    n_bytes: usize,
}

impl BodyReading {
    /// Reads until the end or past `max_bytes`, and counts the bytes, also of a body that breaks off.
    async fn read(
        &mut self,
        link: &mut TargetConnection,
        body: &mut Incoming,
    ) -> Result<(), Cause> {
        while let Some(piece) = link.next_piece(body).await {
            let data = piece.map_err(|error| within_body(&error, self.n_bytes))?;
            self.n_bytes = self.n_bytes.saturating_add(data.len());
            if self.n_bytes > self.max_bytes {
                return Ok(());
            }
            self.keep(&data).await.map_err(|error| {
                let mut cause = error.cause();
                if cause.reason == Reason::ResponseTooLarge {
                    cause.message.push_str("; raise `max_body_bytes` to allow it");
                }
                cause
            })?;
        }
        self.decoder.as_ref().map_or(Ok(()), Decoder::finish).map_err(|error| error.cause())
    }

    async fn keep(&mut self, data: &[u8]) -> Result<(), BodyError> {
        let Some(decoder) = &mut self.decoder else {
            let left = self.keep_bytes.saturating_sub(self.kept.len());
            self.kept.extend_from_slice(data.get(..left).unwrap_or(data));
            return Ok(());
        };
        decoder.push(data);
        while let Some(piece) = decoder.next().await? {
            self.kept.extend_from_slice(&piece);
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact far beyond the largest body that is read")]
fn count(n_bytes: usize) -> f64 {
    n_bytes as f64
}
