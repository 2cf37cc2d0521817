//! The `amqp` check: a RabbitMQ server or another broker of AMQP 0-9-1, its login and virtual host, the depth and
//! the consumers of queues, and optionally a message of its own.
//!
//! The clients for this protocol open connections of their own, and a check needs few of its methods, one after the
//! other: these are read and written here.

mod format;
mod login;
mod message;
mod methods;
mod params;
mod queues;
mod refusal;
mod session;

use std::time::Duration;

use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};

use super::measured_name::MeasuredName;
use super::{Implementation, Schema};
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use crate::service::{Dialog, ServiceAttempt, Talking};

/// The messages of a queue that wait for a consumer.
const QUEUE_DEPTH: Metric = Metric::new("queue_depth_*", Unit::Number);

/// The consumers of a queue.
const QUEUE_CONSUMERS: Metric = Metric::new("queue_consumers_*", Unit::Number);

pub(super) const KIND: Kind = Kind {
    name: "amqp",
    category: Category::Database,
    metrics: &[QUEUE_DEPTH, QUEUE_CONSUMERS, TLS_VERSION, CERTIFICATE_DAYS, CERTIFICATE_VERIFIED],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::host_of_address,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_micros(800)),
            first_byte: Some(Duration::from_millis(12)),
            ..DurationParts::NONE
        },
        metrics: &[("queue_depth_mails", 12.0), ("queue_consumers_mails", 3.0)],
    },
};

pub(super) const IMPLEMENTATION: Implementation =
    Implementation { name: KIND.name, build: params::build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: Schema = super::schema::<params::Params>;

/// The variables of `expect` and `degraded`.
pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "the time from the start of the attempt until the virtual host is open, in milliseconds",
    ),
    Variable::new("product", ValueKind::Text, "the name of the server, such as `RabbitMQ`"),
    Variable::new("version", ValueKind::Text, "the version of the server, such as `3.13.7`"),
    Variable::new(
        "depth",
        ValueKind::Object,
        "the number of messages that wait in each queue of `queues`: `depth[\"mails\"]`",
    ),
    Variable::new(
        "consumers",
        ValueKind::Object,
        "the number of consumers of each queue of `queues`: `consumers[\"mails\"]`",
    ),
];

/// The conversation of an `amqp` check.
#[derive(Debug)]
struct AmqpDialog {
    user: String,
    password: SecretName,
    vhost: String,
    queues: Vec<MeasuredName>,
    /// If `true`, a message is sent through a queue of its own.
    writes: bool,
}

impl Dialog for AmqpDialog {
    fn secrets(&self) -> Vec<SecretName> {
        vec![self.password.clone()]
    }

    fn talk<'a>(&'a self, line: &'a mut ServiceAttempt<'_>) -> Talking<'a> {
        Box::pin(session::talk(self, line))
    }
}
