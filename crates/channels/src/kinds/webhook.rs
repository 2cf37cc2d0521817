//! `webhook`: a JSON document to any URL, or a body from a template, signed if a secret is configured. The README states
//! the guarantees for receivers.

mod headers;
mod sample;
mod signature;
mod template;

use std::collections::BTreeMap;

use allclear_core::channel::{Envelope, SendLimits, Sender, Sending};
use allclear_core::checker::ParamProblem;
use allclear_core::document;
use allclear_core::id::SecretName;
use allclear_core::proxy::ProxyChoice;
use allclear_core::send_error::SendError;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use self::template::BodyTemplate;
use crate::client::{ChannelClient, ChannelResponse, Post};
use crate::params;
use crate::value::{self, ConfiguredText};

/// Posts a JSON document to a URL.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The URL to post to: `https:` or `http:`, or the secret that holds the URL:
    /// `secret:hook_url`.
    #[schemars(extend("format" = "url"))]
    url: String,
    /// The headers to add. A value that grants access must be a secret: `secret:hook_token`.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The secret to sign with: `secret:hook`. The receiver checks the signature with the same
    /// secret.
    #[serde(default)]
    #[schemars(extend("format" = "secret"))]
    secret: Option<String>,
    /// The template of the body, in the language of [MiniJinja](https://docs.rs/minijinja/latest/minijinja/syntax). Its
    /// variables are the fields of the document that is sent without a template:
    /// `{"text": {{ title ~ ": " ~ message }}}`. It is tried with samples when the config is loaded.
    #[serde(default)]
    body: Option<String>,
    /// The media type of the body, if there is a template. Default: `application/json`, with which each value is written
    /// as JSON. With a type of HTML or XML, values are escaped for it; with others, such as `text/plain`, they are not.
    #[serde(default)]
    content_type: Option<String>,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    #[serde(default)]
    proxy: Option<String>,
}

#[derive(Debug)]
struct Webhook {
    client: ChannelClient,
    url: ConfiguredText,
    headers: Vec<(HeaderName, ConfiguredText)>,
    secret: Option<SecretName>,
    template: Option<BodyTemplate>,
    proxy: ProxyChoice,
}

pub(crate) fn build(
    client: &ChannelClient,
    params: &serde_json::Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params { url, headers, secret, body, content_type, proxy } = params::read(params)?;
    let mut problems = Vec::new();
    let url = read_url(&url).map_err(|problem| problems.push(problem));
    let headers = headers::read(&headers).map_err(|found| problems.extend(found));
    let secret = secret.map(|secret| ConfiguredText::read_secret(&["secret"], &secret)).transpose();
    let secret = secret.map_err(|problem| problems.push(problem));
    let template = BodyTemplate::read(body.as_deref(), content_type.as_deref());
    let template = template.map_err(|problem| problems.push(problem));
    let proxy = ProxyChoice::read(proxy.as_deref()).map_err(|problem| problems.push(problem));
    match (url, headers, secret, template, proxy) {
        (Ok(url), Ok(headers), Ok(secret), Ok(template), Ok(proxy)) => {
            let client = client.clone();
            Ok(Box::new(Webhook { client, url, headers, secret, template, proxy }))
        }
        _ => Err(problems),
    }
}

/// No standard limits webhooks. A receiver that wants fewer messages answers 429 with
/// `Retry-After`.
const LIMITS: SendLimits = SendLimits { at_once: 8, rate: None };

impl Sender for Webhook {
    fn limits(&self) -> SendLimits {
        LIMITS
    }

    fn secrets(&self) -> Vec<SecretName> {
        let headers = self.headers.iter().filter_map(|(_, value)| value.secret());
        let all = self.url.secret().into_iter().chain(headers).chain(&self.secret);
        let all = all.chain(self.proxy.secret());
        all.cloned().collect()
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move {
            let url = self.url(envelope)?;
            let body = self.body(envelope)?;
            let headers = self.headers(envelope, &body)?;
            let post = Post { url, headers, body, proxy: &self.proxy };
            judge(&self.client.post(post, envelope).await?).map(|()| None)
        })
    }
}

