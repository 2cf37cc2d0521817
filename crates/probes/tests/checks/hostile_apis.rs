//! Servers that break HTTP, or answer an API with anything else: an outcome within the deadline, and never
//! healthy.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use allclear_aws::cloud::Cloud;
use allclear_aws::signing::Signer;
use allclear_core::id::SecretName;
use allclear_core::outcome::Finding;
use allclear_core::ports::SignRequest;
use allclear_core::secret::Secrets;
use allclear_core::status::{Fault, Status};
use allclear_probes::{ProbeSettings, Probes};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::hostile_services::{ALL, LIMIT, server};
use crate::support::{CheckFixture, FindingExt, LONG, bench, build, declared, make, raw_server};

/// The kinds that ask an API, their parameters for a server at `url`, and the fault if the server answers
/// anything else.
fn kinds(url: &str) -> Vec<(&'static str, Value, Fault)> {
    let key = "secret:password";
    vec![
        ("mcp", json!({ "url": url, "expected_tools": ["search"] }), Fault::Target),
        ("mcp", json!({ "url": url, "transport": "sse" }), Fault::Target),
        ("agent", json!({ "url": url }), Fault::Target),
        ("pusher", json!({ "url": url, "app_id": "3", "key": "k", "secret": key }), Fault::Target),
        ("clerk", json!({ "url": url, "secret_key": key }), Fault::Target),
        ("supabase", json!({ "url": url, "key": key }), Fault::Target),
        ("sqs", json!({ "endpoint": url, "queue": "jobs" }), Fault::Target),
        (
            "sqs",
            json!({ "endpoint": url, "queue": "arn:aws:sqs:us-east-1:123456789012:jobs" }),
            Fault::Target,
        ),
        ("lambda", json!({ "endpoint": url, "function": "check" }), Fault::Target),
        (
            "cloudwatch",
            json!({ "endpoint": url, "namespace": "Shop", "metric": "Orders" }),
            Fault::Target,
        ),
        // These servers inform about others.
        ("statuspage", json!({ "url": url }), Fault::Monitor),
        ("domain", json!({ "domain": "example.com", "rdap": url }), Fault::Monitor),
    ]
}

/// Returns a bench with an identity in AWS.
async fn signing_bench() -> CheckFixture {
    let variables = HashMap::from([
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ]);
    let cloud = Cloud::from_variables(|name| variables.get(name).map(|&value| value.to_owned()));
    let signer: Arc<dyn SignRequest> = Arc::new(Signer::new(&cloud.unwrap()));
    let (signer, aws_region) = (Some(signer), Some("us-east-1".to_owned()));
    let settings = ProbeSettings::new(Arc::new(rustls::RootCertStore::empty()));
    let mut bench = bench().await;
    bench.probes = Probes::new(ProbeSettings { signer, aws_region, ..settings });
    bench
}

async fn check(bench: &CheckFixture, timeout: Duration, kind: &str, params: Value) -> Finding {
    let checker = build(&bench.probes, kind, params).unwrap_or_else(|all| panic!("{all:?}"));
    let name = SecretName::new("password").unwrap();
    let secrets = Secrets::from([(name, SecretString::from("correct horse"))]);
    // `make` fails if the prober would have to end the attempt.
    declared(kind, make(checker.as_ref(), timeout, &secrets).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_breaks_http_is_at_fault_within_the_deadline() {
    let bench = signing_bench().await;
    for hostility in ALL {
        let (address, _server) = server(hostility).await;
        for (kind, params, fault) in kinds(&format!("http://{address}")) {
            let finding = check(&bench, LIMIT, kind, params).await;
            let cause = finding.cause();
            assert_eq!(cause.fault, fault, "{kind}, {hostility:?}: {cause:?}");
            assert!(cause.message.len() < 1_000, "{kind}, {hostility:?}: {cause:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_none_of_the_api_is_never_healthy() {
    let bench = signing_bench().await;
    let deep = "[".repeat(100_000);
    let large = format!("\"{}\"", "x".repeat(3_000_000));
    let event = format!("data: {}\n\n", "x".repeat(1_500_000));
    let texts = ["", "ok", "null", "[]", "{}", "{\"id\":1}", "<html>", &deep, &large];
    let documents = texts.map(|text| ("application/json", text));
    let streams =
        ["", "data: {\n\n", ": ping\n\n", "event: endpoint\ndata: //elsewhere.test/\n\n", &event];
    let streams = streams.map(|text| ("text/event-stream", text));
    for (media_type, body) in documents.into_iter().chain(streams) {
        let head = format!("content-type: {media_type}\r\ncontent-length: {}", body.len());
        let answer = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}");
        let server = raw_server(answer).await;
        for (kind, params, fault) in kinds(&format!("http://{}", server.address)) {
            let finding = check(&bench, LONG, kind, params).await;
            let shown = body.get(..40).unwrap_or(body);
            assert_ne!(finding.status(), Status::Healthy, "{kind}: {media_type} {shown:?}");
            let cause = finding.cause();
            assert_eq!(cause.fault, fault, "{kind}, {media_type} {shown:?}: {cause:?}");
            assert!(cause.message.len() < 1_000, "{kind}: {cause:?}");
        }
    }
}
