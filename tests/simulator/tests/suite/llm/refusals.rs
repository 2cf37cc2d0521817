//! Refusals of the providers without a script.

use allclear_simulator::llm::{self, Operation};

use super::client::{Headers, LlmRequest, ask};
use crate::client::simulator;

const COMPLETION: &str = r#"{"model":"m","max_tokens":16,"messages":[]}"#;

#[tokio::test]
async fn a_missing_key_limits_the_steps_to_reach() {
    let simulator = simulator().await;
    for path in ["openai/v1/models", "anthropic/v1/models", "openrouter/api/v1/key"] {
        let got =
            ask(&simulator, &LlmRequest { method: "GET", path, headers: &[], body: "" }).await;
        assert_eq!(got.answer.code(), 401, "{path}");
    }
    assert_eq!(simulator.hits("openai.reach").len(), 1);
    assert_eq!(simulator.hits("openrouter.reach").len(), 1);
    assert!(simulator.hits("openai.list").is_empty());
}

#[tokio::test]
async fn revoked_key_gets_the_row_of_an_invalid_one() {
    let simulator = simulator().await;
    simulator.revoke_keys(["k-9", "AKIAREVOKED"]);
    let bearer = [("authorization", "Bearer k-9")];
    let signed = [
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAREVOKED/20261122/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0",
        ),
        ("x-amz-date", "20261122T050000Z"),
    ];
    let anthropic = [("x-api-key", "k-9"), ("anthropic-version", "2023-06-01")];
    let cases: [(&str, &str, Headers<'_>); 9] = [
        ("openai", "v1/chat/completions", &bearer),
        ("anthropic", "v1/messages", &anthropic),
        ("gemini", "v1beta/models/m:streamGenerateContent", &[("x-goog-api-key", "k-9")]),
        ("xai", "v1/chat/completions", &bearer),
        ("huggingface", "router/v1/chat/completions", &bearer),
        ("azure", "openai/v1/chat/completions", &[("api-key", "k-9")]),
        ("bedrock", "runtime/model/m/converse", &signed),
        ("vllm", "v1/chat/completions", &bearer),
        ("litellm", "v1/chat/completions", &bearer),
    ];
    for (provider, path, headers) in cases {
        let path = format!("{provider}/{path}");
        let got =
            ask(&simulator, &LlmRequest { method: "POST", path: &path, headers, body: COMPLETION })
                .await;
        let row = llm::rows(provider).iter().find(|row| row.name == "invalid_key").unwrap();
        assert_eq!((got.answer.code(), got.body()), (row.status, row.body.clone()), "{provider}");
    }
    simulator.revoke_keys(Vec::<String>::new());
    let path = "openai/v1/chat/completions";
    let got =
        ask(&simulator, &LlmRequest { method: "POST", path, headers: &bearer, body: COMPLETION })
            .await;
    assert_eq!(got.answer.code(), 200);
}

#[tokio::test]
async fn unacceptable_requests_are_refused() {
    let simulator = simulator().await;
    let bearer: Headers<'_> = &[("authorization", "Bearer k")];
    let both: Headers<'_> = &[("authorization", "Bearer k"), ("x-goog-api-key", "k")];
    let cases: [(&str, &str, &str, Headers<'_>, &str, &str); 8] = [
        ("GET", "openai", "v1/organization/costs", bearer, "", "admin_key_needed"),
        ("GET", "anthropic", "v1/models", &[("x-api-key", "k")], "", "missing_version"),
        (
            "POST",
            "openai",
            "v1/chat/completions",
            bearer,
            r#"{"model":"gpt-6-luna","max_tokens":16}"#,
            "unsupported_parameter",
        ),
        (
            "POST",
            "openai",
            "v1/responses",
            bearer,
            r#"{"model":"m","max_output_tokens":4}"#,
            "cap_too_small",
        ),
        (
            "POST",
            "mistral",
            "v1/chat/completions",
            bearer,
            r#"{"stream_options":{}}"#,
            "unprocessable",
        ),
        ("POST", "gemini", "v1beta/models/m:generateContent", both, "{}", "two_credentials"),
        ("GET", "azure", "openai/models", &[("api-key", "k")], "", "resource_not_found"),
        (
            "POST",
            "bedrock",
            "runtime/model/m/converse",
            &[("authorization", "AWS4-HMAC-SHA256 Credential=A/2/us-east-1/s3/aws4_request")],
            "{}",
            "no_key",
        ),
    ];
    for (method, provider, path, headers, body, name) in cases {
        let path = format!("{provider}/{path}");
        let got = ask(&simulator, &LlmRequest { method, path: &path, headers, body }).await;
        let row = llm::rows(provider).iter().find(|row| row.name == name).unwrap();
        assert_eq!((got.answer.code(), got.body()), (row.status, row.body.clone()), "{path}");
    }
}

#[tokio::test]
async fn unknown_paths_are_reported_as_such() {
    let simulator = simulator().await;
    for path in ["nobody/v1/models", "openai/v2/models", ""] {
        let got =
            ask(&simulator, &LlmRequest { method: "GET", path, headers: &[], body: "" }).await;
        assert_eq!(got.answer.code(), 404, "{path}");
        assert!(got.json()["error"].as_str().unwrap().contains('`'), "{path}");
    }
    simulator.set("openai.list", allclear_simulator::Behavior::llm_row("no_such_row"));
    let headers = &[("authorization", "Bearer k")];
    let got =
        ask(&simulator, &LlmRequest { method: "GET", path: "openai/v1/models", headers, body: "" })
            .await;
    assert_eq!(got.answer.code(), 500);
    assert!(got.text().contains("no_such_row"), "{}", got.text());
}

#[tokio::test]
async fn requests_of_an_endpoint_are_kept() {
    let simulator = simulator().await;
    let headers = &[("authorization", "Bearer k"), ("x-client-request-id", "probe-1")];
    let path = "openai/v1/chat/completions";
    ask(&simulator, &LlmRequest { method: "POST", path, headers, body: COMPLETION }).await;
    let requests = simulator.llm_requests(&format!("openai.{}", Operation::Completion.name()));
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].headers["x-client-request-id"], "probe-1");
    assert_eq!(requests[0].text(), COMPLETION);
}
