//! Completions that are complete, late, broken or missing.

use crate::llm::BillingCheck;
use std::time::Duration;

use allclear_core::checker::PriorState;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::Behavior;
use allclear_simulator::llm::{Chunking, LlmBehavior};
use serde_json::{Value, json};

use super::{TestServer, merged, only};
use crate::support::FindingExt;

fn completion(more: Value) -> Value {
    merged(only(&["completion"]), more)
}

#[tokio::test]
async fn stream_chunking_does_not_change_the_result() {
    let mut world = TestServer::of("openai", completion(json!({}))).await;
    let pieces =
        [Chunking::Bytes(1), Chunking::WithinCharacters, Chunking::Whole, Chunking::Bursts(2)];
    for (n, chunking) in (0i64..).zip(pieces) {
        let text = Some("grüß dich".to_owned());
        world.set(
            "openai.completion",
            LlmBehavior { text, chunking, crlf: n % 2 == 1, ..Default::default() },
        );
        let finding = world.at(n * 5).await;
        finding.assert_healthy();
        assert_eq!(finding.labels["finish_reason"], "stop");
    }
}

#[tokio::test]
async fn times_are_those_of_the_stream() {
    let mut world = TestServer::of("openai", completion(json!({}))).await;
    let slow = LlmBehavior {
        text: Some("one two three four".to_owned()),
        first_token_ms: 120,
        delay_ms: 10,
        gap_ms: Some(80),
        ..Default::default()
    };
    world.set("openai.completion", slow);
    let finding = world.at(0).await;
    finding.assert_healthy();
    let ms = |name| finding.metrics[name];
    assert!(ms("headers_ms") < ms("first_token_ms"));
    assert!(ms("first_token_ms") >= 120.0, "{finding:?}");
    assert!(ms("longest_gap_ms") >= 80.0, "{finding:?}");
    assert!(finding.latency.unwrap() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_truncated_stream_is_a_target_fault() {
    let mut world = TestServer::of("openai", completion(json!({}))).await;
    for cut in [
        LlmBehavior { cut_after_bytes: Some(300), ..Default::default() },
        LlmBehavior { end_after_bytes: Some(300), ..Default::default() },
        LlmBehavior::row("truncated"),
    ] {
        world.set("openai.completion", cut);
        let finding = world.at(0).await;
        finding.assert_down(Reason::StreamTruncated);
        assert!(!finding.cost.is_zero(), "what came is charged");
    }
}

#[tokio::test]
async fn keep_alive_events_are_not_tokens() {
    let timeout = json!({ "first_token_timeout": "300ms" });
    let mut world = TestServer::of("openai", completion(timeout)).await;
    let alive = LlmBehavior { keep_alives: 1_000, first_token_ms: 40, ..Default::default() };
    world.set("openai.completion", alive);
    let finding = world.at(0).await;
    let message = finding.assert_down(Reason::Timeout);
    assert!(
        message.contains("no token within 0.3s") || message.contains("no token within 300ms"),
        "{message}"
    );
    let reasoning = LlmBehavior {
        reasoning: Some("hm so well then".to_owned()),
        delay_ms: 400,
        ..Default::default()
    };
    let mut world =
        TestServer::of("deepseek", completion(json!({ "first_token_timeout": "1s" }))).await;
    world.set("deepseek.completion", reasoning);
    world.at(0).await.assert_healthy();
}

#[tokio::test]
async fn a_hanging_stream_ends_at_the_timeout_of_the_check() {
    let mut world =
        TestServer::of("openai", completion(json!({ "first_token_timeout": "500ms" }))).await;
    world
        .set("openai.completion", LlmBehavior { hang_after_bytes: Some(20), ..Default::default() });
    world.at(0).await.assert_down(Reason::Timeout);
    world.set("openai.completion", Behavior::Hang);
    let finding = world.at(1).await;
    finding.assert_down(Reason::Timeout);
    assert!(!finding.cost.is_zero(), "it may have been charged");
}

#[tokio::test]
async fn reasoning_that_uses_up_the_tokens_is_healthy() {
    let mut world = TestServer::of("openai", completion(json!({}))).await;
    for behavior in [
        LlmBehavior { eats_cap: true, ..Default::default() },
        LlmBehavior::row("cap_eaten"),
        LlmBehavior::row("cap_eaten_400"),
    ] {
        world.set("openai.completion", behavior);
        let finding = world.at(0).await;
        finding.assert_healthy();
        assert!(!finding.metrics.contains_key("first_token_ms"));
        world.note = None;
    }
}

#[tokio::test]
async fn a_wrong_answer_is_degraded() {
    let mut world = TestServer::of("openai", completion(json!({ "question": true }))).await;
    world.at(0).await.assert_healthy();
    world.set("openai.completion", LlmBehavior { miscalculates: true, ..Default::default() });
    let finding = world.at(5).await;
    let message = finding.assert_cause(Status::Degraded, Fault::Target, Reason::WrongAnswer);
    assert!(message.contains("wrong answer to"), "{message}");
    world.set("openai.completion", Behavior::Ok);
    world.at(6).await.assert_healthy();
}

#[tokio::test]
async fn a_condition_over_measurements_degrades_while_it_holds() {
    let slow = completion(json!({ "degraded": "first_token_ms > 500 && output_tokens > 0" }));
    let mut world = TestServer::of("openai", slow).await;
    world.set("openai.completion", LlmBehavior { first_token_ms: 600, ..Default::default() });
    let finding = world.at(0).await;
    let message = finding.assert_cause(Status::Degraded, Fault::Target, Reason::Degraded);
    assert!(message.contains("first_token_ms = "), "{message}");
    world.set("openai.completion", Behavior::Ok);
    world.at(1).await.assert_healthy();
    // Without completions, the condition applies to the highest step.
    let mut free = merged(only(&["reach"]), json!({ "degraded": "response_time_ms > 500" }));
    free["model"] = Value::Null;
    let mut world = TestServer::of("openai", free).await;
    world.set("openai.reach", Behavior::Ok.after(Duration::from_millis(600)));
    world.at(0).await.assert_cause(Status::Degraded, Fault::Target, Reason::Degraded);
}

#[tokio::test]
async fn headroom_is_that_of_the_tightest_limit() {
    let mut world = TestServer::of("openai", completion(json!({}))).await;
    let headers = [("x-ratelimit-limit-requests", "100"), ("x-ratelimit-remaining-requests", "5")];
    let headers =
        headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    world.set("openai.completion", LlmBehavior { headers, ..Default::default() });
    let finding = world.at(0).await;
    finding.assert_healthy();
    assert_eq!(finding.metric("headroom_percent"), Some(5));
    assert_eq!(finding.metric("remaining_requests"), Some(5));
    assert_eq!(finding.labels["tightest"], "requests");
}

#[tokio::test]
async fn a_truncated_stream_is_a_target_fault_until_its_end() {
    for provider in ["openai", "bedrock", "gemini"] {
        let world = TestServer::of(provider, completion(json!({}))).await;
        let mut was_whole = false;
        for n_bytes in (0..2_000).step_by(9) {
            let cut = LlmBehavior { cut_after_bytes: Some(n_bytes), ..Default::default() };
            world.set(&format!("{provider}.completion"), cut);
            let finding = world.check(0, PriorState::Blank, BillingCheck::Usual).await;
            let is_whole = finding.status() == Status::Healthy;
            if !is_whole {
                assert!(!was_whole, "{provider} {n_bytes}: {finding:?}");
                assert_eq!(
                    finding.cause().fault,
                    Fault::Target,
                    "{provider} {n_bytes}: {finding:?}"
                );
            }
            was_whole = is_whole;
        }
        assert!(was_whole, "{provider} was never whole");
    }
}
