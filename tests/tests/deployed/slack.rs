//! Slack is unavailable for an hour.

use allclear_simulator::Behavior;
use serde_json::json;

use crate::PATIENCE;
use crate::outage::{CONFIG, monitor, slack_is_the_simulator, title};
use crate::stack::{Function, Stack};
use crate::time::{minute, past_hour};
use crate::waiting::eventually;

#[tokio::test]
async fn messages_that_slack_rejected_arrive_once_and_in_order_unless_superseded() {
    let stack = Stack::new("slack").await;
    // Sweeps run one after the other: two concurrent ones may both send a delivery that is owed.
    stack.stop_streams().await;
    slack_is_the_simulator(&stack).await;
    let queue = stack.subscribed("all", json!({ "monitor": ["doc_store"] })).await;
    let monitors = ["doc_store", "brief"].map(|id| monitor(&stack, id)).concat();
    let apart = "\n[notifications]\ngroup_wait = \"0s\"\ngroup_by = [\"monitor\"]\n";
    stack.apply(&format!("{CONFIG}{monitors}{apart}")).await;
    stack.simulator.set_inbox("slack", Behavior::status(503));

    let hour = past_hour();
    let probe = async |n: u64| {
        for (id, down) in [("doc_store", 10..45), ("brief", 10..20)] {
            let is_down = down.contains(&n);
            stack.simulator.set(id, if is_down { Behavior::status(500) } else { Behavior::Ok });
        }
        stack.probe(minute(hour, n)).await;
        stack.swept().await;
    };
    for n in 0..40 {
        probe(n).await;
    }
    // The subscribers of the topic did not wait for Slack.
    assert_eq!(queue.take(1).await.len(), 1);
    let refused = eventually("another try at Slack", PATIENCE, async || {
        stack.swept().await;
        Some(stack.simulator.inbox("slack")).filter(|tries| tries.len() >= 2)
    })
    .await;
    assert!(refused.iter().all(|one| title(one).ends_with("is unhealthy")));
    assert_ne!(stack.n_owed().await, 0, "what Slack did not take is still owed");

    let n_refused = stack.simulator.inbox("slack").len();
    stack.simulator.set_inbox("slack", Behavior::Ok);
    eventually("all that is owed to be sent", PATIENCE, async || {
        stack.invoke(Function::Notifier, &json!({})).await.ok();
        (stack.n_owed().await == 0).then_some(())
    })
    .await;
    for n in 40..60 {
        probe(n).await;
    }
    let titles = eventually("the all-clear at Slack", PATIENCE, async || {
        stack.swept().await;
        let taken = stack.simulator.inbox("slack").split_off(n_refused);
        Some(taken.iter().map(title).collect::<Vec<_>>()).filter(|titles| titles.len() >= 2)
    })
    .await;
    assert_eq!(titles, ["doc_store is unhealthy", "All clear: doc_store is healthy"]);
    assert_eq!(queue.take(1).await.len(), 1);
    let exported = stack.export().await;
    for one in exported["deliveries"].as_array().unwrap() {
        // The outage of `brief` ended before Slack accepted a message.
        let is_over = one.to_string().contains("brief") && one["channel"] == "ops";
        let state = if is_over { "superseded" } else { "sent" };
        assert!(one["state"].to_string().contains(state), "{one}");
    }
    assert_eq!(queue.receive().await, Vec::<String>::new(), "subscribers hear of it once");
}
