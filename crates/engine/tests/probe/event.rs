//! Valid and invalid events.

use allclear_core::id::MonitorId;
use allclear_engine::Code;
use allclear_engine::probe::ProbeRequest;
use serde_json::{Value, json};

use crate::world::start;

fn parse(event: &Value) -> ProbeRequest {
    ProbeRequest::parse(event).unwrap()
}

#[test]
fn each_form_of_event_is_parsed() {
    let scheduled = ProbeRequest::Scheduled { start: start() };
    assert_eq!(parse(&json!({ "scheduled_time": "2026-11-21T10:00:00Z" })), scheduled);
    assert_eq!(
        parse(&json!({ "scheduled_time": "2026-11-21T10:00:42Z" })),
        scheduled,
        "a schedule that fires late is the same one"
    );
    assert_eq!(
        parse(&json!({ "source": "aws.scheduler", "time": "2026-11-21T10:00:07Z", "detail": {} })),
        scheduled,
        "a schedule without an input of its own"
    );
    let of_eventbridge = json!({
        "version": "0",
        "source": "aws.scheduler",
        "detail-type": "Scheduled Event",
        "time": "2026-11-21T10:00:00Z",
        "detail": {},
    });
    assert_eq!(parse(&of_eventbridge), scheduled);
    let api = MonitorId::new("api").unwrap();
    assert_eq!(
        parse(&json!({ "monitors": ["api"], "record": true })),
        ProbeRequest::Check { monitors: vec![api], record: true }
    );
    let all = ProbeRequest::Check { monitors: Vec::new(), record: false };
    assert_eq!(parse(&json!({ "monitors": [] })), all);
    let ProbeRequest::CheckInline { table } = parse(&json!({ "check": { "id": "x" } })) else {
        panic!("it is no inline check");
    };
    assert_eq!(table["id"], "x");
}

#[test]
fn a_request_to_the_function_url_is_a_beat() {
    let request = |path: &str, encoded: bool, body: &str| {
        parse(&json!({
            "version": "2.0",
            "rawPath": path,
            "headers": { "content-type": "text/plain" },
            "rawQueryString": "status=up",
            "requestContext": { "http": { "method": "POST", "path": path } },
            "isBase64Encoded": encoded,
            "body": body,
        }))
    };
    let beat = |path: Option<&str>, body: &str| ProbeRequest::Beat {
        method: "POST".to_owned(),
        path: path.map(str::to_owned),
        query: "status=up".to_owned(),
        content_type: "text/plain".to_owned(),
        body: body.as_bytes().to_vec(),
    };
    assert_eq!(request("/heartbeat/t/start", false, "log"), beat(Some("t/start"), "log"));
    assert_eq!(request("/heartbeat/t", true, "bG9n"), beat(Some("t"), "log"));
    assert_eq!(request("/heartbeat/t", true, "~"), beat(Some("t"), ""));
    assert_eq!(request("/", false, ""), beat(None, ""));
}

#[test]
fn an_invalid_event_is_refused_with_the_valid_forms() {
    for event in [
        json!(null),
        json!("check"),
        json!([]),
        json!({}),
        json!({ "Records": [] }),
        json!({ "scheduled_time": 7 }),
        json!({ "scheduled_time": "noon" }),
        json!({ "scheduled_time": "2026-11-21T10:00:00Z", "monitors": [] }),
        json!({ "scheduled_time": "2026-11-21T10:00:00Z", "record": true }),
        json!({ "monitors": "api" }),
        json!({ "monitors": ["A B"] }),
        json!({ "monitors": [], "record": "yes" }),
        json!({ "check": "http" }),
        json!({ "check": {}, "record": true }),
    ] {
        let failure = ProbeRequest::parse(&event).unwrap_err();
        assert_eq!(failure.code, Code::EventUnreadable, "{event}");
        assert!(failure.message.contains("a schedule sends"), "{event}");
    }
}
