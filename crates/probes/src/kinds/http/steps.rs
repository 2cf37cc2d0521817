//! Several requests, of which later ones have values of earlier answers.
//!
//! Each step is what a check with one request is: a request on a connection of its own, redirects, and
//! a verdict. The first failure ends the check. Captured values and cookies live as long as the attempt,
//! and each text about it is redacted from them.

mod body_template;
mod combine;
mod params;
mod template;
mod url_template;

use std::time::{Duration, Instant};

use allclear_core::checker::CheckContext;
use allclear_core::id::SecretName;
use allclear_core::outcome::{Cause, Finding, Verdict};
use allclear_core::reason::Reason;
use allclear_core::redact::Redactor;
use allclear_core::secret::Secrets;
use allclear_expression::Expression;
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use secrecy::SecretString;
use tokio::time::timeout;

use self::combine::{CombinedFinding, StepEnding};
use self::template::{CapturedValues, RequestTemplate};
use self::url_template::UrlTemplate;
use super::HttpRequest;
use super::cookies::Jar;
use super::judge::Judged;
use super::outgoing::{Credentials, FilledParts, Message};
use super::request::HttpCall;
use crate::attempt::{Attempt, patience};
use crate::exchange::Target;

pub(super) use self::params::{HttpStepParams, read};

/// The steps of a check, at least one.
#[derive(Debug)]
pub(super) struct StepSequence {
    steps: Vec<HttpStep>,
    /// The condition for degraded over the time of all steps.
    degraded: Option<Expression>,
}

/// A step of a check.
#[derive(Debug)]
struct HttpStep {
    name: String,
    /// The request, with its parts that have no values in them.
    request: HttpRequest,
    /// The URL, if it has values in it.
    url: Option<UrlTemplate>,
    /// The headers that have values in them.
    headers: Vec<(HeaderName, RequestTemplate)>,
    /// The body, if it has values in it.
    body: Option<RequestTemplate>,
}

/// The knowledge of an attempt from the steps so far.
#[derive(Debug, Default)]
struct Knowledge {
    captured: CapturedValues,
    cookies: Jar,
}

impl StepSequence {
    /// Makes the steps until one of them fails.
    pub(super) async fn check(&self, context: CheckContext<'_>) -> Finding {
        let started = Instant::now();
        let limit = patience(context.timeout);
        let mut knowledge = Knowledge::default();
        let mut combined = CombinedFinding::new(context.timeout);
        for step in &self.steps {
            let left = limit.saturating_sub(started.elapsed());
            let mut attempt = Attempt::start();
            let ended = timeout(left, step.attempt(context, &mut knowledge, &mut attempt)).await;
            let ending = if ended.is_ok() { StepEnding::InTime } else { StepEnding::CutOff };
            let finding = attempt.finish(ended, whole_milliseconds(left));
            if combined.add(&step.name, finding, ending).is_break() {
                break;
            }
        }
        let mut finding = combined.finish(self.degraded.as_ref());
        knowledge.redact(&mut finding);
        finding
    }

    /// Returns the names of the secrets that it needs.
    pub(super) fn secrets(&self) -> Vec<SecretName> {
        self.steps.iter().flat_map(HttpStep::secrets).collect()
    }

    /// Returns the host of the first step.
    pub(super) fn host(&self) -> Option<&str> {
        self.steps.first()?.request.target.url.host_str()
    }
}

impl HttpStep {
    async fn attempt(
        &self,
        context: CheckContext<'_>,
        knowledge: &mut Knowledge,
        attempt: &mut Attempt,
    ) -> Result<Verdict, Cause> {
        let target = self.target(context.secrets, knowledge)?;
        let message = self.message(context.secrets, knowledge)?;
        let call = HttpCall { target, message, cookies: &mut knowledge.cookies };
        let Judged { verdict, captured } = self.request.make(call, context, attempt).await?;
        knowledge.captured.extend(captured.into_iter().map(|one| (one.name, one.value)));
        verdict
    }

    fn target(&self, secrets: &Secrets, knowledge: &Knowledge) -> Result<Target, Cause> {
        let Some(url) = &self.url else { return Ok(self.request.target.clone()) };
        let url = url.fill(secrets, &knowledge.captured)?;
        Target::new(url, &self.request.tls).map_err(|what| Cause::of(Reason::AssertionFailed, what))
    }

    fn message(&self, secrets: &Secrets, knowledge: &Knowledge) -> Result<Message, Cause> {
        let captured = &knowledge.captured;
        let mut headers = Vec::new();
        for (name, template) in &self.headers {
            headers.push((name.clone(), header_value(template, secrets, captured)?));
        }
        let body = self.body.as_ref().map(|body| body.fill(secrets, captured)).transpose()?;
        let body = body.map(Bytes::from);
        let credentials = self.credentials(knowledge);
        let filled = FilledParts { headers, body, credentials };
        self.request.outgoing.message_with(secrets, filled)
    }

    /// Returns the credentials that the values of the request are.
    fn credentials(&self, knowledge: &Knowledge) -> Credentials {
        let has_values = self.url.is_some() || self.templates().next().is_some();
        if self.templates().any(|template| template.secrets().next().is_some()) {
            Credentials::Sent
        } else if has_values || !knowledge.cookies.is_empty() {
            Credentials::Captured
        } else {
            Credentials::None
        }
    }

    /// Returns the headers and the body that have values in them.
    fn templates(&self) -> impl Iterator<Item = &RequestTemplate> {
        self.headers.iter().map(|(_, template)| template).chain(&self.body)
    }

    fn secrets(&self) -> Vec<SecretName> {
        let mut names = self.request.secrets();
        names.extend(self.templates().flat_map(RequestTemplate::secrets).cloned());
        names
    }
}

impl Knowledge {
    /// Removes captured values and cookies from all texts of a finding.
    fn redact(&self, finding: &mut Finding) {
        let cookies = self.cookies.values().map(SecretString::from);
        let values = self.captured.values().cloned().chain(cookies);
        let named = values.enumerate().filter_map(|(n, value)| {
            SecretName::new(format!("captured-{n}")).ok().map(|name| (name, value))
        });
        let redactor = Redactor::new(&named.collect());
        if let Verdict::Degraded(cause) | Verdict::Unhealthy(cause) | Verdict::Unknown(cause) =
            &mut finding.verdict
        {
            cause.message = redactor.redact(&cause.message).into_owned();
        }
        for text in finding.labels.values_mut() {
            *text = redactor.redact(text).into_owned();
        }
    }
}

fn header_value(
    template: &RequestTemplate,
    secrets: &Secrets,
    captured: &CapturedValues,
) -> Result<HeaderValue, Cause> {
    let text = template.fill(secrets, captured)?;
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        return Ok(value);
    }
    let what = "has characters that no header can carry, such as a line end";
    // The texts around the values were checked when the config was read.
    let source = template.placeholders().next().map(|one| &one.source);
    Err(source.map_or_else(|| Cause::of(Reason::CheckFailed, what), |one| one.unusable(what)))
}

fn whole_milliseconds(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
