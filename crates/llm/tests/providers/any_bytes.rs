//! Any answer of a server results in a verdict. Nothing panics, and the stored data is bounded.

use allclear_core::reason::Reason;
use allclear_core::status::Impact;
use allclear_llm::call::Head;
use allclear_llm::classify::{CallKind, failure, reached, request_id, stream_failure};
use allclear_llm::error::ErrorBody;
use allclear_llm::providers;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use proptest::prelude::*;

const STEPS: [CallKind; 5] =
    [CallKind::Reach, CallKind::Key, CallKind::Models, CallKind::Completion, CallKind::Usage];

/// Bodies that are the start of the mutations.
const REAL: &[&str] = &[
    r#"{"error":{"message":"Rate limit reached for `x` on tokens per day (TPD): Limit 9. Please try again in 10m48s.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
    r#"{"type":"error","error":{"type":"rate_limit_error","message":"x","details":{"error_code":"enforced_spend_limit_reached"}},"request_id":"req_1"}"#,
    r#"[{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"PerDayPerProject-FreeTier"}]},{"retryDelay":"37s"}]}}]"#,
    r#"{"detail":[{"loc":["body"],"msg":"Field required","type":"missing"}]}"#,
    r#"{"error":{"code":402,"message":"x","metadata":{"error_type":"payment_required","raw":"y"},"availability":{"code":"no_endpoints"}}}"#,
    "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>x</body></html>",
    r#"{"id":"x","choices":null,"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}"#,
    r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"result":null}"#,
    r#"{"type":"https://developers.cloudflare.com/x","status":403,"error_code":1010,"cloudflare_error":true}"#,
    r#"{"error_code":17,"error_msg":"Open api daily request limit reached"}"#,
    "error code: 1020",
    r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***ME."}"#,
];

fn now() -> Timestamp {
    "2026-11-22T04:00:00Z".parse().unwrap()
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let mutated = (
        0..REAL.len(),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<Vec<u8>>(),
    )
        .prop_map(|(which, from, to, insert)| {
            let mut body = REAL[which].as_bytes().to_vec();
            let (from, to) = (from.index(body.len()), to.index(body.len()));
            body.splice(from.min(to)..from.max(to), insert);
            body
        });
    prop_oneof![any::<Vec<u8>>(), mutated]
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let names = [
        "retry-after",
        "retry-after-ms",
        "x-amzn-errortype",
        "content-type",
        "x-error-message",
        "x-request-id",
    ];
    prop::collection::vec((0..names.len(), prop::collection::vec(32_u8..=255, 0..40)), 0..4)
        .prop_map(move |pairs| {
            let pairs = pairs.into_iter().filter_map(|(name, value)| {
                Some((HeaderName::from_static(names[name]), HeaderValue::from_bytes(&value).ok()?))
            });
            pairs.collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_answer_gets_a_verdict_that_names_its_rule(status in 100_u16..1_000, headers in headers(), body in bodies()) {
        let head = Head { status, headers };
        for provider in providers::all() {
            for step in STEPS {
                let failure = failure(provider, step, &head, &body, now());
                if let Some(failure) = &failure {
                    prop_assert!(!failure.message.is_empty());
                    let rule = failure.rule.as_deref().unwrap_or_default();
                    prop_assert!(rule.split_once('/').is_some_and(|(scope, id)| {
                        !scope.is_empty() && !id.is_empty()
                    }), "{failure:?}");
                    prop_assert!(failure.message.chars().count() <= 2_200);
                    prop_assert!(!failure.message.chars().any(char::is_control));
                } else {
                    prop_assert!(head.is_success() || status == 400, "{} {status}", provider.name);
                }
            }
            let _ = reached(provider, &head, &body, now());
            if let Some(id) = request_id(provider, &head, &body) {
                prop_assert!(id.len() <= 200 && id.is_ascii());
            }
        }
    }

    #[test]
    fn any_event_gets_a_verdict_that_names_its_rule(body in bodies()) {
        let Ok(event) = serde_json::from_slice(&body) else { return Ok(()) };
        for provider in providers::all() {
            let failure = stream_failure(provider, &event, now());
            prop_assert!(!failure.message.is_empty());
            prop_assert!(failure.rule.is_some_and(|rule| rule.contains('/')));
        }
    }

    /// The words of an error never excuse a server that fails.
    #[test]
    fn an_unknown_text_is_classified_by_its_status(status in 400_u16..600, body in "[0-9 ]{0,40}") {
        let head = Head { status, headers: HeaderMap::new() };
        let openai = providers::find("openai").unwrap();
        let failure = failure(openai, CallKind::Models, &head, body.as_bytes(), now()).unwrap();
        let expected = match status {
            401 => Reason::AuthInvalid,
            402 => Reason::Billing,
            403 => Reason::Permission,
            404 | 410 => Reason::EndpointNotFound,
            429 => Reason::Throttled,
            451 => Reason::RegionBlocked,
            503 | 529 => Reason::Overloaded,
            408 | 424 | 500.. => Reason::ServerError,
            _ => Reason::ProbeInvalid,
        };
        prop_assert_eq!(failure.reason, expected);
        prop_assert_eq!(failure.impact == Impact::Inconclusive, expected == Reason::ProbeInvalid);
    }

    #[test]
    fn reading_any_bytes_uses_little_memory(body in bodies()) {
        let error = ErrorBody::read(&body);
        prop_assert!(error.codes.len() <= 32);
        prop_assert!(error.codes.iter().all(|code| code.chars().count() <= 200));
    }
}
