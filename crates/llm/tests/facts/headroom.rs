use std::time::Duration;

use allclear_llm::headroom::{self, Dimension, MAX_DIMENSIONS};
use allclear_llm::provider::Rates;
use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::now;

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        (name, HeaderValue::from_str(value).unwrap())
    };
    lines.iter().map(pair).collect()
}

/// Name, limit, remaining, milliseconds to the reset, seconds of the window.
type Row = (&'static str, Option<f64>, Option<f64>, Option<u64>, Option<u64>);

fn check(rates: Rates, lines: &[(&str, &str)], expected: &[Row]) {
    let expected: Vec<Dimension> = expected
        .iter()
        .map(|(name, limit, remaining, reset, window)| Dimension {
            name: (*name).to_owned(),
            limit: *limit,
            remaining: *remaining,
            resets_in: reset.map(Duration::from_millis),
            window: window.map(Duration::from_secs),
        })
        .collect();
    assert_eq!(headroom::read(rates, &headers(lines), now()), expected, "{rates:?} {lines:?}");
}

#[test]
fn openai_counts_by_the_minute_and_writes_times_as_go_does() {
    check(
        Rates::OpenAi,
        &[
            ("X-RateLimit-Limit-Requests", "5000"),
            ("x-ratelimit-remaining-requests", "4999"),
            ("x-ratelimit-reset-requests", "120ms"),
            ("x-ratelimit-limit-tokens", "160000"),
            ("x-ratelimit-remaining-tokens", "8000"),
            ("x-ratelimit-reset-tokens", "6m0s"),
            ("x-ratelimit-remaining-project-tokens", "70"),
            ("x-request-id", "req_1"),
        ],
        &[
            ("project_tokens", None, Some(70.0), None, Some(60)),
            ("requests", Some(5000.0), Some(4999.0), Some(120), Some(60)),
            ("tokens", Some(160_000.0), Some(8000.0), Some(360_000), None),
        ],
    );
}

#[test]
fn groq_counts_requests_by_the_day() {
    check(
        Rates::Groq,
        &[
            ("x-ratelimit-limit-requests", "14400"),
            ("x-ratelimit-remaining-requests", "14370"),
            ("x-ratelimit-reset-requests", "2m59.56s"),
            ("x-ratelimit-limit-tokens", "18000"),
            ("x-ratelimit-remaining-tokens", "17997"),
            ("x-ratelimit-reset-tokens", "7.66s"),
        ],
        &[
            ("requests", Some(14_400.0), Some(14_370.0), Some(179_560), Some(86_400)),
            ("tokens", Some(18_000.0), Some(17_997.0), Some(7_660), Some(60)),
        ],
    );
}

#[test]
fn anthropic_headroom_names_token_kinds_and_timestamps() {
    check(
        Rates::Anthropic,
        &[
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "49"),
            ("anthropic-ratelimit-requests-reset", "2026-11-22T10:00:01Z"),
            ("anthropic-ratelimit-input-tokens-limit", "50000"),
            ("anthropic-ratelimit-input-tokens-remaining", "1000"),
            ("anthropic-ratelimit-input-tokens-reset", "2026-11-22T09:59:00Z"),
            ("anthropic-priority-output-tokens-limit", "10"),
            ("anthropic-ratelimit-unified-status", "allowed"),
            ("anthropic-ratelimit-unified-5h-reset", "1795341660"),
            ("anthropic-organization-id", "00000000"),
        ],
        &[
            ("input_tokens", Some(50_000.0), Some(1000.0), Some(0), Some(60)),
            ("priority_output_tokens", Some(10.0), None, None, Some(60)),
            ("requests", Some(50.0), Some(49.0), Some(1_000), Some(60)),
        ],
    );
}

#[test]
fn mistral_counts_by_minute_and_month_and_once_did_by_size() {
    check(
        Rates::Mistral,
        &[
            ("x-ratelimit-limit-req-minute", "60"),
            ("x-ratelimit-remaining-req-minute", "59"),
            ("x-ratelimit-limit-tokens-minute", "500000"),
            ("x-ratelimit-remaining-tokens-minute", "499975"),
            ("x-ratelimit-limit-tokens-month", "1000000000"),
            ("x-ratelimit-remaining-tokens-month", "999999975"),
            ("x-ratelimit-tokens-query-cost", "25"),
        ],
        &[
            ("requests", Some(60.0), Some(59.0), None, Some(60)),
            ("tokens", Some(500_000.0), Some(499_975.0), None, Some(60)),
            ("tokens_month", Some(1e9), Some(999_999_975.0), None, Some(2_592_000)),
        ],
    );
    check(
        Rates::Mistral,
        &[
            ("ratelimitbysize-limit", "500"),
            ("ratelimitbysize-remaining", "400"),
            ("ratelimitbysize-reset", "18"),
        ],
        &[("tokens", Some(500.0), Some(400.0), Some(18_000), Some(60))],
    );
}

