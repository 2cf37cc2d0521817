//! The `sqs` check against MiniStack.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::{Value, json};

use super::{at, local_aws};
use crate::support::{
    LocalServer, assert_absences, assert_cause, assert_count, assert_healthy, check,
};

const KIND: &str = "sqs";

fn aws() -> LocalServer {
    local_aws(&json!({ "queues": { "jobs": [3, 1], "idle": [0, 0] } }))
}

/// Returns the age of the oldest message of a queue as CloudWatch has it.
fn age(queue: &str, seconds: u32) -> Value {
    json!({
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{ "Name": "QueueName", "Value": queue }],
        "Value": seconds,
        "Unit": "Seconds",
        "age": 120,
    })
}

#[tokio::test]
async fn a_queue_is_measured_by_its_url_its_arn_and_its_name() {
    let server = aws();
    let url = format!("http://{}/000000000000/jobs", server.address());
    for queue in [url.as_str(), "arn:aws:sqs:us-east-1:000000000000:jobs", "jobs"] {
        let more = json!({ "queue": queue, "expect": "visible_messages < 10" });
        let finding = check(KIND, at(&server, more)).await;
        assert_healthy(&finding);
        assert_count(&finding, "visible_messages", 3);
        assert_count(&finding, "in_flight_messages", 1);
        assert_count(&finding, "delayed_messages", 0);
        assert!(!finding.metrics.contains_key("oldest_message_seconds"), "asked without a use");
    }
    let more = json!({ "queue": "jobs", "degraded": "visible_messages > 2" });
    let finding = check(KIND, at(&server, more)).await;
    assert_eq!(finding.verdict.status(), Status::Degraded);
    let more = json!({ "queue": "jobs", "expect": "visible_messages + in_flight_messages < 4" });
    let finding = check(KIND, at(&server, more)).await;
    let message = assert_cause(&finding, Fault::Target, Reason::AssertionFailed);
    assert!(message.contains("visible_messages = 3"), "{message}");
}

#[tokio::test]
async fn an_unknown_queue_is_a_fault_of_the_request() {
    let server = aws();
    for (queue, part) in [
        ("missing", "SQS answers `QueueDoesNotExist` (400)"),
        ("arn:aws:sqs:us-east-1:000000000000:missing", "does not exist"),
    ] {
        let finding = check(KIND, at(&server, json!({ "queue": queue }))).await;
        let message = assert_cause(&finding, Fault::Request, Reason::ResourceNotFound);
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn the_age_of_the_oldest_message_comes_from_cloudwatch() {
    let server = local_aws(&json!({
        "queues": { "jobs": [3, 1], "idle": [0, 0], "new": [1, 0] },
        "metrics": [age("jobs", 240)],
    }));
    let of = |queue: &str| {
        at(&server, json!({ "queue": queue, "expect": "oldest_message_seconds < 300" }))
    };
    let finding = check(KIND, of("jobs")).await;
    assert_healthy(&finding);
    assert_count(&finding, "oldest_message_seconds", 240);
    let strict = json!({ "queue": "jobs", "expect": "oldest_message_seconds < 100" });
    let finding = check(KIND, at(&server, strict)).await;
    assert_cause(&finding, Fault::Target, Reason::AssertionFailed);
    let finding = check(KIND, of("idle")).await;
    assert_healthy(&finding);
    assert_count(&finding, "oldest_message_seconds", 0);
    let finding = check(KIND, of("new")).await;
    assert_eq!(finding.verdict.status(), Status::Unknown);
    let message = assert_cause(&finding, Fault::Monitor, Reason::DataMissing);
    assert!(message.contains("`ApproximateAgeOfOldestMessage` of `new`"), "{message}");
    assert_count(&finding, "visible_messages", 1);
}

#[tokio::test]
async fn an_absent_service_is_at_fault() {
    let server = aws();
    let params = at(&server, json!({ "queue": "jobs" }));
    assert_absences(server, KIND, params).await;
}
