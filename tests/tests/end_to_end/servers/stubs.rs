//! Small servers that imitate the dialects of OpenAI and Anthropic: `stubllm`, `fakellm`, `mockllm`.

use crate::servers::{
    Server, assert_all_judged, assert_judged, completing, judged, monitor, program,
};
use crate::stage::Stage;

const STUBS: &str = r#"
fixtures:
  - name: limited
    match: { provider: any, model: limited }
    response: { http_status: 429, error_message: "Rate limit exceeded. Please retry after 60 seconds." }
  - name: broken
    match: { provider: any, model: broken }
    response: { http_status: 500, error_message: "broken" }
  - name: busy
    match: { provider: any, model: busy }
    response: { http_status: 503, error_message: "busy" }
  - name: refused
    match: { provider: any, model: refused }
    response: { http_status: 401, error_message: "Incorrect API key provided." }
  - name: well
    match: { provider: any }
    response: { content: "Pong, says the stub." }
"#;

#[tokio::test]
async fn stubllm_gets_the_expected_status_in_three_dialects() {
    let mut stage = Stage::new().await;
    stage.secret("any", "a-key-that-only-has-to-be-there");
    let fixtures = stage.path("stubs");
    std::fs::create_dir_all(&fixtures).unwrap();
    std::fs::write(fixtures.join("answers.yaml"), STUBS).unwrap();
    let mut stubllm = program("stubllm");
    stubllm.args(["serve", "--fixture-dir"]).arg(&fixtures);
    let server = Server::start(stubllm).await;

    let mut config = String::new();
    let mut expected = Vec::new();
    for (provider, path) in [("openai-compatible", "/v1"), ("anthropic", ""), ("gemini", "/v1beta")]
    {
        for (model, words) in [
            ("well", "healthy - -"),
            ("limited", "degraded throttled throttled"),
            ("broken", "unhealthy target server_error"),
            ("busy", "unhealthy target overloaded"),
            ("refused", "unhealthy credentials auth_invalid"),
        ] {
            let id = format!("{provider}-{model}");
            let more = format!("model = \"{model}\"\napi_key = \"secret:any\"");
            config += &completing(&id, provider, &server.url(path), &more);
            expected.push((id, words));
        }
    }
    stage.config(&config);
    let (judged, outcomes) = judged(&stage).await;
    assert_all_judged(&judged, &expected, &outcomes);
}

#[tokio::test]
async fn a_missing_list_of_models_is_healthy_and_a_wrong_path_is_a_request_fault() {
    let mut stage = Stage::new().await;
    let rules = stage.path("fakellm.yaml");
    std::fs::write(&rules, "version: 1\ndefaults: { fallback: deterministic_echo }\nrules: []\n")
        .unwrap();
    let answers = stage.path("mockllm.yml");
    std::fs::write(&answers, "responses: {}\ndefaults: { unknown_response: pong }\n").unwrap();
    let mut fakellm = program("fakellm");
    fakellm.args(["serve", "--config"]).arg(&rules);
    let mut mockllm = program("mockllm");
    mockllm.args(["start", "--responses"]).arg(&answers);
    let (fakellm, mockllm) = (Server::start(fakellm).await, Server::start(mockllm).await);

    stage.secret("any", "a-key-that-only-has-to-be-there");
    let of = |id: &str, provider: &str, url: &str| {
        monitor(id, provider, url, "model = \"mock\"\napi_key = \"secret:any\"")
    };
    let messages = "model = \"mock\"\napi_key = \"secret:any\"";
    stage.config(
        &[
            of("fakellm", "openai-compatible", &fakellm.url("/v1")),
            of("fakellm-elsewhere", "openai-compatible", &fakellm.url("/v2")),
            completing("fakellm-anthropic", "anthropic", &fakellm.url(""), messages),
            of("mockllm", "openai-compatible", &mockllm.url("/v1")),
            of("mockllm-elsewhere", "openai-compatible", &mockllm.url("/v2")),
        ]
        .concat(),
    );
    let (judged, outcomes) = judged(&stage).await;
    let expected = [
        ("fakellm", "healthy - -"),
        ("fakellm-elsewhere", "unhealthy request endpoint_not_found"),
        ("fakellm-anthropic", "healthy - -"),
        ("mockllm", "healthy - -"),
        ("mockllm-elsewhere", "unhealthy request endpoint_not_found"),
    ];
    assert_judged(&judged, &expected, &outcomes);
}
