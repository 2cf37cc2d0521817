//! Property of the error reader: any answer of any provider is classified with a bounded message and
//! without a panic.
//!
//! The first two bytes of an input choose the status, the header and the provider. The value of the
//! header follows up to a line feed, and the body follows after it.

use allclear_llm::call::Head;
use allclear_llm::classify::{
    CallKind, ProviderFailure, failure, reached, request_id, stream_failure,
};
use allclear_llm::key;
use allclear_llm::providers;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

const NAMES: [&str; 8] = [
    "content-type",
    "retry-after",
    "retry-after-ms",
    "x-amzn-errortype",
    "x-error-code",
    "x-error-message",
    "cf-mitigated",
    "x-ratelimit-limit-req-minute",
];
const STATUSES: [u16; 16] =
    [200, 204, 301, 400, 401, 402, 403, 404, 408, 413, 429, 498, 500, 503, 529, 999];
const STEPS: [CallKind; 5] =
    [CallKind::Reach, CallKind::Key, CallKind::Models, CallKind::Completion, CallKind::Usage];

/// Checks the property for one input.
///
/// # Panics
///
/// Panics if the property does not hold.
pub(crate) fn check(data: &[u8]) {
    let [first, second, rest @ ..] = data else { return };
    let status = STATUSES[usize::from(first % 16)];
    let name = NAMES[usize::from(first / 16) % NAMES.len()];
    let provider = providers::all()[usize::from(*second) % providers::all().len()];
    let (line, body) = match rest.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&rest[..end], &rest[end + 1..]),
        None => (&[][..], rest),
    };
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(line) {
        headers.insert(HeaderName::from_static(name), value);
    }
    let head = Head { status, headers };
    let now = Timestamp::UNIX_EPOCH;
    for step in STEPS {
        failure(provider, step, &head, body, now).iter().for_each(assert_bounded);
    }
    reached(provider, &head, body, now).err().iter().for_each(assert_bounded);
    key::read(provider, &head, body, now).err().iter().for_each(assert_bounded);
    if let Some(id) = request_id(provider, &head, body) {
        assert!(!id.is_empty() && id.chars().all(|char| char.is_ascii_graphic()));
    }
    if let Ok(event) = serde_json::from_slice(body) {
        assert_bounded(&stream_failure(provider, &event, now));
    }
}

fn assert_bounded(failure: &ProviderFailure) {
    assert!(!failure.message.is_empty());
    assert!(failure.message.chars().count() <= 2_200);
    assert!(!failure.message.chars().any(char::is_control));
    assert!(failure.code.as_ref().is_none_or(|code| code.chars().count() <= 200));
    assert!(failure.rule.as_ref().is_some_and(|rule| rule.contains('/')));
}
