//! The `grpc` check: a server's own statement about its health, by the standard service `grpc.health.v1.Health`.

mod message;
mod params;
mod session;
mod status;

use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{CheckContext, Checker, Checking};
use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Texts};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};
use bytes::Bytes;
use tokio::time::timeout;

use super::Implementation;
use crate::SharedState;
use crate::attempt::{Attempt, patience};
use crate::exchange::HttpEndpoint;
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use crate::service::Conditions;

pub(super) const KIND: Kind = Kind {
    name: "grpc",
    category: Category::Internal,
    metrics: &[TLS_VERSION, CERTIFICATE_DAYS, CERTIFICATE_VERIFIED],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::host_of_address,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(12)),
            tls: Some(Duration::from_millis(21)),
            first_byte: Some(Duration::from_millis(16)),
            transfer: Some(Duration::from_micros(100)),
        },
        metrics: &[(CERTIFICATE_DAYS.name, 61.0), (TLS_VERSION.name, 1.3)],
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
        "the time from the start of the attempt to the end of the answer, in milliseconds",
    ),
    Variable::new(
        "certificate_days",
        ValueKind::Number,
        "the whole days until the certificate expires",
    ),
];

/// A `grpc` check with its parameters.
#[derive(Debug)]
struct GrpcCheck {
    shared: Arc<SharedState>,
    endpoint: HttpEndpoint,
    /// The service that is asked for; empty for the server as a whole.
    service: String,
    /// The request, framed.
    request: Bytes,
    conditions: Conditions,
}

impl Checker for GrpcCheck {
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
