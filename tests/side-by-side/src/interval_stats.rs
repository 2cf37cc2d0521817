//! Computes gaps and the busiest second from the request times of targets.

use std::collections::BTreeMap;

use serde::Serialize;

/// The regularity of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct IntervalStats {
    /// The number of measured gaps.
    pub(crate) n_gaps: usize,
    /// The median gap, in seconds.
    pub(crate) gap_p50_s: f64,
    /// The 99th percentile of the gaps, in seconds.
    pub(crate) gap_p99_s: f64,
    /// The 99th percentile of the difference between a gap and the interval, in seconds.
    pub(crate) deviation_p99_s: f64,
    /// The largest difference between a gap and the interval, in seconds.
    pub(crate) deviation_max_s: f64,
    /// The smallest number of gaps of a target; 0 means that its checks were lost.
    pub(crate) min_gaps: usize,
}

/// Computes the regularity of targets with these request times, in milliseconds, and an interval of
/// `interval_s` seconds.
pub(crate) fn rhythm<'a>(
    times: impl Iterator<Item = &'a [i64]>,
    interval_s: f64,
) -> Option<IntervalStats> {
    let mut gaps: Vec<f64> = Vec::new();
    let mut min_gaps = usize::MAX;
    for times in times {
        let before = gaps.len();
        gaps.extend(times.windows(2).filter_map(|pair| match pair {
            [earlier, later] => Some((later - earlier) as f64 / 1000.0),
            _ => None,
        }));
        min_gaps = min_gaps.min(gaps.len() - before);
    }
    let mut deviations: Vec<f64> = gaps.iter().map(|gap| (gap - interval_s).abs()).collect();
    gaps.sort_by(f64::total_cmp);
    deviations.sort_by(f64::total_cmp);
    Some(IntervalStats {
        n_gaps: gaps.len(),
        gap_p50_s: quantile(&gaps, 50)?,
        gap_p99_s: quantile(&gaps, 99)?,
        deviation_p99_s: quantile(&deviations, 99)?,
        deviation_max_s: quantile(&deviations, 100)?,
        min_gaps,
    })
}

/// Returns the largest number of checks in a second of the window, divided by the mean.
pub(crate) fn busiest_second(times: impl Iterator<Item = i64>, window_s: u64) -> Option<f64> {
    let mut seconds: BTreeMap<i64, u32> = BTreeMap::new();
    let mut n = 0_u32;
    for time in times {
        *seconds.entry(time.div_euclid(1000)).or_default() += 1;
        n += 1;
    }
    let mean = f64::from(n) / window_s as f64;
    Some(f64::from(*seconds.values().max()?) / mean)
}

/// Returns the value that `percent` of the sorted values do not exceed.
fn quantile(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).checked_sub(1)?;
    sorted.get(rank).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_taken_within_each_target() {
        let times: [&[i64]; 2] = [&[0, 20_000, 40_100], &[7_000, 26_950]];
        let rhythm = rhythm(times.into_iter(), 20.0).unwrap();
        assert_eq!((rhythm.n_gaps, rhythm.min_gaps), (3, 1));
        assert!((rhythm.gap_p50_s - 20.0).abs() < 1e-9);
        assert!((rhythm.deviation_max_s - 0.1).abs() < 1e-9);
    }

    #[test]
    fn a_target_with_one_request_has_no_gap() {
        assert_eq!(rhythm(std::iter::once::<&[i64]>(&[5]), 20.0), None);
        let times: [&[i64]; 2] = [&[5], &[0, 20_000]];
        assert_eq!(rhythm(times.into_iter(), 20.0).unwrap().min_gaps, 0);
    }

    #[test]
    fn the_busiest_second_is_compared_with_the_mean() {
        let times = [0, 999, 1_000, 3_500].into_iter();
        assert_eq!(busiest_second(times, 4), Some(2.0));
        assert_eq!(busiest_second(std::iter::empty(), 4), None);
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!(quantile(&values, 99), Some(198.0));
        assert_eq!(quantile(&values, 100), Some(200.0));
    }
}
