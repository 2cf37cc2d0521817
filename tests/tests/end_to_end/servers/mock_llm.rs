//! `mock-llm`, which answers by rules, watched directly and behind a LiteLLM proxy without a
//! database.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

use tokio::net::TcpStream;

use crate::servers::{
    START, Server, assert_all_judged, assert_judged, installed, judged, monitor, program,
};
use crate::stage::{Process, Stage, eventually};

/// The key that the proxy accepts.
const KEY: &str = "sk-master-0123456789";

/// The models with their status code and answer, and the expected verdict.
const ANSWERS: [(&str, u16, &str, &str); 9] = [
    (
        "well",
        200,
        r#"{"id": "c", "object": "chat.completion", "created": 1, "model": "well", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Pong, says the mock."}, "finish_reason": "stop"}]}"#,
        "healthy - -",
    ),
    (
        "limited",
        429,
        r#"{"error": {"message": "Rate limit reached for requests", "type": "requests", "code": "rate_limit_exceeded"}}"#,
        "degraded throttled throttled",
    ),
    (
        "unpaid",
        429,
        r#"{"error": {"message": "You have no credits remaining. Add credits to continue using the API.", "type": "insufficient_quota", "code": "credit_balance_exhausted"}}"#,
        "unhealthy quota billing",
    ),
    (
        "spent",
        402,
        r#"{"error": {"message": "Insufficient Balance", "type": "unknown_error", "code": "invalid_request_error"}}"#,
        "unhealthy quota billing",
    ),
    (
        "refused",
        401,
        r#"{"error": {"message": "Incorrect API key provided.", "type": "invalid_request_error", "code": "invalid_api_key"}}"#,
        "unhealthy credentials auth_invalid",
    ),
    (
        "retired",
        404,
        r#"{"error": {"message": "The model `retired` does not exist or you do not have access to it.", "type": "invalid_request_error", "code": "model_not_found"}}"#,
        "unhealthy request model_not_found",
    ),
    (
        "filtered",
        400,
        r#"{"error": {"message": "The response was filtered due to the prompt triggering the content management policy.", "type": "invalid_request_error", "code": "content_filter"}}"#,
        "unknown request probe_invalid",
    ),
    (
        "broken",
        500,
        r#"{"error": {"message": "The server had an error", "type": "server_error"}}"#,
        "unhealthy target server_error",
    ),
    (
        "busy",
        503,
        r#"{"error": {"message": "The engine is currently overloaded", "type": "server_error"}}"#,
        "unhealthy target overloaded",
    ),
];

/// Returns the rules of the server as YAML.
fn rules() -> String {
    let completions = ANSWERS.map(|(model, status, answer, _)| {
        format!(
            "  - path: /v1/chat/completions\n    match: \"body.model=='{model}'\"\n    \
             response: {{ status: {status}, content: '{answer}' }}\n"
        )
    });
    let models = ANSWERS.map(|(model, ..)| format!(r#"{{"id": "{model}", "object": "model"}}"#));
    let list = format!(r#"{{"object": "list", "data": [{}]}}"#, models.join(", "));
    format!(
        "rules:\n{}  - path: /v1/models\n    response: {{ status: 200, content: '{list}' }}\n",
        completions.concat()
    )
}

/// Starts the server. It reads its port from the environment.
async fn mock_llm(stage: &Stage) -> Server {
    let config = stage.path("mock-llm.yaml");
    std::fs::write(&config, rules()).unwrap();
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let mut command = Command::new("node");
    command.arg(installed("node/node_modules/@dwmkerr/mock-llm/dist/main.js"));
    command.arg("--config").arg(&config);
    command.env("HOST", "127.0.0.1").env("PORT", port.to_string());
    let mut process = Process::start(command);
    eventually("the server to listen", START, async || {
        assert!(process.runs(), "the server has ended:\n{}", process.stderr());
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()
    })
    .await;
    Server { process, port }
}

/// Starts a LiteLLM proxy without a database. It forwards to a server with OpenAI's dialect, and
/// also knows a model whose server does not listen.
async fn litellm(stage: &Stage, upstream: &str) -> Server {
    let model = |name: &str, base: &str| {
        format!(
            "  - model_name: {name}\n    litellm_params: {{ model: openai/{name}, api_key: none, \
             api_base: \"{base}\", max_retries: 0 }}\n"
        )
    };
    let models = ANSWERS.map(|(name, ..)| model(name, upstream)).concat();
    let unreachable = model("unreachable", "http://127.0.0.1:1/v1");
    let config = stage.path("litellm.yaml");
    let settings = "router_settings: { num_retries: 0, disable_cooldowns: true }\n";
    let text = format!(
        "model_list:\n{models}{unreachable}{settings}general_settings: {{ master_key: {KEY} }}\n"
    );
    std::fs::write(&config, text).unwrap();
    let mut litellm = program("litellm");
    litellm.arg("--config").arg(&config).env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
    Server::start(litellm).await
}

#[tokio::test]
async fn mock_llm_gets_the_expected_status() {
    let mut stage = Stage::new().await;
    stage.secret("any", "a-key-that-only-has-to-be-there");
    let server = mock_llm(&stage).await;
    let mut config = String::new();
    let mut expected = Vec::new();
    for (model, _, _, words) in ANSWERS {
        let more = format!("model = \"{model}\"\napi_key = \"secret:any\"");
        config += &monitor(model, "openai-compatible", &server.url("/v1"), &more);
        expected.push((model, words));
    }
    let more = "model = \"well\"\napi_key = \"secret:any\"";
    config += &monitor("elsewhere", "openai-compatible", &server.url("/v2"), more);
    expected.push(("elsewhere", "unhealthy request endpoint_not_found"));
    stage.config(&config);
    let (judged, outcomes) = judged(&stage).await;
    assert_judged(&judged, &expected, &outcomes);
}

#[tokio::test]
async fn responses_through_a_litellm_proxy_get_the_status_of_the_provider() {
    let mut stage = Stage::new().await;
    stage.secret("good", KEY);
    stage.secret("bad", "sk-another-0123456789");
    let upstream = mock_llm(&stage).await;
    let proxy = litellm(&stage, &upstream.url("/v1")).await;
    let mut config = String::new();
    let mut expected = Vec::new();
    for provider in ["litellm", "openai-compatible"] {
        let path = if provider == "litellm" { "" } else { "/v1" };
        let mut add = |name: &str, model: &str, key: &str, words| {
            let id = format!("{provider}-{name}").replace('.', "-");
            let more = format!("model = \"{model}\"\napi_key = \"secret:{key}\"");
            config += &monitor(&id, provider, &proxy.url(path), &more);
            expected.push((id, words));
        };
        for (model, _, _, words) in ANSWERS {
            add(model, model, "good", words);
        }
        add("unreachable", "unreachable", "good", "unhealthy target server_error");
        add("unknown", "gone", "good", "unhealthy request model_not_found");
        // Without a database, the proxy cannot look up another key, and its answer gives no other
        // reason.
        add("wrong-key", "well", "bad", "unhealthy credentials auth_invalid");
    }
    stage.config(&config);
    let (judged, outcomes) = judged(&stage).await;
    assert_all_judged(&judged, &expected, &outcomes);
}
