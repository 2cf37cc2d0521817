//! The `lambda` check of a function in MiniStack that implements the contract.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::{Value, json};

use super::{at, local_aws, program};
use crate::support::{
    LONG, LocalServer, PASSWORD, SHORT, assert_cause, assert_count, assert_healthy, check,
    check_within,
};

const KIND: &str = "lambda";

fn aws() -> LocalServer {
    local_aws(&json!({ "functions": { "check-orders": program("check_function.py") } }))
}

fn params(server: &LocalServer, input: &Value) -> Value {
    at(server, json!({ "function": "check-orders", "input": input }))
}

#[tokio::test]
async fn a_function_reports_its_status_and_its_measurements() {
    let server = aws();
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:check-orders";
    for function in ["check-orders", arn, "check-orders:$LATEST"] {
        let expect = "metrics[\"orders\"] == 42 && message == '42 orders'";
        let finding =
            check(KIND, at(&server, json!({ "function": function, "expect": expect }))).await;
        assert_healthy(&finding);
        assert_count(&finding, "function_orders", 42);
        let limit = finding.metrics["function_time_limit_ms"];
        assert!(limit > 1_000.0 && limit <= LONG.as_secs_f64() * 1000.0, "{limit}");
    }
    let answer = |status: &str| json!({ "answer": { "status": status, "message": "3 orders", "metrics": { "orders": 3 } } });
    for (status, fault, reason, wanted) in [
        ("degraded", Fault::Target, Reason::PluginWarning, Status::Degraded),
        ("unhealthy", Fault::Target, Reason::PluginCritical, Status::Unhealthy),
        ("unknown", Fault::Monitor, Reason::PluginUnknown, Status::Unknown),
    ] {
        let finding = check(KIND, params(&server, &answer(status))).await;
        assert_eq!(finding.verdict.status(), wanted);
        assert_eq!(assert_cause(&finding, fault, reason), "3 orders");
        assert_count(&finding, "function_orders", 3);
    }
    let mut strict = params(&server, &json!({}));
    strict["expect"] = json!("metrics[\"orders\"] > 100");
    let finding = check(KIND, strict).await;
    assert_cause(&finding, Fault::Target, Reason::AssertionFailed);
}

#[tokio::test]
async fn failures_of_a_function_are_told_apart() {
    let mut server = aws();
    for (input, reason, part) in [
        (json!({ "error": "no database" }), Reason::FunctionFailed, "`: no database"),
        (json!({ "sleep": 5 }), Reason::Timeout, "exceeded its own time limit"),
        (json!({ "answer": "fine" }), Reason::ResponseInvalid, "broke the contract"),
        (json!({ "answer": { "statusCode": 200 } }), Reason::ResponseInvalid, "unknown field"),
        (json!({ "answer": null }), Reason::ResponseInvalid, "it returned null"),
        (json!({ "large": 100_000 }), Reason::ResponseTooLarge, "65536 bytes"),
    ] {
        let finding = check(KIND, params(&server, &input)).await;
        let message = assert_cause(&finding, Fault::Target, reason);
        assert!(message.contains(part), "{message}");
    }
    let missing = at(&server, json!({ "function": "check-nothing" }));
    let message =
        assert_cause(&check(KIND, missing).await, Fault::Request, Reason::ResourceNotFound);
    assert!(message.contains("Lambda answers `ResourceNotFoundException` (404)"), "{message}");
    // The function sleeps longer than the check waits.
    let slow = params(&server, &json!({ "sleep": 1.5 }));
    let finding = check_within(SHORT, PASSWORD, KIND, slow).await;
    assert_cause(&finding, Fault::Target, Reason::Timeout);
    server.freeze();
    let finding = check_within(SHORT, PASSWORD, KIND, params(&server, &json!({}))).await;
    assert_cause(&finding, Fault::Target, Reason::Timeout);
    server.resume();
    server.kill();
    let finding = check(KIND, params(&server, &json!({}))).await;
    assert_cause(&finding, Fault::Target, Reason::ConnectRefused);
}
