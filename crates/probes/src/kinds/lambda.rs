//! The `lambda` check: a function of the operator that makes a check of its own and reports the result.

mod contract;
mod dialog;
mod function;
mod params;

use std::time::Duration;

use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};
use serde_json::Value;

use super::Implementation;
use crate::api::{ApiCaller, ApiDialog, Asking};
use crate::aws::AwsAccess;
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};

use function::CheckedFunction;

/// A measurement that the function reports.
const FUNCTION_METRIC: Metric = Metric::new("function_*", Unit::Number);

pub(super) const KIND: Kind = Kind {
    name: "lambda",
    category: Category::External,
    metrics: &[FUNCTION_METRIC, TLS_VERSION, CERTIFICATE_DAYS, CERTIFICATE_VERIFIED],
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
            first_byte: Some(Duration::from_millis(180)),
            transfer: Some(Duration::from_millis(1)),
        },
        metrics: &[("function_orders", 42.0)],
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
        "the time from the start of the attempt to the answer of the function, in milliseconds",
    ),
    Variable::new("message", ValueKind::Text, "the message of the function; absent without one"),
    Variable::new(
        "metrics",
        ValueKind::Object,
        "the measurements of the function: `metrics[\"orders\"]`",
    ),
];

/// The request of a `lambda` check.
#[derive(Debug)]
struct LambdaDialog {
    access: AwsAccess,
    function: CheckedFunction,
    /// The part of the event that the config decides.
    input: Value,
}

impl ApiDialog for LambdaDialog {
    fn secrets(&self) -> Vec<SecretName> {
        self.access.secrets()
    }

    fn ask<'a>(&'a self, caller: &'a mut ApiCaller<'_>) -> Asking<'a> {
        Box::pin(self.invoke(caller))
    }
}
