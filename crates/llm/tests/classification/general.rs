//! Errors whose words no rule lists: the subject and the predicate of a clause decide.

use allclear_llm::classify::{CallKind, failure};
use allclear_llm::providers;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::head;

/// Classifies an error answer to a completion, and returns the fault and the rule.
fn judged(status: u16, body: &Value) -> (String, String) {
    let provider = providers::find("openai-compatible").unwrap();
    let head = head(status, &[].into());
    let body = body.to_string();
    let found =
        failure(provider, CallKind::Completion, &head, body.as_bytes(), Timestamp::UNIX_EPOCH)
            .unwrap();
    (found.fault.as_str().to_owned(), found.rule.unwrap())
}

fn message(text: &str) -> Value {
    json!({ "error": { "message": text } })
}

#[track_caller]
fn assert_judged(rows: &[(u16, &str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (status, text, fault, rule) in rows {
        let found = judged(*status, &message(text));
        if found != ((*fault).to_owned(), (*rule).to_owned()) {
            wrong.push(format!("{status} {text}: {found:?}, not {fault} by {rule}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_clause_with_subject_and_predicate_overrides_the_status() {
    assert_judged(&[
        (403, "The wallet of this team is drained", "quota", "general/credit-exhausted"),
        (400, "Prepaid funds have run out", "quota", "general/credit-exhausted"),
        (401, "Your membership has lapsed", "quota", "general/plan-expired"),
        (403, "This model requires a paid plan", "quota", "general/plan-missing"),
        (429, "The allowance of your key is depleted", "quota", "general/quota-exhausted"),
        (429, "The 5-hour usage quota was exceeded", "quota", "general/quota-reached"),
        (400, "This account is frozen", "credentials", "general/account-disabled"),
        (400, "The session has expired", "credentials", "general/key-expired"),
        (409, "Too many requests from this workspace", "throttled", "general/rate-too-fast"),
        (403, "This territory is restricted", "request", "general/region-disabled"),
        (403, "The prompt was flagged as harmful", "request", "general/content-refused"),
        (403, "Automated traffic was detected", "request", "general/client-refused"),
        (429, "All workers are saturated", "target", "general/service-overloaded"),
        (404, "The upstream cannot be reached", "target", "general/service-failed"),
        (400, "钱包金额已耗光", "quota", "general/credit-exhausted"),
        (403, "该国家禁止使用", "request", "general/region-denied"),
        (400, "登录已失效", "credentials", "general/key-expired"),
        (429, "节点已饱和", "target", "general/service-overloaded"),
    ]);
}

#[test]
fn a_negation_inverts_the_statement() {
    assert_judged(&[
        (403, "The wallet is not exhausted", "credentials", "common/403"),
        (403, "The wallet does not cover this request", "quota", "general/credit-insufficient"),
        (400, "This workspace is suspended", "credentials", "general/account-disabled"),
        (400, "This workspace is not suspended", "request", "common/400"),
        (400, "This workspace is not active", "credentials", "general/account-disabled"),
        (400, "This workspace is active", "request", "common/400"),
        (400, "会话 token 未过期", "request", "common/400"),
    ]);
}

#[test]
fn subject_and_predicate_must_stand_in_one_clause() {
    assert_judged(&[
        (
            403,
            "Forbidden. The wallet is fine. The queue was exhausted.",
            "credentials",
            "common/403",
        ),
        (429, "Rate limit exceeded, upgrade your plan", "throttled", "common/429"),
        (429, "Slow down. Billing is unaffected.", "throttled", "common/429"),
        (429, "The rate limit of your plan was exceeded", "throttled", "common/429"),
    ]);
}

#[test]
fn a_malformed_request_stays_the_fault_of_the_request() {
    for text in [
        "Unexpected token } in JSON at position 12",
        "Invalid value: 'user'. Supported values are: 'system' and 'assistant'.",
        "max_tokens: 8193 must be at most 8192 tokens",
        "Your request exceeded model token limit: 262144",
        "message must be at least 1 token long",
        "messages: roles must alternate between \"user\" and \"assistant\"",
        "Unrecognized key(s) in object: 'store'",
        "Additional properties are not allowed ('foo' was unexpected)",
        "Missing required parameter: 'messages[0].role'",
        "temperature must be between 0 and 2",
        "tool_choice is not supported with this response format",
        "Budget 0 is invalid. This model only works in thinking mode.",
        "Invalid signature in thinking block",
        "The image exceeds the maximum size of 5 MB",
        "Could not parse the request body",
        "field `user` is not permitted",
        "参数错误：messages 不能为空",
        "请求参数格式不正确",
    ] {
        assert_eq!(judged(400, &message(text)).0, "request", "{text}");
        assert_eq!(judged(422, &message(text)).0, "request", "{text}");
    }
}

#[test]
fn an_outage_is_not_hidden_by_text_about_the_caller() {
    for text in [
        "Access to the storage was denied",
        "The account service is disabled",
        "Your key could not be loaded from the database",
        "subscription check failed",
        "The model failed to respond",
        "Invalid response from upstream: unexpected end of JSON input",
        "Content type could not be determined",
    ] {
        for status in [500, 502, 503] {
            assert_eq!(judged(status, &message(text)).0, "target", "{status} {text}");
        }
    }
    let code = json!({ "error": { "code": "WALLET_EXHAUSTED", "message": "failed" } });
    let expected = ("quota".to_owned(), "general/credit-exhausted".to_owned());
    assert_eq!(judged(500, &code), expected);
}

#[test]
fn a_vanished_model_is_a_request_fault_only_until_it_returns() {
    assert_judged(&[
        (403, "The model is unavailable right now", "target", "general/model-unavailable"),
        (403, "The model is unavailable", "request", "general/model-unavailable"),
        (403, "The model is not available on your plan", "credentials", "common/403"),
    ]);
}

#[test]
fn a_page_is_evidence_for_regions_and_firewalls_alone() {
    let provider = providers::find("openai-compatible").unwrap();
    let html = [("content-type".to_owned(), "text/html".to_owned())].into();
    for (status, text, fault) in [
        (403, "<p>Access from your <b>country</b> is prohibited.</p>", "request"),
        (403, "<h1>Suspicious activity from your browser</h1>", "request"),
        (403, "<style>.country{} .blocked{}</style><p>Forbidden</p>", "target"),
        (403, "<p>Your credit is exhausted</p>", "target"),
        (502, "<p>Suspicious activity from your browser</p>", "target"),
    ] {
        let body = format!("<html><body>{text}</body></html>");
        let head = head(status, &html);
        let now = Timestamp::UNIX_EPOCH;
        let found = failure(provider, CallKind::Completion, &head, body.as_bytes(), now).unwrap();
        assert_eq!(found.fault.as_str(), fault, "{text} by {:?}", found.rule);
    }
}
