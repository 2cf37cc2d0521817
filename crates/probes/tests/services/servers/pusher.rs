//! The `pusher` check against a server that verifies signatures with Pusher's own library.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::{Value, json};

use crate::support::{
    LONG, LocalServer, PASSWORD, SHORT, assert_cause, assert_count, assert_healthy, check,
    check_within, python_server,
};

const KIND: &str = "pusher";

fn params(server: &LocalServer, more: &Value) -> Value {
    let mut params = json!({
        "url": format!("http://{}", server.address()),
        "app_id": "3",
        "key": "278d425bdf160c739803",
        "secret": "secret:password",
    });
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    params
}

#[tokio::test]
async fn signed_requests_count_channels_users_and_subscriptions() {
    let server = python_server("pusher_server.py", &[]);
    let more = json!({
        "channel": "presence-room",
        "count_subscriptions": true,
        "expect": "is_occupied && 'news' in channels",
    });
    let finding = check(KIND, params(&server, &more)).await;
    assert_healthy(&finding);
    for (name, wanted) in [("channel_count", 2), ("user_count", 2), ("subscription_count", 5)] {
        assert_count(&finding, name, wanted);
    }
    let finding = check(KIND, params(&server, &json!({ "channel": "empty" }))).await;
    assert_healthy(&finding);
    assert!(!finding.metrics.contains_key("user_count"));
}

#[tokio::test]
async fn an_event_is_sent_only_if_it_is_asked_for() {
    let server = python_server("pusher_server.py", &[]);
    assert_healthy(&check(KIND, params(&server, &json!({}))).await);
    let finding = check(KIND, params(&server, &json!({ "trigger": "allclear" }))).await;
    assert_healthy(&finding);
    assert!(finding.metrics["trigger_ms"] > 0.0);
    assert_count(&finding, "channel_count", 2);
    // The server keeps the channel of an event as another channel.
    let more = json!({ "expect": "'seen-allclear' in channels" });
    assert_healthy(&check(KIND, params(&server, &more)).await);
}

#[tokio::test]
async fn wrong_credentials_an_unknown_app_a_quota_and_a_clock_are_told_apart() {
    let server = python_server("pusher_server.py", &[]);
    let wrong = check_within(LONG, "wrong", KIND, params(&server, &json!({}))).await;
    let message = assert_cause(&wrong, Fault::Credentials, Reason::AuthInvalid);
    assert!(message.contains("Invalid signature") && message.contains("`secret`"), "{message}");
    let finding = check(KIND, params(&server, &json!({ "key": "other" }))).await;
    let message = assert_cause(&finding, Fault::Credentials, Reason::AuthInvalid);
    assert!(message.contains("Unknown auth_key"), "{message}");
    let finding = check(KIND, params(&server, &json!({ "app_id": "4" }))).await;
    assert_cause(&finding, Fault::Request, Reason::EndpointNotFound);
    let full = python_server("pusher_server.py", &["quota"]);
    let finding = check(KIND, params(&full, &json!({}))).await;
    assert_cause(&finding, Fault::Quota, Reason::QuotaExceeded);
    let late = python_server("pusher_server.py", &["late"]);
    let finding = check(KIND, params(&late, &json!({}))).await;
    let message = assert_cause(&finding, Fault::Monitor, Reason::CheckFailed);
    assert!(message.contains("correct the clock"), "{message}");
    assert_eq!(finding.verdict.status(), Status::Unknown);
    let uncounted = python_server("pusher_server.py", &["uncounted"]);
    let more = json!({ "channel": "news", "count_subscriptions": true });
    let finding = check(KIND, params(&uncounted, &more)).await;
    let message = assert_cause(&finding, Fault::Request, Reason::ProbeInvalid);
    assert!(message.contains("not enabled"), "{message}");
}

#[tokio::test]
async fn a_frozen_and_a_stopped_server_are_told_apart() {
    let mut server = python_server("pusher_server.py", &[]);
    server.freeze();
    let finding = check_within(SHORT, PASSWORD, KIND, params(&server, &json!({}))).await;
    assert_cause(&finding, Fault::Target, Reason::Timeout);
    server.resume();
    server.kill();
    let finding = check(KIND, params(&server, &json!({}))).await;
    assert_cause(&finding, Fault::Target, Reason::ConnectRefused);
}
