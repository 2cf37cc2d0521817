//! Embeddings, reranking, speech, transcription and images at third-party servers: `aimock`, which
//! imitates providers, and llama.cpp with random weights.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::servers::{
    Server, assert_all_judged, assert_judged, completing, installed, judged, monitor, program,
};
use crate::stage::Stage;

/// The key that the servers accept.
const KEY: &str = "sk-tasks-key-0123456789";

/// The error answers, by model.
const ERRORS: [(&str, &str); 4] = [
    (
        "limited",
        r#""status": 429, "error": {"message": "Rate limit reached", "type": "rate_limit_error",
        "code": "rate_limit_exceeded"}"#,
    ),
    (
        "unpaid",
        r#""status": 429, "error": {"message": "You exceeded your current quota, please check your plan
        and billing details.", "type": "insufficient_quota", "code": "insufficient_quota"}"#,
    ),
    (
        "gone",
        r#""status": 404, "error": {"message": "The model `gone` does not exist",
        "type": "invalid_request_error", "code": "model_not_found"}"#,
    ),
    (
        "broken",
        r#""status": 500, "error": {"message": "The server had an error", "type": "server_error"}"#,
    ),
];

/// Other answers, by task and model. For vectors, only the empty one.
const ANSWERS: &str = r#"
  {"match": {"model": "hollow", "endpoint": "embedding"}, "response": {"embedding": []}},
  {"match": {"model": "hollow", "endpoint": "speech"}, "response": {"audio": ""}},
  {"match": {"model": "hollow", "endpoint": "elevenlabs-tts"}, "response": {"audio": ""}},
  {"match": {"model": "hollow", "endpoint": "image"}, "response": {"images": []}},
  {"match": {"endpoint": "speech"}, "response": {"audio": "SUQzBAAAAAAAAAAAAAAAAAAA"}},
  {"match": {"endpoint": "elevenlabs-tts"}, "response": {"audio": "SUQzBAAAAAAAAAAAAAAAAAAA"}},
  {"match": {"endpoint": "image"}, "response": {"image": {"url": "https://cdn.test/a.png"}}},
  {"match": {"endpoint": "transcription"}, "response": {"transcription": {"text": "Beep"}}}"#;

/// Returns all answers in the format of the server.
fn answers() -> String {
    let endpoints = ["embedding", "speech", "elevenlabs-tts", "image"];
    let mut fixtures: Vec<String> = Vec::new();
    for (model, answer) in ERRORS {
        let answer = answer.replace('\n', " ");
        fixtures.extend(endpoints.map(|endpoint| {
            format!(
                r#"{{"match": {{"model": "{model}", "endpoint": "{endpoint}"}},
                "response": {{{answer}}}}}"#
            )
        }));
    }
    fixtures.push(ANSWERS.to_owned());
    format!(r#"{{"fixtures": [{}]}}"#, fixtures.join(","))
}

/// The tasks: id, provider, path of the address, and API.
const TASKS: [(&str, &str, &str, &str); 8] = [
    ("openai", "openai", "/v1", "embeddings"),
    ("any", "openai-compatible", "/v1", "embeddings"),
    ("cohere", "cohere", "", "embeddings"),
    ("gemini", "gemini", "/v1beta", "embeddings"),
    ("ollama", "ollama", "", "embeddings"),
    ("speech", "openai", "/v1", "speech"),
    ("elevenlabs", "elevenlabs", "", "speech"),
    ("image", "openai", "/v1", "image"),
];

/// The models, and the expected verdict on each.
const VERDICTS: [(&str, &str); 6] = [
    ("well", "healthy - -"),
    ("limited", "degraded throttled throttled"),
    ("unpaid", "unhealthy quota billing"),
    ("gone", "unhealthy request model_not_found"),
    ("broken", "unhealthy target server_error"),
    ("hollow", "unhealthy target server_error"),
];

/// Returns a monitor that only runs the task.
fn asking(id: &str, provider: &str, url: &str, more: &str) -> String {
    let monitor = completing(id, provider, url, more);
    monitor
        .replace("max_tokens = 64\n", "")
        .replace("[monitor.check.llm.steps]\n", "[monitor.check.llm.steps]\ncompletion = \"5m\"\n")
}

