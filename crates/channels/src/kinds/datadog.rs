//! `datadog`: events in the event stream of Datadog, aggregated by group of alerts.

use allclear_core::channel::{Envelope, SendLimits, Sender, Sending};
use allclear_core::checker::ParamProblem;
use allclear_core::delivery::{NoticeKind, Notification};
use allclear_core::id::SecretName;
use allclear_core::proxy::ProxyChoice;
use allclear_core::reason::Reason;
use allclear_core::send_error::SendError;
use allclear_core::status::{Fault, Severity};
use allclear_core::{Timestamp, message, text};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::client::{ChannelClient, ChannelResponse, Post};
use crate::params;
use crate::service_url;
use crate::value::{self, ConfiguredText};

const API_KEY: HeaderName = HeaderName::from_static("dd-api-key");

/// The limits of the API, in characters.
const MAX_TITLE_CHARS: usize = 100;
const MAX_TEXT_CHARS: usize = 4_000;
const MAX_TAG_CHARS: usize = 200;

/// The API refuses events that are older than 18 hours.
const MAX_AGE_SECONDS: i64 = 17 * 3600;

/// Adds events to the event stream of Datadog.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The secret that holds an API key of the organization: `secret:datadog`.
    #[schemars(extend("format" = "secret"))]
    api_key: String,
    /// The site of the organization: `datadoghq.com`, `datadoghq.eu`, `us3.datadoghq.com`, … Default: `datadoghq.com`.
    #[serde(default = "default_site")]
    site: String,
    /// The address of the API, if it is not `https://api.` and the site.
    #[serde(default)]
    #[schemars(extend("format" = "url"))]
    url: Option<String>,
    /// The tags of each event, in addition to those for severity, status, monitor, group, fault and reason:
    /// `env:prod`.
    #[serde(default)]
    tags: Vec<String>,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    #[serde(default)]
    proxy: Option<String>,
}

fn default_site() -> String {
    "datadoghq.com".to_owned()
}

#[derive(Debug)]
struct Datadog {
    client: ChannelClient,
    api_key: SecretName,
    url: Url,
    tags: Vec<String>,
    proxy: ProxyChoice,
}

pub(crate) fn build(
    client: &ChannelClient,
    params: &Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { api_key, site, url, tags, proxy } = params::read(params)?;
    let mut problems = Vec::new();
    let api_key = ConfiguredText::read_secret(&["api_key"], &api_key);
    let api_key = api_key.map_err(|problem| problems.push(problem));
    problems.extend(problem_with_site(&site));
    let url = service_url::read(url.as_deref(), &format!("https://api.{site}"));
    let url = url.map_err(|problem| {
        // The error of the site stands above.
        if problems.is_empty() {
            problems.push(problem);
        }
    });
    let proxy = ProxyChoice::read(proxy.as_deref()).map_err(|problem| problems.push(problem));
    match (api_key, url, proxy) {
        (Ok(api_key), Ok(url), Ok(proxy)) if problems.is_empty() => {
            Ok(Box::new(Datadog { client: client.clone(), api_key, url, tags, proxy }))
        }
        _ => Err(problems),
    }
}

fn problem_with_site(site: &str) -> Option<ParamProblem> {
    let is_host =
        site.contains('.') && site.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
    (!is_host).then(|| {
        let what = format!("`{site}` is not a site of Datadog");
        let hint = "write the host name of the page after login without `app.`: `datadoghq.eu`";
        ParamProblem::at(["site"], what, Some(hint))
    })
}

/// Datadog documents no limit that a monitor can reach, and answers excess events with 429.
const LIMITS: SendLimits = SendLimits { at_once: 4, rate: None };

impl Sender for Datadog {
    fn limits(&self) -> SendLimits {
        LIMITS
    }

    fn secrets(&self) -> Vec<SecretName> {
        [&self.api_key].into_iter().chain(self.proxy.secret()).cloned().collect()
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move {
            let api_key = value::expose(&self.api_key, envelope.secrets)?;
            let mut api_key = HeaderValue::from_str(api_key)
                .map_err(|_| SendError::transient("the secret of `api_key` is not an API key"))?;
            api_key.set_sensitive(true);
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(API_KEY, api_key);
            let url = service_url::join(&self.url, "/api/v1/events");
            let body = event(envelope.notification, &self.tags, envelope.now);
            let body = body.to_string().into_bytes();
            let post = Post { url, headers, body, proxy: &self.proxy };
            judge(&self.client.post(post, envelope).await?).map(|()| None)
        })
    }
}

