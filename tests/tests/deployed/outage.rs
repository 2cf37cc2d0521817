//! The path of an outage through the system: check, run, stream, evaluator, alert, the topic's
//! subscribers, Slack and the page. The recovery takes the same path.

use allclear_simulator::{Behavior, Received};
use serde_json::{Value, json};

use crate::PATIENCE;
use crate::stack::Stack;
use crate::time::{minute, recently};
use crate::waiting::eventually;

/// Channels without a filter on monitors, and one rule that fires immediately; by default it waits
/// for two minutes.
pub(crate) const CONFIG: &str = r#"
[page]
title = "Example platform"
url = "https://status.example.com"

[[rule]]
id = "service_down"
for = "0s"

[[rule]]
id = "high_response_time"
enabled = false

[[rule]]
id = "low_uptime"
enabled = false

[[channel]]
id = "on_call"
send.sns = {}

[[channel]]
id = "ops"
send.slack = { webhook_url = "secret:slack" }
"#;

/// One good outcome confirms the recovery, because two more minutes would lie in the future.
const SOON_WELL: &str = "\n[defaults]\nconfirm = { failures = 2, successes = 1 }\n";

/// Returns a monitor, checked once a minute, whose target is the endpoint of the simulator with the
/// same name.
pub(crate) fn monitor(stack: &Stack, id: &str) -> String {
    let url = stack.simulator.http_url(&format!("/{id}/health"));
    format!(
        "\n[[monitor]]\nid = \"{id}\"\ninterval = \"60s\"\ncheck.http = {{ url = \"{url}\" }}\n"
    )
}

/// Sets the webhook secret to the simulator's inbox `slack`.
pub(crate) async fn slack_is_the_simulator(stack: &Stack) {
    stack.set_secrets(json!({ "slack": stack.simulator.inbox_url("slack") })).await;
}

/// Returns the title of a message to Slack.
pub(crate) fn title(message: &Received) -> String {
    let attachments = message.json().unwrap()["attachments"].clone();
    attachments[0]["title"].as_str().unwrap().to_owned()
}

async fn slack(stack: &Stack, n: usize) -> Received {
    eventually(&format!("{n} messages to Slack"), PATIENCE, async || {
        stack.simulator.inbox("slack").into_iter().nth(n - 1)
    })
    .await
}

/// Parses a notification as SNS delivers it to a queue. Returns the whole and the document inside.
fn notification(body: &str) -> (Value, Value) {
    let envelope: Value = serde_json::from_str(body).unwrap();
    let message = envelope["Message"].as_str().unwrap();
    let document = serde_json::from_str(message).unwrap_or_else(|_| panic!("no JSON: {message}"));
    (envelope, document)
}

#[tokio::test]
async fn an_outage_reaches_subscribers_slack_and_the_page_and_so_does_its_end() {
    let stack = Stack::new("outage").await;
    slack_is_the_simulator(&stack).await;
    let critical = stack.subscribed("critical", json!({ "severity": ["critical"] })).await;
    let of_others = stack.subscribed("others", json!({ "severity": ["info", "warning"] })).await;
    let monitors = [monitor(&stack, "doc_store"), monitor(&stack, "prompt_store")];
    stack.apply(&format!("{CONFIG}{SOON_WELL}{}", monitors.concat())).await;
    let began = recently();
    stack.probe(minute(began, 0)).await;
    stack.page_shows("doc_store", "operational").await;

    stack.simulator.set("doc_store", Behavior::status(503));
    for n in 1..3 {
        stack.probe(minute(began, n)).await;
    }
    let (envelope, firing) = notification(&critical.take(1).await[0]);
    assert_eq!(envelope["Type"], "Notification");
    let subject = envelope["Subject"].as_str().unwrap();
    assert!(subject.contains("doc_store is unhealthy"), "{subject}");
    assert_eq!(firing["kind"], "firing", "{firing}");
    assert_eq!(firing["monitor"]["id"], "doc_store", "{firing}");
    assert_eq!(firing["severity"], "critical", "{firing}");
    for attribute in ["severity", "status", "monitor", "rule", "fault"] {
        let value = &envelope["MessageAttributes"][attribute]["Value"];
        assert!(value.is_string(), "no attribute `{attribute}`: {envelope}");
    }
    assert_eq!(title(&slack(&stack, 1).await), "doc_store is unhealthy");
    stack.page_shows("doc_store", "major_outage").await;
    stack.page_shows("prompt_store", "operational").await;
    let page = stack.published("index.html").await;
    assert!(page.headers["content-type"].starts_with("text/html"), "{:?}", page.headers);
    assert!(page.body.contains("doc_store is down"), "{}", page.body);

    stack.simulator.set("doc_store", Behavior::Ok);
    stack.probe(minute(began, 3)).await;
    let (envelope, resolved) = notification(&critical.take(1).await[0]);
    assert_eq!(resolved["kind"], "resolved", "{resolved}");
    assert_eq!(envelope["MessageAttributes"]["monitor"]["Value"], "doc_store", "{envelope}");
    assert_eq!(title(&slack(&stack, 2).await), "All clear: doc_store is healthy");
    stack.page_shows("doc_store", "operational").await;

    let exported = stack.export().await;
    for one in exported["deliveries"].as_array().unwrap() {
        assert!(one["state"].get("sent").is_some(), "{one}");
        assert_eq!(one["n_tries"], 1, "{one}");
    }
    for one in exported["alert_history"].as_array().unwrap() {
        // The alert of a recovery ends with the next check.
        assert!(one["rule"] == "service_recovery" || !one["resolved_at"].is_null(), "{one}");
    }
    assert_eq!(stack.n_owed().await, 0);
    assert_eq!(stack.simulator.inbox("slack").len(), 2);
    assert_eq!(of_others.receive().await, Vec::<String>::new(), "the policy does not match");
    assert_eq!(stack.aside().receive().await, Vec::<String>::new(), "nothing is set aside");
}
