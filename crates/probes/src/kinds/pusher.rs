//! The `pusher` check: the HTTP API of Pusher Channels, or of a compatible server, with signed requests: the
//! occupied channels, one of them, and optionally an event on a channel of the check's own.

mod params;
mod sign;

use std::time::Duration;

use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::{Cause, DurationParts};
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::Implementation;
use crate::api::{ApiAnswer, ApiCaller, ApiDialog, ApiRequest, ApiStep, Asking, field};
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use crate::params::{ParamText, secret};
use crate::service::{ReadValue, ServiceReading};

use sign::PusherSigner;

/// The number of occupied channels.
const CHANNEL_COUNT: Metric = Metric::new("channel_count", Unit::Number);

/// The number of users in the channel of the check, if it is a presence channel.
const USER_COUNT: Metric = Metric::new("user_count", Unit::Number);

/// The number of subscriptions of the channel of the check, if it is requested.
const SUBSCRIPTION_COUNT: Metric = Metric::new("subscription_count", Unit::Number);

/// The time of the list of channels.
const CHANNELS_MS: Metric = Metric::new("channels_ms", Unit::Milliseconds);

/// The time of the event.
const TRIGGER_MS: Metric = Metric::new("trigger_ms", Unit::Milliseconds);

const CHANNELS: ApiStep<'static> = ApiStep::timed("the list of channels", CHANNELS_MS);
const CHANNEL: ApiStep<'static> = ApiStep { name: "the channel", time: None };
const TRIGGER: ApiStep<'static> = ApiStep::timed("the event", TRIGGER_MS);

/// The name of the event of a check.
const EVENT: &str = "allclear-check";

pub(super) const KIND: Kind = Kind {
    name: "pusher",
    category: Category::External,
    metrics: &[
        CHANNEL_COUNT,
        USER_COUNT,
        SUBSCRIPTION_COUNT,
        CHANNELS_MS,
        TRIGGER_MS,
        TLS_VERSION,
        CERTIFICATE_DAYS,
        CERTIFICATE_VERIFIED,
    ],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::host_of_url,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(12)),
            tls: Some(Duration::from_millis(21)),
            first_byte: Some(Duration::from_millis(35)),
            transfer: Some(Duration::from_millis(1)),
        },
        metrics: &[(CHANNEL_COUNT.name, 18.0), (CHANNELS_MS.name, 36.0)],
    },
};

pub(super) const IMPLEMENTATION: Implementation =
    Implementation { name: KIND.name, build: params::build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<params::Params>;

/// The variables of `expect` and `degraded`.
pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "the time from the start of the attempt to the last answer, in milliseconds",
    ),
    Variable::new("channel_count", ValueKind::Number, "the number of occupied channels"),
    Variable::new("channels", ValueKind::Texts, "the names of the occupied channels"),
    Variable::new("is_occupied", ValueKind::Bool, "true if the channel of the check is occupied"),
    Variable::new("user_count", ValueKind::Number, "the users in the channel of the check"),
    Variable::new(
        "subscription_count",
        ValueKind::Number,
        "the subscriptions of the channel of the check",
    ),
    Variable::new("channels_ms", ValueKind::Number, "the time of the list of channels"),
    Variable::new("trigger_ms", ValueKind::Number, "the time of the event; absent without one"),
];

/// The requests of a `pusher` check.
#[derive(Debug)]
struct PusherDialog {
    app_id: String,
    key: ParamText,
    secret: SecretName,
    /// The channel that is looked at, and the counts that are requested of it.
    channel: Option<WatchedChannel>,
    /// The channel that an event is sent to.
    trigger: Option<String>,
}

/// A channel that is looked at.
#[derive(Debug)]
struct WatchedChannel {
    name: String,
    /// The attributes, as the API names them.
    info: Vec<&'static str>,
}

impl ApiDialog for PusherDialog {
    fn secrets(&self) -> Vec<SecretName> {
        let mut names = vec![self.secret.clone()];
        if let ParamText::Secret(name) = &self.key {
            names.push(name.clone());
        }
        names
    }

    fn ask<'a>(&'a self, caller: &'a mut ApiCaller<'_>) -> Asking<'a> {
        Box::pin(self.read(caller))
    }
}

