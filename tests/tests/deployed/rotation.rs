//! Replacing a key while the functions run.

use std::time::Duration;

use allclear_simulator::{Behavior, Step};
use serde_json::json;
use tokio::time::Instant;

use crate::outage::CONFIG;
use crate::stack::Stack;
use crate::time::{minute, past_hour};

/// Secrets that were read within the last second are not read again.
const JUST_READ: Duration = Duration::from_millis(1_200);

#[tokio::test]
async fn a_rotated_key_costs_one_401_and_no_alert() {
    let stack = Stack::new("rotation").await;
    // An inbox stores the headers of its requests.
    let url = stack.simulator.inbox_url("billing");
    let webhook = stack.simulator.inbox_url("slack");
    stack.set_secrets(json!({ "billing": "key-before", "slack": webhook })).await;
    let check =
        format!("check.http = {{ url = \"{url}\", auth = {{ bearer = \"secret:billing\" }} }}");
    stack
        .apply(&format!("{CONFIG}\n[[monitor]]\nid = \"billing\"\ninterval = \"60s\"\n{check}\n"))
        .await;
    let hour = past_hour();
    let began = Instant::now();
    let mut n_before = 0;
    while began.elapsed() < JUST_READ {
        stack.probe(minute(hour, n_before)).await;
        n_before += 1;
    }

    stack.set_secrets(json!({ "billing": "key-after", "slack": webhook })).await;
    let unknown_key = Behavior::text(401, "this key was revoked");
    stack
        .simulator
        .script_inbox("billing", vec![Step::requests(unknown_key, 1), Step::forever(Behavior::Ok)]);
    for n in n_before..n_before + 3 {
        stack.probe(minute(hour, n)).await;
    }
    let asked = stack.simulator.inbox("billing");
    let n_asked =
        |key: &str| asked.iter().filter(|one| one.headers["authorization"] == key).count();
    let n_before = usize::try_from(n_before).unwrap();
    assert_eq!(n_asked("Bearer key-before"), n_before + 1, "one more than were well");
    assert_eq!(n_asked("Bearer key-after"), 3);
    assert_eq!(asked.len(), n_before + 4);
    assert_eq!(asked[n_before + 1].headers["authorization"], "Bearer key-after", "at once");

    stack.swept().await;
    let exported = stack.export().await;
    let history =
        exported["monitored_deployments"]["billing"]["health_history"].as_array().unwrap();
    assert_eq!(history.len(), n_before + 3, "{history:?}");
    for one in history {
        assert_eq!(one["status"], "healthy", "{one}");
    }
    assert_eq!(exported["alert_history"], json!([]));
    assert_eq!(exported["deliveries"], json!([]));
    assert!(stack.simulator.inbox("slack").is_empty());
}
