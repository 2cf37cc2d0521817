//! Tests of messages as people and programs read them.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::alert_group::NoticeDetails;
use allclear_core::delivery::NoticeKind;
use allclear_core::document::document;
use allclear_core::event::AlertId;
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Severity, Status};
use insta::assert_snapshot;
use serde_json::json;

use super::*;

/// 2025-10-09 08:53:20 UTC.
const SINCE: Timestamp = Timestamp::constant(1_760_000_000, 0);

fn alert(rule: &str, severity: Severity, condition: &str) -> NamedAlert {
    let monitor = MonitorId::new("openai-api").unwrap();
    let rule = RuleId::new(rule).unwrap();
    let id = AlertId::new(&monitor, &rule, SINCE);
    NamedAlert { id, rule, severity, condition: condition.to_owned() }
}

fn down() -> Notification {
    Notification {
        kind: NoticeKind::Firing,
        monitor: MonitorId::new("openai-api").unwrap(),
        monitor_name: "OpenAI API".to_owned(),
        group: Some("LLM providers".to_owned()),
        severity: Severity::Critical,
        status: Status::Unhealthy,
        fault: Some(Fault::Target),
        reason: Some(Reason::HttpStatus),
        message: "status 503, want 200".to_owned(),
        provider_status: None,
        alerts: vec![
            alert("service_down", Severity::Critical, "status == \"unhealthy\""),
            alert("low_uptime", Severity::Warning, "uptime_percentage < 95.0"),
        ],
        still_firing: Vec::new(),
        since: SINCE,
        at: SINCE + Duration::from_mins(2),
        page_url: Some("https://status.example.com".to_owned()),
        details: NoticeDetails::default(),
    }
}

fn all_clear() -> Notification {
    let at = SINCE + Duration::from_secs(750);
    Notification { kind: NoticeKind::Resolved, status: Status::Healthy, at, ..down() }
}

fn delivery(notification: &Notification) -> DeliveryId {
    let channel = ChannelId::new("mail").unwrap();
    DeliveryId::new(notification.kind, &notification.alerts, &channel)
}

fn published(notification: &Notification) -> Value {
    let delivery = delivery(notification);
    let message = message(notification, |cut| document(cut, &delivery)).unwrap();
    assert!(message.len() <= MAX_MESSAGE_BYTES, "{}", message.len());
    serde_json::from_str(&message).unwrap()
}

