//! The `icmp` check: some echo requests to a host, how many of them are answered, and in what time.
//!
//! It needs a process on a machine. Without the feature `host` of this crate, only its declaration is there.

#[cfg(feature = "host")]
mod build;
#[cfg(feature = "host")]
mod echoes;
#[cfg(feature = "host")]
mod packet;
mod params;
#[cfg(feature = "host")]
mod socket;

use std::time::Duration;

use allclear_core::kind::{ADDRESS, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};

#[cfg(feature = "host")]
use self::build::build;
use super::Implementation;
#[cfg(not(feature = "host"))]
use super::only_on_a_machine as build;

/// The share of the requests that were not answered.
const PACKET_LOSS_PERCENT: Metric = Metric::new("packet_loss_percent", Unit::Percent);

/// The shortest time from a request to its answer.
const ROUND_TRIP_MIN_MS: Metric = Metric::new("round_trip_min_ms", Unit::Milliseconds);

/// The longest time from a request to its answer.
const ROUND_TRIP_MAX_MS: Metric = Metric::new("round_trip_max_ms", Unit::Milliseconds);

/// The mean difference between the times of answers that follow each other.
const JITTER_MS: Metric = Metric::new("jitter_ms", Unit::Milliseconds);

pub(super) const KIND: Kind = Kind {
    name: "icmp",
    category: Category::Internal,
    metrics: &[PACKET_LOSS_PERCENT, ROUND_TRIP_MIN_MS, ROUND_TRIP_MAX_MS, JITTER_MS],
    labels: &[ADDRESS],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::host_of_address,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            first_byte: Some(Duration::from_micros(11_400)),
            ..DurationParts::NONE
        },
        metrics: &[
            (JITTER_MS.name, 0.3),
            (PACKET_LOSS_PERCENT.name, 0.0),
            (ROUND_TRIP_MAX_MS.name, 12.1),
            (ROUND_TRIP_MIN_MS.name, 11.0),
        ],
    },
};

pub(super) const IMPLEMENTATION: Implementation = Implementation { name: KIND.name, build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<params::Params>;

/// The variables of `expect` and `degraded`.
pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "the mean time from a request to its answer, in milliseconds",
    ),
    Variable::new(
        "packet_loss_percent",
        ValueKind::Number,
        "the share of the requests without an answer, 0 to 100",
    ),
    Variable::new(
        "round_trip_min_ms",
        ValueKind::Number,
        "the shortest time from a request to its answer, in milliseconds",
    ),
    Variable::new(
        "round_trip_max_ms",
        ValueKind::Number,
        "the longest time from a request to its answer, in milliseconds",
    ),
    Variable::new(
        "jitter_ms",
        ValueKind::Number,
        "the mean difference between answers that follow each other, in milliseconds",
    ),
];
