//! Tests of one try against a destination on this machine.

use std::sync::Arc;
use std::time::Duration;

use allclear_channels::{ChannelSettings, Channels};
use allclear_core::Timestamp;
use allclear_core::channel::{ChannelKinds, ChannelSchemas as _, Envelope, SendSpec, Sender};
use allclear_core::checker::ParamProblem;
use allclear_core::delivery::{DeliveryId, Notification};
use allclear_core::id::SecretName;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_simulator::{Behavior, Config, Received, Simulator};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use crate::notices;

/// 2025-10-09 08:55:30 UTC.
pub(crate) const NOW: Timestamp = Timestamp::constant(1_760_000_130, 0);
pub(crate) const DELIVERY: &str = "5c1f0e9a7d3b2c4e6f8a9b0d";

pub(crate) fn channels() -> Channels {
    channels_trusting(RootCertStore::empty())
}

pub(crate) fn channels_trusting(roots: RootCertStore) -> Channels {
    channels_with_limit(roots, Duration::from_millis(300))
}

pub(crate) fn channels_with_limit(roots: RootCertStore, try_timeout: Duration) -> Channels {
    let mut settings = ChannelSettings::new(Arc::new(roots));
    settings.try_timeout = try_timeout;
    Channels::new(settings).unwrap()
}

pub(crate) fn build(kind: &str, params: Value) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    channels().build(&SendSpec { kind: kind.to_owned(), params })
}

pub(crate) fn secrets<const N: usize>(values: [(&str, &str); N]) -> Secrets {
    let secret = |(name, value): (&str, &str)| (SecretName::new(name).unwrap(), value.into());
    values.into_iter().map(secret).collect()
}

pub(crate) async fn deliver(
    sender: &dyn Sender,
    notification: &Notification,
    secrets: &Secrets,
) -> Result<(), SendError> {
    let delivery = DeliveryId::from_stored(DELIVERY.to_owned());
    let envelope = Envelope { notification, delivery: &delivery, secrets, now: NOW, earlier: None };
    sender.send(envelope).await.map(|_| ())
}

/// A simulator with one inbox. The token in its URL separates it from the inboxes of other tests.
pub(crate) struct Inbox {
    pub(crate) simulator: Simulator,
    pub(crate) url: String,
}

pub(crate) const TOKEN: &str = "T0AB12CD-xyz987secret";

impl Inbox {
    pub(crate) async fn that(behavior: Behavior) -> Self {
        let simulator = Simulator::start(Config::default()).await.unwrap();
        simulator.set_inbox(TOKEN, behavior);
        let url = simulator.inbox_url(TOKEN);
        Self { simulator, url }
    }

    pub(crate) fn only_message(&self) -> Received {
        let mut received = self.simulator.inbox(TOKEN);
        assert_eq!(received.len(), 1, "one message was to come");
        received.remove(0)
    }
}

/// Sends through a channel of this kind to an inbox with `behavior`.
async fn try_against(kind: &str, behavior: Behavior) -> Result<(), SendError> {
    let inbox = Inbox::that(behavior).await;
    let key = if kind == "slack" { "webhook_url" } else { "url" };
    let sender = build(kind, json!({ key: "secret:hook" })).unwrap();
    deliver(&*sender, &notices::down(), &secrets([("hook", &inbox.url)])).await
}

#[tokio::test]
async fn an_accepted_message_is_delivered() {
    for kind in ["slack", "webhook"] {
        assert_eq!(try_against(kind, Behavior::Ok).await, Ok(()), "{kind}");
    }
}

#[tokio::test]
async fn an_error_text_from_slack_is_a_failure() {
    let error = try_against("slack", Behavior::text(200, "no_service")).await.unwrap_err();
    assert_eq!(error.message, "Slack answered 200: no_service");
    assert!(error.is_permanent());
    assert_eq!(try_against("webhook", Behavior::text(200, "no_service")).await, Ok(()));
}

#[tokio::test]
async fn a_server_error_is_temporary() {
    for (kind, who) in [("slack", "Slack"), ("webhook", "the webhook")] {
        let error = try_against(kind, Behavior::text(503, "try\nlater")).await.unwrap_err();
        assert_eq!(error, SendError::transient(format!("{who} answered 503: try later")));
    }
}

#[tokio::test]
async fn a_rate_limit_is_honored_in_seconds_and_as_a_date() {
    for (value, seconds) in [("30", 30), ("Thu, 09 Oct 2025 08:57:30 GMT", 120)] {
        for kind in ["slack", "webhook"] {
            let behavior = Behavior::text(429, "").with_header("retry-after", value);
            let error = try_against(kind, behavior).await.unwrap_err();
            assert_eq!(error.retry_after, Some(Duration::from_secs(seconds)));
            assert!(!error.is_permanent());
        }
    }
}

#[tokio::test]
async fn a_destination_that_never_answers_fails_within_the_timeout() {
    for behavior in [Behavior::Hang, Behavior::Drip { bytes: 100, bytes_per_second: 1 }] {
        let error = try_against("slack", behavior).await.unwrap_err();
        assert_eq!(error, SendError::unanswered("no complete answer within 300ms"));
    }
}

#[tokio::test]
async fn a_broken_connection_is_temporary() {
    for behavior in [Behavior::Reset, Behavior::Close, Behavior::Garbage, Behavior::HalfBody] {
        let error = try_against("webhook", behavior.clone()).await.unwrap_err();
        assert!(!error.is_permanent());
        let message = error.message;
        assert!(message.starts_with("the connection broke before"), "{behavior:?}: {message}");
    }
}

