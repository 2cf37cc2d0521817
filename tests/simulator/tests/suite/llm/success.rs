//! The successful answers of each provider.

use allclear_simulator::llm::{self, LlmBehavior, Operation};
use serde_json::json;

use super::client::{LlmRequest, ask};
use crate::client::simulator;

type Headers = &'static [(&'static str, &'static str)];

const BEARER: Headers = &[("authorization", "Bearer k-1")];
const ADMIN: Headers = &[("authorization", "Bearer sk-admin-1")];
const ANTHROPIC: Headers = &[("x-api-key", "k-1"), ("anthropic-version", "2023-06-01")];
const ANTHROPIC_ADMIN: Headers =
    &[("x-api-key", "sk-ant-admin01-1"), ("anthropic-version", "2023-06-01")];
const GOOGLE: Headers = &[("x-goog-api-key", "k-1")];
const AZURE: Headers = &[("api-key", "k-1")];
const AWS: Headers = &[
    (
        "authorization",
        "AWS4-HMAC-SHA256 Credential=AKIASIMULATED/20261122/us-east-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, Signature=0123",
    ),
    ("x-amz-date", "20261122T050000Z"),
];

/// A request, its key, and a path in the answer that exists only in a successful one.
const QUESTIONS: &[(&str, Headers, &str)] = &[
    ("openai/v1/models", BEARER, "/data/0/id"),
    (
        "openai/v1/organization/costs?start_time=1790000000&limit=31",
        ADMIN,
        "/data/0/results/0/amount/value",
    ),
    ("anthropic/v1/models?limit=1", ANTHROPIC, "/data/0/max_input_tokens"),
    (
        "anthropic/v1/organizations/cost_report?starting_at=2026-10-01T00:00:00Z",
        ANTHROPIC_ADMIN,
        "/data/0/results/0/amount",
    ),
    ("huggingface/router/v1/models", &[], "/data/0/providers/0/pricing/input"),
    ("huggingface/hub/api/whoami-v2", BEARER, "/auth/accessToken/role"),
    (
        "huggingface/hub/api/settings/billing/usage-v2?startDate=1",
        BEARER,
        "/usage/inferenceProviders/usedNanoUsd",
    ),
    ("huggingface-endpoint/v1/models", BEARER, "/data/0/max_model_len"),
    ("huggingface-endpoint/hub/api/whoami-v2", BEARER, "/auth/accessToken/role"),
    ("cohere/v1/models?page_size=1000", BEARER, "/models/0/context_length"),
    ("gemini/v1beta/models?pageSize=1", GOOGLE, "/models/0/inputTokenLimit"),
    ("gemini/v1beta/openai/models", BEARER, "/data/0/id"),
    ("mistral/v1/models", BEARER, "/data/0/max_context_length"),
    ("groq/openai/v1/models", BEARER, "/data/0/context_window"),
    ("openrouter/api/v1/models", &[], "/data/0/pricing/prompt"),
    ("openrouter/api/v1/key", BEARER, "/data/limit_remaining"),
    ("openrouter/api/v1/credits", BEARER, "/data/total_usage"),
    ("xai/v1/api-key", BEARER, "/api_key_blocked"),
    ("xai/v1/language-models", BEARER, "/models/0/prompt_text_token_price"),
    ("xai/management/auth/management-keys/validation", BEARER, "/teamId"),
    ("xai/management/v1/billing/teams/team-1/prepaid/balance", BEARER, "/total/val"),
    ("deepseek/user/balance", BEARER, "/balance_infos/1/total_balance"),
    ("deepseek/models", BEARER, "/data/0/id"),
    ("together/v1/models", BEARER, "/0/pricing/input"),
    ("azure/openai/models?api-version=2024-10-21", AZURE, "/data/0/capabilities/inference"),
    ("bedrock/control/foundation-models", AWS, "/modelSummaries/0/modelId"),
    ("bedrock/control/foundation-models", BEARER, "/modelSummaries/0/modelId"),
    ("openai-compatible/v1/models", &[], "/data/0/id"),
    ("vllm/v1/models", &[], "/data/0/max_model_len"),
    ("ollama/api/tags", &[], "/models/0/digest"),
    ("ollama/api/version", &[], "/version"),
    ("llama.cpp/health", &[], "/status"),
    ("llama.cpp/v1/models", &[], "/data/0/meta/n_ctx_train"),
    ("litellm/v1/models", BEARER, "/data/0/id"),
    ("litellm/key/info", BEARER, "/info/max_budget"),
    ("openai/status/api/v2/summary.json", &[], "/status/indicator"),
    ("groq/status/proxy/page", &[], "/summary/ongoing_incidents"),
    ("together/status/index.json", &[], "/data/attributes/aggregate_state"),
];

