//! The `cloudwatch` check against MiniStack.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::{Value, json};

use super::{at, local_aws};
use crate::support::{
    LocalServer, assert_absences, assert_cause, assert_count, assert_healthy, check,
};

const KIND: &str = "cloudwatch";

fn value(metric: &str, value: f64, age_s: u32) -> Value {
    json!({
        "Namespace": "Shop",
        "MetricName": metric,
        "Dimensions": [{ "Name": "Shop", "Value": "main" }, { "Name": "Stage", "Value": "live" }],
        "Value": value,
        "age": age_s,
    })
}

fn aws() -> LocalServer {
    local_aws(&json!({
        "metrics": [
            value("Orders", 4.0, 200),
            value("Orders", 8.0, 200),
            value("Orders", 100.0, 1_000),
            value("Refunds", 1.0, 7_200),
        ],
    }))
}

fn params(server: &LocalServer, metric: &str, more: Value) -> Value {
    let mut params = more;
    params["namespace"] = json!("Shop");
    params["metric"] = json!(metric);
    params["dimensions"] = json!({ "Shop": "main", "Stage": "live" });
    at(server, params)
}

#[tokio::test]
async fn the_newest_value_is_judged_by_each_statistic() {
    let server = aws();
    for (statistic, value) in [
        ("average", 6),
        ("sum", 12),
        ("minimum", 4),
        ("maximum", 8),
        ("sample_count", 2),
        ("p100", 8),
    ] {
        let more = json!({ "statistic": statistic, "expect": format!("value == {value}") });
        let finding = check(KIND, params(&server, "Orders", more)).await;
        assert_healthy(&finding);
        assert_count(&finding, "metric_value", value);
        let age = finding.metrics["datapoint_age_seconds"];
        assert!((100.0..400.0).contains(&age), "{age}");
    }
    let more = json!({ "expect": "value > 50" });
    let finding = check(KIND, params(&server, "Orders", more)).await;
    let message = assert_cause(&finding, Fault::Target, Reason::AssertionFailed);
    assert!(message.contains("value = 6"), "{message}");
    let more = json!({ "degraded": "value < 50 || datapoint_age_seconds > 3600" });
    let finding = check(KIND, params(&server, "Orders", more)).await;
    assert_eq!(finding.verdict.status(), Status::Degraded);
}

#[tokio::test]
async fn a_missing_value_is_told_apart_from_a_bad_one_and_from_a_missing_metric() {
    let server = aws();
    let finding = check(KIND, params(&server, "Refunds", json!({ "expect": "value > 0" }))).await;
    assert_eq!(finding.verdict.status(), Status::Unknown);
    let message = assert_cause(&finding, Fault::Monitor, Reason::DataMissing);
    assert_eq!(message, "the metric `Refunds` of `Shop` has no value in the last 10m");
    let more = json!({ "missing": "unhealthy" });
    let finding = check(KIND, params(&server, "Refunds", more)).await;
    assert_cause(&finding, Fault::Target, Reason::DataMissing);
    let more = json!({ "missing": "zero", "expect": "value < 10" });
    let finding = check(KIND, params(&server, "Refunds", more)).await;
    assert_healthy(&finding);
    assert_count(&finding, "metric_value", 0);
    let finding = check(KIND, params(&server, "Refunds", json!({ "window": "3h" }))).await;
    assert_healthy(&finding);

    let finding = check(KIND, params(&server, "Order", json!({ "missing": "unhealthy" }))).await;
    let message = assert_cause(&finding, Fault::Request, Reason::ResourceNotFound);
    assert!(message.contains("knows no such metric"), "{message}");
    let mut fewer = params(&server, "Orders", json!({}));
    fewer["dimensions"] = json!({ "Shop": "main" });
    let message = assert_cause(&check(KIND, fewer).await, Fault::Request, Reason::ResourceNotFound);
    assert!(message.ends_with("one with more dimensions: Shop = main, Stage = live"), "{message}");
}

#[tokio::test]
async fn an_absent_service_is_at_fault() {
    let server = aws();
    let params = params(&server, "Orders", json!({}));
    assert_absences(server, KIND, params).await;
}