#[test]
fn hugging_face_follows_the_drafts_of_the_ietf() {
    check(
        Rates::HuggingFace,
        &[
            ("RateLimit", "\"api\";r=494;t=170"),
            ("RateLimit-Policy", "\"fixed window\";\"api\";q=500;w=300"),
        ],
        &[("api", Some(500.0), Some(494.0), Some(170_000), Some(300))],
    );
    check(
        Rates::HuggingFace,
        &[
            ("ratelimit", "\"api\";r=1;t=2, \"pages;a,b\";r=3;t=4"),
            ("ratelimit-policy", "\"api\";q=10;w=60, \"pages;a,b\";q=30"),
        ],
        &[
            ("api", Some(10.0), Some(1.0), Some(2_000), Some(60)),
            ("pages_a_b", Some(30.0), Some(3.0), Some(4_000), None),
        ],
    );
    check(
        Rates::HuggingFace,
        &[("ratelimit", "limit=100, remaining=50, reset=5"), ("ratelimit-policy", "100;w=60")],
        &[("requests", Some(100.0), Some(50.0), Some(5_000), Some(60))],
    );
}

#[test]
fn together_counts_by_the_second() {
    check(
        Rates::Together,
        &[
            ("x-ratelimit-limit", "10"),
            ("x-ratelimit-remaining", "9"),
            ("x-ratelimit-reset", "1"),
            ("x-tokenlimit-limit", "3000"),
            ("x-tokenlimit-remaining", "2500"),
        ],
        &[
            ("requests", Some(10.0), Some(9.0), Some(1_000), Some(1)),
            ("tokens", Some(3000.0), Some(2500.0), None, Some(1)),
        ],
    );
}

#[test]
fn openrouter_resets_at_a_millisecond_of_an_epoch() {
    check(
        Rates::OpenRouter,
        &[
            ("X-RateLimit-Limit", "20"),
            ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", "1795341660000"),
        ],
        &[("requests", Some(20.0), Some(0.0), Some(60_000), None)],
    );
}

#[test]
fn cohere_reports_limits_of_trial_keys_only() {
    check(
        Rates::Cohere,
        &[
            ("x-endpoint-monthly-call-limit", "1000"),
            ("x-trial-endpoint-call-limit", "20"),
            ("x-trial-endpoint-call-remaining", "19"),
        ],
        &[
            ("calls_month", Some(1000.0), None, None, Some(2_592_000)),
            ("trial_calls", Some(20.0), Some(19.0), None, Some(60)),
        ],
    );
    check(Rates::Cohere, &[("x-debug-trace-id", "1")], &[]);
}

#[test]
fn invalid_values_are_absent() {
    check(
        Rates::OpenAi,
        &[
            ("x-ratelimit-limit-requests", "unlimited"),
            ("x-ratelimit-remaining-requests", "-1"),
            ("x-ratelimit-reset-requests", "soon"),
            ("x-ratelimit-limit-", "5"),
            ("x-ratelimit-", "5"),
            ("x-ratelimit-limit-tokens", "NaN"),
        ],
        &[],
    );
    check(Rates::None, &[("x-ratelimit-limit-requests", "5")], &[]);
}

#[test]
fn dimensions_are_kept_up_to_a_number() {
    let mut many = HeaderMap::new();
    for index in 0..100 {
        let name = format!("x-ratelimit-limit-kind-{index}");
        many.insert(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_static("1"),
        );
    }
    assert_eq!(headroom::read(Rates::OpenAi, &many, now()).len(), MAX_DIMENSIONS);
}

#[test]
fn the_tightest_dimension_has_the_smallest_remaining_share() {
    let read = |lines: &[(&str, &str)]| headroom::read(Rates::OpenAi, &headers(lines), now());
    let dimensions = read(&[
        ("x-ratelimit-limit-requests", "100"),
        ("x-ratelimit-remaining-requests", "50"),
        ("x-ratelimit-limit-tokens", "160000"),
        ("x-ratelimit-remaining-tokens", "8000"),
    ]);
    let (dimension, percent) = headroom::tightest(&dimensions).unwrap();
    assert_eq!((dimension.name.as_str(), percent), ("tokens", 5.0));
    let unknown = read(&[
        ("x-ratelimit-limit-requests", "0"),
        ("x-ratelimit-remaining-requests", "0"),
        ("x-ratelimit-remaining-tokens", "8000"),
    ]);
    assert_eq!(headroom::tightest(&unknown), None);
    let more_than_all =
        read(&[("x-ratelimit-limit-requests", "10"), ("x-ratelimit-remaining-requests", "11")]);
    assert_eq!(headroom::tightest(&more_than_all).map(|(_, percent)| percent), Some(100.0));
}

#[test]
fn a_window_in_a_header_name_sets_its_length() {
    let headers = headers(&[
        ("x-ratelimit-limit-requests-day", "14400"),
        ("x-ratelimit-remaining-requests-day", "3600"),
        ("x-ratelimit-reset-requests-day", "33011.38"),
        ("x-ratelimit-limit-tokens-minute", "60000"),
        ("x-ratelimit-remaining-tokens-minute", "30000"),
        ("x-ratelimit-limit-requests", "240"),
        ("x-ratelimit-remaining-requests", "24"),
        ("x-ratelimit-limit-tokens-hour", "10"),
    ]);
    let found = headroom::read(Rates::Windowed, &headers, now());
    let shares: Vec<_> = found
        .iter()
        .map(|one| (one.name.as_str(), one.percent(), one.window.map(|window| window.as_secs())))
        .collect();
    assert_eq!(
        shares,
        [
            ("requests", Some(10.0), Some(60)),
            ("requests_day", Some(25.0), Some(86_400)),
            ("tokens_hour", None, Some(3_600)),
            ("tokens_minute", Some(50.0), Some(60)),
        ]
    );
}
