//! Parameters of the checks of AWS, and a process without an identity.

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use allclear_core::status::{Fault, Status};
use serde_json::{Value, json};

use crate::support::{FindingExt as _, LONG, bench, build, make};

fn with(mut params: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    params
}

fn sqs(more: &Value) -> Value {
    with(json!({ "queue": "jobs", "region": "eu-west-1" }), more)
}

fn lambda(more: &Value) -> Value {
    with(json!({ "function": "check", "region": "eu-west-1" }), more)
}

fn cloudwatch(more: &Value) -> Value {
    with(json!({ "namespace": "Shop", "metric": "Orders", "region": "eu-west-1" }), more)
}

#[tokio::test]
async fn each_problem_of_a_parameter_is_at_its_place() {
    let bench = bench().await;
    let long: Value = (0..31).map(|n| (format!("d{n}"), json!("x"))).collect();
    let large = json!({ "text": "x".repeat(17_000) });
    let keys = |id: &str, secret: &str| json!({ "credentials": { "access_key_id": id, "secret_access_key": secret } });
    let arn = "arn:aws:sqs:eu-central-1:123456789012:jobs";
    let local = "http://127.0.0.1:4566/000000000000/jobs";
    for (kind, params, wanted) in [
        (
            "sqs",
            json!({ "queue": "jobs" }),
            ": the check has no region, and neither has this process",
        ),
        ("sqs", sqs(&json!({ "queue": "two words" })), "queue: the text names no queue"),
        ("sqs", sqs(&json!({ "queue": local })), "queue: the host of the URL is none of SQS"),
        (
            "sqs",
            sqs(&json!({ "queue": arn })),
            "region: the region is `eu-west-1`, and that of the resource `eu-central-1`",
        ),
        (
            "sqs",
            sqs(&json!({ "region": "Frankfurt" })),
            "region: `Frankfurt` does not have the form of a region",
        ),
        (
            "sqs",
            sqs(&json!({ "endpoint": "ftp://x" })),
            "endpoint: `ftp` is neither `http` nor `https`",
        ),
        (
            "sqs",
            sqs(&keys("AKIDEXAMPLE", "wJalrXUtnFEMI")),
            "credentials.secret_access_key: the config contains a secret",
        ),
        (
            "sqs",
            sqs(&keys("not an id", "secret:key")),
            "credentials.access_key_id: `not an id` does not have the form of the id of an access key",
        ),
        ("lambda", lambda(&json!({ "function": "a/b" })), "function: the text names no function"),
        (
            "lambda",
            lambda(&json!({ "function": "check:live", "qualifier": "7" })),
            "qualifier: `function` names a version or alias already",
        ),
        (
            "lambda",
            lambda(&json!({ "qualifier": "?" })),
            "qualifier: the text names no version or alias",
        ),
        (
            "lambda",
            lambda(&json!({ "input": large })),
            "input: the input has 17011 bytes, and 16384 are allowed",
        ),
        (
            "cloudwatch",
            cloudwatch(&json!({ "statistic": "p101" })),
            "statistic: `p101` is no statistic",
        ),
        (
            "cloudwatch",
            cloudwatch(&json!({ "period": "90s" })),
            "period: CloudWatch has no periods of 1m30s",
        ),
        (
            "cloudwatch",
            cloudwatch(&json!({ "period": "1m", "window": "30s" })),
            "window: a window of 30s is shorter than a period, longer than 14d, or longer than 1440 periods",
        ),
        (
            "cloudwatch",
            cloudwatch(&json!({ "dimensions": long })),
            "dimensions: 31 dimensions, and a metric has at most 30",
        ),
        (
            "cloudwatch",
            cloudwatch(&json!({ "metric": "Größe" })),
            "metric: CloudWatch accepts only visible ASCII characters",
        ),
        ("cloudwatch", cloudwatch(&json!({ "namespace": " " })), "namespace: the text is empty"),
    ] {
        assert_eq!(bench.problems(kind, params.clone()), [wanted], "{kind}: {params}");
    }
}

#[tokio::test]
async fn a_process_without_an_identity_measures_nothing_and_says_why() {
    let bench = bench().await;
    for (kind, params) in [
        ("sqs", sqs(&json!({}))),
        ("lambda", lambda(&json!({}))),
        ("cloudwatch", cloudwatch(&json!({}))),
    ] {
        let checker = build(&bench.probes, kind, params).unwrap_or_else(|all| panic!("{all:?}"));
        let finding: Finding = make(checker.as_ref(), LONG, &Secrets::new()).await;
        assert_eq!(finding.status(), Status::Unknown);
        let cause = finding.cause();
        assert_eq!((cause.fault, cause.reason), (Fault::Monitor, Reason::NotSent));
        assert_eq!(cause.message, "cannot sign the request: this process has no AWS credentials");
    }
}

#[tokio::test]
async fn a_check_connects_to_the_host_of_its_region() {
    let bench = bench().await;
    for (kind, params, host) in [
        ("sqs", sqs(&json!({})), "sqs.eu-west-1.amazonaws.com"),
        (
            "sqs",
            json!({ "queue": "arn:aws-cn:sqs:cn-north-1:123456789012:jobs" }),
            "sqs.cn-north-1.amazonaws.com.cn",
        ),
        ("lambda", lambda(&json!({})), "lambda.eu-west-1.amazonaws.com"),
        ("cloudwatch", cloudwatch(&json!({})), "monitoring.eu-west-1.amazonaws.com"),
        ("cloudwatch", cloudwatch(&json!({ "endpoint": "http://localhost:4566" })), "localhost"),
    ] {
        let checker = build(&bench.probes, kind, params).unwrap_or_else(|all| panic!("{all:?}"));
        assert_eq!(checker.host(), Some(host));
    }
}
