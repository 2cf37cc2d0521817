//! Detection of unusual spending on the previous day.

use jiff::ToSpan;
use jiff::civil::Date;

/// Number of days before yesterday that define the usual spending, and the least number of known ones.
const DAYS: i64 = 14;
const LEAST_DAYS: usize = 7;

/// Thresholds of unusual spending: ratio to the usual, dollars above it, and spreads above it.
const LEAST_RATIO: f64 = 1.5;
const LEAST_EXCESS_USD: f64 = 1.0;
const LEAST_SPREADS: f64 = 3.0;

/// Least value of the usual spending in a ratio, in US dollars.
const LEAST_USUAL_USD: f64 = 0.01;

/// Factor from the median deviation to the standard deviation of a normal distribution.
const TO_STANDARD_DEVIATION: f64 = 1.4826;

/// Comparison of a day's spending with the usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anomaly {
    /// Spending of the day, in US dollars.
    pub spent_usd: f64,
    /// The usual spending: the median of the two weeks before, in US dollars.
    pub usual_usd: f64,
    /// Ratio to the usual spending, which counts as a cent at least.
    pub ratio: f64,
    /// True if it is unusually high: half as much again as usual, a dollar above it, and beyond
    /// three times the spread of those two weeks.
    pub is_unusual: bool,
}

/// Compares the spending of `yesterday` with the 14 days before; `None` if fewer than seven of
/// those are known, or yesterday is not. `daily` is in US dollars, in any order.
#[must_use]
pub fn anomaly(daily: &[(Date, f64)], yesterday: Date) -> Option<Anomaly> {
    let known = || daily.iter().filter(|(_, usd)| usd.is_finite());
    let spent_usd = known().find(|(day, _)| *day == yesterday)?.1;
    let first = yesterday.checked_sub(DAYS.days()).ok()?;
    let before: Vec<f64> =
        known().filter(|(day, _)| (first..yesterday).contains(day)).map(|(_, usd)| *usd).collect();
    if before.len() < LEAST_DAYS {
        return None;
    }
    let usual_usd = median(&before)?;
    let deviations: Vec<f64> = before.iter().map(|usd| (usd - usual_usd).abs()).collect();
    let spread = median(&deviations)? * TO_STANDARD_DEVIATION;
    let excess = spent_usd - usual_usd;
    Some(Anomaly {
        spent_usd,
        usual_usd,
        ratio: spent_usd / usual_usd.max(LEAST_USUAL_USD),
        is_unusual: spent_usd >= usual_usd * LEAST_RATIO
            && excess >= LEAST_EXCESS_USD
            && excess >= spread * LEAST_SPREADS,
    })
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().saturating_sub(1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    const YESTERDAY: Date = jiff::civil::date(2026, 11, 21);

    /// Compares the last day of `spent`, which is yesterday, with the days before it.
    fn of(spent: &[f64]) -> Option<Anomaly> {
        let daily: Vec<(Date, f64)> = spent
            .iter()
            .rev()
            .zip(0_i64..)
            .map(|(usd, ago)| (YESTERDAY.checked_sub(ago.days()).unwrap(), *usd))
            .collect();
        anomaly(&daily, YESTERDAY)
    }

    #[test]
    fn spending_is_unusual_by_ratio_amount_and_spread() {
        let two_weeks = |usd: f64, last: f64| [vec![usd; 14], vec![last]].concat();
        let uneven = [vec![1.0, 30.0, 2.0, 25.0, 3.0, 20.0, 10.0], vec![26.0]].concat();
        let weekends = [[10.0, 10.0, 10.0, 10.0, 10.0, 0.0, 0.0].repeat(2), vec![30.0]].concat();
        for (spent, ratio, is_unusual) in [
            (two_weeks(10.0, 30.0), 3.0, true),
            (two_weeks(10.0, 15.0), 1.5, true),
            (two_weeks(10.0, 14.9), 1.49, false),
            // Ten times as much, and still less than a dollar more.
            (two_weeks(0.1, 1.0), 10.0, false),
            (two_weeks(0.0, 5.0), 500.0, true),
            (two_weeks(0.0, 0.0), 0.0, false),
            (two_weeks(10.0, 0.0), 0.0, false),
            (uneven, 2.6, false),
            (weekends, 3.0, true),
        ] {
            let found = of(&spent).unwrap();
            assert!((found.ratio - ratio).abs() < 1e-9, "{spent:?} {found:?}");
            assert_eq!(found.is_unusual, is_unusual, "{spent:?} {found:?}");
        }
    }

    #[test]
    fn one_outlier_does_not_change_the_usual_spend() {
        let mut spent = vec![10.0; 14];
        spent[3] = 5_000.0;
        spent.push(12.0);
        assert_eq!(of(&spent).map(|found| found.usual_usd), Some(10.0));
    }

    #[test]
    fn too_few_days_give_no_anomaly() {
        assert_eq!(of(&[1.0; 7]), None);
        assert!(of(&[1.0; 8]).is_some());
        assert_eq!(of(&[]), None);
        let days_before: Vec<(Date, f64)> =
            (1..=14).map(|ago: i64| (YESTERDAY.checked_sub(ago.days()).unwrap(), 1.0)).collect();
        assert_eq!(anomaly(&days_before, YESTERDAY), None);
        let long_ago: Vec<(Date, f64)> =
            (20..=40).map(|ago: i64| (YESTERDAY.checked_sub(ago.days()).unwrap(), 1.0)).collect();
        assert_eq!(anomaly(&[long_ago, vec![(YESTERDAY, 1.0)]].concat(), YESTERDAY), None);
        assert_eq!(of(&[f64::NAN; 15]), None);
    }

    #[test]
    fn the_first_days_of_the_calendar_do_not_panic() {
        assert_eq!(anomaly(&[(Date::MIN, 1.0)], Date::MIN), None);
    }
}
