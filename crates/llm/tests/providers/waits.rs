//! What providers say about when to come back is read in every form.

use std::time::Duration;

use allclear_llm::error::ErrorBody;
use allclear_llm::retry::{go_duration, retry_after};
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
        (&[], None),
    ] {
        assert_eq!(wait(headers, &none), expected, "{headers:?}");
    }
}

#[test]
fn bodies_say_it_in_fields_and_in_words() {
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
        (json!({ "message": "Please try again in a while." }), None),
        (json!({ "message": "Please try again later." }), None),
        (json!({ "message": "Please try again in " }), None),
    ] {
        assert_eq!(wait(&[], &body), expected.map(Duration::from_millis), "{body}");
    }
}

#[test]
fn durations_are_read_as_go_writes_them() {
    for (text, expected) in [
        ("1s", Some(1_000)),
        ("6m0s", Some(360_000)),
        ("2m59.56s", Some(179_560)),
        ("120ms", Some(120)),
        ("1h2m3s", Some(3_723_000)),
        ("1d", Some(86_400_000)),
        ("0s", Some(0)),
        ("", None),
        ("5", None),
        ("s", None),
        ("1.2.3s", None),
        ("1x", None),
        ("-1s", None),
    ] {
        assert_eq!(go_duration(text), expected.map(Duration::from_millis), "{text}");
    }
}
