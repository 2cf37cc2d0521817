//! No part of a finding contains a key, wherever a provider echoes it.

use allclear_core::outcome::Finding;
use allclear_simulator::Behavior;
use serde_json::json;

use super::{KEY, TestServer};

fn assert_clean(finding: &Finding, world: &TestServer) {
    let text = format!("{finding:?} {:?}", world.note);
    assert!(!text.contains(KEY), "{text}");
    let half = &KEY[..KEY.len() / 2 + 4];
    assert!(!text.contains(half), "{text}");
}

#[tokio::test]
async fn an_echoed_key_is_redacted_from_findings_and_notes() {
    let mut world = TestServer::of("openai", json!({})).await;
    let long = format!("{} {KEY} {KEY}", "x".repeat(190));
    for body in [
        json!({ "error": { "message": format!("Incorrect API key provided: {KEY}"), "code": KEY } }),
        json!({ "error": { "message": long, "code": "invalid_api_key" } }),
    ] {
        for status in [400, 401, 403, 404, 429, 500, 200] {
            let echo = Behavior::text(status, &body.to_string())
                .with_header("content-type", "application/json")
                .with_header("x-request-id", KEY)
                .with_header("location", &format!("https://example.com/?key={KEY}"));
            for endpoint in
                ["openai.list", "openai.completion", "openai.reach", "openai.status_page"]
            {
                world.set(endpoint, echo.clone());
            }
            world.note = None;
            let finding = world.at(0).await;
            assert_clean(&finding, &world);
        }
    }
}

#[tokio::test]
async fn a_key_repeated_by_the_model_is_redacted() {
    let mut world = TestServer::of("openai", json!({ "question": true })).await;
    let chunk =
        json!({ "model": KEY, "choices": [{ "delta": { "content": KEY }, "finish_reason": KEY }] });
    let stream = format!("data: {chunk}\n\ndata: [DONE]\n\n");
    let echo = Behavior::text(200, &stream).with_header("content-type", "text/event-stream");
    world.set("openai.completion", echo);
    let finding = world.at(0).await;
    assert!(finding.verdict.cause().is_some());
    assert_clean(&finding, &world);
}
