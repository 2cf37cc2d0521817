//! Remaining time of a balance at its recent rate of decline.

use allclear_core::Timestamp;
use jiff::SignedDuration;

/// The least time and the least number of readings that tell a slope.
const LEAST_TIME: SignedDuration = SignedDuration::from_hours(6);
const LEAST_SAMPLES: usize = 3;

const DAY_SECONDS: f64 = 86_400.0;

/// Returns the number of days from `now` until nothing is left; `None` if fewer than three balances
/// over six hours are known, or nothing is spent. `samples` are balances, in any order. A rise
/// means that the balance was topped up; neither that amount nor that time counts.
#[must_use]
pub fn days_left(samples: &[(Timestamp, f64)], now: Timestamp) -> Option<f64> {
    let mut samples: Vec<(Timestamp, f64)> =
        samples.iter().filter(|(at, balance)| balance.is_finite() && *at <= now).copied().collect();
    samples.sort_by_key(|(at, _)| *at);
    samples.dedup_by_key(|(at, _)| *at);
    let (latest_at, latest) = *samples.last()?;
    if latest <= 0.0 {
        return Some(0.0);
    }
    let mut spent = 0.0;
    let mut time = SignedDuration::ZERO;
    for ((at, balance), (next_at, next_balance)) in samples.iter().zip(samples.iter().skip(1)) {
        if next_balance <= balance {
            spent += balance - next_balance;
            time += next_at.duration_since(*at);
        }
    }
    if samples.len() < LEAST_SAMPLES || time < LEAST_TIME || spent <= 0.0 {
        return None;
    }
    let per_day = spent / (time.as_secs_f64() / DAY_SECONDS);
    let since = now.duration_since(latest_at).as_secs_f64() / DAY_SECONDS;
    let days = latest / per_day - since;
    days.is_finite().then(|| days.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 100 * 24;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3_600).unwrap()
    }

    fn left(samples: &[(i64, f64)]) -> Option<f64> {
        let samples: Vec<(Timestamp, f64)> =
            samples.iter().map(|(hour, balance)| (at(NOW + hour), *balance)).collect();
        let days = days_left(&samples, at(NOW))?;
        Some((days * 1_000.0).round() / 1_000.0)
    }

    #[test]
    fn the_duration_of_a_balance_follows_its_slope() {
        assert_eq!(left(&[(-48, 30.0), (-24, 20.0), (0, 10.0)]), Some(1.0));
        // In any order, and the time since the latest counts.
        assert_eq!(left(&[(-12, 10.0), (-60, 30.0), (-36, 20.0)]), Some(0.5));
        assert_eq!(left(&[(-48, 12.0), (-24, 6.0), (-23, 0.1)]), Some(0.0));
    }

    #[test]
    fn a_top_up_does_not_reduce_the_spending() {
        let expected = Some(11.0);
        assert_eq!(left(&[(-72, 30.0), (-48, 20.0), (-24, 120.0), (0, 110.0)]), expected);
    }

    #[test]
    fn too_little_data_and_no_spending_give_no_duration() {
        for samples in [
            vec![],
            vec![(-48, 30.0), (0, 10.0)],
            vec![(-2, 30.0), (-1, 20.0), (0, 10.0)],
            vec![(-48, 10.0), (-24, 10.0), (0, 10.0)],
            vec![(-48, 1.0), (-24, 2.0), (0, 3.0)],
            vec![(-48, f64::NAN), (-24, f64::INFINITY), (0, 3.0)],
            vec![(24, 30.0), (48, 20.0), (72, 10.0)],
        ] {
            assert_eq!(left(&samples), None, "{samples:?}");
        }
    }

    #[test]
    fn an_empty_balance_lasts_zero_days() {
        assert_eq!(left(&[(0, 0.0)]), Some(0.0));
        assert_eq!(left(&[(-1, -4.0)]), Some(0.0));
    }
}
