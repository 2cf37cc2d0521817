//! The schedule of the steps, and the verdict that follows from their results.

use crate::llm::BillingCheck;
use allclear_core::checker::PriorState;
use allclear_core::checker_state::Note;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::Behavior;
use serde_json::json;

use super::{TestServer, only};
use crate::support::FindingExt;

#[tokio::test]
async fn a_provider_that_works_is_healthy_and_measured() {
    let mut world = TestServer::of("openai", json!({})).await;
    let finding = world.at(0).await;
    finding.assert_healthy();
    for metric in ["headers_ms", "first_token_ms", "input_tokens", "output_tokens", "models_listed"]
    {
        assert!(finding.metrics.contains_key(metric), "{metric}: {finding:?}");
    }
    assert_eq!(finding.labels["finish_reason"], "stop");
    assert_eq!(finding.labels["provider_status"], "operational");
    assert!(finding.labels.contains_key("request_id"));
    assert!(!finding.cost.is_zero());
    assert!(finding.parts.connect.is_some() && finding.parts.first_byte.is_some());
    assert!(finding.latency.unwrap() >= finding.parts.first_byte.unwrap());
    let catalog = finding.catalog.unwrap();
    assert_eq!(catalog.provider, "openai");
    let n_listed = finding.metrics["models_listed"].to_string();
    assert_eq!(n_listed, catalog.items.len().to_string());
}

#[tokio::test]
async fn steps_that_were_good_are_repeated_at_their_own_intervals() {
    let mut world = TestServer::of("openai", json!({})).await;
    for minute in 0..=15 {
        assert_eq!(world.at(minute).await.status(), Status::Healthy, "{minute}");
    }
    assert_eq!(world.hits("openai.reach"), 16);
    assert_eq!(world.hits("openai.completion"), 4);
    assert_eq!(world.hits("openai.list"), 2);
    assert_eq!(world.hits("openai.status_page"), 8);
}

#[tokio::test]
async fn latency_is_reported_when_the_highest_step_ran() {
    let mut world = TestServer::of("openai", json!({})).await;
    assert!(world.at(0).await.latency.is_some());
    let between = world.at(1).await;
    assert_eq!((between.status(), between.latency), (Status::Healthy, None));
    assert!(world.at(5).await.latency.is_some());
}

#[tokio::test]
async fn two_checks_within_an_interval_make_one_completion() {
    let mut world = TestServer::of("openai", only(&["completion"])).await;
    world.at(0).await.assert_healthy();
    let again = world.at(4).await;
    assert_eq!((again.status(), again.cost.nanodollars()), (Status::Healthy, 0));
    assert_eq!(world.hits("openai.completion"), 1);
    let note = world.note.clone().unwrap();
    world.check(4, PriorState::Noted(&note), BillingCheck::Thorough).await.assert_healthy();
    assert_eq!(world.hits("openai.completion"), 2, "a person asks");
}

#[tokio::test]
async fn a_failing_completion_names_the_working_steps_and_is_repeated_at_each_check() {
    let mut world = TestServer::of("openai", json!({})).await;
    world.at(0).await.assert_healthy();
    world.row("openai.completion", "server_error");
    assert_eq!(world.at(1).await.status(), Status::Healthy, "not due");
    let failing = world.at(5).await;
    let message = failing.assert_down(Reason::ServerError);
    assert!(message.starts_with("key valid, models listed, completion fails: "), "{message}");
    assert_eq!(failing.labels["works_up_to"], "models");
    assert_eq!(world.hits("openai.list"), 2, "the free steps tell whose fault it is");
    world.at(6).await.assert_down(Reason::ServerError);
    assert_eq!(world.hits("openai.completion"), 3);
    world.set("openai.completion", Behavior::Ok);
    world.at(7).await.assert_healthy();
}

#[tokio::test]
async fn a_recheck_repeats_only_failed_steps() {
    let mut world = TestServer::of("openai", json!({})).await;
    world.row("openai.completion", "server_is_overloaded");
    world.at(0).await.assert_down(Reason::Overloaded);
    let good = |world: &TestServer| {
        ["openai.reach", "openai.list", "openai.status_page"].map(|endpoint| world.hits(endpoint))
    };
    let before = good(&world);
    world.set("openai.completion", Behavior::Ok);
    world.at(0).await.assert_healthy();
    assert_eq!(good(&world), before);
    assert_eq!(world.hits("openai.completion"), 2);
}

