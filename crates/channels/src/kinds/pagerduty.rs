//! `pagerduty`: the Events API v2 of PagerDuty. A group of alerts is one incident: it is opened, acknowledged and
//! resolved under the id of the group.

mod event;

use std::time::Duration;

use allclear_core::channel::{Envelope, SendLimits, SendRate, Sender, Sending};
use allclear_core::checker::ParamProblem;
use allclear_core::id::SecretName;
use allclear_core::proxy::ProxyChoice;
use allclear_core::send_error::SendError;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::client::{ChannelClient, ChannelResponse, Post};
use crate::params;
use crate::service_url;
use crate::value::{self, ConfiguredText};

const DEFAULT_URL: &str = "https://events.pagerduty.com";

/// Opens, acknowledges and resolves incidents of PagerDuty.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The secret that holds the integration key of a service with the integration "Events API V2": `secret:pagerduty`.
    #[schemars(extend("format" = "secret"))]
    routing_key: String,
    /// The address of the Events API. Default: `https://events.pagerduty.com`. For an account in the service region
    /// of the EU: `https://events.eu.pagerduty.com`.
    #[serde(default)]
    #[schemars(extend("format" = "url"))]
    url: Option<String>,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    #[serde(default)]
    proxy: Option<String>,
}

#[derive(Debug)]
struct PagerDuty {
    client: ChannelClient,
    routing_key: SecretName,
    url: Url,
    proxy: ProxyChoice,
}

pub(crate) fn build(
    client: &ChannelClient,
    params: &serde_json::Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { routing_key, url, proxy } = params::read(params)?;
    let mut problems = Vec::new();
    let routing_key = ConfiguredText::read_secret(&["routing_key"], &routing_key);
    let routing_key = routing_key.map_err(|problem| problems.push(problem));
    let url = service_url::read(url.as_deref(), DEFAULT_URL);
    let url = url.map_err(|problem| problems.push(problem));
    let proxy = ProxyChoice::read(proxy.as_deref()).map_err(|problem| problems.push(problem));
    match (routing_key, url, proxy) {
        (Ok(routing_key), Ok(url), Ok(proxy)) => {
            Ok(Box::new(PagerDuty { client: client.clone(), routing_key, url, proxy }))
        }
        _ => Err(problems),
    }
}

/// PagerDuty accepts 120 events a minute for each integration key, and answers further ones with 429:
/// <https://developer.pagerduty.com/docs/events-api-v2-overview>.
const LIMITS: SendLimits = SendLimits {
    at_once: 4,
    rate: Some(SendRate { interval: Duration::from_millis(500), burst: 30 }),
};

impl Sender for PagerDuty {
    fn limits(&self) -> SendLimits {
        LIMITS
    }

    fn secrets(&self) -> Vec<SecretName> {
        [&self.routing_key].into_iter().chain(self.proxy.secret()).cloned().collect()
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move {
            let routing_key = value::expose(&self.routing_key, envelope.secrets)?;
            let event = event::event(envelope.notification, envelope.delivery);
            let url = service_url::join(&self.url, event.path);
            let body = event.with_key(routing_key).to_string().into_bytes();
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let post = Post { url, headers, body, proxy: &self.proxy };
            judge(&self.client.post(post, envelope).await?).map(|()| None)
        })
    }
}

/// Judges an answer. 400 is permanent, because the event is invalid, unless it is the key that is: an operator can
/// repair that within the day for which the delivery is owed. So is every other failure temporary.
fn judge(answer: &ChannelResponse) -> Result<(), SendError> {
    if answer.status.is_success() {
        return Ok(());
    }
    let content = answer.content.to_lowercase();
    let is_about_key = ["routing_key", "routing key"].iter().any(|key| content.contains(key));
    let remedy = if is_about_key { ": check the secret of `routing_key`" } else { "" };
    let message = format!("PagerDuty {}{remedy}", answer.words());
    let permanent = answer.status.as_u16() == 400 && !is_about_key;
    let error = SendError { permanent, ..SendError::transient(message) };
    Err(SendError { retry_after: answer.retry_after, ..error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_invalid_event_is_a_permanent_failure() {
        let invalid = r#"{"status":"invalid event","errors":["'payload.summary' is missing"]}"#;
        let key = r#"{"status":"invalid event","errors":["Length of 'routing_key' is incorrect"]}"#;
        for (status, body, wanted) in [
            (202, r#"{"status":"success"}"#, None),
            (200, "", None),
            (400, invalid, Some(true)),
            (400, key, Some(false)),
            (400, r#"{"message":"Invalid routing key"}"#, Some(false)),
            (401, "", Some(false)),
            (403, "", Some(false)),
            (404, "", Some(false)),
            (429, "", Some(false)),
            (500, "", Some(false)),
            (503, "", Some(false)),
            (302, "", Some(false)),
        ] {
            let error = judge(&ChannelResponse::of(status, body)).err();
            assert_eq!(error.map(|error| error.is_permanent()), wanted, "{status} {body}");
        }
    }
}
