//! `wecom`: a robot of a WeCom group (WeChat Work).

use std::time::Duration;

use allclear_core::channel::{Envelope, SendLimits, SendRate, Sender};
use allclear_core::checker::ParamProblem;
use allclear_core::delivery::Notification;
use allclear_core::send_error::SendError;
use allclear_core::status::Severity;
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

/// Posts to a robot of a WeCom group.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The secret that holds the robot's URL: `secret:wecom`. The URL alone permits posting, so it
    /// must not stand in the config.
    #[schemars(extend("format" = "secret"))]
    webhook_url: String,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    #[serde(default)]
    proxy: Option<String>,
}

struct WeCom;

pub(crate) fn build(
    client: &ChannelClient,
    params: &Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { webhook_url, proxy } = params::read(params)?;
    let webhook = WebhookParams { webhook_url: &webhook_url, proxy: proxy.as_deref() };
    incoming_webhook::build(client, &webhook, Ok(WeCom))
}

/// The wait after too many messages, whose number is limited for each minute.
const PAUSE: Duration = Duration::from_mins(1);

/// The error codes: <https://developer.work.weixin.qq.com/document/path/90313>.
const REACTIONS: &[(&str, Reaction)] = &[
    ("-1", Reaction::Retry),
    ("45009", Reaction::RetryAfter(PAUSE)),
    ("45033", Reaction::Retry),
    ("93000", Reaction::Retry),
    ("93008", Reaction::Retry),
    ("40008", Reaction::GiveUp),
    ("40058", Reaction::GiveUp),
    ("44004", Reaction::GiveUp),
    ("45002", Reaction::GiveUp),
    ("47001", Reaction::GiveUp),
];

impl WebhookChat for WeCom {
    const ANSWERS: AnswerForm = AnswerForm {
        name: "WeCom",
        verdict: |_, document| by_number(document, "errcode"),
        reactions: REACTIONS,
        refusals: REFUSALS,
        asked_for: by_header,
    };

    /// 20 messages a minute for each robot: <https://developer.work.weixin.qq.com/document/path/91770>.
    const LIMITS: SendLimits = SendLimits {
        at_once: 1,
        rate: Some(SendRate { interval: Duration::from_secs(4), burst: 5 }),
    };

    fn request(&self, url: Url, envelope: Envelope<'_>) -> Result<ChatRequest, SendError> {
        Ok(ChatRequest { url, body: payload(envelope.notification) })
    }
}

/// The longest text is 4,096 bytes: <https://developer.work.weixin.qq.com/document/path/91770>.
const TEXT_LIMIT: TextLimit = TextLimit { max: 4_096, measure: str::len, description_chars: 500 };

/// Returns the payload of a notification.
fn payload(notification: &Notification) -> Value {
    let content = markup::render(notification, &WeComMarkdown, TEXT_LIMIT);
    json!({ "msgtype": "markdown", "markdown": { "content": content } })
}

/// The Markdown of WeCom, which has no escapes. `<@name>` mentions a person.
struct WeComMarkdown;

impl Markup for WeComMarkdown {
    const LINE_END: &'static str = "\n";

    fn text(&self, text: &str) -> String {
        with_wide(text, &['<', '>', '[', ']', '*', '`', '#', '@', '\\', '&'])
    }

    /// Returns the text without a scheme of a URL, from which WeCom would make a link.
    fn quoted(&self, text: &str) -> String {
        self.text(&markup::without_links(text))
    }

    fn title(&self, title: &str, tone: Tone) -> String {
        let color = match tone {
            Tone::Over => "info",
            Tone::Severity(Severity::Critical | Severity::Error | Severity::Warning) => "warning",
            Tone::Severity(Severity::Info) => "comment",
        };
        format!("**<font color=\"{color}\">{}</font>**", self.text(title))
    }

    fn description(&self, line: &str) -> String {
        format!("> {}", self.quoted(line))
    }

    fn label(&self, label: &str) -> String {
        format!("**{label}**")
    }

    fn item(&self, line: &str) -> String {
        format!("• {}", self.quoted(line))
    }

    fn link(&self, label: &str, url: &str) -> String {
        format!("[{label}]({})", markup::markdown_url(url))
    }
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
            &WeCom::ANSWERS,
            &[
                (200, r#"{"errcode":0,"errmsg":"ok"}"#, None),
                (200, "", retry),
                (200, r#"{"errcode":-1,"errmsg":"system busy"}"#, retry),
                (200, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#, retry),
                (
                    200,
                    r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#,
                    Some(Reaction::RetryAfter(PAUSE)),
                ),
                (
                    200,
                    r#"{"errcode":40058,"errmsg":"markdown.content exceed max length"}"#,
                    give_up,
                ),
                (200, r#"{"errcode":44004,"errmsg":"content empty"}"#, give_up),
                (200, r#"{"errcode":99999,"errmsg":"new"}"#, retry),
                (502, "", retry),
            ],
        );
    }
}
