//! The `clerk` check: the Backend API of Clerk with a secret key, the instance of the key, and the keys that
//! verify the tokens of its sessions.

mod params;

use std::time::Duration;

use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::{Cause, DurationParts};
use allclear_core::reason::Reason;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};
use serde_json::Value;

use super::Implementation;
use crate::api::{ApiCaller, ApiDialog, ApiRequest, ApiStep, Asking, field};
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use crate::service::{ReadValue, ServiceReading};

/// The number of keys that verify tokens.
const SIGNING_KEY_COUNT: Metric = Metric::new("signing_key_count", Unit::Number);

/// The time of the request for the instance.
const INSTANCE_MS: Metric = Metric::new("instance_ms", Unit::Milliseconds);

/// The time of the request for the keys.
const JWKS_MS: Metric = Metric::new("jwks_ms", Unit::Milliseconds);

const INSTANCE: ApiStep<'static> = ApiStep::timed("the instance", INSTANCE_MS);
const JWKS: ApiStep<'static> = ApiStep::timed("the signing keys", JWKS_MS);

pub(super) const KIND: Kind = Kind {
    name: "clerk",
    category: Category::External,
    metrics: &[
        SIGNING_KEY_COUNT,
        INSTANCE_MS,
        JWKS_MS,
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
            first_byte: Some(Duration::from_millis(160)),
            transfer: Some(Duration::from_millis(2)),
        },
        metrics: &[(INSTANCE_MS.name, 90.0), (JWKS_MS.name, 70.0), (SIGNING_KEY_COUNT.name, 1.0)],
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
    Variable::new("environment", ValueKind::Text, "`production` or `development`, as Clerk says"),
    Variable::new("signing_key_count", ValueKind::Number, "the number of keys that verify tokens"),
    Variable::new("instance_ms", ValueKind::Number, "the time of the request for the instance"),
    Variable::new("jwks_ms", ValueKind::Number, "the time of the request for the keys"),
];

/// The requests of a `clerk` check. Its key is one of the headers.
#[derive(Debug)]
struct ClerkDialog;

impl ApiDialog for ClerkDialog {
    fn ask<'a>(&'a self, caller: &'a mut ApiCaller<'_>) -> Asking<'a> {
        Box::pin(read(caller))
    }
}

async fn read(caller: &mut ApiCaller<'_>) -> Result<ServiceReading, Cause> {
    let mut reading = ServiceReading::default();
    let instance = fetch(caller, INSTANCE, "v1/instance").await?;
    if field(&instance, "object").as_str() != Some("instance") {
        let what = "the answer describes no instance";
        return Err(INSTANCE.name_in(Cause::of(Reason::ResponseInvalid, what)));
    }
    if let Some(environment) = field(&instance, "environment_type").as_str() {
        reading.set("environment", ReadValue::Text(environment.to_owned()));
    }
    let document = fetch(caller, JWKS, "v1/jwks").await?;
    let keys = field(&document, "keys").as_array().ok_or_else(|| {
        JWKS.name_in(Cause::of(Reason::ResponseInvalid, "the answer has no list `keys`"))
    })?;
    #[expect(clippy::cast_precision_loss, reason = "an answer of 1 MiB has few keys")]
    reading.measure(SIGNING_KEY_COUNT, keys.len() as f64);
    if keys.is_empty() {
        let what = "the list of keys is empty, so no token of a session can be verified";
        return Err(JWKS.name_in(Cause::of(Reason::UnexpectedAnswer, what)));
    }
    Ok(reading)
}

async fn fetch(caller: &mut ApiCaller<'_>, step: ApiStep<'_>, path: &str) -> Result<Value, Cause> {
    let answer = caller.fetch(&ApiRequest::get(step, caller.url(path))).await?;
    if answer.status.is_success() {
        return answer.document(step).await;
    }
    // Clerk explains its errors in a list.
    let document = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    let error = |name: &str| document.pointer(&format!("/errors/0/{name}")).and_then(Value::as_str);
    Err(match error("long_message").or_else(|| error("message")) {
        Some(message) => answer.refusal_with(step, message),
        None => answer.refusal(step),
    })
}
