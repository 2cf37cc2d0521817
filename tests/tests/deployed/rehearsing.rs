//! The story of a decision of a deployed stack, and its runs under other rules.

use allclear_simulator::Behavior;
use serde_json::Value;

use crate::outage::{CONFIG, monitor, slack_is_the_simulator};
use crate::stack::Stack;
use crate::time::{minute, past_hour};

/// Returns the texts of the steps of a stage.
fn steps<'v>(story: &'v Value, stage: &str) -> Vec<&'v str> {
    let steps = story["steps"].as_array().unwrap().iter();
    let of_stage = steps.filter(|step| step["stage"] == stage);
    of_stage.map(|step| step["text"].as_str().unwrap()).collect()
}

/// Creates a stack with an outage of twenty minutes in a past hour, of which the channels were notified.
async fn after_an_outage(name: &str) -> (Stack, String) {
    let stack = Stack::new(name).await;
    slack_is_the_simulator(&stack).await;
    let config = format!("{CONFIG}{}", monitor(&stack, "doc_store"));
    stack.apply(&config).await;
    let hour = past_hour();
    for n in 0..30 {
        let behavior = if (5..25).contains(&n) { Behavior::status(503) } else { Behavior::Ok };
        stack.simulator.set("doc_store", behavior);
        stack.probe(minute(hour, n)).await;
    }
    stack.swept().await;
    (stack, config)
}

#[tokio::test]
async fn the_commands_explain_and_rehearse_what_a_stack_has_decided() {
    let (stack, config) = after_an_outage("rehearsing").await;
    let exported = stack.export().await;
    let deliveries = exported["deliveries"].as_array().unwrap();
    let sent = deliveries.iter().find(|one| one["channel"] == "ops").unwrap();
    let id = sent["id"].as_str().unwrap();
    let explained = stack.allclear(&["explain", id, "--json"]).await;
    assert_eq!(explained.code, Some(0), "{explained:?}");
    let story = explained.json();
    assert!(story["subject"].as_str().unwrap().contains("doc_store"), "{story}");
    assert!(!steps(&story, "outcome").is_empty(), "the outcomes that were counted: {story}");
    assert!(!steps(&story, "lifecycle").is_empty(), "the rule: {story}");
    let shown = stack.allclear(&["explain", id]).await;
    assert!(shown.stdout.contains("ops"), "{shown:?}");
    let of_monitor = stack.allclear(&["explain", "doc_store"]).await;
    assert!(of_monitor.stdout.contains("service_down"), "{of_monitor:?}");
    let unknown = stack.allclear(&["explain", "0123456789abcdef01234567"]).await;
    assert_ne!(unknown.code, Some(0), "{unknown:?}");

    // By the rules of the stack, the replay sends what the records have. The runs are due hours before they are evaluated
    // here, several at a time, so that a notice may be later and may list fewer alerts.
    let same = stack.allclear(&["simulate", "--from", "4h", "--json"]).await.json();
    let differences = same["comparison"]["differences"].as_array().unwrap();
    let is_other = |one: &&Value| one["kind"] == "sent" || one["kind"] == "not_sent";
    assert!(!differences.iter().any(|one| is_other(&one)), "{same}");
    let n_recorded = same["comparison"]["n_recorded"].as_u64().unwrap();
    assert!(n_recorded > 0, "{same}");
    assert_eq!(same["comparison"]["n_simulated"], n_recorded, "{same}");
    assert_eq!(same["n_outcomes"], 30, "{same}");

    // A rule that waits for an hour sends none of them.
    stack.write("patient.toml", &config.replace("for = \"0s\"", "for = \"1h\""));
    let other = ["simulate", "--config", "patient.toml", "--from", "4h", "--json"];
    let other = stack.allclear(&other).await;
    assert_eq!(other.code, Some(1), "{other:?}");
    let other = other.json();
    let differences = other["comparison"]["differences"].as_array().unwrap();
    let of_rule: Vec<&Value> = differences
        .iter()
        .filter(|one| {
            one["kind"] == "not_sent" && one["decision"].as_str().unwrap().contains("service_down")
        })
        .collect();
    assert!(!of_rule.is_empty(), "{other}");
    let cause = of_rule[0]["causes"][0]["text"].as_str().unwrap();
    assert!(cause.contains("service_down"), "{other}");
    let id = of_rule[0]["recorded_id"].as_str().unwrap();
    let explained = stack.allclear(&["explain", id]).await;
    assert_eq!(explained.code, Some(0), "a difference is explained: {explained:?}");
    assert_eq!(stack.export().await["deliveries"], exported["deliveries"], "nothing was decided");
}
