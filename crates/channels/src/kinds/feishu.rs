//! `feishu`: a custom bot of a group of Feishu or Lark.

mod card;

use std::time::Duration;

use allclear_core::channel::{Envelope, SendLimits, SendRate, Sender};
use allclear_core::checker::ParamProblem;
use allclear_core::id::SecretName;
use allclear_core::send_error::SendError;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::answers::{AnswerForm, REFUSALS, Reaction, by_header, by_number};
use crate::client::ChannelClient;
use crate::incoming_webhook::{self, ChatRequest, WebhookChat, WebhookParams};
use crate::params;
use crate::signing::hmac_sha256;
use crate::value::{self, ConfiguredText};

/// Posts to a custom bot of a group of Feishu or Lark.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The secret that holds the bot's URL: `secret:feishu`. The URL alone permits posting, so it
    /// must not stand in the config.
    #[schemars(extend("format" = "secret"))]
    webhook_url: String,
    /// The secret to sign with, if the security settings of the bot require a signature:
    /// `secret:feishu_sign`.
    #[serde(default)]
    #[schemars(extend("format" = "secret"))]
    secret: Option<String>,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    #[serde(default)]
    proxy: Option<String>,
}

struct Feishu {
    secret: Option<SecretName>,
}

pub(crate) fn build(
    client: &ChannelClient,
    params: &Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { webhook_url, secret, proxy } = params::read(params)?;
    let webhook = WebhookParams { webhook_url: &webhook_url, proxy: proxy.as_deref() };
    let secret = secret.map(|secret| ConfiguredText::read_secret(&["secret"], &secret)).transpose();
    let chat = secret.map(|secret| Feishu { secret }).map_err(|problem| vec![problem]);
    incoming_webhook::build(client, &webhook, chat)
}

/// The wait after too many messages, whose number is limited for each minute.
const PAUSE: Duration = Duration::from_mins(1);

/// The error codes: <https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot>. An operator can repair a wrong
/// URL, a wrong signing secret, a refused address and a missing keyword.
const REACTIONS: &[(&str, Reaction)] = &[
    ("19001", Reaction::Retry),
    ("19021", Reaction::Retry),
    ("19022", Reaction::Retry),
    ("19024", Reaction::Retry),
    ("11232", Reaction::RetryAfter(PAUSE)),
    ("9499", Reaction::GiveUp),
    ("19002", Reaction::GiveUp),
];

impl WebhookChat for Feishu {
    const ANSWERS: AnswerForm = AnswerForm {
        name: "Feishu",
        verdict: |_, document| by_number(document, "code"),
        reactions: REACTIONS,
        refusals: REFUSALS,
        asked_for: by_header,
    };

    /// 100 messages a minute and five a second for each bot:
    /// <https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot>.
    const LIMITS: SendLimits = SendLimits {
        at_once: 1,
        rate: Some(SendRate { interval: Duration::from_millis(650), burst: 4 }),
    };

    fn secret(&self) -> Option<&SecretName> {
        self.secret.as_ref()
    }

    fn request(&self, url: Url, envelope: Envelope<'_>) -> Result<ChatRequest, SendError> {
        let mut body = json!({
            "msg_type": "interactive",
            "card": card::card(envelope.notification),
        });
        if let (Some(secret), Some(body)) = (&self.secret, body.as_object_mut()) {
            let key = value::expose(secret, envelope.secrets)?;
            let seconds = envelope.now.as_second();
            body.insert("timestamp".to_owned(), json!(seconds.to_string()));
            body.insert("sign".to_owned(), json!(sign(key, seconds)?));
        }
        Ok(ChatRequest { url, body })
    }
}

/// Returns the signature: the HMAC-SHA256 of nothing, under the time and the secret, in base64.
fn sign(secret: &str, seconds: i64) -> Result<String, SendError> {
    let key = format!("{seconds}\n{secret}");
    Ok(BASE64_STANDARD.encode(hmac_sha256(key.as_bytes(), &[])?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::tests::check;

    /// The expected text comes from Python: `hmac.new(b"1760000130\nkey0123", b"", "sha256")`.
    #[test]
    fn a_signature_equals_that_of_other_tools() {
        assert_eq!(
            sign("key0123", 1_760_000_130).unwrap(),
            "2z3BaKhauxYxm+fxSwAslvMOH3PLun9Xjk+ggQIu6yY="
        );
    }

    #[test]
    fn each_documented_error_has_its_reaction() {
        let give_up = Some(Reaction::GiveUp);
        let retry = Some(Reaction::Retry);
        check(
            &Feishu::ANSWERS,
            &[
                (
                    200,
                    r#"{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}"#,
                    None,
                ),
                (200, "", retry),
                (200, r#"{"code":9499,"msg":"Bad Request","data":{}}"#, give_up),
                (400, r#"{"code":9499,"msg":"Bad Request","data":{}}"#, give_up),
                (
                    200,
                    r#"{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}"#,
                    retry,
                ),
                (
                    400,
                    r#"{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}"#,
                    retry,
                ),
                (200, r#"{"code":19002,"msg":"params error"}"#, give_up),
                (
                    200,
                    r#"{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}"#,
                    retry,
                ),
                (200, r#"{"code":19022,"msg":"Ip Not Allowed"}"#, retry),
                (200, r#"{"code":19024,"msg":"Key Words Not Found"}"#, retry),
                (
                    200,
                    r#"{"code":11232,"msg":"frequency limited psm"}"#,
                    Some(Reaction::RetryAfter(PAUSE)),
                ),
                (200, r#"{"code":99999,"msg":"new"}"#, retry),
                (502, "", retry),
            ],
        );
    }
}
