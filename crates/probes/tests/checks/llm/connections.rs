//! Connections, and requests that are signed instead of having a key.

use crate::llm::BillingCheck;
use std::sync::{Arc, Mutex};

use allclear_core::Timestamp;
use allclear_core::checker::PriorState;
use allclear_core::ports::{SignRequest, Signing, SigningIdentity, Unsigned};
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_probes::ProbeSettings;
use allclear_simulator::Behavior;
use secrecy::SecretString;
use serde_json::json;

use super::{TestServer, only};
use crate::support::{FindingExt, sent_header};

#[tokio::test]
async fn the_calls_of_one_check_share_a_connection() {
    let mut world = TestServer::of("openai", only(&["reach", "key", "models", "completion"])).await;
    world.at(0).await.assert_healthy();
    for step in ["reach", "list", "completion"] {
        assert_eq!(world.hits(&format!("openai.{step}")), 1, "{step}");
    }
    assert_eq!(world.bench.simulator.connections(), 1);
}

#[tokio::test]
async fn over_tls_the_same_connection_is_measured_for_each_step() {
    let bench = crate::support::bench().await;
    let https = json!({ "base_url": bench.simulator.https_url("/llm/openai/v1") });
    let world = TestServer::on(bench, "openai", https);
    let finding = world.check(0, PriorState::Blank, BillingCheck::Usual).await;
    finding.assert_healthy();
    assert!(finding.parts.tls.is_some() && finding.parts.first_byte.is_some());
    assert!(finding.metrics.contains_key("certificate_days"), "{finding:?}");
    assert!(finding.latency.unwrap() >= finding.parts.tls.unwrap());
}

#[tokio::test]
async fn an_http2_connection_carries_several_calls() {
    let bench = crate::support::bench().await;
    bench.simulator.set("v1", Behavior::json(json!({ "data": [{ "id": "any-model" }] })));
    let http2 = json!({ "base_url": bench.simulator.http2_url("/v1") });
    let world = TestServer::on(bench, "openai", super::merged(only(&["reach", "models"]), http2));
    let finding = world.check(0, PriorState::Blank, BillingCheck::Usual).await;
    finding.assert_healthy();
    assert_eq!(finding.metric("models_listed"), Some(1));
    assert_eq!((world.hits("v1"), world.bench.simulator.connections()), (2, 1));
}

#[tokio::test]
async fn a_connection_that_the_server_closes_in_between_is_opened_again() {
    let mut world = TestServer::of("openai", only(&["reach", "key", "models", "completion"])).await;
    let closing = Behavior::text(401, r#"{"error":{"message":"no key","code":"x"}}"#)
        .with_header("content-type", "application/json")
        .with_header("connection", "close");
    world.set("openai.reach", closing);
    world.at(0).await.assert_healthy();
    assert_eq!(world.bench.simulator.connections(), 2);
}

/// A signer with the interface of AWS, which records the requests.
#[derive(Debug, Default)]
struct Signer {
    signed: Mutex<Vec<String>>,
    fails: bool,
}

impl SignRequest for Signer {
    fn sign<'a>(
        &'a self,
        request: Unsigned<'a>,
        identity: SigningIdentity<'a>,
        _now: Timestamp,
    ) -> Signing<'a> {
        assert!(matches!(identity, SigningIdentity::Process), "{identity:?}");
        let Unsigned { service, region, method, url, .. } = request;
        let path = url::Url::parse(url).unwrap().path().to_owned();
        self.signed.lock().unwrap().push(format!("{service} {region} {method} {path}"));
        Box::pin(async {
            if self.fails {
                return Err("no credentials".to_owned());
            }
            let authorization = "AWS4-HMAC-SHA256 Credential=AKIDSIMULATED/20261122/us-east-1/bedrock/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature=0123";
            Ok(vec![
                ("authorization".to_owned(), SecretString::from(authorization)),
                ("x-amz-date".to_owned(), SecretString::from("20261122T000000Z")),
            ])
        })
    }
}

async fn bedrock(signer: Option<Arc<Signer>>) -> TestServer {
    let world = TestServer::of("bedrock", json!({})).await;
    let settings = ProbeSettings::new(Arc::new(rustls::RootCertStore::empty()));
    let signer = signer.map(|signer| signer as Arc<dyn SignRequest>);
    let mut bench = world.bench;
    bench.probes = allclear_probes::Probes::new(ProbeSettings { signer, ..settings });
    let mut world = TestServer::on(bench, "bedrock", json!({ "api_key": null }));
    world.secrets.clear();
    world
}

#[tokio::test]
async fn bedrock_requests_are_signed_with_the_process_credentials() {
    let signer = Arc::new(Signer::default());
    let mut world = bedrock(Some(Arc::clone(&signer))).await;
    let finding = world.at(0).await;
    finding.assert_healthy();
    assert!(finding.metrics.contains_key("first_token_ms"));
    let requests = signer.signed.lock().unwrap().join("\n");
    for request in [
        "GET /llm/bedrock/control/foundation-models",
        "POST /llm/bedrock/runtime/model/any-model/converse-stream",
    ] {
        assert!(requests.contains(&format!("bedrock us-east-1 {request}")), "{requests}");
    }
    let completions = world.bench.simulator.llm_requests("bedrock.completion");
    assert!(sent_header(&completions[0], "authorization").unwrap().starts_with("AWS4-HMAC-SHA256"));
}

#[tokio::test]
async fn without_credentials_bedrock_is_unknown_with_a_remedy() {
    for signer in [None, Some(Arc::new(Signer { fails: true, ..Signer::default() }))] {
        let is_there = signer.is_some();
        let mut world = bedrock(signer).await;
        let finding = world.at(0).await;
        let message = finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::NotSent);
        let expected = if is_there { "no credentials" } else { "set `api_key`" };
        assert!(message.contains(expected), "{message}");
        assert_eq!(world.hits("bedrock.completion"), 0);
    }
}

#[tokio::test]
async fn a_self_hosted_server_needs_no_key() {
    for provider in ["vllm", "ollama", "openai-compatible"] {
        let world = TestServer::of(provider, json!({ "api_key": null })).await;
        let finding = world.check(0, PriorState::Blank, BillingCheck::Usual).await;
        finding.assert_healthy();
        assert!(finding.metrics.contains_key("first_token_ms"), "{provider}: {finding:?}");
    }
    // The edge of a provider can be watched without a key.
    let mut more = only(&["reach"]);
    more["api_key"] = json!(null);
    more["model"] = json!(null);
    let mut world = TestServer::of("openai", more).await;
    assert_eq!(world.at(0).await.status(), Status::Healthy);
}
