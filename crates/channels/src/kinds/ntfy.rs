//! `ntfy`: a topic of ntfy, which sends a push notification to phones.

use std::time::Duration;

use allclear_core::channel::{Envelope, SendLimits, SendRate, Sender, Sending};
use allclear_core::checker::ParamProblem;
use allclear_core::delivery::{NoticeKind, Notification};
use allclear_core::id::SecretName;
use allclear_core::message;
use allclear_core::proxy::ProxyChoice;
use allclear_core::redact::Redactor;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_core::status::Severity;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::answers::{AnswerForm, AnswerVerdict, REFUSALS, Reaction, by_header};
use crate::client::ChannelClient;
use crate::facts::{self, Tone};
use crate::json_post::JsonPost;
use crate::markup::{self, Markup, TextLimit};
use crate::params;
use crate::secret_url::read_api_url;
use crate::value::{self, ConfiguredText};

/// Publishes to a topic of ntfy.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The URL of the topic: `https://ntfy.example.com/alerts`, or the secret that holds it:
    /// `secret:ntfy`. The name of a topic that needs no token is like a password.
    #[schemars(extend("format" = "url"))]
    url: String,
    /// The secret that holds the access token: `secret:ntfy_token`.
    #[serde(default)]
    #[schemars(extend("format" = "secret"))]
    token: Option<String>,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    #[serde(default)]
    proxy: Option<String>,
}

#[derive(Debug)]
struct Ntfy {
    client: ChannelClient,
    url: ConfiguredText,
    token: Option<SecretName>,
    proxy: ProxyChoice,
}

pub(crate) fn build(
    client: &ChannelClient,
    params: &Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { url, token, proxy } = params::read(params)?;
    let mut problems = Vec::new();
    let url = read_url(&url).map_err(|problem| problems.push(problem));
    let token = token.map(|token| ConfiguredText::read_secret(&["token"], &token)).transpose();
    let token = token.map_err(|problem| problems.push(problem));
    let proxy = ProxyChoice::read(proxy.as_deref()).map_err(|problem| problems.push(problem));
    match (url, token, proxy) {
        (Ok(url), Ok(token), Ok(proxy)) => {
            Ok(Box::new(Ntfy { client: client.clone(), url, token, proxy }))
        }
        _ => Err(problems),
    }
}

fn read_url(text: &str) -> Result<ConfiguredText, ParamProblem> {
    let value = ConfiguredText::read(&["url"], text)?;
    if let ConfiguredText::Literal(url) = &value {
        let url = read_api_url("url", url)?;
        if topic_of(&url).is_none() {
            let what = "`url` does not end in the name of a topic".to_owned();
            let hint = "write it as `https://ntfy.example.com/alerts`";
            return Err(ParamProblem::at(["url"], what, Some(hint)));
        }
    }
    Ok(value)
}

/// A topic, and the server to which its messages are posted.
#[derive(Debug, PartialEq, Eq)]
struct NtfyTopic {
    server: Url,
    name: String,
}

/// Returns the topic with this URL: the last part of its path. The rest is the server.
fn topic_of(url: &Url) -> Option<NtfyTopic> {
    let name = url.path_segments()?.rfind(|part| !part.is_empty())?.to_owned();
    let mut server = url.clone();
    server.path_segments_mut().ok()?.pop_if_empty().pop();
    Some(NtfyTopic { server, name })
}

/// 60 messages at once and one every five seconds after that for each visitor. Half of the messages is left to other
/// programs at the same address: <https://docs.ntfy.sh/publish/#limitations>.
const LIMITS: SendLimits =
    SendLimits { at_once: 2, rate: Some(SendRate { interval: Duration::from_secs(5), burst: 30 }) };

/// The error codes of ntfy begin with their status: <https://docs.ntfy.sh/publish/#limitations>. The limit of a day
/// passes at midnight.
const ANSWERS: AnswerForm = AnswerForm {
    name: "ntfy",
    verdict,
    reactions: &[
        ("40101", Reaction::Retry),
        ("40301", Reaction::Retry),
        ("42901", Reaction::Retry),
        ("42908", Reaction::RetryAfter(Duration::from_hours(1))),
        ("50701", Reaction::Retry),
    ],
    refusals: REFUSALS,
    asked_for: by_header,
};

/// Reads a verdict. A success is the message with its id.
fn verdict(_: &str, document: &Value) -> AnswerVerdict {
    if document.get("id").is_some_and(Value::is_string) {
        return AnswerVerdict::Accepted;
    }
    let code = document.get("code").and_then(Value::as_i64);
    code.map_or(AnswerVerdict::Unclear, |code| AnswerVerdict::Refused(code.to_string()))
}

impl Sender for Ntfy {
    fn limits(&self) -> SendLimits {
        LIMITS
    }

    fn secrets(&self) -> Vec<SecretName> {
        let all = self.url.secret().into_iter().chain(&self.token);
        all.chain(self.proxy.secret()).cloned().collect()
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move {
            let NtfyTopic { server, name } = self.topic(envelope.secrets)?;
            let token = self.token.as_ref();
            let token = token.map(|token| value::expose(token, envelope.secrets)).transpose()?;
            let body = payload(envelope.notification, &name);
            let post = JsonPost { url: server, token, body: &body, proxy: &self.proxy };
            let judged = match post.send(&self.client, envelope).await {
                Ok(answer) => ANSWERS.judge(&answer).map(|_| None).map_err(SendError::from),
                Err(error) => Err(error),
            };
            judged.map_err(|error| self.without_topic(error, &name))
        })
    }
}

