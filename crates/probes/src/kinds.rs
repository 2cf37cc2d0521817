//! The kinds of check, and the one list of them.
//!
//! A kind is a module with its parameters, its checker, and a [`Kind`] that ties them together.
//! Adding one takes that module and its lines in [`KINDS`] and [`SCHEMAS`].

mod dns;
mod heartbeat;
mod http;
pub(crate) mod llm;
mod tcp;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{Checker, ParamProblem};
use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use allclear_expression::{Binding, Expression};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::Shared;

/// Every kind, in the order of the documentation.
pub(crate) const KINDS: &[Kind] =
    &[http::KIND, tcp::KIND, dns::KIND, tls::KIND, heartbeat::KIND, llm::KIND];

/// The JSON Schema of the parameters of each kind. A list apart from [`KINDS`], because a program that
/// only runs checks does not link schemas.
pub(crate) const SCHEMAS: &[(&str, Schema)] = &[
    (http::KIND.name, http::SCHEMA),
    (tcp::KIND.name, tcp::SCHEMA),
    (dns::KIND.name, dns::SCHEMA),
    (tls::KIND.name, tls::SCHEMA),
    (heartbeat::KIND.name, heartbeat::SCHEMA),
    (llm::KIND.name, llm::SCHEMA),
];

/// One kind of check.
pub(crate) struct Kind {
    /// Its name in the config.
    pub(crate) name: &'static str,
    /// The names of its measurements, in the forms that [`CheckKinds::metrics`] knows.
    ///
    /// [`CheckKinds::metrics`]: allclear_core::checker::CheckKinds::metrics
    pub(crate) metrics: &'static [&'static str],
    /// Builds its checker, or says everything that is wrong with the parameters.
    pub(crate) build: fn(&Value, &Arc<Shared>) -> Built,
}

/// Returns the JSON Schema of the parameters of a kind.
pub(crate) type Schema = fn() -> Value;

/// A checker, or everything that is wrong with its parameters.
type Built = Result<Box<dyn Checker>, Vec<ParamProblem>>;

/// The JSON Schema of `P`, in one piece.
fn schema<P: JsonSchema>() -> Value {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<P>().to_value()
}

/// The verdict on what works, by a condition over `response_time_ms` alone.
fn degraded_by_time(condition: Option<&Expression>, latency: Duration) -> Verdict {
    let time_ms = latency.as_secs_f64() * 1000.0;
    let value = |name: &str| (name == "response_time_ms").then_some(Binding::Number(time_ms));
    match condition {
        Some(condition) if condition.evaluate(value).holds() => {
            let what = format!("`{condition}` holds; response_time_ms = {time_ms:.1}");
            Verdict::Degraded(Cause::target(Reason::Degraded, what))
        }
        Some(_) | None => Verdict::Healthy,
    }
}
