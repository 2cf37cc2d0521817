//! One request and its answer, on a connection opened for it.

use allclear_core::checker::CheckContext;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use http::header::HeaderMap;
use http::{Response, StatusCode, Version};
use hyper::body::Incoming;

use super::outgoing::Message;
use super::{HttpCheck, redirect};
use crate::attempt::Attempt;
use crate::exchange::{Link, Request, Target, within_body};

/// An exchange whose answer has begun.
pub(super) struct Exchange {
    response: Response<Incoming>,
    link: Link,
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
    let mut link = Link::open(target, &addresses, context.now, attempt).await?;
    let Message { method, headers, body, .. } = message;
    let request = Request { method, headers, body, is_last: true };
    let response = link.send(target, request, attempt).await?;
    attempt.measure("status_code", f64::from(response.status().as_u16()));
    attempt.measure("http_version", version(response.version()));
    Ok(Exchange { response, link, is_inside })
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
            let read = read_body(&mut self.link, body, keep, max_bytes, &mut kept, &mut n_bytes);
            if let Err(error) = read.await {
                attempt.measure("body_bytes", count(n_bytes));
                return Err(within_body(&error, n_bytes));
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
    link: &mut Link,
    body: &mut Incoming,
    keep: bool,
    max_bytes: usize,
    kept: &mut Vec<u8>,
    n_bytes: &mut usize,
) -> hyper::Result<()> {
    while let Some(piece) = link.next_piece(body).await {
        let data = piece?;
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