#[tokio::test]
async fn a_provider_that_asks_for_a_wait_is_not_called() {
    let mut world = TestServer::of("openai", json!({})).await;
    let wait = Behavior::text(429, r#"{"error":{"code":"rate_limit_exceeded","message":"slow"}}"#)
        .with_header("content-type", "application/json")
        .with_header("retry-after", "150");
    world.set("openai.completion", wait);
    let limited = world.at(0).await;
    let message = limited.assert_cause(Status::Degraded, Fault::Throttled, Reason::Throttled);
    assert!(message.starts_with("key valid, models listed, completion is impaired: "), "{message}");
    world.set("openai.completion", Behavior::Ok);
    for minute in [1, 2] {
        world.at(minute).await.assert_cause(Status::Degraded, Fault::Throttled, Reason::Throttled);
    }
    assert_eq!(world.hits("openai.completion"), 1);
    world.at(3).await.assert_healthy();
}

#[tokio::test]
async fn without_state_no_completion_is_made_and_no_note_written() {
    let world = TestServer::of("openai", json!({})).await;
    for care in [BillingCheck::Usual, BillingCheck::Thorough] {
        let finding = world.check(0, PriorState::Unreadable, care).await;
        finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::NotSent);
        assert_eq!(finding.note, None);
    }
    assert_eq!(world.hits("openai.completion"), 0);
    world.row("openai.list", "list_invalid_key");
    let finding = world.check(0, PriorState::Unreadable, BillingCheck::Usual).await;
    finding.assert_cause(Status::Unhealthy, Fault::Credentials, Reason::AuthInvalid);
}

#[tokio::test]
async fn an_invalid_note_is_ignored() {
    let world = TestServer::of("openai", json!({})).await;
    for content in [json!("x"), json!({ "steps": 1, "of": [] })] {
        let note = Note::of(&content).unwrap();
        world.check(0, PriorState::Noted(&note), BillingCheck::Usual).await.assert_healthy();
    }
}

#[tokio::test]
async fn after_a_failed_connection_other_steps_are_not_tried() {
    let bench = crate::support::bench().await;
    let nowhere = format!("http://{}", bench.simulator.refused_address());
    let mut world = TestServer::of("openai", json!({ "base_url": nowhere })).await;
    let finding = world.at(0).await;
    let message = finding.assert_down(Reason::ConnectRefused);
    assert!(message.starts_with("unreachable: connection refused by "), "{message}");
    assert_eq!(finding.labels.get("works_up_to"), None);
}

#[tokio::test]
async fn a_provider_redirect_is_not_followed() {
    let mut world = TestServer::of("openai", json!({})).await;
    let elsewhere = world.bench.simulator.http_url("/elsewhere");
    let redirect = Behavior::text(307, "").with_header("location", &elsewhere);
    for endpoint in ["openai.completion", "openai.list"] {
        world.set(endpoint, redirect.clone());
    }
    let finding = world.at(0).await;
    finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::EndpointNotFound);
    assert_eq!(world.hits("elsewhere"), 0);
}

#[tokio::test]
async fn a_removed_model_is_not_an_outage_of_the_provider() {
    let mut world = TestServer::of("openai", json!({ "model": "gpt-retired" })).await;
    world.row("openai.completion", "model_not_found");
    let finding = world.at(0).await;
    finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::ModelNotFound);
    // An alias can complete, whether it is listed or not.
    world.set("openai.completion", Behavior::Ok);
    world.at(1).await.assert_healthy();
    let mut unused = TestServer::of(
        "openai",
        json!({ "model": "gpt-retired", "steps": { "completion": "off" } }),
    )
    .await;
    unused.at(0).await.assert_cause(Status::Unhealthy, Fault::Request, Reason::ModelNotFound);
}

#[tokio::test]
async fn an_unchanged_list_is_stored_every_six_hours() {
    let mut world = TestServer::of("openai", only(&["models"])).await;
    assert!(world.at(0).await.catalog.is_some());
    assert!(world.at(15).await.catalog.is_none());
    assert!(world.at(361).await.catalog.is_some());
    world
        .set("openai.list", Behavior::json(json!({ "object": "list", "data": [{ "id": "new" }] })));
    let changed = world.at(380).await.catalog.unwrap();
    assert_eq!(changed.items.keys().collect::<Vec<_>>(), ["new"]);
}

#[tokio::test]
async fn a_status_page_never_changes_the_verdict() {
    let mut world = TestServer::of("openai", json!({})).await;
    world.set("openai.status_page", Behavior::text(200, "<html>not a page for machines</html>"));
    let finding = world.at(0).await;
    finding.assert_healthy();
    assert!(finding.labels["status_page"].starts_with("unreadable: "), "{finding:?}");
    assert!(!finding.labels.contains_key("provider_status"));
}