impl Webhook {
    fn url(&self, envelope: Envelope<'_>) -> Result<Url, SendError> {
        check_url(self.url.expose(envelope.secrets)?)
            .map_err(|why| SendError::transient(format!("the webhook's URL {why}")))
    }

    fn body(&self, envelope: Envelope<'_>) -> Result<Vec<u8>, SendError> {
        let Envelope { notification, delivery, .. } = envelope;
        match &self.template {
            Some(template) => template.render(notification, delivery),
            None => document::document(notification, delivery),
        }
    }

    fn headers(&self, envelope: Envelope<'_>, body: &[u8]) -> Result<HeaderMap, SendError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let value = headers::value(name, value.expose(envelope.secrets)?)?;
            headers.insert(name, value);
        }
        let content_type = self.template.as_ref().map(|template| template.content_type.clone());
        headers.insert(CONTENT_TYPE, content_type.unwrap_or(template::JSON));
        let id = headers::value(&headers::DELIVERY, envelope.delivery.as_str())?;
        headers.insert(headers::DELIVERY, id.clone());
        headers.insert(headers::IDEMPOTENCY_KEY, id);
        if let Some(secret) = &self.secret {
            let key = value::expose(secret, envelope.secrets)?;
            let signature = signature::sign(key.as_bytes(), envelope.now.as_second(), body)?;
            headers.insert(headers::SIGNATURE, headers::value(&headers::SIGNATURE, &signature)?);
        }
        Ok(headers)
    }
}

/// Judges an answer. Any 2xx is a delivery. A refusal is permanent if the receiver has read this
/// message and rejects it, or reports that it is gone. Every other failure, also a missing page or
/// a refused token, can be repaired within the day for which a delivery is owed.
fn judge(answer: &ChannelResponse) -> Result<(), SendError> {
    if answer.status.is_success() {
        return Ok(());
    }
    let is_permanent = matches!(answer.status.as_u16(), 400 | 410 | 413 | 415 | 422);
    let message = format!("the webhook {}", answer.words());
    let error = SendError { permanent: is_permanent, ..SendError::transient(message) };
    Err(SendError { retry_after: answer.retry_after, ..error })
}

fn read_url(text: &str) -> Result<ConfiguredText, ParamProblem> {
    let value = ConfiguredText::read(&["url"], text)?;
    if let ConfiguredText::Literal(url) = &value {
        let problem = |what: String, hint| ParamProblem::at(["url"], what, Some(hint));
        let url = check_url(url).map_err(|why| {
            problem(format!("`url` {why}"), "write it as `https://example.com/hook`")
        })?;
        if url.password().is_some() {
            return Err(problem(
                "`url` contains a password, which must not be in the config".to_owned(),
                "store the whole URL as a secret and refer to it: `url = \"secret:NAME\"`",
            ));
        }
    }
    Ok(value)
}

/// Parses the URL. The error describes the problem.
fn check_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("is not a URL: {error}"))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url)
    } else {
        Err("does not begin with `https://` or `http://`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_is_permanent_only_if_the_message_was_read_or_the_receiver_is_gone() {
        for (status, wanted) in [
            (200, None),
            (204, None),
            (301, Some(false)),
            (400, Some(true)),
            (401, Some(false)),
            (403, Some(false)),
            (404, Some(false)),
            (408, Some(false)),
            (410, Some(true)),
            (413, Some(true)),
            (422, Some(true)),
            (425, Some(false)),
            (429, Some(false)),
            (500, Some(false)),
            (503, Some(false)),
        ] {
            let is_permanent =
                judge(&ChannelResponse::of(status, "")).err().map(|error| error.is_permanent());
            assert_eq!(is_permanent, wanted, "{status}");
        }
    }
}
