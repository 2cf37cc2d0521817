//! `slack_bot`: a bot of Slack with a token. A group of alerts is one message in the channel, which always shows the
//! present state, and the history is in its thread.
//!
//! A later notice first updates the message in place and then replies in its thread. An update can be repeated without
//! effect, so a try that fails between both doubles nothing.

mod payload;
mod reference;
mod response;

use std::time::Duration;

use allclear_core::alert_group::MessageRef;
use allclear_core::channel::{Envelope, SendLimits, SendRate, Sender, Sending};
use allclear_core::checker::ParamProblem;
use allclear_core::delivery::{NoticeKind, Notification};
use allclear_core::id::SecretName;
use allclear_core::proxy::ProxyChoice;
use allclear_core::send_error::SendError;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use self::payload::{BotStyle, PresentState, ReplyPlace};
use self::reference::ShownMessage;
use super::slack::problem_with_mention;
use crate::answers::Refusal;
use crate::client::ChannelClient;
use crate::json_post::JsonPost;
use crate::params;
use crate::secret_url::{method_url, read_api_url};
use crate::value::{self, ConfiguredText};

/// Posts as a bot of Slack. One message shows the present state of an outage, and its thread has the
/// history.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The secret that holds the token of the bot, `xoxb-…`: `secret:slack_bot`. The bot needs the
    /// scope `chat:write`.
    #[schemars(extend("format" = "secret"))]
    token: String,
    /// The Slack channel to post to: its id, `C024BE7LR`, or its name, `#alerts`. The bot must be a
    /// member of it.
    channel: String,
    /// The people to mention in a critical alert, in Slack's form: `<!here>`, `<!channel>`,
    /// `<@U024BE7LH>`
    /// for a person, `<!subteam^SAZ94GDB8>` for a group; several are separated by spaces.
    #[serde(default)]
    mention: Option<String>,
    /// Shows a rise in severity, a reminder and the end in the channel too, and not only in the
    /// thread, so that phones are notified. Default: `true`.
    #[serde(default = "default_broadcast")]
    broadcast: bool,
    /// The URL of the Web API. Default: `https://slack.com/api/`.
    #[serde(default = "default_api_url")]
    #[schemars(extend("format" = "url"))]
    api_url: String,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    #[serde(default)]
    proxy: Option<String>,
}

fn default_broadcast() -> bool {
    true
}

fn default_api_url() -> String {
    "https://slack.com/api/".to_owned()
}

#[derive(Debug)]
struct SlackBot {
    client: ChannelClient,
    token: SecretName,
    style: BotStyle,
    broadcast: bool,
    api_url: Url,
    proxy: ProxyChoice,
}

pub(crate) fn build(
    client: &ChannelClient,
    params: &Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { token, channel, mention, broadcast, api_url, proxy } = params::read(params)?;
    let mut problems = Vec::new();
    let token =
        ConfiguredText::read_secret(&["token"], &token).map_err(|problem| problems.push(problem));
    problems.extend(problem_with_channel(&channel));
    problems.extend(mention.as_deref().and_then(problem_with_mention));
    let api_url = read_api_url("api_url", &api_url).map_err(|problem| problems.push(problem));
    let proxy = ProxyChoice::read(proxy.as_deref()).map_err(|problem| problems.push(problem));
    match (token, api_url, proxy) {
        (Ok(token), Ok(api_url), Ok(proxy)) if problems.is_empty() => {
            let style = BotStyle { channel, mention };
            let client = client.clone();
            Ok(Box::new(SlackBot { client, token, style, broadcast, api_url, proxy }))
        }
        _ => Err(problems),
    }
}

fn problem_with_channel(channel: &str) -> Option<ParamProblem> {
    let name = channel.strip_prefix('#').unwrap_or(channel);
    let is_valid = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '#');
    let what = format!("`{channel}` is not a channel");
    let hint = "write its id, `C024BE7LR`, or its name, `#alerts`";
    (!is_valid).then(|| ParamProblem::at(["channel"], what, Some(hint)))
}

