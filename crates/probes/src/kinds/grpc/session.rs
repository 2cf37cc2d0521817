//! One attempt: the call of the health service.

use allclear_core::checker::CheckContext;
use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use http::header::{CONTENT_TYPE, HeaderMap, TE, USER_AGENT};
use http::{HeaderValue, Method};

use super::status::{self, CallStatus};
use super::{GrpcCheck, message};
use crate::attempt::Attempt;
use crate::exchange::{BareRequest, HttpVersion, ask};
use crate::service::{ServiceReading, conclude};

/// The most bytes of an answer.
const MAX_ANSWER_BYTES: usize = 16 * 1024;

/// Makes one attempt.
pub(super) async fn run(
    check: &GrpcCheck,
    context: CheckContext<'_>,
    attempt: &mut Attempt,
) -> Result<Verdict, Cause> {
    let headers = headers(check, context)?;
    let route = check.endpoint.find(&check.shared, context, attempt).await?;
    let request = BareRequest {
        method: &Method::POST,
        headers: &headers,
        body: &check.request,
        max_body_bytes: MAX_ANSWER_BYTES,
        is_last: true,
    };
    let target = &check.endpoint.target;
    let way = (&route, HttpVersion::Http2);
    let (mut link, _, mut response) = ask(target, way, request, context.now, attempt).await?;
    if let Some(cause) = status::of_http(response.status(), response.headers()) {
        return Err(cause);
    }
    // An answer without a message has its status among the headers.
    let early = CallStatus::read(response.headers());
    let (answer, trailers) = link.rest(response.body_mut(), MAX_ANSWER_BYTES).await?;
    attempt.answered();
    let status = CallStatus::read(&trailers)
        .or(early)
        .ok_or_else(|| Cause::of(Reason::ResponseInvalid, "the answer has no `grpc-status`"))?;
    if let Some(cause) = status.cause(&check.service) {
        return Err(cause);
    }
    let state = message::state(&answer).map_err(|what| Cause::of(Reason::ResponseInvalid, what))?;
    if let Some(cause) = status::of_state(state, &check.service) {
        return Err(cause);
    }
    conclude(ServiceReading::default(), &check.conditions, attempt)
}

fn headers(check: &GrpcCheck, context: CheckContext<'_>) -> Result<HeaderMap, Cause> {
    let mut headers = HeaderMap::new();
    if let Ok(agent) = HeaderValue::try_from(&check.shared.user_agent) {
        headers.insert(USER_AGENT, agent);
    }
    check.endpoint.headers.add_to(&mut headers, context.secrets)?;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(TE, HeaderValue::from_static("trailers"));
    if let Ok(limit) = HeaderValue::try_from(format!("{}m", context.timeout.as_millis())) {
        headers.insert("grpc-timeout", limit);
    }
    Ok(headers)
}
