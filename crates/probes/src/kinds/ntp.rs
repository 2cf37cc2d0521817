//! The `ntp` check: a time server, the offset of its clock from that of this machine, and its distance from the reference.

mod packet;
mod params;
mod session;

use std::time::Duration;

use allclear_core::kind::{ADDRESS, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};

use super::Implementation;
use crate::service::{Dialog, ServiceAttempt, Talking};

/// The time of the server minus that of this machine.
const CLOCK_OFFSET_MS: Metric = Metric::new("clock_offset_ms", Unit::Milliseconds);

/// The number of servers between this one and a reference clock, and one more.
const STRATUM: Metric = Metric::new("stratum", Unit::Number);

/// The largest error of the server's clock against the reference, without the delay.
const ROOT_DISPERSION_MS: Metric = Metric::new("root_dispersion_ms", Unit::Milliseconds);

/// The round trip from the server to the reference.
const ROOT_DELAY_MS: Metric = Metric::new("root_delay_ms", Unit::Milliseconds);

pub(super) const KIND: Kind = Kind {
    name: "ntp",
    category: Category::External,
    metrics: &[CLOCK_OFFSET_MS, STRATUM, ROOT_DISPERSION_MS, ROOT_DELAY_MS],
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
            (CLOCK_OFFSET_MS.name, 0.8),
            (ROOT_DELAY_MS.name, 4.0),
            (ROOT_DISPERSION_MS.name, 1.5),
            (STRATUM.name, 2.0),
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
        "the time from the start of the attempt to the answer, in milliseconds",
    ),
    Variable::new(
        "clock_offset_ms",
        ValueKind::Number,
        "the time of the server minus that of this machine, in milliseconds; negative if the server is behind",
    ),
    Variable::new(
        "stratum",
        ValueKind::Number,
        "1 for a server with a reference clock, and one more for each server in between",
    ),
    Variable::new(
        "root_dispersion_ms",
        ValueKind::Number,
        "the largest error of the server against the reference without the delay, in milliseconds",
    ),
    Variable::new(
        "root_delay_ms",
        ValueKind::Number,
        "the round trip from the server to the reference, in milliseconds",
    ),
    Variable::new(
        "leap",
        ValueKind::Text,
        "the announced leap second of this day: `none`, `insert` or `delete`",
    ),
    Variable::new(
        "reference",
        ValueKind::Text,
        "the reference of the server: the name of a clock such as `GPS`, or an IPv4 address",
    ),
];

/// The conversation of an `ntp` check.
#[derive(Debug)]
struct NtpDialog {
    /// The offset beyond which the check is degraded.
    max_offset: Duration,
}

impl Dialog for NtpDialog {
    fn talk<'a>(&'a self, line: &'a mut ServiceAttempt<'_>) -> Talking<'a> {
        Box::pin(session::talk(self, line))
    }
}
