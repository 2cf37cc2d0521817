//! The `websocket` check: the handshake, optionally a message that is sent, and the messages or the pong that come.

mod failure;
mod params;
mod session;

use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{CheckContext, Checker, Checking};
use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Texts};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};
use http::HeaderValue;
use tokio::time::timeout;

use super::Implementation;
use crate::SharedState;
use crate::attempt::{Attempt, patience};
use crate::exchange::HttpEndpoint;
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use crate::service::Conditions;

pub(super) const KIND: Kind = Kind {
    name: "websocket",
    category: Category::External,
    metrics: &[TLS_VERSION, CERTIFICATE_DAYS, CERTIFICATE_VERIFIED],
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
            first_byte: Some(Duration::from_millis(18)),
            transfer: Some(Duration::from_millis(13)),
        },
        metrics: &[(CERTIFICATE_DAYS.name, 61.0), (TLS_VERSION.name, 1.3)],
    },
};

pub(super) const IMPLEMENTATION: Implementation =
    Implementation { name: KIND.name, build: params::build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<params::Params>;

/// The variable with the text of a message.
const MESSAGE: &str = "message";

/// The variable with a message as JSON.
const JSON: &str = "json";

/// The variables of `expect` and `degraded`.
pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "the time from the start of the attempt to the message, or to the pong, in milliseconds",
    ),
    Variable::new(MESSAGE, ValueKind::Text, "the text of a message"),
    Variable::new(JSON, ValueKind::Object, "a message as JSON; absent if it is not JSON"),
    Variable::new(
        "certificate_days",
        ValueKind::Number,
        "the whole days until the certificate expires",
    ),
];

/// A `websocket` check with its parameters.
#[derive(Debug)]
struct WebSocketCheck {
    shared: Arc<SharedState>,
    endpoint: HttpEndpoint,
    subprotocol: Option<HeaderValue>,
    send: Option<String>,
    conditions: Conditions,
}

impl Checker for WebSocketCheck {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let mut attempt = Attempt::start();
            let ended =
                timeout(patience(context.timeout), session::run(self, context, &mut attempt)).await;
            attempt.finish(ended, context.timeout)
        })
    }

    fn secrets(&self) -> Vec<SecretName> {
        self.endpoint.secrets()
    }

    fn host(&self) -> Option<&str> {
        self.endpoint.target.url.host_str()
    }
}
