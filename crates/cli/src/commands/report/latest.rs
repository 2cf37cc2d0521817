//! The latest measurements and findings of checks other than latency. Not every check measures all.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::outcome::{Labels, Metrics};
use allclear_core::ports::{ReadHistory, StoreResult};
use serde::Serialize;

/// Period that is searched. Three hours include an hourly measurement even if one check failed.
const BACK: Duration = Duration::from_hours(3);

/// A value, and when it was true.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Sample<T> {
    pub(super) value: T,
    pub(super) at: Timestamp,
}

/// The latest of each name.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Latest {
    pub(super) metrics: BTreeMap<String, Sample<f64>>,
    pub(super) labels: BTreeMap<String, Sample<String>>,
    /// The time of the newest outcome.
    #[serde(skip)]
    newest: Option<Timestamp>,
}

impl Latest {
    /// Reads the latest measurements of each of `monitors`, from any region.
    pub(super) async fn read(
        store: &impl ReadHistory,
        monitors: &[MonitorId],
        now: Timestamp,
    ) -> StoreResult<BTreeMap<MonitorId, Self>> {
        let mut latest = BTreeMap::new();
        if monitors.is_empty() {
            return Ok(latest);
        }
        for run in store.runs(now - BACK).await? {
            for outcome in &run.outcomes {
                if !monitors.contains(&outcome.monitor) {
                    continue;
                }
                let at = run.time_of(outcome);
                let known: &mut Self = latest.entry(outcome.monitor.clone()).or_default();
                known.newest = known.newest.max(Some(at));
                for (name, value) in &outcome.metrics {
                    put(&mut known.metrics, name, *value, at);
                }
                for (name, value) in &outcome.labels {
                    put(&mut known.labels, name, value.clone(), at);
                }
            }
        }
        Ok(latest)
    }

    pub(super) fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.get(name).map(|sample| sample.value)
    }

    /// Returns the latest value of each metric.
    pub(super) fn metrics(&self) -> Metrics {
        self.metrics.iter().map(|(name, sample)| (name.clone(), sample.value)).collect()
    }

    /// Returns the latest text of each label.
    pub(super) fn labels(&self) -> Labels {
        self.labels.iter().map(|(name, sample)| (name.clone(), sample.value.clone())).collect()
    }

    /// Returns the labels of the newest outcome.
    pub(super) fn present_labels(&self) -> Labels {
        let present = self.labels.iter().filter(|(_, sample)| Some(sample.at) == self.newest);
        present.map(|(name, sample)| (name.clone(), sample.value.clone())).collect()
    }

    /// Returns a label of the newest outcome, for labels that describe a state and are absent otherwise.
    pub(super) fn present_label(&self, name: &str) -> Option<&str> {
        let sample = self.labels.get(name)?;
        (Some(sample.at) == self.newest).then_some(sample.value.as_str())
    }
}

/// Runs of several regions and lanes do not come in the order of their times.
fn put<T>(samples: &mut BTreeMap<String, Sample<T>>, name: &str, value: T, at: Timestamp) {
    if samples.get(name).is_none_or(|known| known.at <= at) {
        samples.insert(name.to_owned(), Sample { value, at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_value_stands_in_whatever_order_they_come() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut samples = BTreeMap::new();
        for (second, value) in [(2, "b"), (1, "a"), (3, "c"), (2, "b")] {
            put(&mut samples, "model", value, at(second));
        }
        assert_eq!(samples["model"], Sample { value: "c", at: at(3) });
    }
}