#[test]
fn a_mail_names_the_problem_its_start_and_its_owner() {
    assert_eq!(subject(&down()), "[critical] OpenAI API is unhealthy");
    assert_snapshot!(published(&down())["default"].as_str().unwrap(), @r#"
    [critical] OpenAI API is unhealthy

    Message: status 503, want 200
    Since: 2025-10-09 08:53:20 UTC, for 2m
    Status: unhealthy
    Cause: the service itself failed
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Group: LLM providers
    Rules:
      service_down (critical): status == "unhealthy"
      low_uptime (warning): uptime_percentage < 95.0
    Page: https://status.example.com
    "#);
}

#[test]
fn a_mail_of_an_all_clear_states_the_duration() {
    assert_eq!(subject(&all_clear()), "All clear: OpenAI API is healthy");
    assert_snapshot!(published(&all_clear())["default"].as_str().unwrap(), @r#"
    All clear: OpenAI API is healthy

    Was: status 503, want 200
    Duration: 12m30s, from 2025-10-09 08:53:20 UTC to 2025-10-09 09:05:50 UTC
    Status: healthy
    Cause: the service itself failed
    Group: LLM providers
    Resolved rules:
      service_down (critical): status == "unhealthy"
      low_uptime (warning): uptime_percentage < 95.0
    Page: https://status.example.com
    "#);
}

#[test]
fn an_sms_is_one_line() {
    assert_snapshot!(
        published(&down())["sms"].as_str().unwrap(),
        @"[critical] OpenAI API is unhealthy | status 503, want 200 | Since: 2025-10-09 08:53:20 UTC, for 2m | Cause: the service itself failed"
    );
}

#[test]
fn subscribers_of_other_protocols_get_the_webhook_document() {
    let published = published(&down());
    let wanted = document(&down(), &delivery(&down())).unwrap();
    for protocol in PROGRAMS {
        assert_eq!(published[protocol].as_str().unwrap().as_bytes(), wanted, "{protocol}");
    }
}

#[test]
fn attributes_support_the_documented_filters() {
    let wanted = [
        ("severity", "String", "critical"),
        ("status", "String", "unhealthy"),
        ("kind", "String", "firing"),
        ("monitor", "String", "openai-api"),
        ("group", "String", "LLM providers"),
        ("fault", "String", "target"),
        ("delivery", "String", delivery(&down()).as_str()),
        ("rule", "String.Array", r#"["service_down","low_uptime"]"#),
    ]
    .map(|(name, kind, value)| (name, kind, value.to_owned()));
    assert_eq!(attributes(&down(), &delivery(&down())), wanted);
}

#[test]
fn absent_fields_produce_no_attribute() {
    for group in [None, Some(" \u{7}".to_owned())] {
        let notification = Notification { group, fault: None, ..down() };
        let attributes = attributes(&notification, &delivery(&notification));
        let names: Vec<&str> = attributes.iter().map(|(name, ..)| *name).collect();
        assert_eq!(names, ["severity", "status", "kind", "monitor", "delivery", "rule"]);
    }
}

#[test]
fn a_subject_is_ascii_and_short_enough() {
    for (name, wanted) in [
        ("Ann’s “API” – beta…", "[critical] Ann's \"API\" - beta... is unhealthy"),
        ("Überweisung", "[critical] openai-api is unhealthy"),
        ("支払い", "[critical] openai-api is unhealthy"),
        ("line\nbreak\u{7}", "[critical] openai-api is unhealthy"),
    ] {
        let notification = Notification { monitor_name: name.to_owned(), ..down() };
        assert_eq!(subject(&notification), wanted);
    }
    let notification = Notification { monitor_name: "word ".repeat(100), ..down() };
    let subject = subject(&notification);
    assert!(subject.len() <= MAX_SUBJECT_CHARS && subject.ends_with("..."), "{subject}");
}

#[test]
fn a_long_message_is_truncated_and_never_refused() {
    let condition = "x\"\u{1}".repeat(100);
    let many: Vec<NamedAlert> =
        (0..500).map(|n| alert(&format!("rule_{n}"), Severity::Warning, &condition)).collect();
    for notification in [
        Notification { message: "ä\"\n\u{1}".repeat(30_000), ..down() },
        Notification { alerts: many.clone(), still_firing: many, ..down() },
        Notification { monitor_name: "n".repeat(60_000), ..down() },
        Notification { group: Some("g".repeat(60_000)), ..down() },
        Notification { page_url: Some("u".repeat(60_000)), ..down() },
    ] {
        let published = published(&notification);
        let document: Value = serde_json::from_str(published["sqs"].as_str().unwrap()).unwrap();
        assert_eq!(document["monitor"]["id"], "openai-api");
        assert_eq!(document["delivery_id"], json!(delivery(&notification).as_str()));
        let attributes = attributes(&notification, &delivery(&notification));
        let n_bytes: usize = attributes.iter().map(|(_, _, value)| value.len()).sum();
        assert!(n_bytes < 10_000, "{n_bytes}");
    }
}

#[test]
fn characters_that_sqs_refuses_are_removed() {
    let notification =
        Notification { message: "a\u{0}\u{b}\u{fffe}\u{ffff}b".to_owned(), ..down() };
    for (protocol, text) in published(&notification).as_object().unwrap() {
        assert!(text.as_str().unwrap().chars().all(is_accepted_by_sqs), "{protocol}");
    }
}
