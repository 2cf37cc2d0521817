//! `telegram`: a bot of Telegram that writes to a chat. Later messages of an outage are replies to the first one.

mod response;

use std::time::Duration;

use allclear_core::alert_group::MessageRef;
use allclear_core::channel::{Envelope, SendLimits, SendRate, Sender, Sending};
use allclear_core::checker::ParamProblem;
use allclear_core::delivery::Notification;
use allclear_core::id::SecretName;
use allclear_core::proxy::ProxyChoice;
use allclear_core::status::Severity;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::client::ChannelClient;
use crate::facts::Tone;
use crate::json_post::JsonPost;
use crate::markup::{self, Markup, TextLimit};
use crate::params;
use crate::secret_url::{method_url, read_api_url};
use crate::value::{self, ConfiguredText};

/// Writes to a chat as a bot of Telegram.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The secret that holds the token of the bot: `secret:telegram`.
    #[schemars(extend("format" = "secret"))]
    token: String,
    /// The chat: its number, `-1001234567890`, or the name of a public channel, `@alerts`.
    chat_id: String,
    /// The number of the topic, in a group with topics. Default: the general topic.
    #[serde(default)]
    topic: Option<i64>,
    /// The URL of the Bot API. Default: `https://api.telegram.org`.
    #[serde(default = "default_api_url")]
    #[schemars(extend("format" = "url"))]
    api_url: String,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    #[serde(default)]
    proxy: Option<String>,
}

fn default_api_url() -> String {
    "https://api.telegram.org".to_owned()
}

#[derive(Debug)]
struct Telegram {
    client: ChannelClient,
    token: SecretName,
    chat: TelegramChat,
    api_url: Url,
    proxy: ProxyChoice,
}

#[derive(Debug)]
struct TelegramChat {
    id: String,
    topic: Option<i64>,
}

pub(crate) fn build(
    client: &ChannelClient,
    params: &Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { token, chat_id, topic, api_url, proxy } = params::read(params)?;
    let mut problems = Vec::new();
    let token =
        ConfiguredText::read_secret(&["token"], &token).map_err(|problem| problems.push(problem));
    problems.extend(problem_with_chat(&chat_id));
    let api_url = read_api_url("api_url", &api_url).map_err(|problem| problems.push(problem));
    let proxy = ProxyChoice::read(proxy.as_deref()).map_err(|problem| problems.push(problem));
    match (token, api_url, proxy) {
        (Ok(token), Ok(api_url), Ok(proxy)) if problems.is_empty() => {
            let chat = TelegramChat { id: chat_id, topic };
            Ok(Box::new(Telegram { client: client.clone(), token, chat, api_url, proxy }))
        }
        _ => Err(problems),
    }
}

fn problem_with_chat(chat_id: &str) -> Option<ParamProblem> {
    let is_number = chat_id.parse::<i64>().is_ok();
    let is_name = chat_id
        .strip_prefix('@')
        .is_some_and(|name| !name.is_empty() && name.chars().all(is_of_name));
    let what = format!("`{chat_id}` is not a chat");
    let hint = "write its number, `-1001234567890`, or the name of a public channel, `@alerts`";
    (!is_number && !is_name).then(|| ParamProblem::at(["chat_id"], what, Some(hint)))
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// 20 messages a minute to the same group, and one a second to the same chat with short bursts:
/// <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>.
const LIMITS: SendLimits =
    SendLimits { at_once: 1, rate: Some(SendRate { interval: Duration::from_secs(4), burst: 5 }) };

impl Sender for Telegram {
    fn limits(&self) -> SendLimits {
        LIMITS
    }

    fn secrets(&self) -> Vec<SecretName> {
        [&self.token].into_iter().chain(self.proxy.secret()).cloned().collect()
    }

    fn refers_to_earlier_messages(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move {
            let token = value::expose(&self.token, envelope.secrets)?;
            let url = method_url(&self.api_url, &[&format!("bot{token}"), "sendMessage"]);
            let body = payload(envelope.notification, &self.chat, envelope.earlier);
            let post = JsonPost { url, token: None, body: &body, proxy: &self.proxy };
            let answer = post.send(&self.client, envelope).await?;
            let document = response::ANSWERS.judge(&answer)?;
            let id = document.pointer("/result/message_id").and_then(Value::as_i64);
            // All later messages are replies to the first one.
            let first = envelope.earlier.cloned();
            Ok(first.or_else(|| id.map(|id| MessageRef(id.to_string()))))
        })
    }
}

/// The longest text is 4,096 characters, counted as UTF-16: <https://core.telegram.org/bots/api#sendmessage>.
const TEXT_LIMIT: TextLimit =
    TextLimit { max: 4_096, measure: |text| text.encode_utf16().count(), description_chars: 1_000 };

/// Returns the payload of a notification, as a reply to the message `earlier`.
fn payload(
    notification: &Notification,
    chat: &TelegramChat,
    earlier: Option<&MessageRef>,
) -> Value {
    let mut payload = json!({
        "chat_id": chat.id,
        "text": markup::render(notification, &Html, TEXT_LIMIT),
        "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true },
    });
    let mut put = |key: &str, value: Value| {
        if let Some(payload) = payload.as_object_mut() {
            payload.insert(key.to_owned(), value);
        }
    };
    if let Some(topic) = chat.topic {
        put("message_thread_id", json!(topic));
    }
    if let Some(id) = earlier.and_then(|earlier| earlier.0.parse::<i64>().ok()) {
        // The first message may have been deleted.
        put("reply_parameters", json!({ "message_id": id, "allow_sending_without_reply": true }));
    }
    payload
}

/// The HTML of Telegram: <https://core.telegram.org/bots/api#html-style>.
struct Html;

impl Markup for Html {
    const LINE_END: &'static str = "\n";

    fn text(&self, text: &str) -> String {
        // Telegram mentions people by a plain `@name`, and has no escape for it.
        markup::with_wide(text, &['@'])
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
    }

    /// Returns the text as code, in which Telegram finds no links, commands and hashtags.
    fn quoted(&self, text: &str) -> String {
        format!("<code>{}</code>", self.text(text))
    }

    fn title(&self, title: &str, tone: Tone) -> String {
        let symbol = match tone {
            Tone::Over => "✅",
            Tone::Severity(Severity::Critical) => "🔴",
            Tone::Severity(Severity::Error) => "🟠",
            Tone::Severity(Severity::Warning) => "🟡",
            Tone::Severity(Severity::Info) => "🔵",
        };
        format!("{symbol} <b>{}</b>", self.text(title))
    }

    fn description(&self, line: &str) -> String {
        self.quoted(line)
    }

    fn label(&self, label: &str) -> String {
        format!("<b>{}</b>", self.text(label))
    }

    fn item(&self, line: &str) -> String {
        format!("• {}", self.quoted(line))
    }

    fn link(&self, label: &str, url: &str) -> String {
        let url = url.replace('&', "&amp;").replace('"', "&quot;");
        format!("<a href=\"{url}\">{}</a>", self.text(label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_is_a_number_or_the_name_of_a_channel() {
        for right in ["-1001234567890", "42", "@alerts", "@ops_team1"] {
            assert_eq!(problem_with_chat(right), None, "{right}");
        }
        for wrong in ["", "@", "alerts", "#alerts", "@a b", "1.5"] {
            assert!(problem_with_chat(wrong).is_some(), "{wrong}");
        }
    }
}
