//! Every format in which providers state a waiting time is read.

use std::time::Duration;

use allclear_llm::error::ErrorBody;
use allclear_llm::retry::retry_after;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use serde_json::json;

fn now() -> Timestamp {
    "2026-11-22T04:00:00Z".parse().unwrap()
}

fn wait(headers: &[(&'static str, &'static str)], body: &serde_json::Value) -> Option<Duration> {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
    retry_after(&headers, &ErrorBody::from_value(body), now())
}

#[test]
fn headers_are_seconds_milliseconds_or_a_date() {
    let none = json!({});
    for (headers, expected) in [
        (&[("retry-after", "20")][..], Some(Duration::from_secs(20))),
        (&[("retry-after", " 1.5 ")], Some(Duration::from_millis(1_500))),
        (&[("retry-after-ms", "250"), ("retry-after", "1")], Some(Duration::from_millis(250))),
        (&[("retry-after", "Sun, 22 Nov 2026 04:01:30 GMT")], Some(Duration::from_secs(90))),
        (&[("retry-after", "Sun, 22 Nov 2026 03:00:00 GMT")], Some(Duration::ZERO)),
        (&[("retry-after", "0")], Some(Duration::ZERO)),
        (&[("retry-after", "soon")], None),
        (&[("retry-after", "-5")], None),
        (&[("retry-after", "NaN")], None),
        (&[("retry-after", "99999999999999999999")], Some(Duration::from_hours(32 * 24))),
        (&[("x-ratelimit-reset", "1795320030000")], Some(Duration::from_secs(30))),
        (&[("x-ratelimit-reset", "1795320030000"), ("retry-after", "soon")], None),
        (&[("x-ratelimit-reset", "0.5")], None),
        (&[], None),
    ] {
        assert_eq!(wait(headers, &none), expected, "{headers:?}");
    }
}

#[test]
fn a_wait_is_read_from_fields_and_from_text() {
    for (body, expected) in [
        (
            json!({ "error": { "details": [{ "@type": "x" }, { "retryDelay": "37s" }] } }),
            Some(37_000),
        ),
        (json!({ "error": { "message": "Please try again in 10m48s." } }), Some(648_000)),
        (json!({ "error": { "message": "Please try again in 120ms. Visit" } }), Some(120)),
        (json!({ "error": { "message": "Please retry in 6.5s." } }), Some(6_500)),
        (json!({ "message": "Try again in 2 minutes." }), Some(120_000)),
        (json!({ "message": "Please retry after 26 seconds." }), Some(26_000)),
        (json!({ "message": "Try again in 1 month." }), Some(30 * 86_400_000)),
        (json!({ "message": "Please try again in a while." }), None),
        (json!({ "message": "Please try again later." }), None),
        (json!({ "message": "Please try again in " }), None),
    ] {
        assert_eq!(wait(&[], &body), expected.map(Duration::from_millis), "{body}");
    }
}
