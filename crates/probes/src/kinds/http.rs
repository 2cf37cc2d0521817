//! The `http` check: one request on a connection of its own, redirects followed, and a verdict on
//! the answer; or several such requests in steps, with values of an answer in later requests.

mod capture;
mod cookies;
mod document;
mod exchange;
mod hop;
mod judge;
mod outgoing;
mod params;
mod redirect;
mod refusal;
mod request;
mod steps;
mod values;
mod variables;

use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{CheckContext, Checker, Checking};
use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::Expression;
use tokio::time::timeout;

use super::Implementation;
use crate::SharedState;
use crate::attempt::{Attempt, patience};
use crate::exchange::{HttpVersion, ProxyParam, Target, TlsSetup};
use crate::metrics::{BODY_BYTES, CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use crate::net::AddressFamily;

use capture::Capture;
use outgoing::Outgoing;
use redirect::Policy;
use steps::StepSequence;

pub(super) use variables::VARIABLES;

/// The HTTP status of the last answer.
const STATUS_CODE: Metric = Metric::new("status_code", Unit::Number);

/// The version of HTTP: 1.0, 1.1 or 2.
const HTTP_VERSION: Metric = Metric::new("http_version", Unit::Number);

/// The number of redirects that were followed.
const REDIRECTS: Metric = Metric::new("redirects", Unit::Number);

/// The time of a step, from its start to the end of its answer.
const STEP_MS: Metric = Metric::new("step_ms_*", Unit::Milliseconds);

pub(super) const KIND: Kind = Kind {
    name: "http",
    category: Category::External,
    metrics: &[
        STATUS_CODE,
        HTTP_VERSION,
        BODY_BYTES,
        REDIRECTS,
        STEP_MS,
        TLS_VERSION,
        CERTIFICATE_DAYS,
        CERTIFICATE_VERIFIED,
    ],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::hosts_of_steps,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(12)),
            tls: Some(Duration::from_millis(21)),
            first_byte: Some(Duration::from_millis(85)),
            transfer: Some(Duration::from_micros(700)),
        },
        metrics: &[
            (BODY_BYTES.name, 10_000.0),
            (CERTIFICATE_DAYS.name, 61.0),
            (HTTP_VERSION.name, 2.0),
            (STATUS_CODE.name, 200.0),
            (TLS_VERSION.name, 1.3),
        ],
    },
};

pub(super) const IMPLEMENTATION: Implementation =
    Implementation { name: KIND.name, build: params::build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<params::Params>;

/// A request with its expectations.
#[derive(Debug)]
struct HttpRequest {
    way: Arc<HttpWay>,
    target: Target,
    tls: TlsSetup,
    outgoing: Outgoing,
    redirects: Policy,
    max_body_bytes: usize,
    expect: Option<Expression>,
    degraded: Option<Expression>,
    /// The values that are taken from the answer.
    captures: Arc<[Capture]>,
}

/// The way to the servers of a check.
#[derive(Debug)]
struct HttpWay {
    shared: Arc<SharedState>,
    family: AddressFamily,
    version: HttpVersion,
    proxy: ProxyParam,
}

/// An `http` check with its parameters.
#[derive(Debug)]
enum HttpCheck {
    Single(Box<HttpRequest>),
    Steps(StepSequence),
}

impl Checker for HttpCheck {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let request = match self {
                Self::Single(request) => request,
                Self::Steps(steps) => return steps.check(context).await,
            };
            let mut attempt = Attempt::start();
            let ended =
                timeout(patience(context.timeout), request.attempt(context, &mut attempt)).await;
            attempt.finish(ended, context.timeout)
        })
    }

    fn secrets(&self) -> Vec<SecretName> {
        let mut names = match self {
            Self::Single(request) => request.secrets(),
            Self::Steps(steps) => steps.secrets(),
        };
        names.sort();
        names.dedup();
        names
    }

    fn host(&self) -> Option<&str> {
        match self {
            Self::Single(request) => request.target.url.host_str(),
            Self::Steps(steps) => steps.host(),
        }
    }
}
