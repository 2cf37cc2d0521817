//! Expensive answers of a provider: every check ends soon.

use crate::llm::BillingCheck;
use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::Status;
use allclear_simulator::Behavior;
use serde_json::json;

use super::{TestServer, only};
use crate::support::FindingExt;

async fn listed(body: &str) -> Finding {
    let mut world = TestServer::of("openai", only(&["models"])).await;
    let behavior = Behavior::text(200, body).with_header("content-type", "application/json");
    world.set("openai.list", behavior);
    world.at(0).await
}

async fn completed(content_type: &str, body: &str) -> Finding {
    let mut world = TestServer::of("openai", only(&["completion"])).await;
    let behavior = Behavior::text(200, body).with_header("content-type", content_type);
    world.set("openai.completion", behavior);
    world.at(0).await
}

fn list(n_models: usize) -> String {
    let rows: Vec<String> = (0..n_models).map(|n| format!("{{\"id\":\"m{n}\"}}")).collect();
    format!("{{\"data\":[{}]}}", rows.join(","))
}

#[tokio::test]
async fn a_list_of_a_million_models_is_too_large() {
    let finding = listed(&list(1_000_000)).await;
    assert_eq!(finding.cause().reason, Reason::ResponseTooLarge, "{finding:?}");
}

#[tokio::test]
async fn a_partial_list_reports_no_missing_model() {
    let finding = listed(&list(200_000)).await;
    assert_eq!(finding.status(), Status::Healthy, "{finding:?}");
    assert_eq!(finding.metric("models_listed"), Some(5_000));
    // A short list is read completely.
    let finding = listed(&list(20)).await;
    assert_eq!(finding.cause().reason, Reason::ModelNotFound, "{finding:?}");
}

#[tokio::test]
async fn a_deeply_nested_list_is_refused() {
    for piece in ["[", "{\"data\":", "[{\"id\":["] {
        let finding = listed(&piece.repeat(300_000)).await;
        assert_eq!(finding.cause().reason, Reason::ResponseInvalid, "{piece}: {finding:?}");
    }
    let finding = listed(&format!("[{}0]", "0,".repeat(1_900_000))).await;
    assert_eq!(finding.cause().reason, Reason::ResponseInvalid, "{finding:?}");
}

#[tokio::test]
async fn streams_without_end_are_given_up() {
    let line = format!("data: {}", "a".repeat(5_000_000));
    let events = "data: {\"x\":[[[[]]]]}\n\n".repeat(250_000);
    let deep = format!("data: {}\n\n", "[".repeat(900_000));
    for body in [line, events, deep, ": \n".repeat(1_500_000)] {
        let finding = completed("text/event-stream", &body).await;
        assert_eq!(finding.status(), Status::Unhealthy, "{finding:?}");
    }
    let documents = "{\"a\":".repeat(900_000);
    let finding = completed("application/json", &documents).await;
    assert_eq!(finding.status(), Status::Unhealthy, "{finding:?}");
}

#[tokio::test]
async fn a_hostile_status_page_changes_nothing() {
    let steps = json!({ "steps": only(&["reach", "status_page"])["steps"] });
    let mut world = TestServer::of("openai", steps).await;
    for body in ["{\"components\":[".repeat(100_000), "[".repeat(2_000_000), "{}".to_owned()] {
        let behavior = Behavior::text(200, &body).with_header("content-type", "application/json");
        world.set("openai.status_page", behavior);
        let finding =
            world.check(0, allclear_core::checker::PriorState::Blank, BillingCheck::Thorough).await;
        assert_eq!(finding.status(), Status::Healthy, "{finding:?}");
    }
    world.at(1).await.assert_healthy();
}
