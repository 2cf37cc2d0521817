//! Invalid parameters, each reported at its place.

use allclear_core::checker::CheckSchemas as _;
use serde_json::{Value, json};

use crate::support::{CheckFixture, bench};

fn problems(bench: &CheckFixture, more: Value) -> Vec<String> {
    let openai = json!({ "provider": "openai", "api_key": "secret:key", "model": "gpt-6-luna" });
    bench.problems("llm", super::merged(openai, more))
}

#[tokio::test]
async fn every_error_is_found_at_its_position() {
    let bench = bench().await;
    assert_eq!(problems(&bench, json!({})), [""; 0]);
    for (params, path, what) in [
        (json!({ "provider": "openia" }), "provider", "unknown provider `openia`"),
        (json!({ "provider": "vllm" }), "base_url", "needs the address"),
        (json!({ "api": "messages" }), "api", "known: chat, responses"),
        (json!({ "api_key": null }), "api_key", "needs a key for completions"),
        (json!({ "api_key": "sk-proj-abc" }), "api_key", "the config contains a secret"),
        (json!({ "admin_key": "sk-admin-abc" }), "admin_key", "the config contains a secret"),
        (json!({ "base_url": "api.openai.com" }), "base_url", "not a URL"),
        (json!({ "hosts": { "hub": "https://x" } }), "hosts.hub", "unknown host"),
        (json!({ "model": "two words" }), "model", "not the name of a model"),
        (json!({ "price": { "input": -1.0, "output": 1.0 } }), "price.input", "is not a price"),
        (json!({ "max_cost_per_month": 0.0 }), "max_cost_per_month", "not a valid amount"),
        (json!({ "max_cost_per_month": -2.0 }), "max_cost_per_month", "not a valid amount"),
        (json!({ "steps": { "completion": "often" } }), "steps.completion", "often"),
        (json!({ "steps": { "completion": "1s" } }), "steps.completion", "out of range"),
        (json!({ "steps": { "usage": "1h" } }), "steps.usage", "reports no usage"),
        (json!({ "steps": { "complete": "1h" } }), "steps", "unknown field `complete`"),
        (
            json!({
                "provider": "huggingface",
                "base_url": "https://gateway.test/v1",
                "steps": { "key": "6h" },
            }),
            "steps.key",
            "set `hosts.hub`",
        ),
        (
            json!({
                "provider": "dashscope",
                "api": "rerank",
                "base_url": "https://gateway.test/v1",
            }),
            "hosts.rerank",
            "with `base_url`, a key is sent only to hosts that are set",
        ),
        (
            json!({ "model": null, "steps": { "completion": "5m" } }),
            "steps.completion",
            "needs `model`",
        ),
        (json!({ "model": null, "question": true }), "question", "no completion is made"),
        (json!({ "degraded": "first_token > 1" }), "degraded", "first_token"),
        (
            json!({ "model": null, "degraded": "first_token_ms > 1" }),
            "degraded",
            "needs a completion",
        ),
        (json!({ "first_token_timeout": "0s" }), "first_token_timeout", "fails each check"),
        (json!({ "max_tokens": 100_000 }), "max_tokens", "must be from"),
        (json!({ "extra": { "stream": false } }), "extra.stream", "always requests a stream"),
        (json!({ "region": "us-east-1" }), "region", "does not use it"),
        (json!({ "status_page": "x" }), "status_page", "not a URL"),
        (
            json!({ "steps": { "reach": "off", "key": "off", "models": "off", "completion": "off" } }),
            "steps",
            "no step is enabled",
        ),
    ] {
        let found = problems(&bench, params.clone());
        assert!(
            found.iter().any(|one| one.starts_with(&format!("{path}: ")) && one.contains(what)
                || (path == "steps" && one.contains(what))),
            "{params}: {found:?}"
        );
    }
}

#[tokio::test]
async fn the_host_and_the_secrets_are_those_of_the_account() {
    let bench = bench().await;
    let params = json!({
        "provider": "openai",
        "api_key": "secret:key",
        "admin_key": "secret:admin",
        "model": "gpt-6-luna",
    });
    let checker = crate::support::build(&bench.probes, "llm", params).unwrap();
    assert_eq!(checker.host(), Some("api.openai.com"));
    assert!(checker.takes_notes());
    let names: Vec<String> = checker.secrets().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["admin", "key"]);
}

#[tokio::test]
async fn a_key_of_hugging_face_is_not_checked_more_often_than_it_may() {
    let bench = bench().await;
    let params = json!({
        "provider": "huggingface", "api_key": "secret:key", "steps": { "key": "15m" },
    });
    let found = bench.problems("llm", params);
    assert!(found[0].starts_with("steps.key: the interval `15m` is out of range"), "{found:?}");
}

#[tokio::test]
async fn a_bedrock_region_must_be_an_aws_region() {
    let bench = bench().await;
    let problems = |region: &str| {
        let params = json!({ "provider": "bedrock", "model": "m", "region": region });
        bench.problems("llm", params).join("\n")
    };
    for region in
        ["us-east-1", "ap-southeast-7", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1"]
    {
        assert_eq!(problems(region), "", "{region}");
    }
    for region in ["us-east", "us-east-1a", "useast1", "US-EAST-1", "us--1", "us-east-", "east-1"] {
        let what = format!("region: `{region}` is not an AWS region; write it as `us-east-1`");
        assert_eq!(problems(region), what, "{region}");
    }
}

#[tokio::test]
async fn the_schema_lists_the_providers_for_editors() {
    let schema = bench().await.probes.schema("llm").unwrap();
    let names: Vec<&str> =
        allclear_llm::providers::all().iter().map(|provider| provider.name).collect();
    assert_eq!(schema["properties"]["provider"]["enum"], json!(names));
    assert!(names.contains(&"openai-compatible"));
}
