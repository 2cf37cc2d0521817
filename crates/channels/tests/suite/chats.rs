//! The rules that all chats keep: secrets, errors, limits.

use std::time::Duration;

use allclear_core::alert_group::MessageRef;
use allclear_core::channel::{Envelope, Sender};
use allclear_core::delivery::{DeliveryId, Notification};
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_simulator::{Behavior, Received};
use serde_json::{Value, json};

use crate::sending::{DELIVERY, Inbox, NOW, TOKEN, build, secrets};
use crate::{groups, notices};

/// A kind of chat, with the parameters and the confirmation of the tests.
pub(crate) struct Chat {
    pub(crate) kind: &'static str,
    /// Its name in errors.
    name: &'static str,
    /// The parameter that leads to the inbox: a secret, or the URL of an API.
    url: Place,
    /// The other parameters.
    others: fn() -> Value,
    /// The body of a confirmation.
    confirmation: &'static str,
    /// The most bytes of a request.
    max_bytes: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Secret(&'static str),
    Topic,
    Api,
}

/// The signing secret or token of every chat.
const KEY: &str = "hunter2-hunter2";

/// The name of a topic, which is a secret.
const TOPIC: &str = "alerts-q7w8e9";

/// Every kind of chat.
pub(crate) const CHATS: [Chat; 10] = [
    webhook("slack", "Slack", "ok", 40_000),
    Chat {
        kind: "slack_bot",
        name: "Slack",
        url: Place::Api,
        others: || json!({ "token": "secret:key", "channel": "#alerts" }),
        confirmation: r#"{"ok":true,"channel":"C1","ts":"1760000130.000100"}"#,
        max_bytes: 100_000,
    },
    webhook("teams", "Teams", "", 28_000),
    webhook("discord", "Discord", "", 24_000),
    Chat {
        kind: "telegram",
        name: "Telegram",
        url: Place::Api,
        others: || json!({ "token": "secret:key", "chat_id": "-1001" }),
        confirmation: r#"{"ok":true,"result":{"message_id":7}}"#,
        max_bytes: 16_000,
    },
    webhook("google_chat", "Google Chat", "{}", 32_000),
    Chat {
        others: || json!({ "secret": "secret:key" }),
        ..webhook("feishu", "Feishu", r#"{"code":0,"msg":"success"}"#, 20_000)
    },
    Chat {
        others: || json!({ "secret": "secret:key" }),
        ..webhook("dingtalk", "DingTalk", r#"{"errcode":0,"errmsg":"ok"}"#, 20_000)
    },
    webhook("wecom", "WeCom", r#"{"errcode":0,"errmsg":"ok"}"#, 5_000),
    Chat {
        url: Place::Topic,
        others: || json!({ "token": "secret:key" }),
        ..webhook("ntfy", "ntfy", r#"{"id":"sPs71M8A2T"}"#, 6_000)
    },
];

const fn webhook(
    kind: &'static str,
    name: &'static str,
    confirmation: &'static str,
    max_bytes: usize,
) -> Chat {
    let url = Place::Secret("webhook_url");
    Chat { kind, name, url, others: || json!({}), confirmation, max_bytes }
}

/// Returns the chat of a kind.
pub(crate) fn chat(kind: &str) -> &'static Chat {
    CHATS.iter().find(|chat| chat.kind == kind).unwrap()
}

impl Chat {
    /// Returns an inbox that confirms each message.
    pub(crate) async fn inbox(&self) -> Inbox {
        Inbox::that(Behavior::text(200, self.confirmation)).await
    }

    /// Builds the sender that posts to an inbox, with further parameters.
    pub(crate) fn sender(&self, inbox: &Inbox, further: &Value) -> Box<dyn Sender> {
        let mut params = (self.others)();
        match self.url {
            Place::Secret(key) => params[key] = json!("secret:url"),
            Place::Topic => params["url"] = json!("secret:topic"),
            Place::Api => params["api_url"] = json!(inbox.url),
        }
        for (key, value) in further.as_object().unwrap() {
            params[key] = value.clone();
        }
        build(self.kind, params).unwrap()
    }

    /// Sends a notice to an inbox that confirms it, and returns the request.
    pub(crate) async fn sent(&self, notification: &Notification) -> Received {
        let inbox = self.inbox().await;
        let sender = self.sender(&inbox, &json!({}));
        deliver_after(&*sender, &inbox, notification, None).await.unwrap();
        inbox.only_message()
    }
}

/// Delivers a notice that follows the message `earlier`.
pub(crate) async fn deliver_after(
    sender: &dyn Sender,
    inbox: &Inbox,
    notification: &Notification,
    earlier: Option<&MessageRef>,
) -> Result<Option<MessageRef>, SendError> {
    let secrets = secrets_for(inbox);
    let delivery = DeliveryId::from_stored(DELIVERY.to_owned());
    let envelope =
        Envelope { notification, delivery: &delivery, secrets: &secrets, now: NOW, earlier };
    sender.send(envelope).await
}

fn secrets_for(inbox: &Inbox) -> Secrets {
    let topic = format!("{}/{TOPIC}", inbox.url);
    secrets([("url", &inbox.url), ("topic", &topic), ("key", KEY)])
}

async fn error_of(chat: &Chat, behavior: Behavior) -> SendError {
    let inbox = Inbox::that(behavior).await;
    let sender = chat.sender(&inbox, &json!({}));
    deliver_after(&*sender, &inbox, &groups::outage(), None).await.unwrap_err()
}

#[tokio::test]
async fn every_kind_of_notice_is_delivered() {
    for chat in &CHATS {
        for notice in [
            groups::outage(),
            groups::update(),
            groups::reminder(),
            groups::partly_over(),
            groups::over(),
            notices::impaired(),
            notices::recovery(),
            notices::little_headroom(),
            notices::summary(),
        ] {
            let received = chat.sent(&notice).await;
            assert_eq!(received.method, "POST", "{}", chat.kind);
            assert_eq!(received.headers["content-type"], "application/json; charset=utf-8");
            received.json().unwrap();
        }
    }
}

#[tokio::test]
async fn a_server_error_is_temporary_and_quoted() {
    for chat in &CHATS {
        let error = error_of(chat, Behavior::text(503, "try\nlater")).await;
        let wanted = SendError::transient(format!("{} answered 503: try later", chat.name));
        assert_eq!(error, wanted, "{}", chat.kind);
    }
}

#[tokio::test]
async fn a_login_page_is_no_confirmation() {
    for chat in &CHATS {
        let error = error_of(chat, Behavior::text(200, "<html>Sign in</html>")).await;
        assert!(error.message.contains("does the URL lead to a login page?"), "{}", chat.kind);
        assert!(!error.is_permanent());
    }
}

#[tokio::test]
async fn a_rate_limit_is_honored() {
    for chat in &CHATS {
        let limited = Behavior::text(429, "").with_header("retry-after", "30");
        let error = error_of(chat, limited).await;
        let wanted = (Some(Duration::from_secs(30)), false);
        assert_eq!((error.retry_after, error.is_permanent()), wanted, "{}", chat.kind);
    }
}

#[tokio::test]
async fn a_chat_that_never_answers_fails_within_the_timeout() {
    for chat in &CHATS {
        let error = error_of(chat, Behavior::Hang).await;
        assert_eq!(
            error,
            SendError::unanswered("no complete answer within 300ms"),
            "{}",
            chat.kind
        );
    }
}

#[tokio::test]
async fn no_error_contains_a_secret() {
    let echo = format!("no /_inbox/{TOKEN} here, only {TOKEN}; you sent {KEY} to {TOPIC}");
    for chat in &CHATS {
        let is_secret = chat.url != Place::Api;
        for behavior in [
            Behavior::text(404, &echo),
            Behavior::text(200, &echo),
            Behavior::Reset,
            Behavior::Hang,
        ] {
            let inbox = Inbox::that(behavior).await;
            let sender = chat.sender(&inbox, &json!({}));
            let outage = groups::outage();
            let Err(error) = deliver_after(&*sender, &inbox, &outage, None).await else { continue };
            let error = format!("{error:?}");
            assert!(!error.contains(KEY) && !error.contains(TOPIC), "{}: {error}", chat.kind);
            assert!(!is_secret || !error.contains(TOKEN), "{}: {error}", chat.kind);
        }
    }
}

#[test]
fn a_chat_asks_for_its_secrets_alone() {
    for (kind, params, wanted) in [
        ("slack_bot", json!({ "token": "secret:a", "channel": "#x" }), vec!["a"]),
        ("teams", json!({ "webhook_url": "secret:a", "proxy": "secret:b" }), vec!["a", "b"]),
        ("telegram", json!({ "token": "secret:a", "chat_id": "1" }), vec!["a"]),
        ("feishu", json!({ "webhook_url": "secret:a", "secret": "secret:b" }), vec!["a", "b"]),
        ("dingtalk", json!({ "webhook_url": "secret:a", "secret": "secret:b" }), vec!["a", "b"]),
        ("ntfy", json!({ "url": "secret:a", "token": "secret:b" }), vec!["a", "b"]),
        ("ntfy", json!({ "url": "https://ntfy.example.com/x" }), vec![]),
    ] {
        let names = build(kind, params).unwrap().secrets();
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        assert_eq!(names, wanted, "{kind}");
    }
}

#[test]
fn a_secret_in_a_config_is_refused() {
    let url = "https://hooks.example.com/services/T0/B0/x";
    for (kind, params, path) in [
        ("slack_bot", json!({ "token": "xoxb-1", "channel": "#x" }), "token"),
        ("teams", json!({ "webhook_url": url }), "webhook_url"),
        ("discord", json!({ "webhook_url": url }), "webhook_url"),
        ("telegram", json!({ "token": "1:a", "chat_id": "1" }), "token"),
        ("google_chat", json!({ "webhook_url": url }), "webhook_url"),
        ("feishu", json!({ "webhook_url": "secret:a", "secret": "x" }), "secret"),
        ("dingtalk", json!({ "webhook_url": "secret:a", "secret": "x" }), "secret"),
        ("wecom", json!({ "webhook_url": url }), "webhook_url"),
        ("ntfy", json!({ "url": "https://ntfy.example.com/x", "token": "tk_1" }), "token"),
    ] {
        let problems = build(kind, params).err().unwrap();
        assert_eq!(problems.len(), 1, "{kind}: {problems:?}");
        assert_eq!(problems[0].path, [path], "{kind}");
        assert!(problems[0].what.contains("must not be in the config"), "{kind}: {problems:?}");
    }
}

#[test]
fn a_wrong_parameter_is_reported_at_its_place() {
    for (kind, params, path) in [
        ("slack_bot", json!({ "token": "secret:a", "channel": "# x" }), "channel"),
        ("slack_bot", json!({ "token": "secret:a", "channel": "x", "mention": "@a" }), "mention"),
        ("slack_bot", json!({ "token": "secret:a", "channel": "x", "api_url": "a" }), "api_url"),
        ("telegram", json!({ "token": "secret:a", "chat_id": "alerts" }), "chat_id"),
        (
            "telegram",
            json!({ "token": "secret:a", "chat_id": "1", "api_url": "ftp://a/" }),
            "api_url",
        ),
        ("ntfy", json!({ "url": "https://ntfy.example.com/" }), "url"),
        ("ntfy", json!({ "url": "http://ntfy.example.com/x" }), "url"),
        ("wecom", json!({ "webhook_url": "secret:a", "proxy": "x y" }), "proxy"),
        ("wecom", json!({ "webhook_url": "secret:a", "secret": "x" }), "secret"),
    ] {
        let problems = build(kind, params.clone()).err().unwrap();
        assert_eq!(problems.len(), 1, "{kind}: {problems:?}");
        assert_eq!(problems[0].path, [path], "{kind} {params}");
    }
}

#[tokio::test]
async fn the_longest_notice_is_within_the_limit_of_each_service() {
    for chat in &CHATS {
        for c in ['*', '<', '語', '😀'] {
            let received = chat.sent(&groups::endless(c)).await;
            let n_bytes = received.body.len();
            assert!(n_bytes <= chat.max_bytes, "{}: {n_bytes} bytes of {c}", chat.kind);
        }
    }
}

#[tokio::test]
async fn each_limit_that_a_service_counts_is_kept() {
    for c in ['*', '<', '語', '😀'] {
        let sent = async |kind: &str| chat(kind).sent(&groups::endless(c)).await.json().unwrap();
        let utf16 = |text: &Value| text.as_str().unwrap().encode_utf16().count();
        let bytes = |text: &Value| text.as_str().unwrap().len();
        let chars = |text: &Value| text.as_str().unwrap().chars().count();
        assert!(utf16(&sent("telegram").await["text"]) <= 4_096);
        assert!(bytes(&sent("wecom").await["markdown"]["content"]) <= 4_096);
        assert!(bytes(&sent("ntfy").await["message"]) <= 4_096);
        let embed = &sent("discord").await["embeds"][0];
        let fields = embed["fields"].as_array().unwrap();
        assert!(fields.len() <= 25);
        let mut total = chars(&embed["title"]) + chars(&embed["description"]);
        for field in fields {
            assert!((1..=1_024).contains(&chars(&field["value"])), "{field}");
            total += chars(&field["name"]) + chars(&field["value"]);
        }
        assert!(chars(&embed["title"]) <= 256 && chars(&embed["description"]) <= 4_096);
        assert!(total + "Allclear".len() <= 6_000, "{total}");
    }
}

#[tokio::test]
async fn a_signature_is_that_of_the_documents() {
    let feishu = chat("feishu").sent(&groups::outage()).await.json().unwrap();
    assert_eq!(feishu["timestamp"], "1760000130");
    assert_eq!(feishu["sign"], "D+Bo7JI45Ee6ujX4rYiTC7QjRCkA+L9co/tqJz2N5Ak=");
    let dingtalk = chat("dingtalk").sent(&groups::outage()).await;
    let (_, query) = dingtalk.path.split_once('?').unwrap();
    assert_eq!(
        query,
        "timestamp=1760000130000&sign=rQhD7K8fgPidvBJupEfz2NMWYPfj%2FK6UCuk7fDJFK2s%3D"
    );
}

#[tokio::test]
async fn a_token_is_a_header_and_not_in_the_body() {
    for (kind, path) in [("slack_bot", "/chat.postMessage"), ("ntfy", TOKEN)] {
        let received = chat(kind).sent(&groups::outage()).await;
        assert_eq!(received.headers["authorization"], format!("Bearer {KEY}"), "{kind}");
        assert!(!received.text().contains(KEY), "{kind}");
        assert!(received.path.ends_with(path), "{kind}: {}", received.path);
    }
    let received = chat("telegram").sent(&groups::outage()).await;
    assert_eq!(received.path, format!("/_inbox/{TOKEN}/bot{KEY}/sendMessage"));
}
