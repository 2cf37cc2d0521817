//! Every provider: its success, and each recorded answer of it.

use allclear_core::checker::Recall;
use allclear_core::status::Status;
use allclear_simulator::llm::{LlmBehavior, Operation, Weight, providers, rows};
use serde_json::json;

use super::{World, merged, only};
use crate::support::Found;

#[tokio::test]
async fn every_provider_is_healthy_from_the_edge_to_a_completion() {
    for provider in providers() {
        let mut world = World::of(provider, json!({})).await;
        let finding = world.at(0).await;
        assert_eq!(finding.status(), Status::Healthy, "{provider}: {finding:#?}");
        assert!(finding.metrics.contains_key("first_token_ms"), "{provider}: {finding:#?}");
        assert!(finding.metrics["models_listed"] > 0.0, "{provider}: {finding:#?}");
    }
}

#[tokio::test]
async fn every_recorded_answer_to_a_completion_is_whose_fault_it_is() {
    let mut n_rows = 0;
    for provider in providers() {
        for row in rows(provider).iter().filter(|row| row.operation == Operation::Completion) {
            let api = row.api.as_ref().map_or(json!({}), |api| json!({ "api": api }));
            let world = World::of(provider, merged(only(&["completion"]), api)).await;
            world.set(&format!("{provider}.completion"), LlmBehavior::row(&row.name));
            let finding = world.check(0, Recall::Blank, false).await;
            let found =
                finding.verdict.cause().map(|cause| (cause.fault.as_str(), cause.reason.code()));
            let expected = row.fault.as_deref().zip(row.reason.as_deref());
            assert_eq!(found, expected, "{provider} {}: {finding:#?}", row.name);
            let status = match row.weight {
                Weight::Healthy => Status::Healthy,
                Weight::Limp => Status::Degraded,
                Weight::Fails => Status::Unhealthy,
                Weight::SaysNothing => Status::Unknown,
            };
            assert_eq!(finding.status(), status, "{provider} {}: {finding:#?}", row.name);
            n_rows += 1;
        }
    }
    assert!(n_rows > 100, "{n_rows}");
}

#[tokio::test]
async fn no_recorded_answer_to_a_key_check_or_list_makes_a_completion_that_works_fail() {
    for provider in providers() {
        let asks = |row: &&allclear_simulator::llm::Row| {
            matches!(row.operation, Operation::Key | Operation::List)
        };
        for row in rows(provider).iter().filter(asks) {
            let world = World::of(provider, only(&["key", "models", "completion"])).await;
            let endpoint = format!("{provider}.{}", row.operation.name());
            world.set(&endpoint, LlmBehavior::row(&row.name));
            let finding = world.check(0, Recall::Blank, false).await;
            assert!(
                matches!(finding.status(), Status::Healthy | Status::Degraded),
                "{provider} {}: {finding:#?}",
                row.name
            );
        }
    }
}
