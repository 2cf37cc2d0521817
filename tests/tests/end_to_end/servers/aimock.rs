//! `aimock`, which imitates most providers in one server and can return errors and interrupt a
//! stream.

use std::process::Command;

use crate::servers::{Server, assert_all_judged, completing, installed, judged, monitor};
use crate::stage::Stage;

/// The key that the server accepts.
const KEY: &str = "aimock-key-0123456789";

/// The answers, by model.
const ANSWERS: &str = r#"{"fixtures": [
  {"match": {"model": "limited"}, "response": {"status": 429, "error": {
    "message": "Rate limit reached", "type": "rate_limit_error", "code": "rate_limit_exceeded"}}},
  {"match": {"model": "unpaid"}, "response": {"status": 429, "error": {
    "message": "You exceeded your current quota, please check your plan and billing details.",
    "type": "insufficient_quota", "code": "insufficient_quota"}}},
  {"match": {"model": "broken"}, "response": {"status": 500, "error": {
    "message": "The server had an error", "type": "server_error"}}},
  {"match": {"model": "busy"}, "response": {"status": 529, "error": {
    "message": "Overloaded", "type": "overloaded_error"}}},
  {"match": {"model": "cut"}, "truncateAfterChunks": 2, "chunkSize": 4, "response": {
    "content": "Pong, says the mock, at such a length that it can be cut."}},
  {"match": {}, "response": {"content": "Pong, says the mock."}}
]}"#;

/// The models, and the expected verdict on each.
const VERDICTS: [(&str, &str); 6] = [
    ("well", "healthy - -"),
    ("limited", "degraded throttled throttled"),
    ("unpaid", "unhealthy quota billing"),
    ("broken", "unhealthy target server_error"),
    ("busy", "unhealthy target overloaded"),
    ("cut", "unhealthy target connection_closed"),
];

/// The providers and their APIs: id, provider, path of the address, additional parameters.
const PROVIDERS: [(&str, &str, &str, &str); 11] = [
    ("openai", "openai", "/v1", ""),
    ("responses", "openai", "/v1", "api = \"responses\""),
    ("anthropic", "anthropic", "", ""),
    ("gemini", "gemini", "/v1beta", ""),
    ("bedrock", "bedrock", "", "region = \"us-east-1\"\nhosts.control = \"{url}\""),
    ("azure", "azure", "", "api_version = \"2024-10-21\""),
    (
        "vertex",
        "vertex",
        "",
        "region = \"us-central1\"\nproject = \"p\"\napi = \"generate-content\"",
    ),
    ("ollama", "ollama", "", ""),
    ("cohere", "cohere", "", ""),
    ("openrouter", "openrouter", "/api/v1", ""),
    ("any", "openai-compatible", "/v1", ""),
];

/// Returns the verdict on a model at a provider.
fn verdict(provider: &str, model: &str, usual: &'static str) -> &'static str {
    match (provider, model) {
        // The server asks for a retry after a second. On Azure the code may also stand for tokens per
        // minute, and OpenRouter sends it without the code.
        ("azure" | "openrouter", "unpaid") => "degraded throttled throttled",
        _ => usual,
    }
}

#[tokio::test]
async fn each_provider_of_aimock_gets_the_expected_status() {
    let mut stage = Stage::new().await;
    stage.secret("good", KEY);
    stage.secret("bad", "another-key-0123456789");
    let fixtures = stage.path("aimock");
    std::fs::create_dir_all(&fixtures).unwrap();
    std::fs::write(fixtures.join("answers.json"), ANSWERS).unwrap();
    let mut aimock = Command::new("node");
    aimock.arg(installed("node/node_modules/@copilotkit/aimock/dist/cli.js"));
    aimock.arg("--fixtures").arg(&fixtures).env("AIMOCK_API_KEYS", KEY);
    let server = Server::start(aimock).await;

    let mut config = String::new();
    let mut expected = Vec::new();
    for (name, provider, path, more) in PROVIDERS {
        for (model, usual) in VERDICTS {
            let id = format!("{name}-{model}");
            let more = more.replace("{url}", &server.url(""));
            let more = format!("model = \"{model}\"\napi_key = \"secret:good\"\n{more}");
            config += &completing(&id, provider, &server.url(path), &more);
            expected.push((id, verdict(name, model, usual)));
        }
    }
    let more = "model = \"well\"\napi_key = \"secret:bad\"";
    config += &monitor("wrong-key", "openai-compatible", &server.url("/v1"), more);
    expected.push(("wrong-key".to_owned(), "unhealthy credentials auth_invalid"));
    stage.config(&config);
    let (judged, outcomes) = judged(&stage).await;
    assert_all_judged(&judged, &expected, &outcomes);
}
