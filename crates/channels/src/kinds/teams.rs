//! `teams`: a workflow of Microsoft Teams that posts the adaptive card of a request.

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

/// Posts an adaptive card through a workflow of Microsoft Teams.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The secret that holds the workflow's URL: `secret:teams`. The URL alone permits posting, so
    /// it must not stand in the config.
    #[schemars(extend("format" = "secret"))]
    webhook_url: String,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    #[serde(default)]
    proxy: Option<String>,
}

struct Teams;

pub(crate) fn build(
    client: &ChannelClient,
    params: &Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { webhook_url, proxy } = params::read(params)?;
    let webhook = WebhookParams { webhook_url: &webhook_url, proxy: proxy.as_deref() };
    incoming_webhook::build(client, &webhook, Ok(Teams))
}

/// The error codes of the trigger of a workflow. A workflow that is switched off can be switched on, and a new URL can
/// be stored.
const REACTIONS: &[(&str, Reaction)] = &[
    ("TriggerInputSchemaMismatch", Reaction::GiveUp),
    ("InvalidRequestContent", Reaction::GiveUp),
    ("RequestEntityTooLarge", Reaction::GiveUp),
    ("WorkflowTriggerIsNotEnabled", Reaction::Retry),
    ("WorkflowNotFound", Reaction::Retry),
    ("DirectApiAuthorizationRequired", Reaction::Retry),
    ("AuthorizationFailed", Reaction::Retry),
    (THROTTLED, Reaction::Retry),
];

/// The text with which a connector answers 200 although Teams has refused the message.
const CONNECTOR_ERROR: &str = "Microsoft Teams endpoint returned HTTP error";
const THROTTLED: &str = "Microsoft Teams endpoint returned HTTP error 429";

impl WebhookChat for Teams {
    const ANSWERS: AnswerForm = AnswerForm {
        name: "Teams",
        verdict,
        reactions: REACTIONS,
        refusals: REFUSALS,
        asked_for: by_header,
    };

    /// Four requests a second:
    /// <https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook>.
    const LIMITS: SendLimits = SendLimits {
        at_once: 1,
        rate: Some(SendRate { interval: Duration::from_millis(500), burst: 2 }),
    };

    fn request(&self, url: Url, envelope: Envelope<'_>) -> Result<ChatRequest, SendError> {
        Ok(ChatRequest { url, body: card::payload(envelope.notification) })
    }
}

/// Reads a verdict. A workflow answers 202 with an empty body.
fn verdict(content: &str, document: &Value) -> AnswerVerdict {
    if content.contains(CONNECTOR_ERROR) {
        let code = if content.contains(THROTTLED) { THROTTLED } else { CONNECTOR_ERROR };
        return AnswerVerdict::Refused(code.to_owned());
    }
    let code = document.pointer("/error/code").and_then(Value::as_str);
    code.map_or(AnswerVerdict::Accepted, |code| AnswerVerdict::Refused(code.to_owned()))
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
            &Teams::ANSWERS,
            &[
                (202, "", None),
                (200, "1", None),
                (
                    200,
                    "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId tcid=0",
                    retry,
                ),
                (
                    200,
                    "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 403",
                    retry,
                ),
                (400, r#"{"error":{"code":"TriggerInputSchemaMismatch","message":"…"}}"#, give_up),
                (400, r#"{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"…"}}"#, retry),
                (400, "Bad payload received", give_up),
                (401, r#"{"error":{"code":"DirectApiAuthorizationRequired"}}"#, retry),
                (404, r#"{"error":{"code":"WorkflowNotFound"}}"#, retry),
                (410, "", give_up),
                (413, "", give_up),
                (429, r#"{"error":{"code":"TooManyRequests"}}"#, retry),
                (502, "", retry),
            ],
        );
    }
}
