//! The list of models that checks have recorded, and the cost of watching them.

use allclear_simulator::Behavior;
use allclear_simulator::llm::LlmBehavior;
use serde_json::{Value, json};

use crate::stage::{KEY, Stage, llm, merged, only};

async fn models(stage: &Stage, more: &[&str]) -> Value {
    let finished = stage.run(&[&["models", "--json"][..], more].concat()).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    finished.json()
}

fn ids(document: &Value) -> Vec<&str> {
    let models = document["models"].as_array().unwrap();
    models.iter().map(|model| model["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn models_are_listed_from_recorded_checks_and_refreshed_on_demand() {
    let mut stage = Stage::new().await;
    stage.secret("llm_key", KEY);
    let free = || only(&["key", "models"]);
    let in_use = json!({ "model": "gpt-6-luna" });
    let openai = merged(free(), in_use);
    stage.config(
        &[
            llm(&stage.simulator, "openai", "openai", json!({}), openai),
            llm(&stage.simulator, "openrouter", "openrouter", json!({}), free()),
        ]
        .concat(),
    );
    stage.run(&["up", "--once"]).await;
    let n_asked = || {
        stage.simulator.hits("openai.list").len() + stage.simulator.hits("openrouter.list").len()
    };
    let n_before = n_asked();

    let all = models(&stage, &[]).await;
    // Models in use come first.
    assert_eq!(
        ids(&all),
        [
            "gpt-6-luna",
            "gpt-4o-mini",
            "gpt-5-nano",
            "meta-llama/llama-3.2-3b-instruct",
            "openai/gpt-6-luna"
        ]
    );
    assert_eq!(all["models"][0]["used_by"], json!(["openai"]));
    let routed = &all["models"][4];
    assert_eq!(
        (&routed["provider"], &routed["context_tokens"]),
        (&json!("openrouter"), &json!(922_000))
    );
    assert_eq!(routed["price"], json!({ "input": 0.1, "output": 0.5 }));
    assert!(routed["derived"].as_array().is_none_or(Vec::is_empty), "{routed:#}");
    assert_eq!(
        ids(&models(&stage, &["--search", "LUNA"]).await),
        ["gpt-6-luna", "openai/gpt-6-luna"]
    );
    let of_one = models(&stage, &["--provider", "openrouter", "--capability", "image"]).await;
    assert_eq!(ids(&of_one), ["openai/gpt-6-luna"]);
    let table = stage.run(&["models"]).await.stdout;
    assert!(table.contains("gpt-5-nano") && table.contains("openrouter"), "{table}");
    let unknown = stage.run(&["models", "--provider", "nobody"]).await;
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert_eq!(n_asked(), n_before, "nobody is asked within six hours");

    // One model disappears from the list.
    let list = json!({ "object": "list", "data": [
        { "id": "gpt-6-luna", "object": "model", "created": 1_780_000_000, "owned_by": "system" },
        { "id": "gpt-7", "object": "model", "created": 1_790_000_000, "owned_by": "system" },
    ] });
    let list =
        Behavior::text(200, &list.to_string()).with_header("content-type", "application/json");
    stage.simulator.set("openai.list", list);
    let of_openai = models(&stage, &["--refresh", "--provider", "openai"]).await;
    assert_eq!(ids(&of_openai), ["gpt-6-luna", "gpt-7"]);
    assert_eq!(n_asked(), n_before + 2);
    let changes = models(&stage, &["--changes"]).await;
    let changes: Vec<(&str, &str)> = changes
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_str().unwrap(), one["change"].as_str().unwrap()))
        .collect();
    assert_eq!(
        changes,
        [("gpt-4o-mini", "disappeared"), ("gpt-5-nano", "disappeared"), ("gpt-7", "appeared")]
    );
    let said = stage.run(&["models", "--changes"]).await.stdout;
    assert!(said.contains("gpt-5-nano") && said.contains("disappeared"), "{said}");
    assert_eq!(n_asked(), n_before + 2);
}

#[tokio::test]
async fn the_reported_cost_is_that_of_the_completions_of_the_month() {
    let mut stage = Stage::new().await;
    stage.secret("llm_key", KEY);
    // One completion for each monitor, because each has its own state.
    let price = json!({ "input": 100.0, "output": 2000.0 });
    let check = || json!({ "model": "gpt-6-luna", "price": price, "max_cost_per_month": 5.0 });
    let monitors: Vec<String> = ["first", "second", "third"]
        .iter()
        .map(|id| llm(&stage.simulator, id, "openai", json!({}), check()))
        .collect();
    stage.config(&monitors.concat());
    let mut answer = LlmBehavior::default();
    answer.headers.insert("x-ratelimit-remaining-tokens".to_owned(), "100000".to_owned());
    stage.simulator.set("openai.completion", answer.into());
    for _ in 0..2 {
        let finished = stage.run(&["up", "--once"]).await;
        assert_eq!(finished.code, Some(0), "{finished:?}");
    }
    // A completion is reused for five minutes.
    assert_eq!(stage.simulator.hits("openai.completion").len(), 3);

    let checked = stage.run(&["check", "first", "--json"]).await.json();
    let metric = |name: &str| checked[0]["metrics"][name].as_f64().unwrap();
    let usd = (metric("input_tokens") * 100.0 + metric("output_tokens") * 2000.0) / 1e6;
    assert!(usd > 0.0, "{checked:#}");
    let report = stage.report().await;
    let providers = report["providers"].as_array().unwrap();
    assert_eq!(providers.len(), 3);
    for provider in providers {
        let cost = &provider["cost"];
        let is = |key: &str, wanted: f64| {
            let found = cost[key].as_f64().unwrap();
            assert!((found - wanted).abs() < 1e-6, "`{key}` is not {wanted}: {provider:#}");
        };
        is("usd_this_month", usd);
        is("cap_usd", 5.0);
        is("cap_used_percent", usd / 5.0 * 100.0);
        assert_eq!(provider["says"]["level"], "operational", "{provider:#}");
        assert_eq!(provider["labels"]["tightest"]["value"], "tokens", "{provider:#}");
        assert_eq!(provider["metrics"]["headroom_percent"]["value"], 50.0, "{provider:#}");
    }
    let said = stage.run(&["report"]).await.stdout;
    for text in ["COST OF CHECKS", "CAP A MONTH", "headroom 50 % (tokens)", "$5.00"] {
        assert!(said.contains(text), "`{text}`: {said}");
    }
}