impl PusherDialog {
    async fn read(&self, caller: &mut ApiCaller<'_>) -> Result<ServiceReading, Cause> {
        let signer = self.signer(caller.context.secrets, caller)?;
        let app = format!("apps/{}", self.app_id);
        let mut reading = ServiceReading::default();
        let request = ApiRequest::get(CHANNELS, caller.url(&format!("{app}/channels")));
        let document = fetch(caller, signer.sign(request, &[])).await?;
        let channels = field(&document, "channels").as_object().ok_or_else(|| {
            let what = "the answer has no object `channels`";
            CHANNELS.name_in(Cause::of(Reason::ResponseInvalid, what))
        })?;
        #[expect(clippy::cast_precision_loss, reason = "an answer of 1 MiB has few channels")]
        reading.measure(CHANNEL_COUNT, channels.len() as f64);
        reading.set("channels", ReadValue::Texts(channels.keys().cloned().collect()));
        if let Some(channel) = &self.channel {
            let path = format!("{app}/channels/{}", channel.name);
            let info = channel.info.join(",");
            let query = [("info", info.as_str())];
            let query = if info.is_empty() { &query[..0] } else { &query };
            let request = ApiRequest::get(CHANNEL, caller.url(&path));
            let document = fetch(caller, signer.sign(request, query)).await?;
            let is_occupied = *field(&document, "occupied") == Value::Bool(true);
            reading.set("is_occupied", ReadValue::Bool(is_occupied));
            for (metric, name) in
                [(USER_COUNT, "user_count"), (SUBSCRIPTION_COUNT, "subscription_count")]
            {
                if let Some(count) = field(&document, name).as_f64() {
                    reading.measure(metric, count);
                }
            }
        }
        if let Some(channel) = &self.trigger {
            let event = json!({ "name": EVENT, "channels": [channel], "data": "{}" });
            let request = ApiRequest::post(TRIGGER, caller.url(&format!("{app}/events")), &event);
            fetch(caller, signer.sign(request, &[])).await?;
        }
        Ok(reading)
    }

    fn signer<'a>(
        &'a self,
        secrets: &'a Secrets,
        caller: &ApiCaller<'_>,
    ) -> Result<PusherSigner<'a>, Cause> {
        let key = match &self.key {
            ParamText::Plain(key) => key.as_str(),
            ParamText::Secret(name) => secret(secrets, name)?.trim(),
        };
        let now = caller.context.now.as_second();
        Ok(PusherSigner { key, secret: secret(secrets, &self.secret)?.trim(), now })
    }
}

async fn fetch(caller: &mut ApiCaller<'_>, request: ApiRequest<'_>) -> Result<Value, Cause> {
    let step = request.step;
    let answer = caller.fetch(&request).await?;
    if answer.status.is_success() {
        return answer.document(step).await;
    }
    Err(refusal(&answer, step, &request.method))
}

/// Returns the cause of an answer that refuses a request. The requests are signed in their query, so their
/// refusal is always one of credentials.
fn refusal(answer: &ApiAnswer, step: ApiStep<'_>, method: &Method) -> Cause {
    let body = String::from_utf8_lossy(&answer.body);
    let text = body.to_ascii_lowercase();
    let what = answer.describe_refusal(step, &body);
    match answer.status {
        StatusCode::UNAUTHORIZED if text.contains("timestamp") => {
            let what = format!("{what}; correct the clock of this machine, or of the server");
            Cause::monitor(Reason::CheckFailed, what)
        }
        StatusCode::UNAUTHORIZED => Cause::of(
            Reason::AuthInvalid,
            format!(
                "{what}; check `app_id`, `key` and `secret`, which belong to one app, and `cluster`"
            ),
        ),
        StatusCode::FORBIDDEN if ["quota", "limit"].iter().any(|word| text.contains(word)) => {
            Cause::of(Reason::QuotaExceeded, what)
        }
        StatusCode::FORBIDDEN => Cause::of(Reason::Permission, what),
        StatusCode::NOT_FOUND if method == Method::GET => Cause::of(
            Reason::EndpointNotFound,
            format!("{what}; check `app_id`, and `cluster` or `url`"),
        ),
        _ => answer.refusal(step),
    }
}
