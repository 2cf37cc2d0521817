//! Keys: the destinations of each key, and the information about it.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::json;

use super::{ADMIN_KEY, KEY, TestServer};
use crate::support::{FindingExt, sent_header};

#[tokio::test]
async fn a_revoked_key_is_a_credentials_fault() {
    let mut world = TestServer::of("openai", json!({})).await;
    world.at(0).await.assert_healthy();
    world.bench.simulator.revoke_keys([KEY]);
    let finding = world.at(5).await;
    let message = finding.assert_cause(Status::Unhealthy, Fault::Credentials, Reason::AuthInvalid);
    assert!(message.starts_with("reached, the key check fails: "), "{message}");
    assert_eq!(finding.labels["works_up_to"], "reach");
    assert_eq!(finding.labels["provider_code"], "invalid_api_key");
    world.bench.simulator.revoke_keys(Vec::<String>::new());
    world.at(6).await.assert_healthy();
}

#[tokio::test]
async fn a_failing_key_check_triggers_a_completion() {
    let mut world = TestServer::of("openai", json!({ "steps": { "completion": "1h" } })).await;
    world.at(0).await.assert_healthy();
    world.bench.simulator.revoke_keys([KEY]);
    let finding = world.at(15).await;
    finding.assert_cause(Status::Unhealthy, Fault::Credentials, Reason::AuthInvalid);
    assert_eq!(world.hits("openai.completion"), 2, "perhaps it still completes");
}

#[tokio::test]
async fn a_key_without_permission_to_list_that_completes_is_healthy() {
    let mut world = TestServer::of("openai", json!({})).await;
    world.row("openai.list", "list_missing_scopes");
    let finding = world.at(0).await;
    finding.assert_healthy();
    assert_eq!(finding.labels["key"], "restricted");
    let mut without = TestServer::of("openai", json!({ "steps": { "completion": "off" } })).await;
    without.row("openai.list", "list_missing_scopes_401");
    let finding = without.at(0).await;
    assert_eq!((finding.status(), finding.labels["key"].as_str()), (Status::Healthy, "restricted"));
}

#[tokio::test]
async fn each_key_is_sent_only_to_its_own_host() {
    let keys = [("key", KEY), ("admin", ADMIN_KEY)];
    let admin = json!({ "admin_key": "secret:admin" });
    let mut world = TestServer::with_keys("openai", &keys, admin).await;
    world.at(0).await.assert_healthy();
    let sent = |endpoint: &str| -> Vec<Option<String>> {
        let requests = world.bench.simulator.llm_requests(endpoint);
        assert!(!requests.is_empty(), "{endpoint}");
        let header = |request| sent_header(request, "authorization").map(str::to_owned);
        requests.iter().map(header).collect()
    };
    let bearer = |key: &str| Some(format!("Bearer {key}"));
    assert_eq!(sent("openai.reach"), [None]);
    assert_eq!(sent("openai.status_page"), [None]);
    assert_eq!(sent("openai.list"), [bearer(KEY)]);
    assert_eq!(sent("openai.completion"), [bearer(KEY)]);
    assert_eq!(sent("openai.usage"), [bearer(ADMIN_KEY)]);
}

#[tokio::test]
async fn a_key_is_trimmed_and_its_white_space_is_warned_about() {
    let key = format!(" {KEY}\n");
    let mut world = TestServer::with_keys("openai", &[("key", &key)], json!({})).await;
    let finding = world.at(0).await;
    finding.assert_healthy();
    assert!(finding.labels["key_doubt"].contains("white space"), "{finding:?}");
    assert!(!finding.labels["key_doubt"].contains(KEY));
}

#[tokio::test]
async fn a_key_with_invalid_header_characters_is_a_fault_of_the_monitor() {
    for key in ["", "  ", "a\nb"] {
        let mut world = TestServer::with_keys("openai", &[("key", key)], json!({})).await;
        let finding = world.at(0).await;
        finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::SecretUnreadable);
        assert_eq!(world.hits("openai.completion"), 0);
    }
}

#[tokio::test]
async fn a_hugging_face_token_is_validated_every_six_hours() {
    let mut world = TestServer::of("huggingface", json!({})).await;
    world.at(0).await.assert_healthy();
    for minute in [15, 60, 359] {
        world.at(minute).await;
    }
    assert_eq!(world.hits("huggingface.key"), 1);
    world.at(360).await;
    assert_eq!(world.hits("huggingface.key"), 2);
}

#[tokio::test]
async fn a_cohere_trial_key_is_used_sparingly() {
    let mut world = TestServer::of("cohere", json!({})).await;
    let trial = allclear_simulator::llm::LlmBehavior {
        headers: [("x-trial-endpoint-call-limit".to_owned(), "20".to_owned())].into(),
        ..Default::default()
    };
    world.set("cohere.completion", trial);
    let first = world.at(0).await;
    first.assert_healthy();
    assert_eq!(first.labels["key"], "trial");
    for minute in [5, 10, 30, 58] {
        assert_eq!(world.at(minute).await.status(), Status::Healthy);
    }
    assert_eq!(world.hits("cohere.completion"), 1);
    world.at(60).await;
    assert_eq!(world.hits("cohere.completion"), 2);
}
