//! `slack`: an incoming webhook of Slack, or of a chat that accepts messages in Slack's form.

pub(super) mod payload;
mod response;

use std::time::Duration;

use allclear_core::channel::{Envelope, SendLimits, SendRate, Sender};
use allclear_core::checker::ParamProblem;
use allclear_core::send_error::SendError;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::answers::AnswerForm;
use crate::client::ChannelClient;
use crate::incoming_webhook::{self, ChatRequest, WebhookChat, WebhookParams};
use crate::params;

/// Posts to an incoming webhook of Slack.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The secret that holds the webhook's URL: `secret:slack`. The URL alone permits posting, so
    /// it must not stand in the config.
    #[schemars(extend("format" = "secret"))]
    webhook_url: String,
    /// The Slack channel to post to, `#alerts`, if the webhook permits the choice. Default: the
    /// channel of the webhook.
    #[serde(default)]
    channel: Option<String>,
    /// The name to post under, if the webhook permits the choice. Default: the name of the webhook.
    #[serde(default)]
    username: Option<String>,
    /// The people to mention in a critical alert, in Slack's form: `<!here>`, `<!channel>`,
    /// `<@U024BE7LH>`
    /// for a person, `<!subteam^SAZ94GDB8>` for a group; several are separated by spaces.
    #[serde(default)]
    mention: Option<String>,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    #[serde(default)]
    proxy: Option<String>,
}

#[derive(Debug)]
struct Slack {
    style: payload::Style,
}

pub(crate) fn build(
    client: &ChannelClient,
    params: &serde_json::Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { webhook_url, channel, username, mention, proxy } = params::read(params)?;
    let webhook = WebhookParams { webhook_url: &webhook_url, proxy: proxy.as_deref() };
    let chat = match mention.as_deref().and_then(problem_with_mention) {
        Some(problem) => Err(vec![problem]),
        None => Ok(Slack { style: payload::Style { channel, username, mention } }),
    };
    incoming_webhook::build(client, &webhook, chat)
}

impl WebhookChat for Slack {
    const ANSWERS: AnswerForm = response::ANSWERS;

    /// One message a second for each webhook, with short bursts:
    /// <https://docs.slack.dev/apis/web-api/rate-limits/>. Slack answers excess messages with 429 and
    /// `Retry-After`.
    const LIMITS: SendLimits = SendLimits {
        at_once: 2,
        rate: Some(SendRate { interval: Duration::from_secs(1), burst: 5 }),
    };

    fn request(&self, url: Url, envelope: Envelope<'_>) -> Result<ChatRequest, SendError> {
        let body = payload::payload(envelope.notification, &self.style);
        Ok(ChatRequest { url, body })
    }
}

/// Checks a mention in Slack's form.
pub(super) fn problem_with_mention(mention: &str) -> Option<ParamProblem> {
    let is_one = |word: &str| {
        let inner = word.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        inner.is_some_and(|inner| {
            let id = |id: &str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric());
            matches!(inner, "!here" | "!channel" | "!everyone")
                || inner.strip_prefix('@').is_some_and(id)
                || inner.strip_prefix("!subteam^").is_some_and(id)
        })
    };
    let mut words = mention.split_whitespace().peekable();
    let is_empty = words.peek().is_none();
    let wrong = words.find(|word| !is_one(word));
    if !is_empty && wrong.is_none() {
        return None;
    }
    let what = format!("`{}` is not a mention", wrong.unwrap_or_default());
    let hint = "write it as Slack does: `<!here>`, `<!channel>`, `<@U024BE7LH>` or \
                `<!subteam^SAZ94GDB8>`";
    Some(ParamProblem::at(["mention"], what, Some(hint)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_must_be_in_the_form_of_slack() {
        for right in ["<!here>", "<!channel> <@U024BE7LH>", "<!subteam^SAZ94GDB8>"] {
            assert_eq!(problem_with_mention(right), None, "{right}");
        }
        for wrong in ["", " ", "@here", "<here>", "<!here", "<!here> @ann", "<@>", "<!date^1>"] {
            assert!(problem_with_mention(wrong).is_some(), "{wrong}");
        }
    }
}
