//! Accounts with the providers that the simulator imitates.

use allclear_llm::provider::Provider;
use allclear_llm::providers::find;
use allclear_simulator::llm::{self, Operation};
use serde_json::{Value, json};

/// Returns the parameters of a monitor of `provider`. `url` returns the address of the simulator
/// for a provider's name.
pub(crate) fn account(provider: &str, url: impl Fn(&str) -> String) -> Value {
    let url = |path: &str| url(&format!("{provider}/{path}"));
    let mut params = json!({
        "provider": provider,
        "api_key": "secret:key",
        "model": "any-model",
        "price": { "input": 1.0, "output": 2.0 },
    });
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
            let hosts = llm::hosts(provider);
            let hosts = hosts.iter().map(|(name, path)| (name.clone(), address(&url(path))));
            (llm::base(provider), Value::Object(hosts.collect()))
        }
    };
    params["base_url"] = json!(url(base).trim_end_matches('/'));
    params["hosts"] = hosts;
    let page = match provider {
        "openai" | "anthropic" | "cohere" | "groq" | "deepseek" => "status/api/v2/summary.json",
        "huggingface" | "huggingface-endpoint" | "together" => "status/index.json",
        _ => &page(provider),
    };
    if page.is_empty() {
        params["steps"] = json!({ "status_page": "off" });
    } else {
        params["status_page"] = json!(url(page));
    }
    if provider == "bedrock" {
        params["region"] = json!("us-east-1");
    }
    for (option, value) in llm::options(provider) {
        params[option] = json!(value);
    }
    // For a provider without a chat, the first task is used.
    let is_of_tasks = |table: &Provider| table.completions.is_empty() && !table.tasks.is_empty();
    if find(provider).is_some_and(is_of_tasks) {
        params["price"] = json!({ "input": 1.0 });
    }
    if let (None, Some(params)) =
        (llm::place(provider, Operation::Completion), params.as_object_mut())
    {
        params.remove("model");
    }
    params
}

/// Returns an address without a trailing slash.
fn address(url: &str) -> Value {
    json!(url.trim_end_matches('/'))
}

/// Returns the path of the provider's status page; empty if the path does not reveal the format.
fn page(provider: &str) -> String {
    let place = llm::place(provider, Operation::StatusPage).map(|(_, path)| path);
    let is_told = |path: &String| path.ends_with("summary.json") || path.ends_with("index.json");
    place.filter(is_told).unwrap_or_default()
}
