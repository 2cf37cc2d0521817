//! Tests of the documents that a webhook receives.

use allclear_simulator::Behavior;
use hmac::{Hmac, KeyInit, Mac};
use insta::assert_snapshot;
use serde_json::json;
use sha2::Sha256;

use crate::notices;
use crate::sending::{DELIVERY, Inbox, NOW, build, deliver, secrets};

#[tokio::test]
async fn the_payload_is_that_of_the_readme() {
    let inbox = Inbox::that(Behavior::Ok).await;
    let sender = build("webhook", json!({ "url": inbox.url })).unwrap();
    let mut down = notices::down();
    down.alerts.truncate(1);
    deliver(&*sender, &down, &secrets([])).await.unwrap();
    let readme = include_str!("../../README.md");
    let example = readme.split_once("\n\n{\n").unwrap().1.split_once("\n}\n").unwrap().0;
    let example: serde_json::Value = serde_json::from_str(&format!("{{{example}}}")).unwrap();
    assert_eq!(inbox.only_message().json().unwrap(), example);
}

#[tokio::test]
async fn hostile_text_arrives_without_hidden_characters() {
    let inbox = Inbox::that(Behavior::Ok).await;
    let sender = build("webhook", json!({ "url": inbox.url })).unwrap();
    deliver(&*sender, &notices::hostile(), &secrets([])).await.unwrap();
    let message = inbox.only_message().json().unwrap()["message"].clone();
    assert_eq!(message, notices::hostile().message.trim_end_matches(['\0', '\u{7}']));
}

#[tokio::test]
async fn headers_are_those_of_the_config_and_of_allclear() {
    let inbox = Inbox::that(Behavior::Ok).await;
    let headers = json!({ "X-Team": "platform", "Authorization": "secret:token" });
    let params = json!({ "url": "secret:url", "headers": headers, "secret": "secret:key" });
    let sender = build("webhook", params).unwrap();
    let asked: Vec<String> = sender.secrets().iter().map(ToString::to_string).collect();
    assert_eq!(asked, ["url", "token", "key"]);
    let secrets = secrets([("url", &inbox.url), ("token", "Bearer abc\n"), ("key", "whsec")]);
    deliver(&*sender, &notices::down(), &secrets).await.unwrap();
    let received = inbox.only_message();
    let header = |name: &str| received.headers.get(name).unwrap().as_str();
    assert_eq!(received.method, "POST");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("x-team"), "platform");
    assert_eq!(header("authorization"), "Bearer abc", "a secret is taken without its line break");
    assert_eq!(header("x-allclear-delivery"), DELIVERY);
    assert_eq!(header("idempotency-key"), DELIVERY);
    assert!(header("user-agent").starts_with("allclear/"));
    let mut mac = Hmac::<Sha256>::new_from_slice(b"whsec").unwrap();
    mac.update(format!("{}.", NOW.as_second()).as_bytes());
    mac.update(&received.body);
    let wanted = hex::encode(mac.finalize().into_bytes());
    assert_eq!(header("x-allclear-signature"), format!("t={},v1={wanted}", NOW.as_second()));
}

#[tokio::test]
async fn without_a_secret_there_is_no_signature() {
    let inbox = Inbox::that(Behavior::Ok).await;
    let sender = build("webhook", json!({ "url": inbox.url })).unwrap();
    deliver(&*sender, &notices::down(), &secrets([])).await.unwrap();
    assert_eq!(inbox.only_message().headers.get("x-allclear-signature"), None);
}

#[tokio::test]
async fn two_tries_of_one_delivery_send_the_same_bytes() {
    let inbox = Inbox::that(Behavior::Ok).await;
    let sender = build("webhook", json!({ "url": inbox.url })).unwrap();
    for _ in 0..2 {
        deliver(&*sender, &notices::down(), &secrets([])).await.unwrap();
    }
    let received = inbox.simulator.inbox(crate::sending::TOKEN);
    assert_eq!(received[0].body, received[1].body);
    assert_eq!(
        received[0].headers["x-allclear-delivery"],
        received[1].headers["x-allclear-delivery"]
    );
}

#[tokio::test]
async fn an_invalid_header_value_is_reported_without_its_value() {
    let params = json!({ "url": "http://127.0.0.1:1/", "headers": { "x-key": "secret:key" } });
    let sender = build("webhook", params).unwrap();
    let error = deliver(&*sender, &notices::down(), &secrets([("key", "hunter2\nx")])).await;
    assert_snapshot!(error.unwrap_err(), @"invalid value of the header `x-key`");
}
