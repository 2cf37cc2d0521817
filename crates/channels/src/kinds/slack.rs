//! `slack`: an incoming webhook of Slack, or of a chat that accepts messages in Slack's form.

mod payload;
mod response;

use std::time::Duration;

use allclear_core::channel::{Envelope, SendLimits, SendRate, Sender, Sending};
use allclear_core::checker::ParamProblem;
use allclear_core::id::SecretName;
use allclear_core::proxy::ProxyChoice;
use allclear_core::send_error::SendError;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use schemars::JsonSchema;
use serde::Deserialize;
use url::{Host, Url};

use crate::client::{ChannelClient, Post};
use crate::params;
use crate::value::{self, ConfiguredText};

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
    client: ChannelClient,
    webhook_url: SecretName,
    style: payload::Style,
    proxy: ProxyChoice,
}

pub(crate) fn build(
    client: &ChannelClient,
    params: &serde_json::Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { webhook_url, channel, username, mention, proxy } = params::read(params)?;
    let mut problems = Vec::new();
    problems.extend(mention.as_deref().and_then(problem_with_mention));
    let webhook_url = ConfiguredText::read_secret(&["webhook_url"], &webhook_url);
    let webhook_url = webhook_url.map_err(|problem| problems.insert(0, problem));
    let proxy = ProxyChoice::read(proxy.as_deref()).map_err(|problem| problems.push(problem));
    match (webhook_url, proxy) {
        (Ok(webhook_url), Ok(proxy)) if problems.is_empty() => {
            let style = payload::Style { channel, username, mention };
            Ok(Box::new(Slack { client: client.clone(), webhook_url, style, proxy }))
        }
        _ => Err(problems),
    }
}

/// One message a second for each webhook, with short bursts:
/// <https://docs.slack.dev/apis/web-api/rate-limits/>. Slack answers excess messages with 429 and
/// `Retry-After`.
const LIMITS: SendLimits =
    SendLimits { at_once: 2, rate: Some(SendRate { interval: Duration::from_secs(1), burst: 5 }) };

impl Sender for Slack {
    fn limits(&self) -> SendLimits {
        LIMITS
    }

    fn secrets(&self) -> Vec<SecretName> {
        [&self.webhook_url].into_iter().chain(self.proxy.secret()).cloned().collect()
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move {
            let url = self.url(envelope)?;
            let body = payload::payload(envelope.notification, &self.style).to_string();
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let post = Post { url, headers, body: body.into_bytes(), proxy: &self.proxy };
            let answer = self.client.post(post, envelope).await?;
            response::judge(&answer).map(|()| None)
        })
    }
}

impl Slack {
    /// Returns the webhook's URL. A wrong one is no permanent error, because it can be corrected
    /// while the delivery is owed.
    fn url(&self, envelope: Envelope<'_>) -> Result<Url, SendError> {
        let name = &self.webhook_url;
        let wrong = |why: &str| SendError::transient(format!("secret `{name}` {why}"));
        let url = Url::parse(value::expose(name, envelope.secrets)?)
            .map_err(|error| wrong(&format!("is not a URL: {error}")))?;
        if url.scheme() == "https" || is_loopback(&url) {
            Ok(url)
        } else {
            Err(wrong("holds a URL that does not begin with `https://`"))
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http"
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

fn problem_with_mention(mention: &str) -> Option<ParamProblem> {
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

    #[test]
    fn plain_http_is_allowed_to_loopback_only() {
        for (url, allowed) in [
            ("http://127.0.0.1:8080/x", true),
            ("http://localhost/x", true),
            ("http://[::1]/x", true),
            ("http://10.0.0.1/x", false),
            ("http://127.0.0.1.example.com/x", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), allowed, "{url}");
        }
    }
}
