//! Tests of notices that follow an earlier one: the message that a bot of Slack keeps up to date, and threads.

use allclear_core::alert_group::MessageRef;
use allclear_core::delivery::Notification;
use allclear_core::status::Severity;
use allclear_simulator::{Behavior, Step};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::chat::read;
use crate::chats::{chat, deliver_after};
use crate::sending::{Inbox, TOKEN};
use crate::{groups, notices};

const CONFIRMED: &str = r#"{"ok":true,"channel":"C1","ts":"1760000130.000100"}"#;

/// The reference of a first message with this severity.
fn first(severity: Severity) -> MessageRef {
    MessageRef(format!("C1:1760000000.000100:{severity}"))
}

fn refusal(error: &str) -> Behavior {
    Behavior::text(200, &format!(r#"{{"ok":false,"error":"{error}"}}"#))
}

/// A call of the Web API: the method and its parameters.
type Call = (String, Value);

fn calls(inbox: &Inbox) -> Vec<Call> {
    let received = inbox.simulator.inbox(TOKEN);
    received
        .iter()
        .map(|one| (one.path.rsplit('/').next().unwrap().to_owned(), one.json().unwrap()))
        .collect()
}

fn methods(inbox: &Inbox) -> Vec<String> {
    calls(inbox).into_iter().map(|(method, _)| method).collect()
}

/// Delivers a notice after `earlier` and returns the calls.
async fn delivered(
    notification: &Notification,
    earlier: Option<&MessageRef>,
    further: &Value,
) -> (Vec<Call>, Option<MessageRef>) {
    let inbox = chat("slack_bot").inbox().await;
    let sender = chat("slack_bot").sender(&inbox, further);
    let reference = deliver_after(&*sender, &inbox, notification, earlier).await.unwrap();
    (calls(&inbox), reference)
}

/// Returns a follow-up notice as a person reads it: the message in the channel, then the reply.
async fn follow_up(notification: &Notification) -> String {
    let first = first(Severity::Critical);
    let (calls, reference) = delivered(notification, Some(&first), &json!({})).await;
    let [(update, state), (post, reply)] = &calls[..] else { panic!("{calls:?}") };
    assert_eq!((update.as_str(), post.as_str()), ("chat.update", "chat.postMessage"));
    assert_eq!((&state["channel"], &state["ts"]), (&json!("C1"), &json!("1760000000.000100")));
    assert_eq!((&reply["channel"], &reply["thread_ts"]), (&json!("C1"), &state["ts"]));
    assert!(reference.unwrap().0.starts_with("C1:1760000000.000100:"));
    let place = if reply["reply_broadcast"] == true { "thread and channel" } else { "thread" };
    format!("{}\n--- {place} ---\n{}", read("slack_bot", state), read("slack_bot", reply))
}

#[tokio::test]
async fn the_first_notice_is_a_message_in_the_channel() {
    let (calls, reference) = delivered(&groups::outage(), None, &json!({})).await;
    assert_eq!(reference, Some(MessageRef("C1:1760000130.000100:critical".to_owned())));
    let [(method, message)] = &calls[..] else { panic!("{calls:?}") };
    assert_eq!((method.as_str(), &message["channel"]), ("chat.postMessage", &json!("#alerts")));
    assert_eq!(message.get("thread_ts"), None);
    assert_snapshot!(read("slack_bot", message), @r#"
    #b71c1c OpenAI API and 2 more are failing (host db1.example.com)
    status 503, want 200
    Status: unhealthy
    Severity: critical
    Since: <!date^1760000000^{date_short_pretty} {time_secs}|2025-10-09 08:53:20 UTC>
    Group: LLM providers
    Cause: the service itself failed
    Rules: service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Also failing:
    Search is unhealthy: connection refused
    Cart is unhealthy: connection refused
    Runbook: https://wiki.example.com/db1?a=1&amp;b=2
    Status page: https://status.example.com
    "#);
}

#[tokio::test]
async fn an_update_changes_the_message_and_is_kept_in_the_thread() {
    assert_snapshot!(follow_up(&groups::update()).await, @r#"
    #b71c1c OpenAI API and 5 more are failing (host db1.example.com)
    status 503, want 200
    Status: unhealthy
    Severity: critical
    Since: <!date^1760000000^{date_short_pretty} {time_secs}|2025-10-09 08:53:20 UTC>
    Group: LLM providers
    Cause: the service itself failed
    Rules: service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Also failing:
    Search is unhealthy: connection refused
    Cart is unhealthy: connection refused
    and 3 more
    Runbook: https://wiki.example.com/db1?a=1&amp;b=2
    Status page: https://status.example.com
    --- thread ---
    #b71c1c Update: OpenAI API and 5 more are failing (host db1.example.com)
    status 503, want 200
    Status: unhealthy
    Severity: critical
    Since: <!date^1760000000^{date_short_pretty} {time_secs}|2025-10-09 08:53:20 UTC>
    Group: LLM providers
    Cause: the service itself failed
    Rules: service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Also failing:
    Search is unhealthy: connection refused
    Cart is unhealthy: connection refused
    and 3 more
    Runbook: https://wiki.example.com/db1?a=1&amp;b=2
    Status page: https://status.example.com
    "#);
}

#[tokio::test]
async fn a_reminder_is_shown_in_the_channel() {
    assert_snapshot!(follow_up(&groups::reminder()).await, @r#"
    #b71c1c OpenAI API and 2 more are failing (host db1.example.com)
    status 503, want 200
    Status: unhealthy
    Severity: critical
    Since: <!date^1760000000^{date_short_pretty} {time_secs}|2025-10-09 08:53:20 UTC>
    Group: LLM providers
    Cause: the service itself failed
    Rules: service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Acknowledged: by ann at 2025-10-09 08:53:20 UTC: looking into it
    Reminder: number 2
    Also failing:
    Search is unhealthy: connection refused
    Cart is unhealthy: connection refused
    Runbook: https://wiki.example.com/db1?a=1&amp;b=2
    Status page: https://status.example.com
    --- thread and channel ---
    #b71c1c Reminder: OpenAI API and 2 more are failing (host db1.example.com)
    status 503, want 200
    Status: unhealthy
    Severity: critical
    Since: <!date^1760000000^{date_short_pretty} {time_secs}|2025-10-09 08:53:20 UTC>
    Group: LLM providers
    Cause: the service itself failed
    Rules: service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Acknowledged: by ann at 2025-10-09 08:53:20 UTC: looking into it
    Reminder: number 2
    Also failing:
    Search is unhealthy: connection refused
    Cart is unhealthy: connection refused
    Runbook: https://wiki.example.com/db1?a=1&amp;b=2
    Status page: https://status.example.com
    "#);
}

#[tokio::test]
async fn after_a_partial_resolution_the_message_states_the_rest() {
    assert_snapshot!(follow_up(&groups::partly_over()).await, @r#"
    #e65100 Cart and 1 more are failing (host db1.example.com)
    connection refused
    Status: unhealthy
    Severity: error
    Since: <!date^1760000000^{date_short_pretty} {time_secs}|2025-10-09 08:53:20 UTC>
    Cause: the service itself failed
    In common: host db1.example.com
    Remedy: Start the service, or correct the port in the check. See `allclear explain connect_refused`.
    Also failing: Mail is unhealthy: connection refused
    Runbook: https://wiki.example.com/db1?a=1&amp;b=2
    Status page: https://status.example.com
    --- thread ---
    #2e7d32 Partly resolved: OpenAI API and 1 more are healthy, 2 still failing
    status 503, want 200
    Status: healthy
    Severity: critical
    Duration: 12m30s
    Group: LLM providers
    Cause: the service itself failed
    Resolved: service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Still failing:
    Cart is unhealthy: connection refused
    Mail is unhealthy: connection refused
    Also resolved: Search is unhealthy: connection refused
    Runbook: https://wiki.example.com/db1?a=1&amp;b=2
    Status page: https://status.example.com
    "#);
    let same_monitor = follow_up(&notices::partly_resolved()).await;
    assert!(same_monitor.starts_with("#f9a825 OpenAI API: low_uptime\n"), "{same_monitor}");
}

#[tokio::test]
async fn the_end_turns_the_message_green() {
    assert_snapshot!(follow_up(&groups::over()).await, @r#"
    #2e7d32 All clear: OpenAI API and 2 more are healthy
    status 503, want 200
    Status: healthy
    Severity: critical
    Duration: 12m30s
    Group: LLM providers
    Cause: the service itself failed
    Resolved: service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Also resolved:
    Search is unhealthy: connection refused
    Cart is unhealthy: connection refused
    Runbook: https://wiki.example.com/db1?a=1&amp;b=2
    Status page: https://status.example.com
    --- thread and channel ---
    #2e7d32 All clear: OpenAI API and 2 more are healthy
    status 503, want 200
    Status: healthy
    Severity: critical
    Duration: 12m30s
    Group: LLM providers
    Cause: the service itself failed
    Resolved: service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Also resolved:
    Search is unhealthy: connection refused
    Cart is unhealthy: connection refused
    Runbook: https://wiki.example.com/db1?a=1&amp;b=2
    Status page: https://status.example.com
    "#);
}

#[tokio::test]
async fn only_a_rise_in_severity_shows_an_update_in_the_channel() {
    for (before, now, is_shown) in [
        (Severity::Warning, Severity::Critical, true),
        (Severity::Critical, Severity::Critical, false),
        (Severity::Critical, Severity::Warning, false),
    ] {
        let update = Notification { severity: now, ..groups::update() };
        let (calls, reference) = delivered(&update, Some(&first(before)), &json!({})).await;
        assert_eq!(calls[1].1["reply_broadcast"], is_shown, "{before} {now}");
        assert_eq!(reference, Some(first(now)), "the next rise starts from here");
    }
}

#[tokio::test]
async fn a_partial_resolution_lowers_the_severity_of_the_reference() {
    let (_, reference) =
        delivered(&groups::partly_over(), Some(&first(Severity::Critical)), &json!({})).await;
    assert_eq!(reference, Some(first(Severity::Error)));
}

#[tokio::test]
async fn without_broadcast_all_replies_stay_in_the_thread() {
    for notice in [groups::reminder(), groups::over()] {
        let quiet = json!({ "broadcast": false, "mention": "<!here>" });
        let (calls, _) = delivered(&notice, Some(&first(Severity::Warning)), &quiet).await;
        assert_eq!(calls[1].1["reply_broadcast"], false);
        assert_eq!(calls[1].1["text"], "");
    }
}

#[tokio::test]
async fn people_are_mentioned_while_the_alert_is_critical() {
    let mention = json!({ "mention": "<!here>" });
    let warning = Notification { severity: Severity::Warning, ..groups::outage() };
    for (notice, wanted) in [(groups::outage(), "<!here>"), (warning, ""), (notices::summary(), "")]
    {
        let (calls, _) = delivered(&notice, None, &mention).await;
        assert_eq!(calls[0].1["text"], wanted);
    }
    for (notice, before, in_message, in_reply) in [
        (groups::update(), Severity::Critical, "<!here>", ""),
        (groups::update(), Severity::Error, "<!here>", "<!here>"),
        (groups::reminder(), Severity::Critical, "<!here>", "<!here>"),
        (groups::partly_over(), Severity::Critical, "", ""),
        (groups::over(), Severity::Critical, "", ""),
    ] {
        let (calls, _) = delivered(&notice, Some(&first(before)), &mention).await;
        assert_eq!(
            (&calls[0].1["text"], &calls[1].1["text"]),
            (&json!(in_message), &json!(in_reply))
        );
    }
}

#[tokio::test]
async fn a_failed_update_posts_no_reply() {
    let inbox = Inbox::that(refusal("ratelimited")).await;
    let sender = chat("slack_bot").sender(&inbox, &json!({}));
    let first = first(Severity::Critical);
    let error = deliver_after(&*sender, &inbox, &groups::over(), Some(&first)).await.unwrap_err();
    assert!(!error.is_permanent());
    assert_eq!(methods(&inbox), ["chat.update"]);
}

#[tokio::test]
async fn a_retry_after_a_failed_reply_posts_one_reply_in_all() {
    let inbox = chat("slack_bot").inbox().await;
    let confirmed = || Behavior::text(200, CONFIRMED);
    inbox.simulator.script_inbox(
        TOKEN,
        vec![
            Step::requests(confirmed(), 1),
            Step::requests(refusal("internal_error"), 1),
            Step::forever(confirmed()),
        ],
    );
    let sender = chat("slack_bot").sender(&inbox, &json!({}));
    let first = first(Severity::Critical);
    let send = async || deliver_after(&*sender, &inbox, &groups::over(), Some(&first)).await;
    let error = send().await.unwrap_err();
    assert_eq!((error.is_permanent(), error.may_have_arrived), (false, false));
    send().await.unwrap();
    let update_and_reply = ["chat.update", "chat.postMessage"];
    assert_eq!(methods(&inbox), [update_and_reply, update_and_reply].concat());
    let calls = calls(&inbox);
    assert_eq!(calls[0], calls[2], "the update is the same");
}

#[tokio::test]
async fn a_deleted_message_is_posted_anew() {
    for error in ["message_not_found", "edit_window_closed", "cant_update_message"] {
        let inbox = chat("slack_bot").inbox().await;
        let confirmed = Behavior::text(200, CONFIRMED);
        let steps = vec![Step::requests(refusal(error), 1), Step::forever(confirmed)];
        inbox.simulator.script_inbox(TOKEN, steps);
        let sender = chat("slack_bot").sender(&inbox, &json!({}));
        let first = first(Severity::Critical);
        let sent = deliver_after(&*sender, &inbox, &groups::update(), Some(&first)).await;
        assert_eq!(sent, Ok(Some(MessageRef("C1:1760000130.000100:critical".to_owned()))));
        let calls = calls(&inbox);
        let [(_, _), (method, message)] = &calls[..] else { panic!("{calls:?}") };
        assert_eq!((method.as_str(), message.get("thread_ts")), ("chat.postMessage", None));
        assert_eq!(
            message["attachments"][0]["title"],
            "OpenAI API and 5 more are failing (host db1.example.com)"
        );
    }
}

#[tokio::test]
async fn a_notice_without_a_known_message_is_a_message() {
    for reference in [None, Some(MessageRef("42".to_owned()))] {
        for notice in [groups::update(), groups::over()] {
            let (calls, sent) = delivered(&notice, reference.as_ref(), &json!({})).await;
            assert_eq!(calls.len(), 1, "{calls:?}");
            assert_eq!(calls[0].1.get("thread_ts"), None);
            assert!(sent.is_some());
        }
    }
}

#[tokio::test]
async fn a_summary_and_a_recovery_continue_no_message() {
    for notice in [notices::summary(), notices::recovery(), groups::outage()] {
        let (calls, _) = delivered(&notice, Some(&first(Severity::Critical)), &json!({})).await;
        assert_eq!(calls.len(), 1, "{calls:?}");
    }
}

#[tokio::test]
async fn a_later_message_of_telegram_is_a_reply_to_the_first_one() {
    let telegram = chat("telegram");
    let inbox = telegram.inbox().await;
    let sender = telegram.sender(&inbox, &json!({ "topic": 5 }));
    let first = deliver_after(&*sender, &inbox, &groups::outage(), None).await.unwrap();
    assert_eq!(first, Some(MessageRef("7".to_owned())));
    let earlier = Some(MessageRef("3".to_owned()));
    let sent = deliver_after(&*sender, &inbox, &groups::over(), earlier.as_ref()).await.unwrap();
    assert_eq!(sent, earlier, "all replies are to the same message");
    let received = inbox.simulator.inbox(TOKEN);
    let payloads: Vec<Value> = received.iter().map(|one| one.json().unwrap()).collect();
    assert_eq!(payloads[0].get("reply_parameters"), None);
    let reply = json!({ "message_id": 3, "allow_sending_without_reply": true });
    assert_eq!(payloads[1]["reply_parameters"], reply);
    assert!(payloads.iter().all(|payload| payload["message_thread_id"] == 5));
}

#[tokio::test]
async fn the_messages_of_a_group_are_one_thread_of_google_chat() {
    let group = groups::outage().details.alert_group.unwrap();
    for notice in [groups::outage(), groups::reminder(), groups::over()] {
        let received = chat("google_chat").sent(&notice).await;
        let reply = "messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD";
        assert!(received.path.ends_with(reply), "{}", received.path);
        assert_eq!(received.json().unwrap()["thread"]["threadKey"], group.as_str());
    }
    let summary = chat("google_chat").sent(&notices::summary()).await;
    assert!(!summary.path.contains("messageReplyOption"));
    assert_eq!(summary.json().unwrap().get("thread"), None);
}
