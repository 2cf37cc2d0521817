//! Tests of the events that PagerDuty receives. The checks of their fields are those of the documented schema.

use allclear_core::delivery::Notification;
use allclear_core::send_error::SendError;
use allclear_core::status::Severity;
use allclear_simulator::Behavior;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::notices;
use crate::sending::{Inbox, TOKEN, build, deliver, secrets};

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn accepted() -> Behavior {
    Behavior::text(202, r#"{"status":"success","message":"Event processed","dedup_key":"x"}"#)
}

/// Sends a notification; returns the path and the event that arrives.
async fn posted(notification: &Notification) -> (String, Value) {
    let inbox = Inbox::that(accepted()).await;
    let params = json!({ "routing_key": "secret:pd", "url": inbox.url });
    let sender = build("pagerduty", params).unwrap();
    deliver(&*sender, notification, &secrets([("pd", KEY)])).await.unwrap();
    let received = inbox.only_message();
    assert_eq!(received.headers["content-type"], "application/json");
    let path = received.path.strip_prefix(&format!("/_inbox/{TOKEN}")).unwrap().to_owned();
    (path, received.json().unwrap())
}

/// Checks an event against the documented schema of the Events API v2.
fn check_schema(event: &Value) {
    assert_eq!(event["routing_key"], KEY);
    let action = event["event_action"].as_str().unwrap();
    assert!(["trigger", "acknowledge", "resolve"].contains(&action));
    assert!(event["dedup_key"].as_str().unwrap().len() <= 255);
    let payload = event["payload"].as_object().unwrap();
    let summary = payload["summary"].as_str().unwrap();
    assert!(!summary.is_empty() && summary.chars().count() <= 1_024);
    assert!(!payload["source"].as_str().unwrap().is_empty());
    let severity = payload["severity"].as_str().unwrap();
    assert!(["critical", "error", "warning", "info"].contains(&severity));
    assert!(payload["custom_details"].is_object());
    for link in event["links"].as_array().unwrap() {
        assert!(link["href"].is_string() && link["text"].is_string());
    }
    assert!(!event.to_string().contains("null"), "{event}");
    assert!(event.to_string().len() < 512_000);
}

#[tokio::test]
async fn an_outage_of_a_group_opens_an_incident() {
    let (path, event) = posted(&notices::group_down()).await;
    assert_eq!(path, "/v2/enqueue");
    check_schema(&event);
    assert_snapshot!(serde_json::to_string_pretty(&event).unwrap(), @r#"
    {
      "client": "Allclear",
      "client_url": "https://status.example.com",
      "dedup_key": "bcd8118cc73f55e5a556d8d6",
      "event_action": "trigger",
      "links": [
        {
          "href": "https://wiki.example.com/runbooks/shops",
          "text": "Runbook"
        },
        {
          "href": "https://status.example.com",
          "text": "Page"
        }
      ],
      "payload": {
        "class": "connect_refused",
        "component": "Shop 1",
        "custom_details": {
          "Also failing": [
            "Shop 2 is unhealthy: connection refused",
            "Shop 3 is degraded: answered in 4210 ms, expected within 800 ms",
            "Shop 4 is unhealthy: connection refused",
            "Shop 5 is unhealthy: connection refused",
            "Shop 6 is degraded: answered in 4210 ms, expected within 800 ms",
            "Shop 7 is unhealthy: connection refused",
            "Shop 8 is unhealthy: connection refused",
            "Shop 9 is degraded: answered in 4210 ms, expected within 800 ms",
            "Shop 10 is unhealthy: connection refused",
            "Shop 11 is unhealthy: connection refused",
            "Shop 12 is degraded: answered in 4210 ms, expected within 800 ms"
          ],
          "Cause": "the service itself failed",
          "Group": "Shops",
          "In common": "host db1.example.com",
          "Message": "connection refused",
          "Remedy": "Start the service, or correct the port in the check. See `allclear explain connect_refused`.",
          "Rules": [
            "service_down (critical): status == \"unhealthy\""
          ],
          "Since": "2025-10-09 08:53:20 UTC, for 2m",
          "Status": "unhealthy"
        },
        "group": "Shops",
        "severity": "critical",
        "source": "shop-1",
        "summary": "Shop 1 and 11 more are failing (host db1.example.com)",
        "timestamp": "2025-10-09T08:55:20Z"
      },
      "routing_key": "0123456789abcdef0123456789abcdef"
    }
    "#);
}

#[tokio::test]
async fn one_incident_is_opened_acknowledged_and_resolved() {
    for (notification, action, severity, summary) in [
        (
            notices::group_down(),
            "trigger",
            "critical",
            "Shop 1 and 11 more are failing (host db1.example.com)",
        ),
        (
            notices::group_updated(),
            "trigger",
            "critical",
            "Update: Shop 1 and 14 more are failing (host db1.example.com)",
        ),
        (
            notices::group_reminder(),
            "trigger",
            "critical",
            "Reminder: Shop 1 and 11 more are failing (host db1.example.com)",
        ),
        (
            notices::group_acknowledged(),
            "acknowledge",
            "critical",
            "Update: Shop 1 and 11 more are failing (host db1.example.com)",
        ),
        (
            notices::group_partly_resolved(),
            "trigger",
            "critical",
            "Partly resolved: Shop 1 and 7 more are healthy, 4 still failing",
        ),
        (
            notices::group_all_clear(),
            "resolve",
            "critical",
            "All clear: Shop 1 and 11 more are healthy",
        ),
    ] {
        let (path, event) = posted(&notification).await;
        check_schema(&event);
        assert_eq!(path, "/v2/enqueue");
        assert_eq!(event["dedup_key"], notices::alert_group().as_str());
        assert_eq!(event["event_action"], action, "{summary}");
        assert_eq!(event["payload"]["severity"], severity);
        assert_eq!(event["payload"]["summary"], summary);
    }
}

#[tokio::test]
async fn a_partial_resolution_has_the_severity_of_the_remaining_monitors() {
    let mut partly = notices::group_partly_resolved();
    partly.details.remaining.retain(|one| one.severity == Severity::Warning);
    let (_, event) = posted(&partly).await;
    assert_eq!(event["event_action"], "trigger");
    assert_eq!(event["payload"]["severity"], "warning");
}

#[tokio::test]
async fn each_severity_is_that_of_the_incident() {
    for severity in Severity::ALL {
        let (_, event) = posted(&Notification { severity, ..notices::down() }).await;
        assert_eq!(event["payload"]["severity"], severity.as_str());
        let over = Notification { severity, ..notices::all_clear() };
        let (_, over) = posted(&over).await;
        assert_eq!(over["event_action"], "resolve");
        assert_eq!(over["dedup_key"], event["dedup_key"], "without a group, the alert is the key");
    }
}

#[tokio::test]
async fn an_event_without_an_end_opens_an_incident_only_if_it_is_severe() {
    for (severity, wanted) in [
        (Severity::Info, "/v2/change/enqueue"),
        (Severity::Warning, "/v2/change/enqueue"),
        (Severity::Error, "/v2/enqueue"),
        (Severity::Critical, "/v2/enqueue"),
    ] {
        let (path, _) = posted(&Notification { severity, ..notices::recovery() }).await;
        assert_eq!(path, wanted, "{severity}");
    }
    let (path, event) = posted(&notices::summary()).await;
    assert_eq!(path, "/v2/change/enqueue");
    assert_eq!(event["payload"]["summary"], "Daily summary, 2025-10-10");
    assert_eq!(event["payload"]["source"], "allclear");
    assert_eq!(event["routing_key"], KEY);
    assert_eq!(event.get("event_action"), None);
}

#[tokio::test]
async fn a_long_message_stays_within_the_limits() {
    check_schema(&posted(&notices::endless()).await.1);
    check_schema(&posted(&notices::huge_group()).await.1);
    check_schema(&posted(&notices::hostile()).await.1);
}

#[tokio::test]
async fn a_refused_key_is_named_and_can_be_repaired() {
    let body = r#"{"status":"invalid event","errors":["Length of 'routing_key' is incorrect"]}"#;
    let inbox = Inbox::that(Behavior::text(400, body)).await;
    let params = json!({ "routing_key": "secret:pd", "url": inbox.url });
    let sender = build("pagerduty", params).unwrap();
    let result = deliver(&*sender, &notices::down(), &secrets([("pd", KEY)])).await;
    let message = format!("PagerDuty answered 400: {body}: check the secret of `routing_key`");
    assert_eq!(result, Err(SendError::transient(message)));
}

#[test]
fn the_address_may_be_that_of_another_region() {
    let eu = json!({ "routing_key": "secret:pd", "url": "https://events.eu.pagerduty.com" });
    assert!(build("pagerduty", eu).is_ok());
    for url in ["events.eu.pagerduty.com", "ftp://x.example.com", "https://u:p@x.example.com"] {
        let Err(problems) = build("pagerduty", json!({ "routing_key": "secret:pd", "url": url }))
        else {
            panic!("{url}")
        };
        assert_eq!(problems[0].path, ["url"]);
    }
}
