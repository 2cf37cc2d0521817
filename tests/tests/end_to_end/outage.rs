//! A platform of seventeen services: one goes down and recovers. The page and Slack report each
//! change once, and no other service is affected.
//!
//! The services are checked every 10 s, the shortest interval, instead of every 30 s.

use std::time::Duration;

use allclear_simulator::{Behavior, Received};
use serde_json::Value;

use crate::stage::{Stage, eventually, monitor};

const SERVICES: [&str; 17] = [
    "interpreter",
    "orchestrator",
    "doc_store",
    "prompt_store",
    "analysis_service",
    "llm_gateway",
    "code_analyzer",
    "source_agent",
    "discovery_agent",
    "memory_agent",
    "summarizer_hub",
    "secure_analyzer",
    "notification_service",
    "log_collector",
    "bedrock_proxy",
    "github_mcp",
    "frontend",
];

const CRITICAL: [&str; 6] =
    ["interpreter", "orchestrator", "doc_store", "prompt_store", "analysis_service", "llm_gateway"];

/// The time limit for a confirmation: two checks confirm a change, and one may just have been
/// missed.
const CONFIRMED_WITHIN: Duration = Duration::from_secs(35);

/// One rule fires immediately; by default it waits for two minutes.
const CONFIG: &str = r##"
[page]
title = "LLM Documentation Ecosystem"
url = "https://status.example.com"

[defaults]
interval = "10s"
timeout = "5s"

[[rule]]
id = "service_down"
for = "0s"

[[channel]]
id = "ops"
send.slack = { webhook_url = "secret:slack", channel = "#infrastructure-alerts" }
"##;

fn config(stage: &Stage) -> String {
    let monitors = SERVICES.map(|id| {
        let critical = format!("critical = {}", CRITICAL.contains(&id));
        monitor(&stage.simulator, id, &critical)
    });
    format!("{CONFIG}{}", monitors.concat())
}

async fn messages(stage: &Stage, n: usize) -> Vec<Received> {
    eventually(&format!("{n} Slack messages"), CONFIRMED_WITHIN, async || {
        let received = stage.simulator.inbox("slack");
        (received.len() >= n).then_some(received)
    })
    .await
}

/// Waits until there are `n` alerts that satisfy a condition.
async fn alerts(stage: &Stage, condition: &str, n: usize) {
    let sql = format!("SELECT count(*) FROM fired_alerts WHERE {condition}");
    eventually(&format!("{n} alerts where {condition}"), CONFIRMED_WITHIN, async || {
        (stage.query(&sql).await.trim() == n.to_string()).then_some(())
    })
    .await;
}

fn attachment(message: &Received) -> Value {
    let attachments = message.json().unwrap()["attachments"].clone();
    assert_eq!(attachments.as_array().map(Vec::len), Some(1), "{attachments}");
    attachments[0].clone()
}

fn field(attachment: &Value, title: &str) -> String {
    let fields = attachment["fields"].as_array().unwrap();
    let field = fields.iter().find(|field| field["title"] == title);
    field.unwrap_or_else(|| panic!("no `{title}` in {attachment}"))["value"]
        .as_str()
        .unwrap()
        .into()
}

/// Returns the status of each service in the page's summary.
fn statuses(summary: &Value) -> Vec<(String, String)> {
    let components = summary["components"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    components.iter().map(|one| (text(&one["name"]), text(&one["status"]))).collect()
}

#[tokio::test]
async fn an_outage_is_notified_once_shown_and_resolved() {
    let mut stage = Stage::new().await;
    stage.inbox_as_secret("slack");
    stage.config(&config(&stage));
    let up = stage.up().await;
    up.page_says("All systems operational", CONFIRMED_WITHIN).await;

    stage.simulator.set("interpreter", Behavior::status(503));
    let firing = attachment(&messages(&stage, 1).await[0]);
    assert_eq!(firing["title"], "interpreter is unhealthy");
    assert_eq!(firing["color"], "#b71c1c");
    assert_eq!(firing["title_link"], "https://status.example.com");
    assert!(firing["text"].as_str().unwrap().contains("503"), "{firing}");
    assert_eq!(field(&firing, "Cause"), "the service itself failed");
    assert_eq!(field(&firing, "Severity"), "critical");
    let rules = field(&firing, "Rules");
    for rule in ["service_down", "critical_service_down"] {
        assert!(rules.contains(rule), "`{rule}` is not among {rules}");
    }
    up.page_says("interpreter is down", Duration::from_secs(10)).await;
    let summary = up.summary().await;
    assert_ne!(summary["status"]["indicator"], "none");
    assert_eq!(statuses(&summary).len(), SERVICES.len());
    for (name, status) in statuses(&summary) {
        let wanted = if name == "interpreter" { "major_outage" } else { "operational" };
        assert_eq!(status, wanted, "{name}");
    }
    let report = stage.report().await;
    assert_eq!(report["summary"]["unhealthy_services"], 1);
    assert_eq!(report["summary"]["critical_unhealthy"], 1);
    assert_eq!(report["summary"]["health_percentage"], 94.1);

    // The third failure fires one more rule, for an outage that was notified already.
    alerts(&stage, "rule = 'consecutive_failures'", 1).await;

    stage.simulator.set("interpreter", Behavior::Ok);
    let resolved = attachment(&messages(&stage, 2).await[1]);
    assert_eq!(resolved["title"], "All clear: interpreter is healthy");
    assert_eq!(resolved["color"], "#2e7d32");
    assert_eq!(field(&resolved, "Cause"), "the service itself failed");
    up.page_says("All systems operational", Duration::from_secs(10)).await;
    let summary = up.summary().await;
    assert_eq!(summary["status"]["indicator"], "none");
    assert!(statuses(&summary).iter().all(|(_, status)| status == "operational"), "{summary}");

    // The next check also ends the recovery alert, which was notified only by the all-clear.
    alerts(&stage, "resolved_at IS NULL", 0).await;
    // A graceful shutdown sends all owed notifications; none is left here.
    assert_eq!(up.process.terminated(Duration::from_secs(10)).await.code, Some(0));
    assert_eq!(messages(&stage, 2).await.len(), 2);
    let exported = stage.export().await;
    let transitions = exported["transitions"].as_array().unwrap();
    for one in transitions.iter().filter(|one| one["monitor"] != "interpreter") {
        assert_eq!(one["to"], "healthy", "{one}");
    }
    for one in exported["alert_history"].as_array().unwrap() {
        assert_eq!(one["monitor"], "interpreter", "{one}");
        assert!(!one["resolved_at"].is_null(), "{one}");
    }
}
