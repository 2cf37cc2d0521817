//! The measured outcomes of the last minutes, in one or two bytes each.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::status::Status;

/// The measured outcomes of a monitor within [`RecentOutcomes::WINDOW`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentOutcomes {
    /// The time of the newest one, in seconds since 1970.
    newest_s: Option<i64>,
    /// Oldest first: twice the seconds since the outcome before it, plus 1 if the check failed.
    steps: VecDeque<u16>,
}

/// A measured outcome of the last minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentOutcome {
    /// The time since it.
    pub age: Duration,
    /// True if the check failed.
    pub has_failed: bool,
}

impl RecentOutcomes {
    /// The time that is looked back on.
    pub const WINDOW: Duration = Duration::from_mins(15);

    /// The most outcomes that are kept. With a shorter interval than five seconds they cover less than the window.
    pub const MAX_LEN: usize = 180;

    /// Checks whether one of the outcomes has failed.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.steps.iter().any(|step| step % 2 == 1)
    }

    /// Adds an outcome with this status, which is not unknown, and drops those that are no longer within the window.
    pub fn record(&mut self, at: Timestamp, status: Status) {
        let window_s = Self::WINDOW.as_secs();
        let step_s = match self.newest_s.map(|newest_s| at.as_second() - newest_s) {
            Some(seconds) => u64::try_from(seconds).unwrap_or(window_s).min(window_s),
            None => window_s,
        };
        if step_s >= window_s {
            self.steps.clear();
        }
        self.newest_s = Some(at.as_second());
        let step = u16::try_from(step_s).unwrap_or(u16::MAX / 2);
        self.steps.push_back(step * 2 + u16::from(status == Status::Unhealthy));
        let mut age_s: u64 = self.steps.iter().skip(1).map(|step| u64::from(step / 2)).sum();
        while age_s >= window_s || self.steps.len() > Self::MAX_LEN {
            self.steps.pop_front();
            age_s -= self.steps.front().map_or(age_s, |step| u64::from(step / 2));
        }
    }

    /// Returns the outcomes within the window before `at`, newest first.
    pub fn before(&self, at: Timestamp) -> impl Iterator<Item = RecentOutcome> {
        let newest_age_s = self.newest_s.map_or(0, |newest_s| at.as_second() - newest_s);
        let mut age_s = u64::try_from(newest_age_s).unwrap_or_default();
        let outcomes = self.steps.iter().rev().map(move |step| {
            let age = Duration::from_secs(age_s);
            age_s = age_s.saturating_add(u64::from(step / 2));
            RecentOutcome { age, has_failed: step % 2 == 1 }
        });
        outcomes.take_while(|one| one.age < Self::WINDOW)
    }

    /// Drops all outcomes.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Drops all outcomes if the newest is later than `now`, because the clock was set back.
    pub fn set_back(&mut self, now: Timestamp) {
        if self.newest_s.is_some_and(|newest_s| newest_s > now.as_second()) {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn recorded(interval_s: i64, failed: &[bool]) -> RecentOutcomes {
        let mut recent = RecentOutcomes::default();
        for (n, has_failed) in (0..).zip(failed) {
            let status = if *has_failed { Status::Unhealthy } else { Status::Healthy };
            recent.record(at(n * interval_s), status);
        }
        recent
    }

    #[test]
    fn outcomes_older_than_the_window_are_dropped() {
        let mut outcomes = [false; 100];
        outcomes[9] = true;
        outcomes[10] = true;
        let recent = recorded(10, &outcomes);
        let seen: Vec<RecentOutcome> = recent.before(at(990)).collect();
        assert_eq!(seen.len(), 90);
        let failed: Vec<_> = seen.iter().filter(|one| one.has_failed).map(|one| one.age).collect();
        assert_eq!(failed, [Duration::from_secs(890)]);
        assert_eq!(recent.before(at(990 + 60)).count(), 84, "a minute without outcomes");
        assert_eq!(recent.before(at(990 + 900)).count(), 0);
    }

    #[test]
    fn a_gap_drops_what_was_before_it() {
        let mut recent = recorded(60, &[true, true, true]);
        recent.record(at(120 + 900), Status::Healthy);
        let only = RecentOutcome { age: Duration::ZERO, has_failed: false };
        assert_eq!(recent.before(at(120 + 900)).collect::<Vec<_>>(), [only]);
    }

    #[test]
    fn a_short_interval_keeps_a_bounded_number() {
        assert_eq!(recorded(1, &[false; 900]).before(at(899)).count(), RecentOutcomes::MAX_LEN);
    }

    #[test]
    fn a_clock_that_was_set_back_drops_the_outcomes_of_the_future() {
        let mut recent = recorded(10, &[true, false]);
        recent.set_back(at(10));
        assert_eq!(recent.before(at(10)).count(), 2);
        recent.set_back(at(9));
        assert_eq!(recent, RecentOutcomes::default());
    }
}
