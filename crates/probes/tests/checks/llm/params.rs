//! Invalid parameters, each reported at its place.

use allclear_core::checker::CheckSchemas as _;
use serde_json::{Value, json};

use crate::support::{Bench, bench};

fn problems(bench: &Bench, more: Value) -> Vec<String> {
    let openai = json!({ "provider": "openai", "api_key": "secret:key", "model": "gpt-6-luna" });
    bench.problems("llm", super::merged(openai, more))
}

#[tokio::test]
async fn every_mistake_is_found_at_its_place() {
    let bench = bench().await;
    assert_eq!(problems(&bench, json!({})), [""; 0]);
    for (params, path, what) in [
        (json!({ "provider": "openia" }), "provider", "no provider `openia`"),
        (json!({ "provider": "vllm" }), "base_url", "needs the address"),
        (json!({ "api": "messages" }), "api", "has chat, responses"),
        (json!({ "api_key": null }), "api_key", "completes nothing without a key"),
        (json!({ "api_key": "sk-proj-abc" }), "api_key", "stands in the config itself"),
        (json!({ "admin_key": "sk-admin-abc" }), "admin_key", "stands in the config itself"),
        (json!({ "base_url": "api.openai.com" }), "base_url", "no URL"),
        (json!({ "hosts": { "hub": "https://x" } }), "hosts.hub", "no such host"),
        (json!({ "model": "two words" }), "model", "no model's name"),
        (json!({ "price": { "input": -1.0, "output": 1.0 } }), "price.input", "is no price"),
        (json!({ "max_cost_per_month": 0.0 }), "max_cost_per_month", "no amount to spend"),
        (json!({ "max_cost_per_month": -2.0 }), "max_cost_per_month", "no amount to spend"),
        (json!({ "steps": { "completion": "often" } }), "steps.completion", "often"),
        (json!({ "steps": { "completion": "1s" } }), "steps.completion", "no interval"),
        (json!({ "steps": { "usage": "1h" } }), "steps.usage", "tells nothing of usage"),
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
            "with `base_url` a key is sent to named hosts only",
        ),
        (
            json!({ "model": null, "steps": { "completion": "5m" } }),
            "steps.completion",
            "without `model`",
        ),
        (json!({ "model": null, "question": true }), "question", "nothing is completed"),
        (json!({ "degraded": "first_token > 1" }), "degraded", "first_token"),
        (
            json!({ "model": null, "degraded": "first_token_ms > 1" }),
            "degraded",
            "nothing is completed",
        ),
        (json!({ "first_token_timeout": "0s" }), "first_token_timeout", "fails each check"),
        (json!({ "max_tokens": 100_000 }), "max_tokens", "must be from"),
        (json!({ "extra": { "stream": false } }), "extra.stream", "always asks for a stream"),
        (json!({ "region": "us-east-1" }), "region", "no use for it"),
        (json!({ "status_page": "x" }), "status_page", "no URL"),
        (
            json!({ "steps": { "reach": "off", "key": "off", "models": "off", "completion": "off" } }),
            "steps",
            "no step is left",
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
    assert!(found[0].starts_with("steps.key: `15m` is no interval"), "{found:?}");
}

#[tokio::test]
async fn a_region_of_bedrock_has_the_form_of_one() {
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
        let what = format!("region: `{region}` is no region of AWS; write it as `us-east-1`");
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
