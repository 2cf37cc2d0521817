//! What a service has reported: numbers that are metrics, and other values that only conditions and
//! messages use.

use allclear_core::kind::Metric;
use allclear_core::outcome::Cause;
use allclear_expression::Binding;

use crate::attempt::Attempt;

/// The values that a service reported in one attempt.
#[derive(Debug, Default)]
pub(crate) struct ServiceReading {
    metrics: Vec<(String, f64)>,
    values: Vec<(&'static str, ReadValue)>,
    /// The flaw of a service that works.
    flaw: Option<Cause>,
}

/// A value that is not a metric.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ReadValue {
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// A document.
    Json(serde_json::Value),
}

impl ServiceReading {
    /// Adds a metric. Its name is a variable of conditions too.
    pub(crate) fn measure(&mut self, metric: Metric, value: f64) {
        self.metrics.push((metric.name.to_owned(), value));
    }

    /// Adds a metric of many, whose name ends with `part`.
    pub(crate) fn measure_part(&mut self, metric: Metric, part: &str, value: f64) {
        if let Some(name) = metric.with_part(part) {
            self.metrics.push((name, value));
        }
    }

    /// Adds a variable of conditions.
    pub(crate) fn set(&mut self, name: &'static str, value: ReadValue) {
        self.values.push((name, value));
    }

    /// Notes a flaw, for which a service that meets the conditions is degraded.
    pub(crate) fn degrade(&mut self, cause: Cause) {
        self.flaw.get_or_insert(cause);
    }

    /// Returns the flaw of a service that works.
    pub(crate) fn degradation(&self) -> Option<&Cause> {
        self.flaw.as_ref()
    }

    /// Returns the value of a variable of conditions; `None` if the service did not report it.
    pub(crate) fn get(&self, name: &str) -> Option<Binding<'_>> {
        if let Some((_, value)) = self.metrics.iter().find(|(known, _)| known == name) {
            return Some(Binding::Number(*value));
        }
        let (_, value) = self.values.iter().find(|(known, _)| *known == name)?;
        Some(match value {
            ReadValue::Bool(value) => Binding::Bool(*value),
            ReadValue::Number(value) => Binding::Number(*value),
            ReadValue::Text(text) => Binding::Text(text.as_str().into()),
            ReadValue::Texts(texts) => Binding::Texts(texts),
            ReadValue::Json(document) => Binding::Json(document),
        })
    }

    /// Gives the metrics to the attempt.
    pub(crate) fn measure_in(&self, attempt: &mut Attempt) {
        for (name, value) in &self.metrics {
            attempt.measure_as(name.clone(), *value);
        }
    }
}
