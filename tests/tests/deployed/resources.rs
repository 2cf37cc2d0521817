//! Resources of AWS watched by the deployed prober: a queue, a function that makes a check, and a metric.

use std::process::Command;

use serde_json::{Value, json};

use crate::PATIENCE;
use crate::command::finished;
use crate::guarded::{root, tool};
use crate::outage::CONFIG;
use crate::stack::Stack;
use crate::time::{minute, recently};

/// Makes the resources by the client library of AWS.
async fn make(stack: &Stack, resources: &Value) {
    let programs = root().join("crates/probes/tests/services/programs");
    let mut command = Command::new(tool("python"));
    command.arg(programs.join("aws_resources.py")).arg(format!("http://{}", stack.aws.address));
    let mut resources = resources.clone();
    resources["functions"] =
        json!({ "check-orders": programs.join("check_function.py").to_str().unwrap() });
    command.arg(resources.to_string());
    let made = finished(command, PATIENCE).await;
    assert_eq!(made.code, Some(0), "{}", made.stderr);
}

fn monitors(stack: &Stack) -> String {
    let endpoint = format!("http://{}", stack.aws.address);
    format!(
        r#"
[[monitor]]
id = "jobs"
interval = "60s"
[monitor.check.sqs]
queue = "checked-jobs"
endpoint = "{endpoint}"
expect = "visible_messages < 10"

[[monitor]]
id = "missing-queue"
interval = "60s"
[monitor.check.sqs]
queue = "no-such-queue"
endpoint = "{endpoint}"

[[monitor]]
id = "orders"
interval = "60s"
[monitor.check.lambda]
function = "check-orders"
endpoint = "{endpoint}"
input = {{ answer = {{ status = "unhealthy", message = "no orders", metrics = {{ orders = 0 }} }} }}

[[monitor]]
id = "visits"
interval = "60s"
[monitor.check.cloudwatch]
namespace = "Shop"
metric = "Visits"
statistic = "sum"
window = "3h"
endpoint = "{endpoint}"
expect = "value == 7"
"#
    )
}

#[tokio::test]
async fn the_role_of_the_prober_checks_queues_functions_and_metrics() {
    let stack = Stack::new("resources").await;
    let visits = json!({ "Namespace": "Shop", "MetricName": "Visits", "Value": 7, "age": 3_600 });
    make(&stack, &json!({ "queues": { "checked-jobs": [2, 0] }, "metrics": [visits] })).await;
    stack.set_secrets(json!({ "slack": stack.simulator.inbox_url("slack") })).await;
    stack.apply(&format!("{CONFIG}{}", monitors(&stack))).await;
    stack.probe(minute(recently(), 0)).await;
    stack.swept().await;

    let exported = stack.export().await;
    let latest = |monitor: &str, history: &str| {
        let history = &exported["monitored_deployments"][monitor][history];
        history.as_array().unwrap().last().unwrap().clone()
    };
    for (monitor, status, reason) in [
        ("jobs", "healthy", Value::Null),
        ("missing-queue", "unhealthy", json!("resource_not_found")),
        ("orders", "unhealthy", json!("plugin_critical")),
        ("visits", "healthy", Value::Null),
    ] {
        let found = latest(monitor, "health_history");
        assert_eq!((&found["status"], &found["reason"]), (&json!(status), &reason), "{found}");
    }
    let measured = latest("jobs", "resource_history");
    assert_eq!(measured["visible_messages"], json!(2.0), "{measured}");
}
