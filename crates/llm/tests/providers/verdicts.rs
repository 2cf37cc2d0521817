//! If several rules match an answer, their order decides; if none matches, the status decides.

use allclear_core::reason::Reason;
use allclear_core::status::Impact;
use allclear_llm::call::Head;
use allclear_llm::classify::ProviderFailure;
use allclear_llm::classify::{CallKind, failure, reached, request_id, stream_failure};
use allclear_llm::providers;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use serde_json::json;

fn head(status: u16, headers: &[(&'static str, &'static str)]) -> Head {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
    Head { status, headers }
}

fn judged(name: &str, step: CallKind, head: &Head, body: &str) -> Option<ProviderFailure> {
    let now: Timestamp = "2026-11-22T04:00:00Z".parse().unwrap();
    failure(providers::find(name).unwrap(), step, head, body.as_bytes(), now)
}

fn reason(name: &str, status: u16, body: &str) -> Reason {
    judged(name, CallKind::Completion, &head(status, &[]), body).unwrap().reason
}

fn message_body(text: &str) -> String {
    json!({ "error": { "message": text } }).to_string()
}

#[test]
fn billing_precedes_access_and_access_precedes_models() {
    for (status, text, expected) in [
        (401, "Invalid API key: insufficient permissions. Missing scopes: x", Reason::Permission),
        (400, "Incorrect API key provided. Your credit balance is too low.", Reason::Billing),
        (
            404,
            "Your credit balance is too low for the model, which does not exist.",
            Reason::Billing,
        ),
        (
            403,
            "The model `x` does not exist or you do not have access to it.",
            Reason::ModelNotFound,
        ),
        (403, "Go away.", Reason::Permission),
    ] {
        assert_eq!(reason("openai", status, &message_body(text)), expected, "{text}");
    }
}

#[test]
fn text_of_a_failing_server_is_no_evidence_about_key_or_credit() {
    for text in ["Invalid API key", "Insufficient balance", "The model does not exist", "per day"] {
        assert_eq!(reason("huggingface", 500, &message_body(text)), Reason::ServerError, "{text}");
        assert_eq!(
            reason("openai-compatible", 503, &message_body(text)),
            Reason::Overloaded,
            "{text}"
        );
        assert_eq!(reason("bedrock", 424, &message_body(text)), Reason::ServerError, "{text}");
    }
}

#[test]
fn a_limit_with_retry_after_is_temporary() {
    let body = message_body(
        "You exceeded your current quota, please check your plan and billing details.",
    );
    for (name, headers, expected) in [
        ("openai-compatible", &[][..], Reason::Billing),
        ("openai-compatible", &[("retry-after", "7")], Reason::Throttled),
    ] {
        let failure = judged(name, CallKind::Completion, &head(429, headers), &body).unwrap();
        assert_eq!(failure.reason, expected, "{headers:?}");
    }
    let body =
        r#"{"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}}"#;
    let wait = head(429, &[("retry-after", "7")]);
    let reason = |name| judged(name, CallKind::Completion, &wait, body).unwrap().reason;
    assert_eq!(reason("azure"), Reason::Throttled);
    assert_eq!(reason("openai"), Reason::Billing);
}

#[test]
fn a_page_is_judged_by_its_status_and_is_no_success() {
    let page = "<html><head><title>Just a moment...</title></head></html>";
    for (status, expected) in [
        (200, Reason::ServerError),
        (401, Reason::AuthInvalid),
        (403, Reason::ServerError),
        (404, Reason::EndpointNotFound),
        (413, Reason::ProbeInvalid),
        (429, Reason::Throttled),
        (502, Reason::ServerError),
    ] {
        assert_eq!(reason("anthropic", status, page), expected, "{status}");
    }
}

#[test]
fn unknown_errors_are_inconclusive() {
    for (status, body) in [(400, "{}"), (418, "short and stout"), (302, ""), (304, ""), (499, "{}")]
    {
        let failure = judged("groq", CallKind::Completion, &head(status, &[]), body).unwrap();
        assert_eq!((failure.reason, failure.impact), (Reason::ProbeInvalid, Impact::Inconclusive));
    }
    assert_eq!(reason("openai-compatible", 308, ""), Reason::EndpointNotFound);
}

