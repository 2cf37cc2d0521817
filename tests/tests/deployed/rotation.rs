//! A key that is exchanged for another one while the functions run.

use allclear_simulator::{Behavior, Step};
use serde_json::json;

use crate::outage::CONFIG;
use crate::stack::Stack;
use crate::time::{minute, past_hour};

#[tokio::test]
async fn a_rotated_key_costs_one_401_and_no_alert() {
    let stack = Stack::new("rotation").await;
    // An inbox keeps the headers of what it is asked.
    let url = stack.simulator.inbox_url("billing");
    let webhook = stack.simulator.inbox_url("slack");
    stack.set_secrets(json!({ "billing": "key-before", "slack": webhook })).await;
    let check =
        format!("check.http = {{ url = \"{url}\", auth = {{ bearer = \"secret:billing\" }} }}");
    stack
        .apply(&format!("{CONFIG}\n[[monitor]]\nid = \"billing\"\ninterval = \"60s\"\n{check}\n"))
        .await;
    let hour = past_hour();
    for n in 0..3 {
        stack.probe(minute(hour, n)).await;
    }

    stack.set_secrets(json!({ "billing": "key-after", "slack": webhook })).await;
    let unknown_key = Behavior::text(401, "this key was revoked");
    stack
        .simulator
        .script_inbox("billing", vec![Step::requests(unknown_key, 1), Step::forever(Behavior::Ok)]);
    for n in 3..6 {
        stack.probe(minute(hour, n)).await;
    }
    let asked = stack.simulator.inbox("billing");
    let keys: Vec<&str> = asked.iter().map(|one| one.headers["authorization"].as_str()).collect();
    let (before, after) = ("Bearer key-before", "Bearer key-after");
    assert_eq!(keys, [before, before, before, before, after, after, after]);

    stack.swept().await;
    let exported = stack.export().await;
    let history =
        exported["monitored_deployments"]["billing"]["health_history"].as_array().unwrap();
    assert_eq!(history.len(), 6, "{history:?}");
    for one in history {
        assert_eq!(one["status"], "healthy", "{one}");
    }
    assert_eq!(exported["alert_history"], json!([]));
    assert_eq!(exported["deliveries"], json!([]));
    assert!(stack.simulator.inbox("slack").is_empty());
}
