//! `google_chat`: a webhook of a space of Google Chat. The messages about one outage are one thread.

mod card;

use std::time::Duration;

use allclear_core::channel::{Envelope, SendLimits, SendRate, Sender};
use allclear_core::checker::ParamProblem;
use allclear_core::send_error::SendError;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::answers::{AnswerForm, AnswerVerdict, REFUSALS, Reaction, by_header};
use crate::client::ChannelClient;
use crate::incoming_webhook::{self, ChatRequest, WebhookChat, WebhookParams};
use crate::params;

/// Posts to a webhook of a space of Google Chat.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The secret that holds the webhook's URL: `secret:google_chat`. The URL alone permits posting,
    /// so it must not stand in the config.
    #[schemars(extend("format" = "secret"))]
    webhook_url: String,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    #[serde(default)]
    proxy: Option<String>,
}

struct GoogleChat;

pub(crate) fn build(
    client: &ChannelClient,
    params: &Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { webhook_url, proxy } = params::read(params)?;
    let webhook = WebhookParams { webhook_url: &webhook_url, proxy: proxy.as_deref() };
    incoming_webhook::build(client, &webhook, Ok(GoogleChat))
}

/// The names of errors: <https://cloud.google.com/apis/design/errors#handling_errors>. The webhook can be created anew,
/// and its URL stored, while the delivery is owed.
const REACTIONS: &[(&str, Reaction)] = &[
    ("INVALID_ARGUMENT", Reaction::GiveUp),
    ("FAILED_PRECONDITION", Reaction::GiveUp),
    ("NOT_FOUND", Reaction::Retry),
    ("UNAUTHENTICATED", Reaction::Retry),
    ("PERMISSION_DENIED", Reaction::Retry),
    ("RESOURCE_EXHAUSTED", Reaction::Retry),
    ("INTERNAL", Reaction::Retry),
    ("UNAVAILABLE", Reaction::Retry),
];

impl WebhookChat for GoogleChat {
    const ANSWERS: AnswerForm = AnswerForm {
        name: "Google Chat",
        verdict,
        reactions: REACTIONS,
        refusals: REFUSALS,
        asked_for: by_header,
    };

    /// One request a second for each space:
    /// <https://developers.google.com/workspace/chat/quickstart/webhooks#limitations>.
    const LIMITS: SendLimits = SendLimits {
        at_once: 1,
        rate: Some(SendRate { interval: Duration::from_secs(1), burst: 1 }),
    };

    fn request(&self, mut url: Url, envelope: Envelope<'_>) -> Result<ChatRequest, SendError> {
        let notification = envelope.notification;
        if notification.details.alert_group.is_some() {
            url.query_pairs_mut()
                .append_pair("messageReplyOption", "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD");
        }
        Ok(ChatRequest { url, body: card::payload(notification) })
    }
}

/// Reads a verdict. A success is the message itself.
fn verdict(_: &str, document: &Value) -> AnswerVerdict {
    let status = document.pointer("/error/status").and_then(Value::as_str);
    status.map_or(AnswerVerdict::Accepted, |status| AnswerVerdict::Refused(status.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::tests::check;

    #[test]
    fn each_documented_error_has_its_reaction() {
        let give_up = Some(Reaction::GiveUp);
        let retry = Some(Reaction::Retry);
        check(
            &GoogleChat::ANSWERS,
            &[
                (200, r#"{"name":"spaces/A/messages/B.C"}"#, None),
                (400, r#"{"error":{"code":400,"status":"INVALID_ARGUMENT"}}"#, give_up),
                (400, "", give_up),
                (401, r#"{"error":{"code":401,"status":"UNAUTHENTICATED"}}"#, retry),
                (403, r#"{"error":{"code":403,"status":"PERMISSION_DENIED"}}"#, retry),
                (404, r#"{"error":{"code":404,"status":"NOT_FOUND"}}"#, retry),
                (429, r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}"#, retry),
                (503, r#"{"error":{"code":503,"status":"UNAVAILABLE"}}"#, retry),
                (502, "", retry),
            ],
        );
    }
}
