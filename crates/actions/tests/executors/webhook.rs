//! The webhook, against a server on this machine.

use std::sync::Arc;
use std::time::Duration;

use allclear_actions::WebhookActions;
use allclear_channels::{ChannelSettings, Channels};
use allclear_core::action::{ActionKinds as _, ActionSchemas as _, ExecutionInput};
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_simulator::{Behavior, Config, Simulator};
use serde_json::{Value, json};

use crate::world::{LONG, NOW, alert, delivery, secret, spec};

fn kinds() -> WebhookActions<Channels> {
    let settings = ChannelSettings::new(Arc::new(rustls::RootCertStore::empty()));
    WebhookActions(Channels::new(settings).unwrap())
}

async fn call(params: Value, secrets: &Secrets, timeout: Duration) -> Result<(), SendError> {
    let executor = kinds().build(&spec("webhook", params));
    let executor = executor.unwrap_or_else(|problems| panic!("{problems:?}"));
    let (notification, delivery) = (alert(), delivery());
    let (notification, delivery) = (&notification, &delivery);
    executor.execute(ExecutionInput { notification, delivery, secrets, now: NOW, timeout }).await
}

#[tokio::test]
async fn the_receiver_gets_a_signed_document_with_the_attempt() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    let url = simulator.inbox_url("repair");
    let params = json!({ "url": url, "secret": "secret:hook" });
    call(params, &secret("hook", "a-signing-key"), LONG).await.unwrap();
    let received = simulator.inbox("repair").remove(0);
    assert!(received.headers["x-allclear-signature"].starts_with("t=1760000000,v1="));
    assert_eq!(received.headers["x-allclear-delivery"], delivery().as_str());
    let document: Value = serde_json::from_slice(&received.body).unwrap();
    let attempt =
        json!({ "action": "restart", "number": 2, "max_attempts": 3, "effect": "restart" });
    assert_eq!(document["attempt"], attempt);
    assert_eq!(document["monitor"]["id"], "api");
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_in_time_leaves_an_unknown_result() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    simulator.set_inbox("repair", Behavior::Hang);
    let params = json!({ "url": simulator.inbox_url("repair") });
    let error = call(params, &Secrets::new(), Duration::from_millis(500)).await.unwrap_err();
    assert_eq!(error.message, "the webhook did not answer in time");
    assert!(error.may_have_arrived);
}

#[test]
fn the_parameters_are_those_of_the_channel() {
    let Err(problems) = kinds().build(&spec("webhook", json!({ "url": "ftp://a" }))) else {
        panic!("the URL was accepted");
    };
    assert!(problems[0].what.contains("does not begin with"), "{problems:?}");
    assert!(kinds().build(&spec("slack", json!({}))).is_err());
    assert!(kinds().schema("webhook").is_some() && kinds().schema("slack").is_none());
}
