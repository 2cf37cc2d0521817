//! Slack is down for an hour.

use allclear_simulator::Behavior;
use serde_json::json;

use crate::PATIENCE;
use crate::outage::{CONFIG, monitor, slack_is_the_simulator, title};
use crate::stack::{Function, Stack};
use crate::time::{minute, past_hour};
use crate::waiting::eventually;

#[tokio::test]
async fn what_slack_did_not_take_for_an_hour_arrives_once_and_in_order() {
    let stack = Stack::new("slack").await;
    // One sweep after the other: two at a time may both send what both find owed.
    stack.stop_streams().await;
    slack_is_the_simulator(&stack).await;
    let queue = stack.subscribed("all", json!({ "monitor": ["doc_store"] })).await;
    stack.apply(&format!("{CONFIG}{}", monitor(&stack, "doc_store"))).await;
    stack.simulator.set_inbox("slack", Behavior::status(503));

    let hour = past_hour();
    for n in 0..60 {
        let is_down = (10..40).contains(&n);
        stack
            .simulator
            .set("doc_store", if is_down { Behavior::status(500) } else { Behavior::Ok });
        stack.probe(minute(hour, n)).await;
        stack.swept().await;
    }
    // The topic's subscribers did not wait for Slack.
    assert_eq!(queue.take(2).await.len(), 2);
    let refused = eventually("another try at Slack", PATIENCE, async || {
        stack.swept().await;
        Some(stack.simulator.inbox("slack")).filter(|tries| tries.len() >= 2)
    })
    .await;
    assert!(refused.iter().all(|one| title(one) == "doc_store is unhealthy"));
    assert_ne!(stack.n_owed().await, 0, "what Slack did not take is still owed");

    stack.simulator.set_inbox("slack", Behavior::Ok);
    eventually("all that is owed to be sent", PATIENCE, async || {
        stack.invoke(Function::Notifier, &json!({})).await.ok();
        (stack.n_owed().await == 0).then_some(())
    })
    .await;
    let taken = stack.simulator.inbox("slack").split_off(refused.len());
    let titles: Vec<String> = taken.iter().map(title).collect();
    assert_eq!(titles, ["doc_store is unhealthy", "All clear: doc_store is healthy"]);
    let exported = stack.export().await;
    for one in exported["deliveries"].as_array().unwrap() {
        assert!(one["state"].get("sent").is_some(), "{one}");
    }
    assert_eq!(queue.receive().await, Vec::<String>::new(), "subscribers hear of it once");
}
