//! Any bytes result in a value or an error. Besides raw bytes, the tests generate JSON of any
//! structure with the field names that the readers look for, because raw bytes seldom get past the
//! parser.

use allclear_llm::call::Head;
use allclear_llm::call::WhichKey;
use allclear_llm::provider::{ListShape, PageShape, Rates, StatusPage};
use allclear_llm::providers;
use allclear_llm::{data, headroom, key, listing, status_page, usage};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use jiff::civil::Date;
use proptest::prelude::*;
use serde_json::Value;

use crate::now;
use crate::usage::SOURCES;

const SHAPES: [ListShape; 7] = [
    ListShape::OpenAi,
    ListShape::Anthropic,
    ListShape::Cohere,
    ListShape::Gemini,
    ListShape::Xai,
    ListShape::Bedrock,
    ListShape::Ollama,
];

const PAGES: [PageShape; 5] = [
    PageShape::Statuspage,
    PageShape::IncidentIo,
    PageShape::BetterStack,
    PageShape::Feed,
    PageShape::AwsEvents,
];

const RATES: [Rates; 9] = [
    Rates::None,
    Rates::OpenAi,
    Rates::Groq,
    Rates::Anthropic,
    Rates::Mistral,
    Rates::HuggingFace,
    Rates::Together,
    Rates::OpenRouter,
    Rates::Cohere,
];

/// The names of fields that the readers look for.
const FIELDS: &str = "data|models|id|name|created|pricing|prompt|completion|input|output|providers|\
    capabilities|aliases|deprecation|modelLifecycle|endOfLifeTime|has_more|last_id|info|spend|\
    max_budget|balance_infos|total_balance|currency|total|val|usage|results|amount|value|start_time|\
    starting_at|auth|accessToken|fineGrained|global|limit_remaining|expires_at|status|indicator|\
    components|incidents|impact|summary|ongoing_incidents|affected_components|included|attributes|\
    aggregate_state|service|impacted_services|current|type|error";

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(vec![
            "",
            "0",
            "-1",
            "1e308",
            "2026-02-30",
            "9999-12-31T23:59:59Z",
            "major",
            "resolved",
            "in_progress",
            "usd",
            "monthly",
            "status_report",
            "…",
            "NaN",
        ])
        .prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ]
}

fn document() -> impl Strategy<Value = Value> {
    let fields: Vec<&'static str> = FIELDS.split('|').collect();
    scalar().prop_recursive(5, 64, 6, move |inner| {
        let field = proptest::sample::select(fields.clone());
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((field, inner), 0..6).prop_map(|fields| {
                Value::Object(
                    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                )
            }),
        ]
    })
}

fn read_all(body: &[u8]) {
    for shape in SHAPES {
        if let Ok(page) = listing::read_shape(shape, body) {
            for (id, mut model) in page.models {
                data::complete(providers::find("openai").unwrap(), &id, &mut model);
                assert!(model.price.is_none_or(|price| price.input >= 0.0 && price.output >= 0.0));
            }
        }
    }
    for source in SOURCES {
        if let Ok(reading) = usage::read(source, body, now()) {
            let _ = (reading.left_usd(), reading.month_usd(Date::MAX));
        }
    }
    let head = Head { status: 200, headers: HeaderMap::new() };
    for provider in providers::all() {
        let _ = key::read(provider, &head, body, now());
    }
    for shape in PAGES {
        for component in [None, Some("API")] {
            let page = StatusPage { url: "", shape, component };
            if let Ok(report) = status_page::read(&page, Some("eu"), None, body, now()) {
                assert!(report.headline.chars().count() <= 200);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_all(&body);
    }

    #[test]
    fn any_json_is_read(document in document()) {
        read_all(document.to_string().as_bytes());
    }

    #[test]
    fn any_feed_is_read(parts in proptest::collection::vec(proptest::sample::select(vec![
        "<item>", "</item>", "<title>", "</title>", "<guid>", "</guid>", "<pubDate>", "</pubDate>",
        "Status:", "Resolved", "ı", "İ", " - ", "[", "&lt;", "&#0;", "<![CDATA[", "]]>", "2026-11-22",
        "major outage", "\u{2013}",
    ]), 0..40)) {
        read_all(format!("<rss>{}</rss>", parts.concat()).as_bytes());
        read_all(format!("<rss><item><title>{}</title></item></rss>", parts.concat()).as_bytes());
    }

    #[test]
    fn any_headers_are_read(values in proptest::collection::vec("[ -~]{0,24}", 8)) {
        let names = [
            "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
            "anthropic-ratelimit-tokens-reset", "anthropic-ratelimit-tokens-limit", "ratelimit",
            "ratelimit-policy", "x-ratelimit-reset",
        ];
        let pairs = names.into_iter().zip(&values).map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        });
        let headers: HeaderMap = pairs.collect();
        for rates in RATES {
            for now in [now(), Timestamp::MIN, Timestamp::MAX] {
                let dimensions = headroom::read(rates, &headers, now);
                if let Some((_, percent)) = headroom::tightest(&dimensions) {
                    prop_assert!((0.0..=100.0).contains(&percent));
                }
            }
        }
    }

    #[test]
    fn any_key_is_shown_in_part_and_has_warnings(text in ".{0,60}") {
        let shown = key::shown(&text);
        prop_assert!(shown.chars().count() <= 17, "{shown}");
        for provider in providers::all() {
            let _ = key::warnings(provider, &text, WhichKey::Admin);
            let _ = key::warnings(provider, &text, WhichKey::Inference);
        }
    }

    #[test]
    fn any_balance_lasts_some_days_or_is_unknown(
        samples in proptest::collection::vec((any::<i32>(), any::<f64>()), 0..20),
    ) {
        let samples: Vec<(Timestamp, f64)> = samples
            .into_iter()
            .map(|(second, usd)| (Timestamp::from_second(second.into()).unwrap(), usd))
            .collect();
        for now in [now(), Timestamp::MIN, Timestamp::MAX] {
            prop_assert!(usage::days_left(&samples, now).is_none_or(|days| days >= 0.0));
        }
    }
}