impl Ntfy {
    fn topic(&self, secrets: &Secrets) -> Result<NtfyTopic, SendError> {
        let text = self.url.expose(secrets)?;
        let url =
            read_api_url("url", text).map_err(|problem| SendError::transient(problem.what))?;
        let missing = || SendError::transient("`url` does not end in the name of a topic");
        topic_of(&url).ok_or_else(missing)
    }

    /// Returns the error without the name of a secret topic, which the client does not know as a part of a URL.
    fn without_topic(&self, error: SendError, topic: &str) -> SendError {
        let Some(name) = self.url.secret() else { return error };
        let secrets: Secrets = [(name.clone(), topic.to_owned().into())].into_iter().collect();
        let message = Redactor::new(&secrets).redact(&error.message).into_owned();
        SendError { message, ..error }
    }
}

/// The longest message, in bytes. ntfy makes a file of a longer one: <https://docs.ntfy.sh/publish/#limitations>.
const TEXT_LIMIT: TextLimit = TextLimit { max: 4_096, measure: str::len, description_chars: 1_000 };

/// Returns the payload of a notification, for a topic: <https://docs.ntfy.sh/publish/#publish-as-json>.
fn payload(notification: &Notification, topic: &str) -> Value {
    let mut payload = json!({
        "topic": topic,
        "title": message::subject(notification),
        "message": markup::body(notification, &PlainText, TEXT_LIMIT),
        "priority": priority(notification),
        "tags": [tag(notification)],
    });
    if let (Some(url), Some(payload)) = (facts::page_link(notification), payload.as_object_mut()) {
        payload.insert("click".to_owned(), json!(url));
    }
    payload
}

/// The texts of ntfy, which renders Markdown only on demand. Phones find links in plain text.
struct PlainText;

impl Markup for PlainText {
    const LINE_END: &'static str = "\n";

    fn text(&self, text: &str) -> String {
        text.to_owned()
    }

    fn quoted(&self, text: &str) -> String {
        markup::without_links(text)
    }

    fn title(&self, title: &str, _: Tone) -> String {
        title.to_owned()
    }

    fn description(&self, line: &str) -> String {
        format!("> {}", self.quoted(line))
    }

    fn label(&self, label: &str) -> String {
        label.to_owned()
    }

    fn item(&self, line: &str) -> String {
        format!("• {}", self.quoted(line))
    }

    fn link(&self, label: &str, url: &str) -> String {
        format!("{label}: {url}")
    }
}

/// Returns the priority, from 1 to 5. From 4 on, a phone vibrates for long.
fn priority(notification: &Notification) -> u8 {
    match Tone::of(notification) {
        Tone::Severity(Severity::Critical) => 5,
        Tone::Severity(Severity::Error) => 4,
        Tone::Severity(Severity::Warning) | Tone::Over => 3,
        Tone::Severity(Severity::Info) => 2,
    }
}

/// Returns the name of the emoji in front of the title: <https://docs.ntfy.sh/emojis/>.
fn tag(notification: &Notification) -> &'static str {
    if notification.kind == NoticeKind::Summary {
        return "bar_chart";
    }
    match Tone::of(notification) {
        Tone::Over => "white_check_mark",
        Tone::Severity(Severity::Critical | Severity::Error) => "rotating_light",
        Tone::Severity(Severity::Warning) => "warning",
        Tone::Severity(Severity::Info) => "information_source",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::tests::check;

    #[test]
    fn the_topic_is_the_last_part_of_the_path() {
        for (url, server, name) in [
            ("https://ntfy.example.com/alerts", "https://ntfy.example.com/", "alerts"),
            ("https://ntfy.example.com/alerts/", "https://ntfy.example.com/", "alerts"),
            ("https://example.com/ntfy/alerts", "https://example.com/ntfy", "alerts"),
        ] {
            let topic = topic_of(&Url::parse(url).unwrap()).unwrap();
            assert_eq!((topic.server.as_str(), topic.name.as_str()), (server, name));
        }
        assert_eq!(topic_of(&Url::parse("https://ntfy.example.com/").unwrap()), None);
    }

    #[test]
    fn each_documented_error_has_its_reaction() {
        let give_up = Some(Reaction::GiveUp);
        let retry = Some(Reaction::Retry);
        let in_an_hour = Some(Reaction::RetryAfter(Duration::from_hours(1)));
        check(
            &ANSWERS,
            &[
                (200, r#"{"id":"sPs71M8A2T","time":1,"event":"message","topic":"alerts"}"#, None),
                (200, "", retry),
                (400, r#"{"code":40024,"http":400,"error":"invalid request"}"#, give_up),
                (401, r#"{"code":40101,"http":401,"error":"unauthorized"}"#, retry),
                (403, r#"{"code":40301,"http":403,"error":"forbidden"}"#, retry),
                (413, r#"{"code":41301,"http":413,"error":"too large"}"#, give_up),
                (
                    429,
                    r#"{"code":42901,"http":429,"error":"limit reached: too many requests"}"#,
                    retry,
                ),
                (
                    429,
                    r#"{"code":42908,"http":429,"error":"limit reached: daily message quota reached"}"#,
                    in_an_hour,
                ),
                (507, r#"{"code":50701,"http":507,"error":"cannot publish"}"#, retry),
                (502, "", retry),
            ],
        );
    }
}
