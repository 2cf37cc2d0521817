//! The `sqs` check: the messages of a queue of SQS, and the age of the oldest one as CloudWatch knows it.

mod dialog;
mod params;
mod queue;

use std::time::Duration;

use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};

use super::Implementation;
use crate::api::{ApiCaller, ApiDialog, Asking};
use crate::aws::AwsAccess;
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};

use queue::CheckedQueue;

/// The messages that a consumer can receive.
const VISIBLE_MESSAGES: Metric = Metric::new("visible_messages", Unit::Number);

/// The messages that a consumer has received and neither deleted nor given back.
const IN_FLIGHT_MESSAGES: Metric = Metric::new("in_flight_messages", Unit::Number);

/// The messages that were sent with a delay that has not passed.
const DELAYED_MESSAGES: Metric = Metric::new("delayed_messages", Unit::Number);

/// The age of the oldest message.
const OLDEST_MESSAGE_SECONDS: Metric = Metric::new("oldest_message_seconds", Unit::Seconds);

pub(super) const KIND: Kind = Kind {
    name: "sqs",
    category: Category::Database,
    metrics: &[
        VISIBLE_MESSAGES,
        IN_FLIGHT_MESSAGES,
        DELAYED_MESSAGES,
        OLDEST_MESSAGE_SECONDS,
        TLS_VERSION,
        CERTIFICATE_DAYS,
        CERTIFICATE_VERIFIED,
    ],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::aws_region,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(2)),
            tls: Some(Duration::from_millis(6)),
            first_byte: Some(Duration::from_millis(14)),
            transfer: Some(Duration::from_millis(1)),
        },
        metrics: &[
            (VISIBLE_MESSAGES.name, 12.0),
            (IN_FLIGHT_MESSAGES.name, 3.0),
            (DELAYED_MESSAGES.name, 0.0),
            (OLDEST_MESSAGE_SECONDS.name, 9.0),
        ],
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
        "the time from the start of the attempt to the answer of SQS, in milliseconds",
    ),
    Variable::new(
        VISIBLE_MESSAGES.name,
        ValueKind::Number,
        "the messages that a consumer can receive",
    ),
    Variable::new(
        IN_FLIGHT_MESSAGES.name,
        ValueKind::Number,
        "the messages that a consumer has received and not deleted yet",
    ),
    Variable::new(
        DELAYED_MESSAGES.name,
        ValueKind::Number,
        "the messages whose delay has not passed",
    ),
    Variable::new(
        OLDEST_MESSAGE_SECONDS.name,
        ValueKind::Number,
        "the age of the oldest message in CloudWatch, in seconds; 0 for an empty queue. CloudWatch is asked only if \
         a condition uses it",
    ),
];

/// The requests of a `sqs` check.
#[derive(Debug)]
struct SqsDialog {
    access: AwsAccess,
    queue: CheckedQueue,
    age: AgeReading,
}

/// The use of the age of the oldest message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AgeReading {
    /// A condition needs it.
    Needed,
    /// No condition uses it, so that it is not asked for.
    Unused,
}

impl ApiDialog for SqsDialog {
    fn secrets(&self) -> Vec<SecretName> {
        self.access.secrets()
    }

    fn ask<'a>(&'a self, caller: &'a mut ApiCaller<'_>) -> Asking<'a> {
        Box::pin(self.read(caller))
    }
}
