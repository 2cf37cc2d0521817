//! Every provider: a successful check, and each of its recorded answers.

use crate::llm::BillingCheck;
use allclear_core::checker::PriorState;
use allclear_core::status::Status;
use allclear_llm::providers::find;
use allclear_simulator::llm::{LlmBehavior, Operation, RowImpact, providers, rows};
use serde_json::json;

use super::{TestServer, merged, only};
use crate::support::FindingExt;

#[tokio::test]
async fn every_provider_is_healthy_from_the_edge_to_a_completion() {
    for provider in providers() {
        let mut world = TestServer::of(provider, json!({})).await;
        let finding = world.at(0).await;
        assert_eq!(finding.status(), Status::Healthy, "{provider}: {finding:#?}");
        let table = find(provider).unwrap();
        let has = |metric: &str| finding.metrics.get(metric).is_some_and(|value| *value > 0.0);
        let completes = !table.completions.is_empty();
        assert_eq!(
            finding.metrics.contains_key("first_token_ms"),
            completes,
            "{provider}: {finding:#?}"
        );
        assert_eq!(has("models_listed"), table.list.is_some(), "{provider}: {finding:#?}");
    }
}

#[tokio::test]
async fn every_recorded_completion_answer_has_its_fault() {
    let mut n_rows = 0;
    let mut wrong = Vec::new();
    for provider in providers() {
        for row in rows(provider).iter().filter(|row| row.operation == Operation::Completion) {
            let apis = find(provider).unwrap().apis();
            let is_spoken = |api: &String| apis.iter().any(|one| one.name() == api);
            if !row.api.as_ref().is_none_or(is_spoken) {
                continue;
            }
            let api = row.api.as_ref().map_or(json!({}), |api| json!({ "api": api }));
            let world = TestServer::of(provider, merged(only(&["completion"]), api)).await;
            world.set(&format!("{provider}.completion"), LlmBehavior::row(&row.name));
            let finding = world.check(0, PriorState::Blank, BillingCheck::Usual).await;
            let found =
                finding.verdict.cause().map(|cause| (cause.fault.as_str(), cause.reason.code()));
            let expected = row.fault.as_deref().zip(row.reason.as_deref());
            let status = match row.impact {
                RowImpact::Healthy => Status::Healthy,
                RowImpact::Degraded => Status::Degraded,
                RowImpact::Fails => Status::Unhealthy,
                RowImpact::Inconclusive => Status::Unknown,
            };
            if (found, finding.status()) != (expected, status) {
                wrong.push(format!(
                    "{provider} {}: {:?}, not {expected:?}",
                    row.name, finding.verdict
                ));
            }
            n_rows += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_rows > 100, "{n_rows}");
}

#[tokio::test]
async fn no_recorded_key_or_list_answer_fails_a_working_completion() {
    let mut wrong = Vec::new();
    for provider in providers() {
        let asks = |row: &&allclear_simulator::llm::Row| {
            matches!(row.operation, Operation::Key | Operation::List)
        };
        if find(provider).unwrap().completions.is_empty() {
            continue;
        }
        for row in rows(provider).iter().filter(asks) {
            let world = TestServer::of(provider, only(&["key", "models", "completion"])).await;
            let endpoint = format!("{provider}.{}", row.operation.name());
            world.set(&endpoint, LlmBehavior::row(&row.name));
            let finding = world.check(0, PriorState::Blank, BillingCheck::Usual).await;
            if !matches!(finding.status(), Status::Healthy | Status::Degraded) {
                wrong.push(format!("{provider} {}: {:?}", row.name, finding.verdict));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
