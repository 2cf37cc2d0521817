//! The latest value of each metric and label of a monitor. Not every check measures all of them.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::kind::LatestMetrics;
use allclear_core::outcome::{Labels, Metrics, Outcome};
use allclear_core::run::Run;
use serde::Serialize;

/// A value with the time of its measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sample<T> {
    /// The value.
    pub value: T,
    /// The time of the outcome.
    pub at: Timestamp,
}

/// The latest value of each metric and label of one monitor.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Latest {
    /// The metrics by name.
    pub metrics: BTreeMap<String, Sample<f64>>,
    /// The labels by name.
    pub labels: BTreeMap<String, Sample<String>>,
    /// The time of the newest outcome.
    #[serde(skip)]
    newest: Option<Timestamp>,
}

/// The latest values of one monitor, without their times.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LatestValues {
    metrics: Metrics,
    labels: Labels,
    present_labels: Labels,
}

impl Latest {
    /// Returns the latest values of each of `monitors` in `runs`, from any region.
    #[must_use]
    pub fn of_monitors(runs: &[Run], monitors: &[MonitorId]) -> BTreeMap<MonitorId, Self> {
        let mut latest: BTreeMap<MonitorId, Self> = BTreeMap::new();
        for run in runs {
            for outcome in run.outcomes.iter().filter(|one| monitors.contains(&one.monitor)) {
                let known = latest.entry(outcome.monitor.clone()).or_default();
                known.record(outcome, run.time_of(outcome));
            }
        }
        latest
    }

    /// Records an outcome of `at`.
    pub(crate) fn record(&mut self, outcome: &Outcome, at: Timestamp) {
        self.newest = self.newest.max(Some(at));
        for (name, value) in &outcome.metrics {
            put(&mut self.metrics, name, *value, at);
        }
        for (name, value) in &outcome.labels {
            put(&mut self.labels, name, value.clone(), at);
        }
    }

    /// Returns the latest value of a metric.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.get(name).map(|sample| sample.value)
    }

    /// Returns a label of the newest outcome. A label that states a condition is absent once it is over.
    #[must_use]
    pub fn present_label(&self, name: &str) -> Option<&str> {
        let sample = self.labels.get(name)?;
        (Some(sample.at) == self.newest).then_some(sample.value.as_str())
    }

    /// Returns the values without their times.
    #[must_use]
    pub fn values(&self) -> LatestValues {
        let present = self.labels.iter().filter(|(_, sample)| Some(sample.at) == self.newest);
        LatestValues {
            metrics: self.metrics.iter().map(|(name, it)| (name.clone(), it.value)).collect(),
            present_labels: present.map(|(name, it)| (name.clone(), it.value.clone())).collect(),
            labels: self.labels.iter().map(|(name, it)| (name.clone(), it.value.clone())).collect(),
        }
    }
}

impl LatestValues {
    /// Returns the values as a kind of check describes them, for the monitor `name`.
    #[must_use]
    pub fn measured<'a>(&'a self, name: &'a str) -> LatestMetrics<'a> {
        let Self { metrics, labels, present_labels } = self;
        LatestMetrics { name, metrics, labels, present_labels }
    }
}

/// Stores a value unless a newer one is known. Runs of several regions and lanes are not in the order of
/// their times.
fn put<T>(samples: &mut BTreeMap<String, Sample<T>>, name: &str, value: T, at: Timestamp) {
    if samples.get(name).is_none_or(|known| known.at <= at) {
        samples.insert(name.to_owned(), Sample { value, at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_value_is_kept_in_any_order_of_the_runs() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut samples = BTreeMap::new();
        for (second, value) in [(2, "b"), (1, "a"), (3, "c"), (2, "b")] {
            put(&mut samples, "model", value, at(second));
        }
        assert_eq!(samples["model"], Sample { value: "c", at: at(3) });
    }
}
