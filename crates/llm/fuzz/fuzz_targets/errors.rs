//! Any answer of any provider is judged, without a panic and with bounded words.
//!
//! The first two bytes are the status and the provider; then comes a line of a header, then the body.

#![no_main]

use allclear_llm::call::Head;
use allclear_llm::classify::{Step, failure, stream_failure, reached, request_id};
use allclear_llm::provider;
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 6] = [
    "content-type",
    "retry-after",
    "retry-after-ms",
    "x-amzn-errortype",
    "x-error-code",
    "x-ratelimit-limit-req-minute",
];
const STATUSES: [u16; 16] =
    [200, 204, 301, 400, 401, 402, 403, 404, 408, 413, 429, 498, 500, 503, 529, 999];
const STEPS: [Step; 5] = [Step::Reach, Step::Key, Step::Models, Step::Completion, Step::Usage];

fuzz_target!(|data: &[u8]| {
    let [first, second, rest @ ..] = data else { return };
    let status = STATUSES[usize::from(first % 16)];
    let name = NAMES[usize::from(first / 16) % NAMES.len()];
    let provider = provider::all()[usize::from(*second) % provider::all().len()];
    let (line, body) = match rest.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&rest[..end], &rest[end + 1..]),
        None => (&[][..], rest),
    };
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(line) {
        headers.insert(HeaderName::from_static(name), value);
    }
    let head = Head { status, headers };
    let now = jiff::Timestamp::UNIX_EPOCH;
    for step in STEPS {
        if let Some(failure) = failure(provider, step, &head, body, now) {
            assert!(!failure.message.is_empty() && failure.message.chars().count() <= 2_200);
            assert!(!failure.message.chars().any(char::is_control));
        }
    }
    let _ = reached(provider, &head, body, now);
    let _ = request_id(provider, &head, body);
    if let Ok(event) = serde_json::from_slice(body) {
        let _ = stream_failure(provider, &event, now);
    }
});
