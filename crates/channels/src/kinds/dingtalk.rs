//! `dingtalk`: a custom robot of a DingTalk group.

use std::time::Duration;

use allclear_core::channel::{Envelope, SendLimits, SendRate, Sender};
use allclear_core::checker::ParamProblem;
use allclear_core::delivery::Notification;
use allclear_core::id::SecretName;
use allclear_core::message;
use allclear_core::send_error::SendError;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::answers::{AnswerForm, REFUSALS, Reaction, by_header, by_number};
use crate::client::ChannelClient;
use crate::facts::Tone;
use crate::incoming_webhook::{self, ChatRequest, WebhookChat, WebhookParams};
use crate::markup::{self, Markup, TextLimit, with_wide};
use crate::params;
use crate::signing::hmac_sha256;
use crate::value::{self, ConfiguredText};

/// Posts to a custom robot of a DingTalk group.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The secret that holds the robot's URL: `secret:dingtalk`. The URL alone permits posting, so
    /// it must not stand in the config.
    #[schemars(extend("format" = "secret"))]
    webhook_url: String,
    /// The secret to sign with, if the security settings of the robot require a signature:
    /// `secret:dingtalk_sign`.
    #[serde(default)]
    #[schemars(extend("format" = "secret"))]
    secret: Option<String>,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    #[serde(default)]
    proxy: Option<String>,
}

struct DingTalk {
    secret: Option<SecretName>,
}

pub(crate) fn build(
    client: &ChannelClient,
    params: &Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { webhook_url, secret, proxy } = params::read(params)?;
    let webhook = WebhookParams { webhook_url: &webhook_url, proxy: proxy.as_deref() };
    let secret = secret.map(|secret| ConfiguredText::read_secret(&["secret"], &secret)).transpose();
    let chat = secret.map(|secret| DingTalk { secret }).map_err(|problem| vec![problem]);
    incoming_webhook::build(client, &webhook, chat)
}

/// The wait after too many messages, which DingTalk documents for a robot.
const PAUSE: Duration = Duration::from_mins(10);

/// The error codes: <https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages>. 310000 stands for
/// a wrong signature, a missing keyword and a refused address, which an operator can repair.
const REACTIONS: &[(&str, Reaction)] = &[
    ("-1", Reaction::Retry),
    ("300001", Reaction::Retry),
    ("310000", Reaction::Retry),
    ("400101", Reaction::Retry),
    ("400102", Reaction::Retry),
    ("130101", Reaction::RetryAfter(PAUSE)),
    ("410100", Reaction::RetryAfter(PAUSE)),
    ("40035", Reaction::GiveUp),
    ("400013", Reaction::GiveUp),
    ("400105", Reaction::GiveUp),
    ("400106", Reaction::GiveUp),
    ("430101", Reaction::GiveUp),
    ("430102", Reaction::GiveUp),
    ("430103", Reaction::GiveUp),
    ("430104", Reaction::GiveUp),
];

impl WebhookChat for DingTalk {
    const ANSWERS: AnswerForm = AnswerForm {
        name: "DingTalk",
        verdict: |_, document| by_number(document, "errcode"),
        reactions: REACTIONS,
        refusals: REFUSALS,
        asked_for: by_header,
    };

    /// 20 messages a minute for each robot, and a pause of ten minutes after more:
    /// <https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages>.
    const LIMITS: SendLimits = SendLimits {
        at_once: 1,
        rate: Some(SendRate { interval: Duration::from_secs(4), burst: 5 }),
    };

    fn secret(&self) -> Option<&SecretName> {
        self.secret.as_ref()
    }

    fn request(&self, mut url: Url, envelope: Envelope<'_>) -> Result<ChatRequest, SendError> {
        if let Some(secret) = &self.secret {
            let key = value::expose(secret, envelope.secrets)?;
            let milliseconds = envelope.now.as_millisecond();
            let signature = sign(key, milliseconds)?;
            url.query_pairs_mut()
                .append_pair("timestamp", &milliseconds.to_string())
                .append_pair("sign", &signature);
        }
        Ok(ChatRequest { url, body: payload(envelope.notification) })
    }
}

