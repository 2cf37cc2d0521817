//! The `redis` check: a Redis or Valkey server, its answer to `PING`, its memory, clients and role, and
//! optionally a key of its own that it writes, reads and deletes.

mod info;
mod params;
mod refusal;
mod session;

use std::time::Duration;

use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};

use super::Implementation;
use crate::metrics::{
    CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, REPLICATION_LAG_SECONDS, TLS_VERSION, UPTIME_SECONDS,
};
use crate::service::{Dialog, ServiceAttempt, Talking};

/// The memory of the server's data.
const MEMORY_USED_BYTES: Metric = Metric::new("memory_used_bytes", Unit::Bytes);

/// The share of `maxmemory` that is used; absent without a maximum.
const MEMORY_USED_PERCENT: Metric = Metric::new("memory_used_percent", Unit::Percent);

/// The clients that are connected.
const CONNECTED_CLIENTS: Metric = Metric::new("connected_clients", Unit::Number);

/// The share of `maxclients` that is connected.
const CLIENTS_USED_PERCENT: Metric = Metric::new("clients_used_percent", Unit::Percent);

/// The share of the reads that found their key, since the server has started.
const HIT_PERCENT: Metric = Metric::new("hit_percent", Unit::Percent);

/// The keys that the server has deleted for lack of memory, since it has started.
const EVICTED_KEYS: Metric = Metric::new("evicted_keys", Unit::Number);

pub(super) const KIND: Kind = Kind {
    name: "redis",
    category: Category::Database,
    metrics: &[
        MEMORY_USED_BYTES,
        MEMORY_USED_PERCENT,
        CONNECTED_CLIENTS,
        CLIENTS_USED_PERCENT,
        HIT_PERCENT,
        EVICTED_KEYS,
        REPLICATION_LAG_SECONDS,
        UPTIME_SECONDS,
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
            first_byte: Some(Duration::from_micros(600)),
            ..DurationParts::NONE
        },
        metrics: &[
            (CONNECTED_CLIENTS.name, 24.0),
            (HIT_PERCENT.name, 93.0),
            (MEMORY_USED_BYTES.name, 180_000_000.0),
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
        "the time from the start of the attempt to the answer to `PING`, in milliseconds",
    ),
    Variable::new("role", ValueKind::Text, "`master` or `slave`, as the server calls it"),
    Variable::new("version", ValueKind::Text, "the version of the server, such as `7.0.15`"),
    Variable::new("memory_used_bytes", ValueKind::Number, "the memory of the data, in bytes"),
    Variable::new(
        "memory_used_percent",
        ValueKind::Number,
        "the used share of `maxmemory`, 0 to 100; absent without a maximum",
    ),
    Variable::new("connected_clients", ValueKind::Number, "the number of connected clients"),
    Variable::new(
        "clients_used_percent",
        ValueKind::Number,
        "the connected share of `maxclients`, 0 to 100",
    ),
    Variable::new(
        "hit_percent",
        ValueKind::Number,
        "the share of reads that found their key since the start of the server, 0 to 100",
    ),
    Variable::new(
        "evicted_keys",
        ValueKind::Number,
        "the number of keys deleted for lack of memory since the start of the server",
    ),
    Variable::new(
        "replication_lag_seconds",
        ValueKind::Number,
        "on a replica, the seconds since it last heard from its primary",
    ),
    Variable::new("uptime_seconds", ValueKind::Number, "the seconds since the start of the server"),
];

/// The conversation of a `redis` check.
#[derive(Debug)]
struct RedisDialog {
    user: Option<String>,
    password: Option<SecretName>,
    database: Option<u32>,
    /// If `true`, a key of its own is written, read and deleted.
    writes: bool,
}

impl Dialog for RedisDialog {
    fn secrets(&self) -> Vec<SecretName> {
        self.password.iter().cloned().collect()
    }

    fn talk<'a>(&'a self, line: &'a mut ServiceAttempt<'_>) -> Talking<'a> {
        Box::pin(session::talk(self, line))
    }
}
