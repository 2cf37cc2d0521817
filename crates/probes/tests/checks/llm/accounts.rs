//! Accounts with the providers that the simulator speaks for.

use serde_json::{Value, json};

/// The parameters of a monitor of `provider`, whose hosts are below `url` of a provider's name.
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
        _ => ("v1", json!({})),
    };
    params["base_url"] = json!(url(base).trim_end_matches('/'));
    params["hosts"] = hosts;
    let page = match provider {
        "openai" | "anthropic" | "cohere" | "groq" | "deepseek" => "status/api/v2/summary.json",
        "huggingface" | "huggingface-endpoint" | "together" => "status/index.json",
        _ => "",
    };
    if page.is_empty() {
        params["steps"] = json!({ "status_page": "off" });
    } else {
        params["status_page"] = json!(url(page));
    }
    if provider == "bedrock" {
        params["region"] = json!("us-east-1");
    }
    params
}
