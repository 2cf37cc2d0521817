use serde_json::{Value, json};

use crate::client::{get, send, simulator};

fn error(text: &str) -> String {
    let body: Value = serde_json::from_str(text).unwrap();
    body["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn endpoint_is_driven_by_a_behavior_or_a_script() {
    let simulator = simulator().await;
    let answer = send(&simulator, "PUT", "/_simulator/svc", r#"{"status": {"code": 503}}"#).await;
    assert_eq!(answer.code(), 200);
    assert_eq!(get(&simulator, "/svc").await.code(), 503);
    let script = r#"[{"behavior": {"status": {"code": 500}}, "requests": 1}, {"behavior": "ok"}]"#;
    send(&simulator, "PUT", "/_simulator/svc", script).await;
    assert_eq!(
        [get(&simulator, "/svc").await.code(), get(&simulator, "/svc").await.code()],
        [500, 200]
    );
}

#[tokio::test]
async fn hits_are_counted_with_their_times() {
    let simulator = simulator().await;
    for _ in 0..3 {
        get(&simulator, "/svc").await;
    }
    let answer = get(&simulator, "/_simulator/svc/hits").await;
    let hits: Value = serde_json::from_str(answer.text()).unwrap();
    let times: Vec<i64> = simulator.hits("svc").iter().map(|hit| hit.as_millisecond()).collect();
    assert_eq!(hits, json!({ "count": 3, "times_ms": times }));
    let answer = get(&simulator, "/_simulator/hits").await;
    let all: Value = serde_json::from_str(answer.text()).unwrap();
    assert_eq!(all, json!({ "svc": hits }));
    send(&simulator, "DELETE", "/_simulator/hits", "").await;
    assert_eq!(simulator.hits("svc"), []);
    let answer = get(&simulator, "/_simulator/never/hits").await;
    assert_eq!(answer.text(), r#"{"count":0,"times_ms":[]}"#);
}

#[tokio::test]
async fn inbox_is_driven_and_read() {
    let simulator = simulator().await;
    send(&simulator, "PUT", "/_simulator/inbox/slack", r#"{"status": {"code": 500}}"#).await;
    assert_eq!(send(&simulator, "POST", "/_inbox/slack", "hello").await.code(), 500);
    let answer = get(&simulator, "/_simulator/inbox/slack").await;
    let received: Value = serde_json::from_str(answer.text()).unwrap();
    assert_eq!(received[0]["body"], "hello");
    assert_eq!(received[0]["headers"]["content-length"], "5");
    assert_eq!(get(&simulator, "/_simulator/inbox/empty").await.text(), "[]");
}

#[tokio::test]
async fn scenario_is_applied_completely_or_not_at_all() {
    let simulator = simulator().await;
    let wrong = json!({ "endpoints": { "svc": "hang" }, "dns": { "a.test": { "records": [["A", "here"]] } } });
    let answer = send(&simulator, "PUT", "/_simulator", &wrong.to_string()).await;
    assert_eq!(answer.code(), 400);
    assert!(error(answer.text()).contains("`here`"), "{}", answer.text());
    assert_eq!(get(&simulator, "/svc").await.code(), 200);
    let right = json!({ "endpoints": { "svc": { "status": { "code": 503 } } }, "inboxes": { "slack": "close" } });
    assert_eq!(send(&simulator, "PUT", "/_simulator", &right.to_string()).await.code(), 200);
    assert_eq!(get(&simulator, "/svc").await.code(), 503);
}

#[tokio::test]
async fn invalid_requests_are_answered_with_a_remedy() {
    let simulator = simulator().await;
    for (method, path, body, code, hint) in [
        ("PUT", "/_simulator/svc", "\"hung\"", 400, "`hung`"),
        ("PUT", "/_simulator/svc", "", 400, "line 1"),
        ("PUT", "/_simulator/hits", "\"ok\"", 400, "choose another"),
        ("PUT", "/_simulator/dns/a.test", r#"{"records": [["A", "1"]]}"#, 400, "`A`"),
        ("POST", "/_simulator/svc", "\"ok\"", 404, "known: PUT"),
    ] {
        let answer = send(&simulator, method, path, body).await;
        assert_eq!(answer.code(), code, "{method} {path}");
        assert!(error(answer.text()).contains(hint), "{}", answer.text());
    }
}

#[tokio::test]
async fn providers_follow_a_scenario_and_refuse_revoked_keys() {
    let simulator = simulator().await;
    let scenario = r#"{ "revoked_keys": ["k-1"], "endpoints": {
        "deepseek.completion": { "llm": { "answer": "overloaded", "chunking": { "bytes": 7 } } } } }"#;
    assert_eq!(send(&simulator, "PUT", "/_simulator", scenario).await.code(), 200);
    assert_eq!(send(&simulator, "POST", "/llm/deepseek/chat/completions", "{}").await.code(), 503);
    let received = get(&simulator, "/_simulator/deepseek.completion/received").await;
    assert!(received.text().contains("/llm/deepseek/chat/completions"), "{}", received.text());
    let revoked = r#"["k-2"]"#;
    assert_eq!(send(&simulator, "PUT", "/_simulator/llm/revoked", revoked).await.code(), 200);
    let unknown = r#"{ "llm": { "no_such_field": 1 } }"#;
    let refused = send(&simulator, "PUT", "/_simulator/openai.list", unknown).await;
    assert_eq!(refused.code(), 400);
    assert!(refused.text().contains("no_such_field"), "{}", refused.text());
}
