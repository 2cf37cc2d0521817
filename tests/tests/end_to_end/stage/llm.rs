//! Monitors of LLM providers, all watching a simulator that imitates every provider.

use allclear_simulator::Simulator;
use allclear_simulator::llm::{self as providers, Operation};
use serde_json::{Value, json};

/// The value of the secret that each of them uses as its key.
pub(crate) const KEY: &str = "sk-proj-0123456789-planted-9876543210";

const STEPS: [&str; 6] = ["reach", "key", "models", "completion", "usage", "status_page"];

/// Returns an `llm` monitor of `provider`, with additional keys of the monitor and of its check.
pub(crate) fn llm(
    simulator: &Simulator,
    id: &str,
    provider: &str,
    monitor: Value,
    check: Value,
) -> String {
    let check = merged(account(simulator, provider), check);
    let own = json!({ "id": id, "check": { "llm": check } });
    let text = toml::to_string(&json!({ "monitor": [merged(own, monitor)] })).unwrap();
    format!("\n{text}")
}

/// Returns parameters that enable only these steps.
pub(crate) fn only(steps: &[&str]) -> Value {
    let off = STEPS.iter().filter(|step| !steps.contains(step));
    json!({ "steps": off.map(|step| ((*step).to_owned(), json!("off"))).collect::<serde_json::Map<_, _>>() })
}

/// Merges `more` into `table`, recursively.
pub(crate) fn merged(mut table: Value, more: Value) -> Value {
    match (&mut table, more) {
        (Value::Object(known), Value::Object(more)) => {
            for (name, value) in more {
                let old = known.remove(&name).unwrap_or(Value::Null);
                known.insert(name, merged(old, value));
            }
            table
        }
        (_, more) => more,
    }
}

/// Returns the account with a provider: its address and parameters.
fn account(simulator: &Simulator, provider: &str) -> Value {
    let url = |path: &str| {
        let path = format!("{provider}/{path}");
        simulator.llm_url(path.trim_end_matches('/'))
    };
    let (base, hosts) = match provider {
        "huggingface" => ("router/v1", json!({ "hub": url("hub") })),
        "huggingface-endpoint" => ("v1", json!({ "hub": url("hub") })),
        "anthropic" | "cohere" | "mistral" | "azure" | "deepseek" => ("", json!({})),
        "gemini" => ("v1beta", json!({})),
        "groq" => ("openai/v1", json!({})),
        "openrouter" => ("api/v1", json!({})),
        "xai" => ("v1", json!({ "admin": url("management") })),
        "bedrock" => ("runtime", json!({ "control": url("control") })),
        _ => {
            let hosts = providers::hosts(provider);
            let hosts = hosts.iter().map(|(name, path)| (name.clone(), json!(url(path))));
            (providers::base(provider), Value::Object(hosts.collect()))
        }
    };
    let mut check = json!({
        "provider": provider,
        "api_key": "secret:llm_key",
        "model": "any-model",
        "price": { "input": 1.0, "output": 2.0 },
        "base_url": url(base),
        "hosts": hosts,
    });
    let page = match provider {
        "openai" | "anthropic" | "cohere" | "groq" | "deepseek" => "status/api/v2/summary.json",
        "huggingface" | "huggingface-endpoint" | "together" => "status/index.json",
        _ => &page(provider),
    };
    if page.is_empty() {
        check["steps"] = json!({ "status_page": "off" });
    } else {
        check["status_page"] = json!(url(page));
    }
    if provider == "bedrock" {
        check["region"] = json!("us-east-1");
    }
    for (option, value) in providers::options(provider) {
        check[option] = json!(value);
    }
    if let (None, Some(check)) =
        (providers::place(provider, Operation::Completion), check.as_object_mut())
    {
        check.remove("model");
    }
    check
}

/// Returns the path of the provider's status page; empty if the path does not reveal the format.
fn page(provider: &str) -> String {
    let place = providers::place(provider, Operation::StatusPage).map(|(_, path)| path);
    let is_told = |path: &String| path.ends_with("summary.json") || path.ends_with("index.json");
    place.filter(is_told).unwrap_or_default()
}
