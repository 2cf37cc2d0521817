//! The `command` check: a local program that follows the convention of Nagios plugins. Its exit code is the
//! status, the first line of its output the message, and its performance data are metrics.
//!
//! It needs a process on a machine. Without the feature `host` of this crate, only its declaration is there.

#[cfg(feature = "host")]
mod build;
#[cfg(feature = "host")]
mod output;
mod params;
#[cfg(feature = "host")]
mod perfdata;
#[cfg(feature = "host")]
mod plugin;
#[cfg(feature = "host")]
mod run;

use std::time::Duration;

use allclear_core::kind::{Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};

#[cfg(feature = "host")]
use self::build::build;
use super::Implementation;
#[cfg(not(feature = "host"))]
use super::only_on_a_machine as build;

/// The performance data of the program, under their labels after this prefix, with their unit at the end.
const PERFORMANCE: Metric = Metric::new("perf_*", Unit::Number);

pub(super) const KIND: Kind = Kind {
    name: "command",
    category: Category::Internal,
    metrics: &[PERFORMANCE],
    labels: &[],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::none,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            first_byte: Some(Duration::from_micros(8_200)),
            ..DurationParts::NONE
        },
        metrics: &[("perf_load1", 0.42), ("perf_load5", 0.37)],
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
        "the time for which the program ran, in milliseconds",
    ),
    Variable::new(
        "output",
        ValueKind::Text,
        "the first line of the output, without performance data",
    ),
    Variable::new(
        "perf",
        ValueKind::Object,
        "the performance data by label, times in seconds and sizes in bytes: `perf[\"load1\"]`",
    ),
];
