//! LLM providers watched by the deployed prober: keys from Secrets Manager, checker state in the
//! table, and Bedrock with the role of the function.

use serde_json::{Value, json};

use crate::outage::CONFIG;
use crate::stack::{Function, Stack};
use crate::time::{minute, recently};

const KEY: &str = "sk-proj-planted-0123456789abcdef";

fn monitors(stack: &Stack) -> String {
    let url = |path: &str| stack.simulator.llm_url(path);
    let (openai, page) = (url("openai/v1"), url("openai/status/api/v2/summary.json"));
    let (anthropic, claude) = (url("anthropic"), url("anthropic/status/api/v2/summary.json"));
    let (runtime, control) = (url("bedrock/runtime"), url("bedrock/control"));
    format!(
        r#"
[[monitor]]
id = "openai"
interval = "60s"
[monitor.check.llm]
provider = "openai"
base_url = "{openai}"
status_page = "{page}"
api_key = "secret:openai"
model = "gpt-6-luna"

[[monitor]]
id = "anthropic"
interval = "60s"
[monitor.check.llm]
provider = "anthropic"
base_url = "{anthropic}"
status_page = "{claude}"
api_key = "secret:anthropic"
model = "claude-haiku-5-5"

[[monitor]]
id = "bedrock"
interval = "60s"
[monitor.check.llm]
provider = "bedrock"
base_url = "{runtime}"
hosts = {{ control = "{control}" }}
region = "us-east-1"
model = "amazon.nova-micro-v1:0"
steps = {{ status_page = "off" }}
"#
    )
}

#[tokio::test]
async fn providers_are_checked_with_keys_of_the_secret_and_notes_in_the_table() {
    let stack = Stack::new("providers").await;
    let webhook = stack.simulator.inbox_url("slack");
    let revoked = "sk-ant-api03-revoked-0123456789";
    let secrets = json!({ "openai": KEY, "anthropic": revoked, "slack": webhook });
    stack.set_secrets(secrets).await;
    stack.simulator.revoke_keys([revoked.to_owned()]);
    stack.apply(&format!("{CONFIG}{}", monitors(&stack))).await;

    let began = recently();
    for n in 0..3 {
        stack.probe(minute(began, n)).await;
    }
    // New variables start a new process, so the state of the last completion must come from the
    // table.
    stack.set_variables(Function::Prober, &[("ALLCLEAR_LOG", "info")]).await;
    for n in 3..5 {
        stack.probe(minute(began, n)).await;
    }
    assert_eq!(stack.simulator.hits("openai.completion").len(), 1, "one in five minutes");
    assert_eq!(stack.simulator.hits("bedrock.completion").len(), 1, "one in five minutes");
    stack.probe(minute(began, 5)).await;
    assert_eq!(stack.simulator.hits("openai.completion").len(), 2);
    stack.swept().await;

    let exported = stack.export().await;
    let latest = |monitor: &str| {
        let history = &exported["monitored_deployments"][monitor]["health_history"];
        history.as_array().unwrap().last().unwrap().clone()
    };
    assert_eq!(latest("openai")["status"], "healthy", "{}", latest("openai"));
    assert_eq!(latest("bedrock")["status"], "healthy", "{}", latest("bedrock"));
    let refused = latest("anthropic");
    assert_eq!(
        (&refused["status"], &refused["fault"]),
        (&json!("unhealthy"), &json!("credentials"))
    );
    // A refused key says nothing about the provider.
    stack.page_leaves_out("anthropic").await;

    let report = stack.allclear(&["report", "--json"]).await;
    assert!(report.stdout.contains("cost"), "{report:?}");
    let models = stack.allclear(&["models", "--provider", "openai", "--json"]).await.json();
    assert!(models.to_string().contains("gpt-6-luna"), "{models}");
    let asked = stack.simulator.hits("anthropic.list").len();
    let keys = stack.allclear(&["keys", "list", "--json"]).await;
    assert!(keys.stdout.contains("…"), "{keys:?}");
    assert_eq!(stack.simulator.hits("anthropic.list").len(), asked, "a list asks nobody");
    let validated = stack.allclear(&["keys", "validate", "--json"]).await;
    assert_eq!(validated.code, Some(1), "one is refused: {validated:?}");

    let told: Vec<Value> =
        stack.simulator.inbox("slack").iter().map(|one| one.json().unwrap()).collect();
    for text in [
        &report.stdout,
        &keys.stdout,
        &validated.stdout,
        &exported.to_string(),
        &json!(told).to_string(),
    ] {
        for key in [KEY, revoked] {
            assert!(!text.contains(key), "a key is told: {text}");
        }
    }
}
