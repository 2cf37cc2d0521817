use std::collections::BTreeSet;

use allclear_simulator::Behavior;
use allclear_simulator::llm::{self, Operation, Weight};

use super::client::{Ask, ask};
use crate::client::simulator;

#[test]
fn every_provider_has_rows_and_every_failing_one_names_its_fault() {
    for provider in llm::providers() {
        let rows = llm::rows(provider);
        let completes = llm::place(provider, Operation::Completion).is_some();
        let least = if completes { 20 } else { 8 };
        assert!(rows.len() > least, "{provider} has {} rows", rows.len());
        let names: BTreeSet<_> = rows.iter().map(|row| &row.name).collect();
        assert_eq!(names.len(), rows.len(), "{provider} has two rows of one name");
        for row in rows {
            let is_failure = row.fault.is_some() && row.reason.is_some();
            assert!(is_failure || row.fault.is_none(), "{provider}: {}", row.name);
            let has_no_fault =
                row.weight == Weight::Healthy || row.operation == Operation::StatusPage;
            assert!(is_failure || has_no_fault, "{provider}: {}", row.name);
        }
    }
}

#[test]
fn bodies_that_claim_to_be_json_are() {
    for provider in llm::providers() {
        for row in llm::rows(provider) {
            if row.headers["content-type"] == "application/json"
                && !row.body.starts_with(b"\xfe\xff")
            {
                let read = serde_json::from_slice::<serde_json::Value>(&row.body);
                assert!(read.is_ok(), "{provider}: {}: {read:?}", row.name);
            }
        }
    }
}

/// Those whose places are written here; of the others, they stand in their files.
const PLACED: [&str; 19] = [
    "openai",
    "anthropic",
    "huggingface",
    "huggingface-endpoint",
    "cohere",
    "gemini",
    "mistral",
    "groq",
    "openrouter",
    "xai",
    "deepseek",
    "together",
    "azure",
    "bedrock",
    "openai-compatible",
    "vllm",
    "ollama",
    "llama.cpp",
    "litellm",
];

/// A place where an operation is asked for, `None` where the provider has none of its own.
fn place(provider: &str, operation: Operation) -> Option<String> {
    if !PLACED.contains(&provider) {
        return llm::place(provider, operation)
            .filter(|_| operation != Operation::Completion)
            .map(|(_, path)| path);
    }
    let models = match provider {
        "groq" => "openai/v1/models",
        "huggingface" => "router/v1/models",
        "gemini" => "v1beta/models",
        "azure" => "openai/models",
        "bedrock" => "control/foundation-models",
        "openrouter" => "api/v1/models",
        _ => "v1/models",
    };
    let key = match provider {
        "huggingface" | "huggingface-endpoint" => "hub/api/whoami-v2",
        "openrouter" => "api/v1/key",
        "xai" => "v1/api-key",
        "deepseek" => "user/balance",
        _ => "",
    };
    let path = match operation {
        Operation::List => models,
        Operation::Key => key,
        Operation::Reach => match provider {
            "vllm" | "llama.cpp" => "health",
            "ollama" => "api/version",
            "litellm" => "health/liveliness",
            "openrouter" => key,
            _ => models,
        },
        Operation::Usage => match provider {
            "openai" => "v1/organization/costs",
            "anthropic" => "v1/organizations/cost_report",
            "huggingface" => "hub/api/settings/billing/usage-v2",
            "openrouter" => "api/v1/credits",
            "litellm" => "key/info",
            _ => "management/v1/billing/teams/t/prepaid/balance",
        },
        Operation::StatusPage => match provider {
            "huggingface" | "huggingface-endpoint" | "together" => "status/index.json",
            "mistral" => "status/feed.rss",
            "xai" => "status/feed.xml",
            "azure" => "status/en-us/status/feed/",
            "bedrock" => "status/public/currentevents",
            _ => "status/api/v2/summary.json",
        },
        Operation::Completion => return None,
    };
    Some(path.to_owned())
}

fn completion(provider: &str) -> String {
    if !PLACED.contains(&provider) {
        return llm::place(provider, Operation::Completion).unwrap().1;
    }
    let path = match provider {
        "anthropic" => "v1/messages",
        "cohere" => "v2/chat",
        "gemini" => "v1beta/models/m:streamGenerateContent",
        "bedrock" => "runtime/model/m/converse-stream",
        "groq" | "azure" => "openai/v1/chat/completions",
        "huggingface" => "router/v1/chat/completions",
        "openrouter" => "api/v1/chat/completions",
        "ollama" => "api/chat",
        _ => "v1/chat/completions",
    };
    path.to_owned()
}

#[tokio::test]
async fn every_row_is_served_as_it_is_written() {
    let simulator = simulator().await;
    for provider in llm::providers() {
        for row in llm::rows(provider) {
            simulator.set(&format!("{provider}.all"), Behavior::llm_row(&row.name));
            let (method, path) = match (place(provider, row.operation), provider, row.operation) {
                (None, ..) => ("POST", completion(provider)),
                (Some(_), "cohere", Operation::Key) => ("POST", "v1/check-api-key".to_owned()),
                (Some(path), ..) => ("GET", path),
            };
            let path = format!("{provider}/{path}");
            let got = ask(&simulator, &Ask { method, path: &path, headers: &[], body: "" }).await;
            let about = format!("{provider}: {}: {}", row.name, got.answer.head);
            assert_eq!(got.answer.code(), row.status, "{about}");
            assert_eq!(got.body(), row.body, "{about}");
            assert!(got.is_complete, "{about}");
            for (name, value) in &row.headers {
                assert_eq!(got.answer.header(name), Some(value.as_str()), "{about}");
            }
        }
    }
}

#[tokio::test]
async fn script_of_one_operation_goes_before_that_of_all() {
    let simulator = simulator().await;
    simulator.set("openai.all", Behavior::llm_row("server_error"));
    simulator.set("openai.list", Behavior::llm_row("list_invalid_key"));
    let mut codes = Vec::new();
    for (method, path) in [("GET", "openai/v1/models"), ("POST", "openai/v1/chat/completions")] {
        let headers = &[("authorization", "Bearer k")];
        codes.push(ask(&simulator, &Ask { method, path, headers, body: "" }).await.answer.code());
    }
    assert_eq!(codes, [401, 500]);
}

#[test]
fn status_pages_say_something_or_cannot_be_read() {
    let mut words = BTreeSet::new();
    for provider in llm::providers() {
        for row in llm::rows(provider).iter().filter(|row| row.operation == Operation::StatusPage) {
            assert_eq!(
                row.says.is_some(),
                row.weight == Weight::Healthy,
                "{provider}: {}",
                row.name
            );
            words.extend(row.says.as_deref());
        }
    }
    assert_eq!(words, BTreeSet::from(["degraded", "down", "maintenance", "operational"]));
}
