//! The `kafka` check: a broker of Apache Kafka, its login, the brokers of the cluster, the partitions of topics and the
//! lag of a consumer group.
//!
//! A check needs few messages in versions that all brokers since 1.0 understand, and the crate for the protocol reserves
//! as much memory as a server claims to send: they are read and written here.

mod brokers;
mod format;
mod frames;
mod lag;
mod login;
mod metadata;
mod params;
mod refusal;
mod scram;
mod session;

use std::time::Duration;

use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};

use self::login::SaslMechanism;
use super::{Implementation, Schema};
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use crate::service::{Dialog, ServiceAttempt, Talking};

/// The brokers of the cluster that are alive.
const BROKERS: Metric = Metric::new("brokers", Unit::Number);

/// The partitions of `topics` in all.
const PARTITIONS: Metric = Metric::new("partitions", Unit::Number);

/// The partitions of `topics` without a leader.
const OFFLINE_PARTITIONS: Metric = Metric::new("offline_partitions", Unit::Number);

/// The partitions of `topics` with a replica that is not in sync.
const UNDER_REPLICATED_PARTITIONS: Metric =
    Metric::new("under_replicated_partitions", Unit::Number);

/// The messages after the committed offsets of `group`, in all partitions.
const CONSUMER_LAG: Metric = Metric::new("consumer_lag", Unit::Number);

/// The same in the partition with the most.
const CONSUMER_LAG_MAX: Metric = Metric::new("consumer_lag_max", Unit::Number);

pub(super) const KIND: Kind = Kind {
    name: "kafka",
    category: Category::Database,
    metrics: &[
        BROKERS,
        PARTITIONS,
        OFFLINE_PARTITIONS,
        UNDER_REPLICATED_PARTITIONS,
        CONSUMER_LAG,
        CONSUMER_LAG_MAX,
        TLS_VERSION,
        CERTIFICATE_DAYS,
        CERTIFICATE_VERIFIED,
    ],
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
            first_byte: Some(Duration::from_millis(9)),
            ..DurationParts::NONE
        },
        metrics: &[
            (BROKERS.name, 3.0),
            (PARTITIONS.name, 12.0),
            (OFFLINE_PARTITIONS.name, 0.0),
            (UNDER_REPLICATED_PARTITIONS.name, 0.0),
            (CONSUMER_LAG.name, 42.0),
            (CONSUMER_LAG_MAX.name, 17.0),
        ],
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
        "the time from the start of the attempt until the brokers and partitions are known, in milliseconds",
    ),
    Variable::new(
        "brokers",
        ValueKind::Number,
        "the number of brokers of the cluster that are alive",
    ),
    Variable::new(
        "controller",
        ValueKind::Number,
        "the number of the broker that controls the cluster, or forwards to the controller",
    ),
    Variable::new("partitions", ValueKind::Number, "the number of partitions of `topics` in all"),
    Variable::new(
        "offline_partitions",
        ValueKind::Number,
        "the number of partitions of `topics` without a leader",
    ),
    Variable::new(
        "under_replicated_partitions",
        ValueKind::Number,
        "the number of partitions of `topics` with a replica that is not in sync",
    ),
    Variable::new(
        "consumer_lag",
        ValueKind::Number,
        "the number of messages after the committed offsets of `group`, in all partitions of `topics`",
    ),
    Variable::new(
        "consumer_lag_max",
        ValueKind::Number,
        "the number of messages after the committed offset in the partition with the most",
    ),
];

/// The login of a `kafka` check.
#[derive(Debug)]
struct KafkaLogin {
    mechanism: SaslMechanism,
    user: String,
    password: SecretName,
}

/// The conversation of a `kafka` check.
#[derive(Debug)]
struct KafkaDialog {
    login: Option<KafkaLogin>,
    topics: Vec<String>,
    /// The consumer group whose lag is measured.
    group: Option<String>,
}

impl Dialog for KafkaDialog {
    fn secrets(&self) -> Vec<SecretName> {
        self.login.iter().map(|login| login.password.clone()).collect()
    }

    fn talk<'a>(&'a self, line: &'a mut ServiceAttempt<'_>) -> Talking<'a> {
        Box::pin(session::talk(self, line))
    }
}
