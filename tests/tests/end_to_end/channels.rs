//! Failures of Slack: a transient failure is retried and the message arrives once; a permanent one
//! is given up visibly; and a failing channel does not delay the others.

use std::time::Duration;

use allclear_simulator::{Behavior, Step};
use serde_json::Value;

use crate::stage::{Stage, eventually, monitor};

const CONFIG: &str = r#"
[defaults]
interval = "10s"
timeout = "5s"
confirm = { failures = 1, successes = 1 }

[[rule]]
id = "service_down"
for = "0s"

[[rule]]
id = "low_uptime"
enabled = false

[[rule]]
id = "consecutive_failures"
enabled = false

[[channel]]
id = "failing"
send.slack = { webhook_url = "secret:failing" }

[[channel]]
id = "retired"
send.slack = { webhook_url = "secret:retired" }

[[channel]]
id = "busy"
send.slack = { webhook_url = "secret:busy" }

[[channel]]
id = "well"
send.slack = { webhook_url = "secret:well" }
"#;

const RETRY_AFTER: Duration = Duration::from_secs(7);

/// Returns the delivery to a channel from the export.
fn delivery<'e>(exported: &'e Value, channel: &str) -> &'e Value {
    let deliveries = exported["deliveries"].as_array().unwrap();
    let mut to_channel = deliveries.iter().filter(|one| one["channel"] == channel);
    let delivery = to_channel.next().unwrap_or_else(|| panic!("none to `{channel}`: {exported}"));
    assert!(to_channel.next().is_none(), "more than one to `{channel}`: {exported}");
    delivery
}

#[tokio::test]
async fn a_message_arrives_once_or_is_reported_as_failed() {
    let mut stage = Stage::new().await;
    for inbox in ["failing", "retired", "busy", "well"] {
        stage.inbox_as_secret(inbox);
    }
    let then_well = |first| vec![Step::requests(first, 1), Step::forever(Behavior::Ok)];
    stage.simulator.script_inbox("failing", then_well(Behavior::text(500, "internal_error")));
    stage.simulator.set_inbox("retired", Behavior::text(200, "no_service"));
    let seconds = RETRY_AFTER.as_secs().to_string();
    let busy = Behavior::text(429, "rate_limited").with_header("Retry-After", &seconds);
    stage.simulator.script_inbox("busy", then_well(busy));
    stage.config(&format!("{CONFIG}{}", monitor(&stage.simulator, "doc_store", "")));
    stage.simulator.set("doc_store", Behavior::status(500));

    let up = stage.up().await;
    let exported =
        eventually("every delivery to be settled", Duration::from_secs(40), async || {
            let exported = stage.export().await;
            let deliveries = exported["deliveries"].as_array().unwrap();
            let settled = |one: &Value| one["state"].get("owed").is_none();
            (deliveries.len() == 4 && deliveries.iter().all(settled)).then_some(exported)
        })
        .await;
    let said = up.process.terminated(Duration::from_secs(10)).await.stderr;

    for (channel, n_tries) in [("failing", 2), ("busy", 2), ("well", 1)] {
        let delivery = delivery(&exported, channel);
        assert!(delivery["state"].get("sent").is_some(), "{delivery}");
        assert_eq!(delivery["n_tries"], n_tries, "{delivery}");
    }
    let retired = delivery(&exported, "retired");
    assert_eq!(retired["n_tries"], 1);
    let reason = retired["state"]["given_up"]["reason"].as_str().unwrap();
    assert!(reason.contains("no_service"), "{reason}");
    assert!(said.contains("given up") && said.contains("no_service"), "{said}");

    // Each retry repeats the same message, and nothing arrived after it.
    for (inbox, n_received) in [("failing", 2), ("busy", 2), ("well", 1), ("retired", 1)] {
        let received = stage.simulator.inbox(inbox);
        assert_eq!(received.len(), n_received, "{inbox}");
        assert!(received.iter().all(|one| one.body == received[0].body), "{inbox}");
    }
    let busy = stage.simulator.inbox("busy");
    let waited = busy[1].at.duration_since(busy[0].at);
    assert!(waited >= RETRY_AFTER.try_into().unwrap(), "tried again after {waited:?}");
    // No channel waited for another.
    let first = |inbox| stage.simulator.inbox(inbox)[0].at;
    let apart = first("well").duration_since(first("failing")).abs();
    assert!(apart < Duration::from_secs(3).try_into().unwrap(), "{apart:?}");
}
