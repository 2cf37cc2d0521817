//! The routes and channels of a deployed stack, as the commands of an operator see them.

use serde_json::json;

use crate::outage::{CONFIG, monitor, slack_is_the_simulator, title};
use crate::stack::Stack;

/// A config that no stack runs with.
const OF_THIS_MACHINE: &str = r#"
[[monitor]]
id = "elsewhere"
check.tcp = { address = "127.0.0.1:9" }

[[channel]]
id = "file"
send.log = {}
"#;

#[tokio::test]
async fn routes_and_test_messages_use_the_config_and_the_secrets_of_the_stack() {
    let stack = Stack::new("channels").await;
    let unset = "\n[[channel]]\nid = \"unset\"\nsend.slack = { webhook_url = \"secret:unset\" }\n";
    stack.apply(&format!("{CONFIG}{unset}{}", monitor(&stack, "doc_store"))).await;
    slack_is_the_simulator(&stack).await;
    let topic = stack.subscribed("topic", json!({ "monitor": ["allclear-test"] })).await;
    stack.write("allclear.toml", OF_THIS_MACHINE);

    let route = ["route", "doc_store", "--rule", "service_down", "--json"];
    let routed = stack.allclear(&route).await;
    assert_eq!(routed.code, Some(0), "{routed:?}");
    for channel in ["on_call", "ops", "unset"] {
        assert!(routed.stdout.contains(channel), "{channel}: {routed:?}");
    }
    let unknown = stack.allclear(&["route", "elsewhere"]).await;
    assert_eq!(unknown.code, Some(2), "{unknown:?}");

    let sent = stack.allclear(&["notify", "test", "ops"]).await;
    assert_eq!(sent.code, Some(0), "{sent:?}");
    let inbox = stack.simulator.inbox("slack");
    let titles: Vec<String> = inbox.iter().map(title).collect();
    assert_eq!(titles, ["TEST of the channel `ops`: test_message"]);
    // A channel without a topic of its own sends to that of the stack.
    let sent = stack.allclear(&["notify", "test", "on_call"]).await;
    assert_eq!(sent.code, Some(0), "{sent:?}");
    assert_eq!(topic.take(1).await.len(), 1);

    let unset = stack.allclear(&["notify", "test", "unset"]).await;
    assert_eq!(unset.code, Some(2), "{unset:?}");
    assert!(unset.stderr.contains("allclear keys set unset --stack test-channels"), "{unset:?}");
    let unknown = stack.allclear(&["notify", "test", "file"]).await;
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert!(unknown.stderr.contains("it has on_call, ops, unset"), "{unknown:?}");
    assert!(stack.items("delivery").await.is_empty(), "nothing is recorded");
}
