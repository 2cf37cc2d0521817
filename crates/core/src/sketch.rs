//! A mergeable latency sketch: quantiles within 1 % of the true value, independent of the order of merges.
//!
//! Latencies fall into buckets whose bounds grow geometrically, as in `DDSketch` (Masson, Rim, Lee,
//! VLDB 2019, <https://www.vldb.org/pvldb/vol12/p2195-masson.pdf>); merging adds the counts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Ratio of neighboring bucket bounds, for a relative error of 1 %: (1 + 0.01) / (1 - 0.01).
const GAMMA: f64 = 1.01 / 0.99;

/// Counts of latencies by bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    /// Bucket number to count; the bucket `k` holds microseconds in `(GAMMA^(k-1), GAMMA^k]`.
    buckets: BTreeMap<u16, u32>,
}

impl Sketch {
    /// Counts one latency. A latency under a microsecond counts as one microsecond.
    pub fn add(&mut self, latency: Duration) {
        let count = self.buckets.entry(bucket_of(latency)).or_default();
        *count = count.saturating_add(1);
    }

    /// Counts a value of another unit, such as tokens per second. It must be used for all values of a sketch. A value that is
    /// not a number, negative or above 10^19 is left out.
    pub fn add_value(&mut self, value: f64) {
        if let Ok(as_seconds) = Duration::try_from_secs_f64(value) {
            self.add(as_seconds);
        }
    }

    /// Returns the value that is not exceeded by the share `quantile` (0 to 1) of all, if values were counted by
    /// [`Self::add_value`]; `None` if nothing was counted.
    #[must_use]
    pub fn value_quantile(&self, quantile: f64) -> Option<f64> {
        self.quantile(quantile).map(|as_seconds| as_seconds.as_secs_f64())
    }

    /// Returns true if nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// Adds all counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, n) in &other.buckets {
            let count = self.buckets.entry(*bucket).or_default();
            *count = count.saturating_add(*n);
        }
    }

    /// Returns the buckets with a count, for storage.
    pub fn buckets(&self) -> impl Iterator<Item = (u16, u32)> {
        self.buckets.iter().map(|(bucket, count)| (*bucket, *count))
    }

    /// Returns the number of latencies that were counted.
    #[must_use]
    pub fn n_counted(&self) -> u64 {
        self.buckets.values().map(|count| u64::from(*count)).sum()
    }

    /// Returns the latency that is not exceeded by the share `quantile` (0 to 1) of all; `None` if nothing
    /// was counted.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        let n = self.n_counted();
        if n == 0 {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank within a count: not negative, and in range"
        )]
        let rank = (quantile.clamp(0.0, 1.0) * (n - 1) as f64).floor() as u64;
        let mut seen = 0;
        for (bucket, count) in &self.buckets {
            seen += u64::from(*count);
            if seen > rank {
                return Some(middle_of(*bucket));
            }
        }
        None
    }
}

impl FromIterator<(u16, u32)> for Sketch {
    /// Builds the sketch with these [buckets](Sketch::buckets).
    fn from_iter<I: IntoIterator<Item = (u16, u32)>>(buckets: I) -> Self {
        Self { buckets: buckets.into_iter().collect() }
    }
}

fn bucket_of(latency: Duration) -> u16 {
    let micros = (latency.as_secs_f64() * 1e6).max(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the logarithm of at least 1 is not negative, and the bucket of 2^64 s is below 3,000"
    )]
    let bucket = (micros.ln() / GAMMA.ln()).ceil() as u16;
    bucket
}

/// Returns the value of a bucket, which is at most 1 % from each latency in it.
fn middle_of(bucket: u16) -> Duration {
    let upper = GAMMA.powi(i32::from(bucket));
    Duration::from_secs_f64(2.0 * upper / (GAMMA + 1.0) / 1e6)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sketch(micros: &[u64]) -> Sketch {
        let mut sketch = Sketch::default();
        for micros in micros {
            sketch.add(Duration::from_micros(*micros));
        }
        sketch
    }

    #[test]
    fn an_empty_sketch_has_no_quantile() {
        assert_eq!(Sketch::default().quantile(0.5), None);
    }

    #[test]
    fn values_of_another_unit_are_counted_within_a_percent() {
        let mut sketch = Sketch::default();
        for value in [f64::NAN, -1.0, f64::INFINITY, 1e300] {
            sketch.add_value(value);
        }
        assert!(sketch.is_empty());
        for value in [0.25, 84.0, 1_250.0] {
            sketch.add_value(value);
        }
        let median = sketch.value_quantile(0.5).unwrap();
        assert!((median - 84.0).abs() <= 0.85, "{median}");
    }

    proptest! {
        #[test]
        fn every_quantile_is_within_a_percent(
            mut micros in prop::collection::vec(1_u64..100_000_000, 1..200),
            quantile in 0.0..=1.0,
        ) {
            let estimate = sketch(&micros).quantile(quantile).unwrap().as_secs_f64() * 1e6;
            micros.sort_unstable();
            let n_below = |rank: &usize| *rank as f64 <= quantile * (micros.len() - 1) as f64;
            let truth = micros[(0..micros.len()).rfind(n_below).unwrap()] as f64;
            prop_assert!((estimate - truth).abs() <= truth * 0.0101 + 1.0, "{estimate} for {truth}");
        }

        #[test]
        fn merging_is_the_same_as_counting_all(
            left in prop::collection::vec(1_u64..100_000_000, 0..50),
            right in prop::collection::vec(1_u64..100_000_000, 0..50),
        ) {
            let mut merged = sketch(&left);
            merged.merge(&sketch(&right));
            let all: Vec<u64> = right.iter().chain(&left).copied().collect();
            prop_assert_eq!(merged, sketch(&all));
        }
    }
}
