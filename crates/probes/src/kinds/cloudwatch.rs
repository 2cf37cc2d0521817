//! The `cloudwatch` check: the newest value of a metric in CloudWatch.

mod absence;
mod dialog;
mod params;

use std::time::Duration;

use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};

use super::Implementation;
use crate::api::{ApiCaller, ApiDialog, Asking};
use crate::aws::{AwsAccess, MetricQuery};
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};

use absence::AbsenceMeaning;

/// The newest value. Conditions call it `value`.
const VALUE: Metric = Metric::new("metric_value", Unit::Number);

/// The time since the end of the period of the newest value.
const DATAPOINT_AGE_SECONDS: Metric = Metric::new("datapoint_age_seconds", Unit::Seconds);

pub(super) const KIND: Kind = Kind {
    name: "cloudwatch",
    category: Category::External,
    metrics: &[VALUE, DATAPOINT_AGE_SECONDS, TLS_VERSION, CERTIFICATE_DAYS, CERTIFICATE_VERIFIED],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::none,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(2)),
            tls: Some(Duration::from_millis(6)),
            first_byte: Some(Duration::from_millis(40)),
            transfer: Some(Duration::from_millis(1)),
        },
        metrics: &[(VALUE.name, 12.0), (DATAPOINT_AGE_SECONDS.name, 31.0)],
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
        "the time from the start of the attempt to the answer of CloudWatch, in milliseconds",
    ),
    Variable::new(
        "value",
        ValueKind::Number,
        "the statistic of the newest complete period that has a value, in the unit of the metric",
    ),
    Variable::new(
        DATAPOINT_AGE_SECONDS.name,
        ValueKind::Number,
        "the time since the end of that period, in seconds; absent for a value that `missing = \"zero\"` has replaced",
    ),
];

/// The requests of a `cloudwatch` check.
#[derive(Debug)]
struct CloudwatchDialog {
    access: AwsAccess,
    query: MetricQuery,
    absence: AbsenceMeaning,
}

impl ApiDialog for CloudwatchDialog {
    fn secrets(&self) -> Vec<SecretName> {
        self.access.secrets()
    }

    fn ask<'a>(&'a self, caller: &'a mut ApiCaller<'_>) -> Asking<'a> {
        Box::pin(self.read(caller))
    }
}
