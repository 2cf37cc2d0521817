//! `discord`: a webhook of a Discord channel.

mod embed;

use std::time::Duration;

use allclear_core::channel::{Envelope, SendLimits, SendRate, Sender};
use allclear_core::checker::ParamProblem;
use allclear_core::send_error::SendError;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::answers::{AnswerForm, AnswerVerdict, REFUSALS, Reaction, seconds};
use crate::client::ChannelClient;
use crate::incoming_webhook::{self, ChatRequest, WebhookChat, WebhookParams};
use crate::params;

/// Posts to a webhook of a Discord channel.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The secret that holds the webhook's URL: `secret:discord`. The URL alone permits posting, so
    /// it must not stand in the config. A thread is chosen by `?thread_id=` at its end.
    #[schemars(extend("format" = "secret"))]
    webhook_url: String,
    /// The name to post under. Default: the name of the webhook.
    #[serde(default)]
    username: Option<String>,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    #[serde(default)]
    proxy: Option<String>,
}

struct Discord {
    username: Option<String>,
}

pub(crate) fn build(
    client: &ChannelClient,
    params: &Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { webhook_url, username, proxy } = params::read(params)?;
    let webhook = WebhookParams { webhook_url: &webhook_url, proxy: proxy.as_deref() };
    incoming_webhook::build(client, &webhook, Ok(Discord { username }))
}

/// The error codes: <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json>. A deleted webhook can
/// be replaced by another one while the delivery is owed.
const REACTIONS: &[(&str, Reaction)] = &[
    ("10003", Reaction::Retry),
    ("10015", Reaction::Retry),
    ("50027", Reaction::Retry),
    // A forum channel needs a thread, which the URL can name.
    ("220001", Reaction::Retry),
    ("40005", Reaction::GiveUp),
    ("50006", Reaction::GiveUp),
    ("50035", Reaction::GiveUp),
    ("50109", Reaction::GiveUp),
];

impl WebhookChat for Discord {
    const ANSWERS: AnswerForm = AnswerForm {
        name: "Discord",
        verdict,
        reactions: REACTIONS,
        refusals: REFUSALS,
        asked_for: |document| seconds(document.get("retry_after")),
    };

    /// 30 messages a minute to a channel, five within two seconds. Discord states no fixed limits and answers excess
    /// messages with 429 and `retry_after`: <https://docs.discord.com/developers/topics/rate-limits>.
    const LIMITS: SendLimits = SendLimits {
        at_once: 1,
        rate: Some(SendRate { interval: Duration::from_millis(2_400), burst: 5 }),
    };

    fn request(&self, url: Url, envelope: Envelope<'_>) -> Result<ChatRequest, SendError> {
        let body = embed::payload(envelope.notification, self.username.as_deref());
        Ok(ChatRequest { url, body })
    }
}

/// Reads a verdict. A success is 204 without a body, or the message if the URL has `wait=true`.
fn verdict(_: &str, document: &Value) -> AnswerVerdict {
    let code = document.get("code").and_then(Value::as_i64);
    code.map_or(AnswerVerdict::Accepted, |code| AnswerVerdict::Refused(code.to_string()))
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
            &Discord::ANSWERS,
            &[
                (204, "", None),
                (200, r#"{"id":"1","type":0}"#, None),
                (400, r#"{"message":"Cannot send an empty message","code":50006}"#, give_up),
                (400, r#"{"embeds":["0"]}"#, give_up),
                (400, r#"{"message":"Invalid Form Body","code":50035,"errors":{}}"#, give_up),
                (
                    400,
                    r#"{"message":"Webhooks posted to forum channels must have a thread_name or thread_id","code":220001}"#,
                    retry,
                ),
                (401, r#"{"message":"Invalid Webhook Token","code":50027}"#, retry),
                (404, r#"{"message":"Unknown Webhook","code":10015}"#, retry),
                (
                    429,
                    r#"{"message":"You are being rate limited.","retry_after":0.529,"global":false}"#,
                    Some(Reaction::RetryAfter(Duration::from_millis(529))),
                ),
                (429, "error code: 1015", retry),
                (502, "", retry),
            ],
        );
    }
}
