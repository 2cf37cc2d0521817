//! The usual response time of a monitor at each hour of the day.
//!
//! The median of each closed hour moves the usual value of that hour of the day (UTC) towards it. On a logarithmic scale the step is a seventh of the difference, and at most a seventh of a factor of two. In the
//! first days the usual value is the geometric mean of the medians.
//!
//! An exact median over 14 days would need 336 stored values for each monitor. The difference: one day that is ten
//! times slower moves the usual value by 10 % and the exact median not at all; a lasting change by half is followed to
//! two thirds within a week, while the exact median jumps after a week.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::rollup::Period;

/// The usual response times of a monitor, by hour of the day in UTC. Empty unless a rule reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsualLatency {
    hours: BTreeMap<u8, UsualHour>,
}

/// The usual response time at one hour of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct UsualHour {
    micros: u32,
    /// The days that it rests on, up to [`UsualLatency::WEIGHT_DAYS`].
    n_days: u8,
    /// The latest day that changed it, in days since 1970.
    day: i32,
}

impl UsualLatency {
    /// The answered checks below which an hour changes nothing.
    pub const MIN_SAMPLES: u64 = 6;

    /// The days below which an hour of the day has no usual response time.
    pub const MIN_DAYS: u8 = 3;

    /// The days of which the newest counts as one part.
    pub const WEIGHT_DAYS: u8 = 7;

    /// The days after which a value that was not renewed no longer counts.
    pub const MAX_AGE_DAYS: i32 = 14;

    /// Returns the usual response time at the hour of the day of `at`; `None` below [`UsualLatency::MIN_DAYS`].
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Option<Duration> {
        let hour = self.hours.get(&hour_of_day(at)?)?;
        let is_known = hour.n_days >= Self::MIN_DAYS && hour.is_recent(day_of(at));
        is_known.then(|| Duration::from_micros(hour.micros.into()))
    }

    /// Moves the usual response time towards `median`, the median of the closed hour that starts at `start`.
    pub fn learn(&mut self, start: Timestamp, median: Duration) {
        let Some(hour_of_day) = hour_of_day(start) else { return };
        let day = day_of(start);
        let micros = u32::try_from(median.as_micros()).unwrap_or(u32::MAX).max(1);
        let before = self.hours.get(&hour_of_day).filter(|hour| hour.is_recent(day));
        let hour = match before {
            None => UsualHour { micros, n_days: 1, day },
            Some(before) => before.moved_towards(micros, day),
        };
        self.hours.insert(hour_of_day, hour);
    }

    /// Drops the values of the future, because the clock was set back to `now`.
    pub fn set_back(&mut self, now: Timestamp) {
        self.hours.retain(|_, hour| hour.day <= day_of(now));
    }
}

impl UsualHour {
    fn is_recent(&self, day: i32) -> bool {
        day < self.day.saturating_add(UsualLatency::MAX_AGE_DAYS)
    }

    fn moved_towards(self, micros: u32, day: i32) -> Self {
        let n_days = self.n_days.saturating_add(1).min(UsualLatency::WEIGHT_DAYS);
        let ratio = f64::from(micros) / f64::from(self.micros);
        let ratio =
            if self.n_days < UsualLatency::MIN_DAYS { ratio } else { ratio.clamp(0.5, 2.0) };
        let moved = f64::from(self.micros) * ratio.powf(1.0 / f64::from(n_days));
        let moved = moved.round().clamp(1.0, f64::from(u32::MAX));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to the range of the type"
        )]
        let micros = moved as u32;
        Self { micros, n_days, day }
    }
}

fn day_of(at: Timestamp) -> i32 {
    i32::try_from(at.as_second().div_euclid(Period::Day.seconds())).unwrap_or_default()
}

fn hour_of_day(at: Timestamp) -> Option<u8> {
    let second_of_day = at.as_second().rem_euclid(Period::Day.seconds());
    u8::try_from(second_of_day / Period::Hour.seconds()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn start() -> Timestamp {
        "2026-11-01T10:00:00Z".parse().unwrap()
    }

    fn learned(medians_ms: &[u64]) -> UsualLatency {
        let mut usual = UsualLatency::default();
        for (n, median_ms) in (0..).zip(medians_ms) {
            usual.learn(start() + DAY * n, Duration::from_millis(*median_ms));
        }
        usual
    }

    fn ms_after(usual: &UsualLatency, n_days: u32) -> Option<u128> {
        usual.at(start() + DAY * n_days).map(|usual| usual.as_millis())
    }

    #[test]
    fn three_days_make_a_value_of_their_hour_alone() {
        assert_eq!(ms_after(&learned(&[100, 100]), 2), None);
        let usual = learned(&[100, 100, 100]);
        assert_eq!(ms_after(&usual, 3), Some(100));
        assert_eq!(usual.at(start() + DAY * 3 + Duration::from_mins(59)).unwrap().as_millis(), 100);
        assert_eq!(usual.at(start() + DAY * 3 + Duration::from_hours(1)), None);
    }

    #[test]
    fn a_slow_day_moves_the_value_by_a_tenth() {
        let mut days = vec![100; 14];
        days.push(1_000);
        assert_eq!(ms_after(&learned(&days), 15), Some(110));
    }

    #[test]
    fn a_lasting_change_is_followed() {
        let mut days = vec![100; 14];
        days.extend([150; 7]);
        let after_a_week = ms_after(&learned(&days), 21).unwrap();
        assert!((125..=140).contains(&after_a_week), "{after_a_week}");
    }

    #[test]
    fn a_value_that_was_not_renewed_for_two_weeks_no_longer_counts() {
        let usual = learned(&[100, 100, 100]);
        assert_eq!(ms_after(&usual, 2 + 13), Some(100));
        assert_eq!(ms_after(&usual, 2 + 14), None);
        let mut renewed = usual;
        renewed.learn(start() + DAY * 20, Duration::from_millis(300));
        assert_eq!(ms_after(&renewed, 21), None, "it begins anew");
    }
}
