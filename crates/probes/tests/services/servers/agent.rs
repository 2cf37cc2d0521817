//! The `agent` check against the routes of the official A2A SDK.

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};

use crate::support::{
    LONG, LocalServer, PASSWORD, SHORT, assert_cause, assert_count, assert_healthy, check,
    check_within, python_server,
};

const KIND: &str = "agent";

fn params(server: &LocalServer, more: Value) -> Value {
    let mut params = more;
    params["url"] = json!(format!("http://{}", server.address()));
    params
}

#[tokio::test]
async fn a_card_at_either_path_states_skills_and_capabilities() {
    for options in [&[][..], &["older"]] {
        let server = python_server("a2a_server.py", options);
        let more = json!({
            "expected_skills": ["find", "Find a book"],
            "expected_capabilities": ["streaming"],
            "expect": "agent_name == 'Librarian' && agent_version == '2.1.0' && \
                       card.supportedInterfaces[0].protocolVersion == '1.0'",
        });
        let finding = check(KIND, params(&server, more)).await;
        assert_healthy(&finding);
        assert_count(&finding, "skill_count", 1);
        assert!(finding.metrics["card_ms"] > 0.0);
    }
}

#[tokio::test]
async fn a_missing_skill_or_capability_is_named() {
    let server = python_server("a2a_server.py", &[]);
    for (more, part) in [
        (
            json!({ "expected_skills": ["find", "lend"] }),
            "the skill `lend` is not on the card; it has find",
        ),
        (json!({ "expected_capabilities": ["pushNotifications"] }), "it has streaming"),
    ] {
        let finding = check(KIND, params(&server, more)).await;
        let message = assert_cause(&finding, Fault::Target, Reason::CapabilityMissing);
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn a_health_endpoint_is_enough_without_a_card() {
    let server = python_server("a2a_server.py", &[]);
    let more = json!({ "health": "/health", "expect": "health.status == 'well'" });
    let finding = check(KIND, params(&server, more)).await;
    assert_healthy(&finding);
    assert!(!finding.metrics.contains_key("card_ms"));
    let server = python_server("a2a_server.py", &["ill"]);
    let finding = check(KIND, params(&server, json!({ "health": "/health" }))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::HttpStatus);
    assert!(message.contains("the health endpoint: the answer is 503"), "{message}");
}

#[tokio::test]
async fn credentials_a_wrong_path_and_no_answer_are_told_apart() {
    let mut server = python_server("a2a_server.py", &[&format!("bearer={PASSWORD}")]);
    let with = json!({ "auth": { "bearer": "secret:password" } });
    assert_healthy(&check(KIND, params(&server, with.clone())).await);
    let wrong = check_within(LONG, "wrong", KIND, params(&server, with.clone())).await;
    assert_cause(&wrong, Fault::Credentials, Reason::AuthInvalid);
    let mut elsewhere = with.clone();
    elsewhere["url"] = json!(format!("http://{}/agents/x", server.address()));
    let finding = check(KIND, elsewhere).await;
    let message = assert_cause(&finding, Fault::Request, Reason::EndpointNotFound);
    assert!(message.contains("/agents/x/.well-known/agent-card.json"), "{message}");
    server.freeze();
    let finding = check_within(SHORT, PASSWORD, KIND, params(&server, with.clone())).await;
    assert_cause(&finding, Fault::Target, Reason::Timeout);
    server.resume();
    server.kill();
    let finding = check(KIND, params(&server, with)).await;
    assert_cause(&finding, Fault::Target, Reason::ConnectRefused);
}