#[tokio::test]
async fn a_refused_connection_is_temporary() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    let url = format!("http://{}/hook", simulator.refused_address());
    let sender = build("webhook", json!({ "url": url })).unwrap();
    let error = deliver(&*sender, &notices::down(), &Secrets::new()).await.unwrap_err();
    assert_eq!(error, SendError::transient("no connection: Connection refused (os error 111)"));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inbox = Inbox::that(Behavior::Redirect { to: "/_inbox/elsewhere".to_owned() }).await;
    let sender = build("webhook", json!({ "url": inbox.url })).unwrap();
    let error = deliver(&*sender, &notices::down(), &Secrets::new()).await.unwrap_err();
    assert!(error.message.starts_with("the webhook answered 302"), "{}", error.message);
    assert!(inbox.simulator.inbox("elsewhere").is_empty());
}

#[tokio::test]
async fn only_the_beginning_of_an_endless_response_is_read() {
    assert_eq!(try_against("webhook", Behavior::EndlessBody).await, Ok(()));
    let long = Behavior::text(500, &"x".repeat(1_000_000));
    let error = try_against("webhook", long).await.unwrap_err();
    assert!(error.message.chars().count() < 300);
}

/// Returns parameters of a kind in which each secret is set, for a destination at this inbox. The secret `url` is the
/// address of the inbox, and `key` is a key.
fn with_secrets(kind: &str, inbox: &Inbox) -> Vec<Value> {
    let address = url::Url::parse(&inbox.url).unwrap();
    match kind {
        "slack" => vec![json!({ "webhook_url": "secret:url" })],
        "webhook" => vec![
            json!({ "url": "secret:url", "headers": { "x-key": "secret:key" } }),
            json!({ "url": inbox.url, "secret": "secret:key" }),
        ],
        "log" => Vec::new(),
        "email" => vec![json!({
            "server": "127.0.0.1",
            "port": address.port(),
            "tls": "none",
            "user": "secret:url",
            "password": "secret:key",
            "from": "a@example.com",
            "to": ["b@example.com"],
        })],
        "pagerduty" => vec![json!({ "routing_key": "secret:key", "url": inbox.url })],
        "datadog" => vec![json!({ "api_key": "secret:key", "url": inbox.url })],
        "slack_bot" => {
            vec![json!({ "token": "secret:key", "channel": "#a", "api_url": inbox.url })]
        }
        "telegram" => vec![json!({ "token": "secret:key", "chat_id": "1", "api_url": inbox.url })],
        "teams" | "discord" | "google_chat" | "wecom" => {
            vec![json!({ "webhook_url": "secret:url" })]
        }
        "feishu" | "dingtalk" => {
            vec![json!({ "webhook_url": "secret:url", "secret": "secret:key" })]
        }
        "ntfy" => vec![json!({ "url": "secret:url", "token": "secret:key" })],
        _ => panic!("this test has no parameters of `{kind}`"),
    }
}

#[tokio::test]
async fn no_error_contains_a_secret() {
    let key = "hunter2-hunter2";
    let echo =
        format!("no /_inbox/{TOKEN} here, only {TOKEN}; you sent {key}, sk-live-abcdefghijkl");
    for behavior in [Behavior::text(404, &echo), Behavior::Reset, Behavior::Hang, Behavior::Garbage]
    {
        let inbox = Inbox::that(behavior).await;
        let in_query = format!("{}?sig={key}", inbox.url);
        let secrets = secrets([("url", &in_query), ("key", key)]);
        for kind in channels().names() {
            for params in with_secrets(kind, &inbox) {
                let sender = build(kind, params).unwrap();
                let error = deliver(&*sender, &notices::down(), &secrets).await.unwrap_err();
                for secret in [TOKEN, key, "sk-live", &inbox.url] {
                    assert!(!format!("{error:?}").contains(secret), "{error:?} tells {secret}");
                }
            }
        }
    }
}

#[tokio::test]
async fn each_parameter_that_is_a_secret_is_in_the_test_of_secrets() {
    let inbox = Inbox::that(Behavior::Ok).await;
    for kind in channels().names() {
        let samples = with_secrets(kind, &inbox);
        let schema = channels().schema(kind).unwrap();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let is_secret = property.to_string().contains(r#""format":"secret""#);
            let is_tested = samples.iter().any(|params| params.get(name).is_some());
            assert!(!is_secret || is_tested, "`{name}` of `{kind}`");
        }
    }
}

#[tokio::test]
async fn an_invalid_url_in_a_secret_is_reported_without_its_value() {
    for (value, why) in [
        ("hunter2hunter2", "is not a URL: relative URL without a base"),
        ("http://hooks.example.com/x7x7x7", "holds a URL that does not begin with `https://`"),
    ] {
        let sender = build("slack", json!({ "webhook_url": "secret:hook" })).unwrap();
        let error = deliver(&*sender, &notices::down(), &secrets([("hook", value)])).await;
        assert_eq!(error, Err(SendError::transient(format!("secret `hook` {why}"))));
    }
}

#[tokio::test]
async fn https_requires_a_trusted_certificate() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(simulator.ca_pem().as_bytes()).unwrap()).unwrap();
    let trusting = channels_trusting(roots);
    for url in [simulator.https_url("/hook/x"), simulator.http2_url("/hook/x")] {
        let spec = SendSpec { kind: "webhook".to_owned(), params: json!({ "url": url }) };
        let sender = trusting.build(&spec).unwrap();
        assert_eq!(deliver(&*sender, &notices::down(), &Secrets::new()).await, Ok(()));
        let sender = channels().build(&spec).unwrap();
        let error = deliver(&*sender, &notices::down(), &Secrets::new()).await.unwrap_err();
        assert_eq!(
            error,
            SendError::transient("no connection: invalid peer certificate: UnknownIssuer")
        );
    }
}