/// One message a second for each channel, and 50 updates a minute for each token:
/// <https://docs.slack.dev/apis/web-api/rate-limits/>. A try makes at most one call of each kind.
const LIMITS: SendLimits = SendLimits {
    at_once: 1,
    rate: Some(SendRate { interval: Duration::from_millis(1_500), burst: 5 }),
};

impl Sender for SlackBot {
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
            match shown(envelope) {
                Some(shown) => self.continue_message(envelope, shown).await,
                None => self.post(envelope).await,
            }
        })
    }
}

/// Returns the message of the same group of alerts, if the notice continues one.
fn shown(envelope: Envelope<'_>) -> Option<ShownMessage> {
    match envelope.notification.kind {
        NoticeKind::Updated | NoticeKind::Reminder | NoticeKind::Resolved => {
            envelope.earlier.and_then(ShownMessage::parse)
        }
        NoticeKind::Firing | NoticeKind::Momentary | NoticeKind::Summary => None,
    }
}

/// A method of the Web API.
#[derive(Debug, Clone, Copy)]
enum Method {
    Post,
    Update,
}

impl SlackBot {
    /// Posts a message that shows the present state.
    async fn post(&self, envelope: Envelope<'_>) -> Result<Option<MessageRef>, SendError> {
        let state = PresentState::of(envelope.notification);
        let message = payload::message(&state, &self.style);
        let document = self.call(Method::Post, &message, envelope).await?;
        let field = |key: &str| document.get(key).and_then(Value::as_str).map(str::to_owned);
        let shown = field("channel").zip(field("ts"));
        let severity = state.severity();
        Ok(shown.map(|(channel, ts)| ShownMessage { channel, ts, severity }.to_ref()))
    }

    /// Updates the message in place and replies in its thread.
    async fn continue_message(
        &self,
        envelope: Envelope<'_>,
        shown: ShownMessage,
    ) -> Result<Option<MessageRef>, SendError> {
        let state = PresentState::of(envelope.notification);
        let update = payload::update(&state, &shown, &self.style);
        match self.call(Method::Update, &update, envelope).await {
            Ok(_) => {}
            // The message was deleted, or is too old to be changed.
            Err(refusal) if response::is_not_editable(&refusal) => {
                return self.post(envelope).await;
            }
            Err(refusal) => return Err(refusal.into()),
        }
        let place = self.reply_place(envelope.notification, &state, &shown);
        let reply = payload::reply(envelope.notification, &shown, place, &self.style);
        self.call(Method::Post, &reply, envelope).await?;
        Ok(Some(ShownMessage { severity: state.severity(), ..shown }.to_ref()))
    }

    /// Returns the place of a reply. Slack notifies the phones of all readers only of messages in the channel.
    fn reply_place(
        &self,
        notification: &Notification,
        state: &PresentState<'_>,
        shown: &ShownMessage,
    ) -> ReplyPlace {
        let is_urgent = match notification.kind {
            NoticeKind::Reminder => true,
            NoticeKind::Updated => state.severity() > shown.severity,
            NoticeKind::Resolved => state.is_over,
            NoticeKind::Firing | NoticeKind::Momentary | NoticeKind::Summary => false,
        };
        if is_urgent && self.broadcast { ReplyPlace::ThreadAndChannel } else { ReplyPlace::Thread }
    }

    async fn call(
        &self,
        method: Method,
        body: &Value,
        envelope: Envelope<'_>,
    ) -> Result<Value, Refusal> {
        let name = match method {
            Method::Post => "chat.postMessage",
            Method::Update => "chat.update",
        };
        let without_code = |error| Refusal { error, code: None };
        let token = value::expose(&self.token, envelope.secrets).map_err(without_code)?;
        let url = method_url(&self.api_url, &[name]);
        let post = JsonPost { url, token: Some(token), body, proxy: &self.proxy };
        let answer = post.send(&self.client, envelope).await.map_err(without_code)?;
        response::ANSWERS.judge(&answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_an_id_or_a_name() {
        for right in ["C024BE7LR", "#alerts", "alerts", "#équipe-web"] {
            assert_eq!(problem_with_channel(right), None, "{right}");
        }
        for wrong in ["", "#", "# alerts", "#a #b"] {
            assert!(problem_with_channel(wrong).is_some(), "{wrong}");
        }
    }
}
