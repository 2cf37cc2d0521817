//! Tests of the events that Datadog receives.

use std::time::Duration;

use allclear_core::delivery::Notification;
use allclear_core::send_error::SendError;
use allclear_core::status::Severity;
use allclear_simulator::Behavior;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::notices;
use crate::sending::{Inbox, NOW, TOKEN, build, deliver, secrets};

const KEY: &str = "0123456789abcdef0123456789abcdef";

async fn posted(notification: &Notification) -> Value {
    let inbox = Inbox::that(Behavior::text(202, r#"{"status":"ok"}"#)).await;
    let params =
        json!({ "api_key": "secret:dd", "url": inbox.url, "tags": ["Env:Prod", "team:a b"] });
    let sender = build("datadog", params).unwrap();
    deliver(&*sender, notification, &secrets([("dd", KEY)])).await.unwrap();
    let received = inbox.only_message();
    assert_eq!(received.path, format!("/_inbox/{TOKEN}/api/v1/events"));
    assert_eq!(received.headers["dd-api-key"], KEY);
    received.json().unwrap()
}

#[tokio::test]
async fn an_outage_of_a_group_is_one_event() {
    let event = posted(&notices::group_down()).await;
    assert_snapshot!(serde_json::to_string_pretty(&event).unwrap(), @r#"
    {
      "aggregation_key": "bcd8118cc73f55e5a556d8d6",
      "alert_type": "error",
      "date_happened": 1760000120,
      "source_type_name": "allclear",
      "tags": [
        "severity:critical",
        "status:unhealthy",
        "monitor:shop-1",
        "group:shops",
        "fault:target",
        "reason:connect_refused",
        "env:prod",
        "team:a_b"
      ],
      "text": "[critical] Shop 1 and 11 more are failing (host db1.example.com)\n\nMessage: connection refused\nSince: 2025-10-09 08:53:20 UTC, for 2m\nStatus: unhealthy\nCause: the service itself failed\nIn common: host db1.example.com\nRemedy: Start the service, or correct the port in the check. See `allclear explain connect_refused`.\nGroup: Shops\nAlso failing:\n  Shop 2 is unhealthy: connection refused\n  Shop 3 is degraded: answered in 4210 ms, expected within 800 ms\n  Shop 4 is unhealthy: connection refused\n  Shop 5 is unhealthy: connection refused\n  Shop 6 is degraded: answered in 4210 ms, expected within 800 ms\n  Shop 7 is unhealthy: connection refused\n  Shop 8 is unhealthy: connection refused\n  Shop 9 is degraded: answered in 4210 ms, expected within 800 ms\n  Shop 10 is unhealthy: connection refused\n  Shop 11 is unhealthy: connection refused\n  Shop 12 is degraded: answered in 4210 ms, expected within 800 ms\nRules:\n  service_down (critical): status == \"unhealthy\"\nRunbook: https://wiki.example.com/runbooks/shops\nPage: https://status.example.com",
      "title": "[critical] Shop 1 and 11 more are failing (host db1.example.com)"
    }
    "#);
}

#[tokio::test]
async fn the_events_of_a_group_are_aggregated_with_their_types() {
    for (notification, wanted) in [
        (notices::group_down(), "error"),
        (notices::group_updated(), "error"),
        (notices::group_reminder(), "error"),
        (notices::group_partly_resolved(), "error"),
        (notices::group_all_clear(), "success"),
    ] {
        let event = posted(&notification).await;
        assert_eq!(event["alert_type"], wanted);
        assert_eq!(event["aggregation_key"], notices::alert_group().as_str());
    }
    for (severity, wanted) in [
        (Severity::Info, "info"),
        (Severity::Warning, "warning"),
        (Severity::Error, "error"),
        (Severity::Critical, "error"),
    ] {
        let event = posted(&Notification { severity, ..notices::down() }).await;
        assert_eq!(event["alert_type"], wanted);
        assert_eq!(event.get("aggregation_key"), None);
    }
    assert_eq!(posted(&notices::summary()).await["alert_type"], "info");
}

#[tokio::test]
async fn an_event_stays_within_the_limits() {
    for notification in [notices::endless(), notices::huge_group(), notices::hostile()] {
        let event = posted(&notification).await;
        assert!(event["title"].as_str().unwrap().chars().count() <= 100);
        assert!(event["text"].as_str().unwrap().chars().count() <= 4_000);
    }
    let late = Notification { at: NOW - Duration::from_hours(23), ..notices::down() };
    let happened = posted(&late).await["date_happened"].as_i64().unwrap();
    assert_eq!(NOW.as_second() - happened, 17 * 3600, "an older event would be refused");
}

#[tokio::test]
async fn a_refused_key_is_named_and_can_be_repaired() {
    let inbox = Inbox::that(Behavior::text(403, r#"{"errors":["Forbidden"]}"#)).await;
    let params = json!({ "api_key": "secret:dd", "url": inbox.url });
    let sender = build("datadog", params).unwrap();
    let result = deliver(&*sender, &notices::down(), &secrets([("dd", KEY)])).await;
    let message = "Datadog answered 403: {\"errors\":[\"Forbidden\"]}: check the secret of \
                   `api_key`, and `site`";
    assert_eq!(result, Err(SendError::transient(message)));
}

#[test]
fn a_wrong_site_is_refused_with_the_right_form() {
    assert!(
        build("datadog", json!({ "api_key": "secret:dd", "site": "us3.datadoghq.com" })).is_ok()
    );
    for site in ["https://datadoghq.eu", "eu", "datadoghq.eu/x", ""] {
        let Err(problems) = build("datadog", json!({ "api_key": "secret:dd", "site": site }))
        else {
            panic!("{site}")
        };
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].what, format!("`{site}` is not a site of Datadog"));
    }
}