/// Returns the signature: the HMAC-SHA256 of the time and the secret, in base64.
fn sign(secret: &str, milliseconds: i64) -> Result<String, SendError> {
    let signed = format!("{milliseconds}\n{secret}");
    Ok(BASE64_STANDARD.encode(hmac_sha256(secret.as_bytes(), &[signed.as_bytes()])?))
}

/// A message is at most 20,000 bytes long.
const TEXT_LIMIT: TextLimit =
    TextLimit { max: 15_000, measure: str::len, description_chars: 1_500 };

/// Returns the payload of a notification.
fn payload(notification: &Notification) -> Value {
    json!({
        "msgtype": "markdown",
        "markdown": {
            "title": message::subject(notification),
            "text": markup::render(notification, &DingTalkMarkdown, TEXT_LIMIT),
        },
        "at": { "isAtAll": false },
    })
}

/// The Markdown of DingTalk, which has no escapes. People are mentioned by the field `at` alone.
struct DingTalkMarkdown;

impl Markup for DingTalkMarkdown {
    /// A single line break does not end a line.
    const LINE_END: &'static str = "\n\n";

    fn text(&self, text: &str) -> String {
        with_wide(text, &['<', '>', '[', ']', '*', '`', '#', '!', '@', '\\', '|', '~', '&'])
    }

    /// Returns the text without a scheme of a URL, from which DingTalk would make a link.
    fn quoted(&self, text: &str) -> String {
        self.text(&markup::without_links(text))
    }

    fn title(&self, title: &str, tone: Tone) -> String {
        let symbol = if tone == Tone::Over { "✅ " } else { "" };
        format!("### {symbol}{}", self.text(title))
    }

    fn description(&self, line: &str) -> String {
        format!("> {}", self.quoted(line))
    }

    fn label(&self, label: &str) -> String {
        format!("**{label}**")
    }

    fn item(&self, line: &str) -> String {
        format!("- {}", self.quoted(line))
    }

    fn link(&self, label: &str, url: &str) -> String {
        format!("[{label}]({})", markup::markdown_url(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::tests::check;

    /// The expected text comes from `printf '1760000130000\nSEC0123' | openssl dgst -sha256 -hmac SEC0123 -binary |
    /// base64`.
    #[test]
    fn a_signature_equals_that_of_other_tools() {
        assert_eq!(
            sign("SEC0123", 1_760_000_130_000).unwrap(),
            "0VgFMd+Tg8GpQVyms407972Y6qF+4HahBl0IITaf5Q8="
        );
    }

    #[test]
    fn each_documented_error_has_its_reaction() {
        let give_up = Some(Reaction::GiveUp);
        let retry = Some(Reaction::Retry);
        let pause = Some(Reaction::RetryAfter(PAUSE));
        check(
            &DingTalk::ANSWERS,
            &[
                (200, r#"{"errcode":0,"errmsg":"ok"}"#, None),
                (200, "", retry),
                (200, r#"{"errcode":-1,"errmsg":"system busy"}"#, retry),
                (200, r#"{"errcode":310000,"errmsg":"keywords not in content"}"#, retry),
                (200, r#"{"errcode":310000,"errmsg":"sign not match"}"#, retry),
                (200, r#"{"errcode":300001,"errmsg":"token is not exist"}"#, retry),
                (200, r#"{"errcode":400102,"errmsg":"robot is stopped"}"#, retry),
                (200, r#"{"errcode":400013,"errmsg":"the group is disbanded"}"#, give_up),
                (200, r#"{"errcode":130101,"errmsg":"send too fast"}"#, pause),
                (200, r#"{"errcode":410100,"errmsg":"send too fast"}"#, pause),
                (200, r#"{"errcode":430102,"errmsg":"inappropriate text"}"#, give_up),
                (200, r#"{"errcode":99999,"errmsg":"new"}"#, retry),
                (502, "", retry),
            ],
        );
    }
}
