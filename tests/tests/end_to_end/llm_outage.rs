//! An outage of a provider: its edge answers, the key is valid, the model is listed, but
//! completions fail. One notification is sent. It lists the steps that still work and the status
//! that the provider publishes.

use std::time::Duration;

use allclear_simulator::llm::LlmBehavior;
use allclear_simulator::{Behavior, Received};
use serde_json::{Value, json};

use crate::stage::{KEY, Stage, eventually, llm};

/// The time limit for a confirmation: two checks confirm a change, one every 10 s, and one may just
/// have been missed.
const CONFIRMED_WITHIN: Duration = Duration::from_secs(40);

/// The time limit for a reading of the status page, which happens once a minute.
const READ_WITHIN: Duration = Duration::from_secs(90);

const CONFIG: &str = r#"
[defaults]
interval = "10s"
recheck = false

[[rule]]
id = "service_down"
for = "0s"

[[channel]]
id = "hook"
send.webhook = { url = "secret:hook" }
"#;

async fn messages(stage: &Stage, n: usize) -> Vec<Received> {
    eventually(&format!("{n} messages"), CONFIRMED_WITHIN, async || {
        let received = stage.simulator.inbox("hook");
        (received.len() >= n).then_some(received)
    })
    .await
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("no `{key}` in {value:#}"))
}

/// Checks whether a time such as `20s` stands between these two texts.
fn has_time_between(text: &str, before: &str, after: &str) -> bool {
    let time = text.split_once(before).and_then(|(_, rest)| rest.split_once(after));
    time.is_some_and(|(time, _)| time.starts_with(|c: char| c.is_ascii_digit()))
}

#[tokio::test]
async fn an_outage_of_completions_is_notified_with_the_working_steps_and_the_provider_status() {
    let mut stage = Stage::new().await;
    stage.secret("llm_key", KEY);
    stage.inbox_as_secret("hook");
    let check = json!({
        "model": "claude-haiku-5-5",
        "steps": { "completion": "1m", "status_page": "1m" },
    });
    let claude = llm(&stage.simulator, "claude", "anthropic", json!({ "critical": true }), check);
    stage.config(&format!("{CONFIG}{claude}"));
    stage.simulator.set("anthropic.completion", Behavior::llm_row("overloaded"));
    let up = stage.up().await;
    let firing = messages(&stage, 1).await[0].json().unwrap();
    assert_eq!(firing["title"], "claude is unhealthy");
    assert_eq!((&firing["fault"], &firing["reason"]), (&json!("target"), &json!("overloaded")));
    let message = text(&firing, "message");
    assert!(message.starts_with("key valid, model listed, completion fails: "), "{message}");
    assert!(message.contains("Overloaded"), "{message}");
    let word = text(&firing, "provider_status");
    assert!(
        has_time_between(word, "reports: operational; we detected the problem ", " ago."),
        "{word}"
    );
    up.page_says("claude is down", Duration::from_secs(10)).await;
    assert_eq!(up.summary().await["components"][0]["status"], "major_outage");
    let no_problem = "Its status page reports no problem.";
    assert!(up.get("/").await.body.contains(no_problem));

    // The provider announces the outage later.
    stage.simulator.set("anthropic.status_page", LlmBehavior::row("page_major").into());
    let says = eventually("the provider's word in the report", READ_WITHIN, async || {
        let says = stage.report().await["providers"][0]["says"].clone();
        (says["level"] == "down").then_some(says)
    })
    .await;
    assert_eq!(says["comparison"], "agree", "{says:#}");
    assert!(says["lag_seconds"].as_i64() > Some(0), "{says:#}");
    let sentence = text(&says, "sentence");
    assert!(has_time_between(sentence, "first reported ", " after our detection."), "{sentence}");
    // The page is published at least once a minute.
    eventually("the page to know it", READ_WITHIN, async || {
        let page = up.get("/").await.body;
        (page.contains("Its status page") && !page.contains(no_problem)).then_some(())
    })
    .await;

    stage.simulator.set("anthropic.completion", Behavior::Ok);
    let resolved = messages(&stage, 2).await[1].json().unwrap();
    assert_eq!(resolved["title"], "All clear: claude is healthy");
    let word = text(&resolved, "provider_status");
    assert!(word.starts_with("The provider still reports: down"), "{word}");
    assert!(has_time_between(word, "first reported ", " after our detection."), "{word}");
    // The status that the provider publishes does not change Allclear's own verdict.
    up.page_says("All systems operational", Duration::from_secs(10)).await;
    assert_eq!(up.process.terminated(Duration::from_secs(10)).await.code, Some(0));
    assert_eq!(stage.simulator.inbox("hook").len(), 2);
}