#[tokio::test]
async fn each_task_of_aimock_gets_the_expected_status() {
    let mut stage = Stage::new().await;
    stage.secret("good", KEY);
    stage.secret("bad", "sk-another-0123456789");
    let fixtures = stage.path("aimock");
    std::fs::create_dir_all(&fixtures).unwrap();
    std::fs::write(fixtures.join("answers.json"), answers()).unwrap();
    let mut aimock = Command::new("node");
    aimock.arg(installed("node/node_modules/@copilotkit/aimock/dist/cli.js"));
    aimock.arg("--fixtures").arg(&fixtures).env("AIMOCK_API_KEYS", KEY);
    let server = Server::start(aimock).await;

    let mut config = String::new();
    let mut expected = Vec::new();
    for (name, provider, path, api) in TASKS {
        for (model, verdict) in VERDICTS {
            let id = format!("{name}-{model}");
            let more = format!("model = \"{model}\"\napi = \"{api}\"\napi_key = \"secret:good\"");
            config += &asking(&id, provider, &server.url(path), &more);
            expected.push((id, verdict));
        }
    }
    for (id, api, key, verdict) in [
        ("transcription", "transcription", "good", "healthy - -"),
        ("wrong-key", "embeddings", "bad", "unhealthy credentials auth_invalid"),
    ] {
        let more = format!("model = \"well\"\napi = \"{api}\"\napi_key = \"secret:{key}\"");
        config += &asking(id, "openai", &server.url("/v1"), &more);
        expected.push((id.to_owned(), verdict));
    }
    // Without a matching fixture, the server returns an empty ranking.
    let more = "api = \"rerank\"\napi_key = \"secret:good\"";
    config += &asking("rerank", "cohere", &server.url(""), more);
    expected.push(("rerank".to_owned(), "unhealthy target server_error"));
    stage.config(&config);
    let (judged, outcomes) = judged(&stage).await;
    assert_all_judged(&judged, &expected, &outcomes);
    assert!(outcomes[0]["metrics"]["dimensions"].as_f64() > Some(1.0), "{outcomes:#}");
}

#[tokio::test]
async fn embeddings_of_llama_cpp_get_the_expected_status() {
    let mut stage = Stage::new().await;
    stage.secret("good", KEY);
    stage.secret("bad", "sk-another-0123456789");
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/servers/llama_cpp.py");
    let start = async |options: &[&str]| {
        let mut llama = program("python");
        llama.arg(&script).args(["--key", KEY]).args(options);
        Server::start(llama).await
    };
    let embedding = start(&["--embeddings"]).await;
    let chatting = start(&[]).await;
    let of = |id: &str, provider: &str, url: String, api: &str, key: &str| {
        let more = format!("model = \"random\"\napi = \"{api}\"\napi_key = \"secret:{key}\"");
        monitor(id, provider, &url, &more)
    };
    stage.config(
        &[
            of("own", "llama.cpp", embedding.url(""), "embeddings", "good"),
            of("any", "openai-compatible", embedding.url("/v1"), "embeddings", "good"),
            of("wrong-key", "llama.cpp", embedding.url(""), "embeddings", "bad"),
            of("no-reranker", "llama.cpp", embedding.url(""), "rerank", "good"),
            of("no-embeddings", "llama.cpp", chatting.url(""), "embeddings", "good"),
        ]
        .concat(),
    );
    let (judged, outcomes) = judged(&stage).await;
    let expected = [
        ("own", "healthy - -"),
        ("any", "healthy - -"),
        ("wrong-key", "unhealthy credentials auth_invalid"),
        ("no-reranker", "unhealthy request endpoint_not_found"),
        ("no-embeddings", "unhealthy request endpoint_not_found"),
    ];
    assert_judged(&judged, &expected, &outcomes);
    let metric = |name: &str| outcomes[0]["metrics"][name].as_f64();
    assert_eq!(metric("dimensions"), Some(32.0), "{outcomes:#}");
    assert!(metric("input_tokens") > Some(0.0), "{outcomes:#}");
    assert_eq!(outcomes[0]["metrics"]["first_token_ms"], Value::Null);
}
