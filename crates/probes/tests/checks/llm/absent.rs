//! Servers without a list of models or a key endpoint.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::Behavior;
use serde_json::json;

use super::{TestServer, only};
use crate::support::FindingExt;

const LIST: &str = "openai-compatible.list";
const REACH: &str = "openai-compatible.reach";
const COMPLETION: &str = "openai-compatible.completion";

/// Starts a server that supports completions but has no list of models.
async fn without_a_list(row: &str) -> TestServer {
    let world = TestServer::of("openai-compatible", json!({ "steps": { "reach": "off" } })).await;
    world.row(LIST, row);
    world
}

#[tokio::test]
async fn a_missing_list_does_not_degrade_and_is_requested_again_after_hours() {
    for row in ["list_not_found", "list_method_not_allowed", "list_not_implemented"] {
        let mut world = without_a_list(row).await;
        let finding = world.at(0).await;
        finding.assert_healthy();
        assert_eq!(finding.labels["absent"], "key, models", "{row}");
        let n_asked = world.hits(LIST);
        for minute in [5, 30, 120, 350] {
            world.at(minute).await.assert_healthy();
        }
        assert_eq!(world.hits(LIST), n_asked, "{row}");
        world.set(LIST, Behavior::default());
        let finding = world.at(360).await;
        finding.assert_healthy();
        assert_eq!(world.hits(LIST), n_asked + 1, "{row}");
        assert!(!finding.labels.contains_key("absent"), "{finding:?}");
        assert!(finding.metrics.contains_key("models_listed"));
    }
}

#[tokio::test]
async fn a_missing_list_does_not_explain_a_failed_completion() {
    for (row, fault, reason) in [
        ("internal_error", Fault::Target, Reason::ServerError),
        ("truncated", Fault::Target, Reason::StreamTruncated),
        ("invalid_key", Fault::Credentials, Reason::AuthInvalid),
        ("arrearage", Fault::Quota, Reason::Billing),
        ("endpoint_not_found", Fault::Request, Reason::EndpointNotFound),
    ] {
        let mut world = without_a_list("list_not_found").await;
        world.row(COMPLETION, row);
        let finding = world.at(0).await;
        let message = finding.assert_cause(Status::Unhealthy, fault, reason);
        assert!(message.starts_with("completion fails: "), "{row}: {message}");
        // The result is the same once the absence is known.
        world.at(5).await.assert_cause(Status::Unhealthy, fault, reason);
    }
}

#[tokio::test]
async fn an_outage_is_a_target_fault_without_the_reach_step() {
    let mut world = TestServer::of("openai-compatible", json!({})).await;
    world.row(LIST, "list_not_found");
    world.row(REACH, "list_not_found");
    let finding = world.at(0).await;
    finding.assert_healthy();
    assert_eq!(finding.labels["absent"], "reach, key, models");
    world.row(COMPLETION, "internal_error");
    world.at(5).await.assert_cause(Status::Unhealthy, Fault::Target, Reason::ServerError);
}

#[tokio::test]
async fn a_gateway_in_front_of_a_provider_may_lack_the_list_too() {
    let mut world = TestServer::of("azure", json!({ "steps": { "reach": "off" } })).await;
    world.row("azure.list", "list_resource_not_found");
    let finding = world.at(0).await;
    finding.assert_healthy();
    assert_eq!(finding.labels["absent"], "key, models");
}

#[tokio::test]
async fn a_missing_list_is_a_failure_if_no_other_step_runs() {
    let mut world = TestServer::of("openai-compatible", only(&["models"])).await;
    world.row(LIST, "list_not_found");
    let finding = world.at(0).await;
    finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::EndpointNotFound);
}

#[tokio::test]
async fn a_failure_is_labelled_with_the_rule_that_classified_it() {
    for (row, rule) in [
        ("balance_as_number", "zhipu/1113"),
        ("gateway_user_quota", "one-api/insufficient_user_quota"),
        ("rate_limit", "common/429"),
        ("sensitive", "stream/filtered"),
        ("truncated", "stream/truncated"),
    ] {
        let mut world = TestServer::of("openai-compatible", only(&["completion"])).await;
        world.row(COMPLETION, row);
        let finding = world.at(0).await;
        assert_eq!(
            finding.labels.get("classified_by").map(String::as_str),
            Some(rule),
            "{row}: {finding:?}"
        );
        // The stored state names it as well.
        assert_eq!(world.at(1).await.labels["classified_by"], rule, "{row}");
    }
    let mut world = TestServer::of("openai-compatible", json!({})).await;
    assert!(!world.at(0).await.labels.contains_key("classified_by"));
}