#[test]
fn a_not_found_error_is_about_the_model_only_if_the_api_says_so() {
    for (step, body, expected) in [
        (CallKind::Completion, message_body("model: x"), Reason::ModelNotFound),
        (CallKind::Completion, r#"{"detail":"Not Found"}"#.to_owned(), Reason::EndpointNotFound),
        (CallKind::Completion, "404 page not found".to_owned(), Reason::EndpointNotFound),
        (CallKind::Completion, String::new(), Reason::EndpointNotFound),
        (CallKind::Models, message_body("Gone."), Reason::EndpointNotFound),
        (CallKind::Completion, message_body("Not found."), Reason::EndpointNotFound),
        (CallKind::Completion, message_body("Method not found."), Reason::EndpointNotFound),
        (CallKind::Models, message_body("Not found: /v1/models"), Reason::EndpointNotFound),
        (
            CallKind::Completion,
            message_body(
                "Unknown request URL: POST /v1/v1/models. Please check the URL for typos.",
            ),
            Reason::EndpointNotFound,
        ),
    ] {
        let failure = judged("anthropic", step, &head(404, &[]), &body).unwrap();
        assert_eq!(failure.reason, expected, "{step:?} {body}");
    }
}

#[test]
fn differently_worded_refusals_are_classified_alike() {
    for (name, status, text, expected) in [
        ("anthropic", 400, "This organization has been disabled.", Reason::AuthInvalid),
        ("gemini", 400, "API key expired. Please renew the API key.", Reason::AuthInvalid),
        ("bedrock", 403, "Bearer Token has expired", Reason::AuthInvalid),
        ("cohere", 498, "invalid api token", Reason::ProbeInvalid),
        ("groq", 400, "The organization has reached its spend limit.", Reason::Billing),
        ("openrouter", 400, "a/b is not a valid model ID", Reason::ModelNotFound),
        ("mistral", 429, "Service tier capacity exceeded for this model.", Reason::Overloaded),
    ] {
        assert_eq!(reason(name, status, &message_body(text)), expected, "{name} {text}");
    }
    let blocked = json!({ "error": {
        "message": "No.",
        "metadata": { "error_type": "permission_denied" },
        "availability": { "code": "region_restricted" },
    } });
    assert_eq!(reason("openrouter", 403, &blocked.to_string()), Reason::RegionBlocked);
    let ramp = json!({ "error": { "message": "x", "code": "slow_down" } }).to_string();
    for name in ["openai", "azure"] {
        assert_eq!(reason(name, 429, &ramp), Reason::Throttled, "{name}");
        assert_eq!(reason(name, 503, &ramp), Reason::Overloaded, "{name}");
    }
}

#[test]
fn an_error_inside_of_a_success_is_judged_by_the_status_that_it_claims() {
    for (error, expected) in [
        (json!({ "code": 402, "message": "Pay." }), Reason::Billing),
        (json!({ "code": 404, "message": "The model `x` does not exist." }), Reason::ModelNotFound),
        (json!({ "code": 502, "message": "Upstream." }), Reason::ServerError),
        (json!({ "message": "Something odd." }), Reason::ServerError),
        (json!({ "message": "Too many requests, slow down." }), Reason::Throttled),
        (json!({ "message": "The model is overloaded." }), Reason::Overloaded),
    ] {
        let body = json!({ "error": error });
        assert_eq!(reason("openrouter", 200, &body.to_string()), expected, "{body}");
        let openrouter = providers::find("openrouter").unwrap();
        let failure = stream_failure(openrouter, &body, Timestamp::UNIX_EPOCH);
        assert_eq!(failure.reason, expected, "{body} in a stream");
    }
}

#[test]
fn a_refusal_of_a_missing_key_reaches_the_provider_and_a_blocked_region_does_not() {
    let reach = |name: &str, status, body: &str| {
        let provider = providers::find(name).unwrap();
        let reached = reached(provider, &head(status, &[]), body.as_bytes(), Timestamp::UNIX_EPOCH);
        reached.map_err(|failure| failure.reason)
    };
    assert_eq!(reach("openai", 401, &message_body("No key.")), Ok(()));
    assert_eq!(reach("huggingface", 401, &message_body("No key.")), Ok(()));
    assert_eq!(reach("huggingface", 200, r#"{"object":"list","data":[{"id":"cut of"#), Ok(()));
    assert_eq!(reach("vllm", 200, ""), Ok(()));
    let blocked = message_body("Country, region, or territory not supported");
    assert_eq!(reach("openai", 403, &blocked), Err(Reason::RegionBlocked));
    assert_eq!(reach("openai", 401, "<html>Sign in</html>"), Err(Reason::ServerError));
    assert_eq!(reach("openai", 401, ""), Err(Reason::ServerError));
    assert_eq!(reach("openai", 200, ""), Err(Reason::ServerError));
    assert_eq!(reach("vllm", 200, "<html>Sign in</html>"), Err(Reason::ServerError));
    assert_eq!(reach("vllm", 503, ""), Err(Reason::Overloaded));
    assert_eq!(reach("openai", 429, &message_body("Slow.")), Err(Reason::Throttled));
}

#[test]
fn message_and_code_of_the_provider_are_kept() {
    let body = r#"{"error":{"message":"Rate limit reached.\nTry again in 2s.","type":"tokens","code":"rate_limit_exceeded"}}"#;
    let failure = judged("groq", CallKind::Completion, &head(429, &[]), body).unwrap();
    assert_eq!(failure.message, "Rate limit reached. Try again in 2s.");
    assert_eq!(failure.code.as_deref(), Some("rate_limit_exceeded"));
    assert_eq!(failure.retry_after.map(|wait| wait.as_secs()), Some(2));
    let failure = judged("groq", CallKind::Completion, &head(500, &[]), "").unwrap();
    assert_eq!(failure.message, "HTTP 500 with an empty body");
}

#[test]
fn the_id_of_a_request_is_read_from_the_first_header_that_has_one_or_the_error() {
    let id = |name: &str, headers: &[(&'static str, &'static str)], body: &str| {
        request_id(providers::find(name).unwrap(), &head(400, headers), body.as_bytes())
    };
    let both = &[("x-kong-request-id", "k"), ("mistral-correlation-id", "m")];
    assert_eq!(id("mistral", both, "").as_deref(), Some("m"));
    assert_eq!(id("anthropic", &[], r#"{"request_id":"req_1"}"#).as_deref(), Some("req_1"));
    assert_eq!(id("groq", &[], r#"{"x_groq":{"id":"req_2"}}"#).as_deref(), Some("req_2"));
    assert_eq!(id("cohere", &[], r#"{"id":"0b5c","message":"x"}"#).as_deref(), Some("0b5c"));
    assert_eq!(id("huggingface", &[], r#"{"type":"user","id":"person","name":"alice"}"#), None);
    assert_eq!(id("openai", &[("x-request-id", " \t")], "{}"), None);
}