/// A provider's completion: path, key, the text in a stream, and the path of the text in a whole
/// answer.
const COMPLETIONS: &[(&str, Headers, &str, &str, &str)] = &[
    ("openai/v1/chat/completions", BEARER, CHAT, r#""content":"Pon""#, CONTENT),
    (
        "openai/v1/responses",
        BEARER,
        r#"{"model":"m","input":"ping""#,
        r#""delta":"Pon""#,
        "/output/0/content/0/text",
    ),
    (
        "anthropic/v1/messages",
        ANTHROPIC,
        r#"{"model":"m","max_tokens":16,"messages":[]"#,
        r#""text":"Pon""#,
        "/content/0/text",
    ),
    ("huggingface/router/v1/chat/completions", BEARER, CHAT, r#""content":"Pon""#, CONTENT),
    ("huggingface-endpoint/v1/chat/completions", BEARER, CHAT, r#""content":"Pon""#, CONTENT),
    ("cohere/v2/chat", BEARER, CHAT, r#"{"text":"Pon"}"#, "/message/content/0/text"),
    ("gemini/v1beta/openai/chat/completions", BEARER, CHAT, r#""content":"Pon""#, CONTENT),
    ("mistral/v1/chat/completions", BEARER, CHAT, r#""content":"Pon""#, CONTENT),
    ("groq/openai/v1/chat/completions", BEARER, CHAT, r#""content":"Pon""#, CONTENT),
    ("openrouter/api/v1/chat/completions", BEARER, CHAT, r#""content":"Pon""#, CONTENT),
    ("xai/v1/chat/completions", BEARER, CHAT, r#""content":"Pon""#, CONTENT),
    ("deepseek/chat/completions", BEARER, CHAT, r#""content":"Pon""#, CONTENT),
    ("together/v1/chat/completions", BEARER, CHAT, r#""content":"Pon""#, CONTENT),
    (
        "azure/openai/deployments/d/chat/completions?api-version=2024-10-21",
        AZURE,
        CHAT,
        r#""content":"Pon""#,
        CONTENT,
    ),
    ("azure/openai/v1/chat/completions", AZURE, CHAT, r#""content":"Pon""#, CONTENT),
    ("bedrock/runtime/openai/v1/chat/completions", AWS, CHAT, r#""content":"Pon""#, CONTENT),
    ("openai-compatible/v1/chat/completions", &[], CHAT, r#""content":"Pon""#, CONTENT),
    ("vllm/v1/chat/completions", &[], CHAT, r#""content":"Pon""#, CONTENT),
    ("ollama/v1/chat/completions", &[], CHAT, r#""content":"Pon""#, CONTENT),
    ("ollama/api/chat", &[], CHAT, r#""content":"Pon""#, "/message/content"),
    ("llama.cpp/v1/chat/completions", &[], CHAT, r#""content":"Pon""#, CONTENT),
    ("litellm/v1/chat/completions", BEARER, CHAT, r#""content":"Pon""#, CONTENT),
];

const CHAT: &str = r#"{"model":"m","messages":[{"role":"user","content":"ping"}]"#;
const CONTENT: &str = "/choices/0/message/content";

#[tokio::test]
async fn every_request_is_answered_and_refused_without_its_key() {
    let simulator = simulator().await;
    for (path, headers, place) in QUESTIONS {
        let got = ask(&simulator, &LlmRequest { method: "GET", path, headers, body: "" }).await;
        assert_eq!(got.answer.code(), 200, "{path}: {}", got.text());
        assert!(got.json().pointer(place).is_some(), "{path}: {}", got.text());
        if !headers.is_empty() {
            let got =
                ask(&simulator, &LlmRequest { method: "GET", path, headers: &[], body: "" }).await;
            assert!([401, 403].contains(&got.answer.code()), "{path}: {}", got.text());
        }
    }
}

/// Returns the header that carries a key for a provider.
fn key_header(provider: &str) -> (&'static str, &'static str) {
    match provider {
        "portkey" => ("x-portkey-api-key", "k-1"),
        "cloudflare-ai-gateway" => ("cf-aig-authorization", "Bearer k-1"),
        "kong" => ("apikey", "k-1"),
        "elevenlabs" => ("xi-api-key", "k-1"),
        "deepgram" => ("authorization", "Token k-1"),
        "azure-apim" => ("ocp-apim-subscription-key", "k-1"),
        _ => ("authorization", "Bearer k-1"),
    }
}

#[tokio::test]
async fn every_other_provider_succeeds_on_the_routes_of_its_file() {
    let simulator = simulator().await;
    let is_asked = |provider: &&str| {
        QUESTIONS.iter().any(|(path, ..)| path.starts_with(&format!("{provider}/")))
    };
    let others: Vec<_> = llm::providers().into_iter().filter(|it| !is_asked(it)).collect();
    assert!(others.len() > 30, "{others:?}");
    for provider in others {
        let headers = &[key_header(provider)];
        for operation in [Operation::Key, Operation::List, Operation::Completion] {
            let Some((method, path)) = llm::place(provider, operation) else { continue };
            let body =
                if method == "POST" { format!(r#"{CHAT},"stream":true}}"#) } else { String::new() };
            let path = format!("{provider}/{path}");
            let asked = LlmRequest { method, path: &path, headers, body: &body };
            let got = ask(&simulator, &asked).await;
            assert_eq!(got.answer.code(), 200, "{path}: {}", got.text());
            // Without a chat, the first path is that of a task.
            let tasks = ["embeddings", "speech"];
            let is_of_task = tasks.iter().any(|task| {
                llm::task_answer(provider, task).is_some_and(|whole| whole == got.body())
            });
            let is_answer = operation != Operation::Completion
                || is_of_task
                || got.text().contains(r#""content":"Pon""#) && got.chunks.len() > 2;
            assert!(is_answer, "{path}: {}", got.text());
            assert!(
                operation == Operation::Completion
                    || serde_json::from_str::<serde_json::Value>(&got.text()).is_ok(),
                "{path}: {}",
                got.text()
            );
        }
    }
}

#[tokio::test]
async fn every_completion_comes_whole_and_as_a_stream() {
    let simulator = simulator().await;
    for (path, headers, request, token, place) in COMPLETIONS {
        let body = format!(r#"{request},"stream":false}}"#);
        let got = ask(&simulator, &LlmRequest { method: "POST", path, headers, body: &body }).await;
        assert_eq!(got.answer.code(), 200, "{path}: {}", got.text());
        assert_eq!(got.json().pointer(place), Some(&json!("Pong")), "{path}: {}", got.text());
        let body = format!(r#"{request},"stream":true}}"#);
        let got = ask(&simulator, &LlmRequest { method: "POST", path, headers, body: &body }).await;
        assert_eq!(got.answer.code(), 200, "{path}: {}", got.text());
        assert!(got.chunks.len() > 2 && got.is_complete, "{path}: {}", got.text());
        assert!(got.text().contains(token), "{path}: {}", got.text());
    }
}

#[tokio::test]
async fn gemini_streams_by_its_path() {
    let simulator = simulator().await;
    let body = r#"{"contents":[{"parts":[{"text":"ping"}]}]}"#;
    let path = "gemini/v1beta/models/gemini-2.5-flash-lite:streamGenerateContent?alt=sse";
    let got = ask(&simulator, &LlmRequest { method: "POST", path, headers: GOOGLE, body }).await;
    assert!(got.text().contains(r#""text":"Pon""#), "{}", got.text());
    assert!(got.text().contains(r#""modelVersion":"gemini-2.5-flash-lite""#), "{}", got.text());
    let path = path.trim_end_matches("?alt=sse");
    let got = ask(&simulator, &LlmRequest { method: "POST", path, headers: GOOGLE, body }).await;
    assert_eq!(got.json()[0]["candidates"][0]["content"]["parts"][0]["text"], "Pon");
}

#[tokio::test]
async fn usage_is_sent_on_request() {
    let simulator = simulator().await;
    let path = "openai/v1/chat/completions";
    let without = format!(r#"{CHAT},"stream":true}}"#);
    let got =
        ask(&simulator, &LlmRequest { method: "POST", path, headers: BEARER, body: &without })
            .await;
    assert!(!got.text().contains("prompt_tokens"), "{}", got.text());
    let with = format!(r#"{CHAT},"stream":true,"stream_options":{{"include_usage":true}}}}"#);
    let got =
        ask(&simulator, &LlmRequest { method: "POST", path, headers: BEARER, body: &with }).await;
    assert!(got.text().contains(r#""choices":[]"#), "{}", got.text());
    assert!(got.text().contains(r#""completion_tokens":2"#), "{}", got.text());
    assert_eq!(got.answer.header("x-ratelimit-reset-tokens"), Some("6m0s"));
}

#[tokio::test]
async fn lists_have_a_second_page_behind_their_cursor() {
    let simulator = simulator().await;
    let pages = [
        (
            "anthropic/v1/models?limit=1000&after_id=x",
            ANTHROPIC,
            "/data/0/id",
            "claude-haiku-4-5-20251001",
        ),
        ("cohere/v1/models?page_token=x", BEARER, "/models/0/name", "command-light"),
        (
            "gemini/v1beta/models?pageToken=x",
            GOOGLE,
            "/models/0/name",
            "models/gemini-embedding-001",
        ),
    ];
    for (path, headers, place, first) in pages {
        let got = ask(&simulator, &LlmRequest { method: "GET", path, headers, body: "" }).await;
        assert_eq!(got.json().pointer(place), Some(&json!(first)));
    }
}

#[tokio::test]
async fn costs_are_those_of_the_script_and_come_in_pages() {
    let simulator = simulator().await;
    let behavior = LlmBehavior { daily_usd: vec![1.0, 2.0, 40.0], ..LlmBehavior::default() };
    simulator.set("openai.usage", behavior.clone().into());
    simulator.set("anthropic.usage", behavior.into());
    ask(
        &simulator,
        &LlmRequest { method: "GET", path: "openai/v1/models", headers: &[], body: "" },
    )
    .await;
    let since = simulator.hits("openai.reach")[0] - jiff::SignedDuration::from_hours(72);
    let mut amounts = Vec::new();
    let mut page = String::new();
    loop {
        let path =
            format!("openai/v1/organization/costs?start_time={}&limit=3{page}", since.as_second());
        let got =
            ask(&simulator, &LlmRequest { method: "GET", path: &path, headers: ADMIN, body: "" })
                .await;
        let json = got.json();
        for bucket in json["data"].as_array().unwrap() {
            amounts.push(bucket["results"][0]["amount"]["value"].as_f64().unwrap());
        }
        let Some(next) = json["next_page"].as_str() else { break };
        page = format!("&page={next}");
    }
    assert_eq!(amounts, [1.0, 2.0, 40.0, 0.0]);
    let path = format!("anthropic/v1/organizations/cost_report?starting_at={since}&limit=31");
    let got = ask(
        &simulator,
        &LlmRequest { method: "GET", path: &path, headers: ANTHROPIC_ADMIN, body: "" },
    )
    .await;
    assert_eq!(got.json()["data"][2]["results"][0]["amount"], "4000.00000");
}

#[tokio::test]
async fn balance_is_that_of_the_script() {
    let simulator = simulator().await;
    let behavior = LlmBehavior { balance_usd: Some(3.25), ..LlmBehavior::default() };
    let places = [
        ("deepseek.key", "deepseek/user/balance", "/balance_infos/1/total_balance", json!("3.25")),
        ("openrouter.key", "openrouter/api/v1/key", "/data/limit_remaining", json!(3.25)),
        ("openrouter.usage", "openrouter/api/v1/credits", "/data/total_usage", json!(96.75)),
        (
            "xai.usage",
            "xai/management/v1/billing/teams/t/prepaid/balance",
            "/total/val",
            json!("-325"),
        ),
        ("litellm.usage", "litellm/key/info", "/info/spend", json!(96.75)),
    ];
    for (endpoint, path, place, expected) in places {
        simulator.set(endpoint, behavior.clone().into());
        let got =
            ask(&simulator, &LlmRequest { method: "GET", path, headers: BEARER, body: "" }).await;
        assert_eq!(got.json().pointer(place), Some(&expected), "{path}: {}", got.text());
    }
}
