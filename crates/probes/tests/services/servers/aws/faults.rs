//! Errors of AWS that a local one does not make, from a proxy in front of it.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::{Value, json};

use super::{at, fault_proxy, local_aws, program, set_faults};
use crate::support::{PASSWORD, SHORT, assert_cause, assert_healthy, check, check_within};

/// A kind with its parameters, and the permission of its first request.
type CheckedKind = (&'static str, Value, &'static str);

fn kinds() -> [CheckedKind; 3] {
    let metric = json!({ "namespace": "Shop", "metric": "Orders" });
    [
        (
            "sqs",
            json!({ "queue": "arn:aws:sqs:us-east-1:000000000000:jobs" }),
            "`sqs:GetQueueAttributes` on `arn:aws:sqs:us-east-1:000000000000:jobs`",
        ),
        (
            "lambda",
            json!({ "function": "check-orders" }),
            "`lambda:InvokeFunction` on `arn:aws:lambda:us-east-1:*:function:check-orders`",
        ),
        ("cloudwatch", metric, "`cloudwatch:GetMetricStatistics` on `*`"),
    ]
}

fn resources() -> Value {
    json!({
        "queues": { "jobs": [1, 0] },
        "functions": { "check-orders": program("check_function.py") },
        "metrics": [{ "Namespace": "Shop", "MetricName": "Orders", "Value": 1, "age": 120 }],
    })
}

#[tokio::test]
async fn each_error_of_aws_blames_the_party_that_has_to_act() {
    let server = local_aws(&resources());
    let proxy = fault_proxy(&server);
    for (kind, params, permission) in kinds() {
        let params = at(&proxy, params);
        assert_healthy(&check(kind, params.clone()).await);
        for (code, status, fault, reason, part) in [
            ("AccessDeniedException", 403, Fault::Credentials, Reason::Permission, permission),
            (
                "ExpiredTokenException",
                403,
                Fault::Credentials,
                Reason::AuthInvalid,
                "renew the credentials",
            ),
            ("UnrecognizedClientException", 403, Fault::Credentials, Reason::AuthInvalid, "(403)"),
            (
                "ThrottlingException",
                400,
                Fault::Throttled,
                Reason::Throttled,
                "`ThrottlingException`",
            ),
            ("TooManyRequestsException", 429, Fault::Throttled, Reason::Throttled, "(429)"),
            ("InternalFailure", 500, Fault::Target, Reason::ServerError, "(500)"),
            ("ServiceUnavailable", 503, Fault::Target, Reason::ServerError, "(503)"),
        ] {
            let error = json!({ "code": code, "status": status, "message": "no" });
            set_faults(&proxy, &json!([{ "error": error }]));
            let finding = check(kind, params.clone()).await;
            let message = assert_cause(&finding, fault, reason);
            assert!(message.contains(part), "{kind}, {code}: {message}");
        }
        set_faults(&proxy, &json!([{ "reset": true }]));
        let finding = check(kind, params.clone()).await;
        assert_cause(&finding, Fault::Target, Reason::ConnectionClosed);
        set_faults(&proxy, &json!([{ "latency": 30_000 }]));
        let finding = check_within(SHORT, PASSWORD, kind, params.clone()).await;
        assert_cause(&finding, Fault::Target, Reason::Timeout);
        set_faults(&proxy, &json!([{ "latency": 300 }]));
        let finding = check(kind, params).await;
        assert_healthy(&finding);
        assert!(finding.latency.is_some_and(|latency| latency.as_millis() >= 300));
        set_faults(&proxy, &json!([]));
    }
}

#[tokio::test]
async fn keys_of_a_check_are_blamed_and_never_shown() {
    let server = local_aws(&resources());
    let proxy = fault_proxy(&server);
    let keys = json!({ "access_key_id": "AKIDCHECK", "secret_access_key": "secret:password" });
    for (kind, mut params, permission) in kinds() {
        params["credentials"] = keys.clone();
        let params = at(&proxy, params);
        assert_healthy(&check(kind, params.clone()).await);
        let error = json!({ "code": "AccessDeniedException", "status": 403, "message": "no" });
        set_faults(&proxy, &json!([{ "error": error }]));
        let finding = check(kind, params).await;
        let message = assert_cause(&finding, Fault::Credentials, Reason::Permission);
        let remedy = format!("allow {permission} to the owner of `credentials`");
        assert!(message.contains(&remedy), "{message}");
        assert!(!message.contains(PASSWORD), "{message}");
        set_faults(&proxy, &json!([]));
    }
}

#[tokio::test]
async fn a_metric_that_cannot_be_listed_is_missing_and_says_why() {
    let server = local_aws(&resources());
    let proxy = fault_proxy(&server);
    let error = json!({ "code": "AccessDenied", "status": 403 });
    set_faults(&proxy, &json!([{ "operation": "ListMetrics", "error": error }]));
    let params = at(&proxy, json!({ "namespace": "Shop", "metric": "Visits" }));
    let finding = check("cloudwatch", params).await;
    assert_eq!(finding.verdict.status(), Status::Unknown);
    let message = assert_cause(&finding, Fault::Monitor, Reason::DataMissing);
    for part in ["it may not exist", "allow `cloudwatch:ListMetrics` on `*`"] {
        assert!(message.contains(part), "{message}");
    }
}