/// Returns the event for a notification.
fn event(notification: &Notification, tags: &[String], now: Timestamp) -> Value {
    let oldest = now.as_second() - MAX_AGE_SECONDS;
    let mut event = json!({
        "title": text::one_line(&message::subject(notification), MAX_TITLE_CHARS),
        "text": text::lines(&message::plain_text(notification), MAX_TEXT_CHARS),
        "alert_type": alert_type(notification),
        "date_happened": notification.at.as_second().max(oldest),
        "source_type_name": "allclear",
        "tags": all_tags(notification, tags),
    });
    let group = notification.details.alert_group.as_ref();
    if let (Some(group), Some(event)) = (group, event.as_object_mut()) {
        event.insert("aggregation_key".to_owned(), json!(group.as_str()));
    }
    event
}

/// Returns the type of the event, which gives it its color. A partial resolution keeps that of the failure.
fn alert_type(notification: &Notification) -> &'static str {
    match (notification.kind, notification.severity) {
        (NoticeKind::Resolved, _) if notification.details.ends_group => "success",
        (NoticeKind::Summary, _) | (_, Severity::Info) => "info",
        (_, Severity::Warning) => "warning",
        (_, Severity::Error | Severity::Critical) => "error",
    }
}

fn all_tags(notification: &Notification, more: &[String]) -> Vec<String> {
    let facts = [
        ("severity", Some(notification.severity.as_str())),
        ("status", Some(notification.status.as_str())),
        ("monitor", Some(notification.monitor.as_str())),
        ("group", notification.group.as_deref()),
        ("fault", notification.fault.map(Fault::as_str)),
        ("reason", notification.reason.map(Reason::code)),
    ];
    let facts = facts.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let facts = facts.map(|(name, value)| tag(&format!("{name}:{value}")));
    facts.chain(more.iter().map(|one| tag(one))).collect()
}

/// Returns a tag as Datadog stores it: in lower case, with `_` for each character that a tag cannot contain.
fn tag(text: &str) -> String {
    let is_permitted = |c: &char| c.is_alphanumeric() || "_-:./".contains(*c);
    let lower = text.chars().flat_map(char::to_lowercase).take(MAX_TAG_CHARS);
    lower.map(|c| if is_permitted(&c) { c } else { '_' }).collect()
}

/// Judges an answer. An event that Datadog refuses as invalid or too large is a permanent failure. A refused key can be
/// repaired within the day for which the delivery is owed.
fn judge(answer: &ChannelResponse) -> Result<(), SendError> {
    if answer.status.is_success() {
        return Ok(());
    }
    let status = answer.status.as_u16();
    let remedy = match status {
        401 | 403 => ": check the secret of `api_key`, and `site`",
        _ => "",
    };
    let message = format!("Datadog {}{remedy}", answer.words());
    let permanent = matches!(status, 400 | 413);
    let error = SendError { permanent, ..SendError::transient(message) };
    Err(SendError { retry_after: answer.retry_after, ..error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_invalid_event_is_a_permanent_failure() {
        for (status, wanted) in [
            (202, None),
            (200, None),
            (400, Some(true)),
            (413, Some(true)),
            (401, Some(false)),
            (403, Some(false)),
            (404, Some(false)),
            (408, Some(false)),
            (429, Some(false)),
            (500, Some(false)),
            (503, Some(false)),
            (302, Some(false)),
        ] {
            let error = judge(&ChannelResponse::of(status, "")).err();
            assert_eq!(error.map(|error| error.is_permanent()), wanted, "{status}");
        }
    }

    #[test]
    fn a_tag_has_only_permitted_characters() {
        assert_eq!(tag("group:LLM providers"), "group:llm_providers");
        assert_eq!(tag("team:Köln/a-b_c.d,e"), "team:köln/a-b_c.d_e");
        assert_eq!(tag(&"x".repeat(300)).len(), 200);
    }
}
