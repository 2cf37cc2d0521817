//! The share of failed outcomes of a service that fails intermittently.
//!
//! An outage, in which every check fails, has alerts of its own and their end. If its failures counted here, a second
//! alert would follow it for the rest of the 15 minutes. Three or more failures in a row are such an outage; a single
//! success between failures does not end it, as it does not confirm a recovery. The longest outage is left out, with its
//! outcomes. Further ones count: a service with several outages within 15 minutes fails intermittently.
//!
//! The failures no longer count once the service is well again: it has succeeded for a while, and much longer than it did
//! between two failures on average. Failures that are frequent, such as those of two outages, are over sooner than rare
//! ones.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::state::{RecentOutcome, RecentOutcomes};

/// The failures in a row from which on they are an outage.
const OUTAGE_ROW: u32 = 3;

/// The outcomes below which a share has no value.
const MIN_OUTCOMES: u32 = 10;

/// The least time without a failure after which the failures before no longer count.
const WELL_FOR: Duration = Duration::from_mins(5);

/// The least number of successes in a row after which they no longer count.
const MIN_WELL_OUTCOMES: u32 = 10;

/// The same, in average distances between two failures. A service that fails at random has so many successes in a row
/// once in 150 failures.
const WELL_DISTANCES: u32 = 5;

/// Counts of outcomes outside the longest outage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FailureShare {
    /// The failed ones.
    pub(crate) n_failed: u32,
    /// All.
    n_outcomes: u32,
    /// All outcomes, with those of the longest outage.
    n_all: u32,
    /// The failed ones outside the longest outage or row of failures of any length.
    pub(crate) recurrent_failures: u32,
}

impl FailureShare {
    /// Counts the outcomes before `at`.
    pub(crate) fn of(outcomes: &RecentOutcomes, at: Timestamp) -> Self {
        let (mut all, mut longest) = (Outage::default(), Outage::default());
        let (mut outage, mut row) = (Outage::default(), 0);
        let (mut n_good, mut longest_row) = (0, 0);
        let mut successes = LatestSuccesses::default();
        for outcome in outcomes.before(at) {
            successes.add(outcome);
            all.n_outcomes += 1;
            if outcome.has_failed {
                all.n_failed += 1;
                row += 1;
                longest_row = longest_row.max(row);
                continue;
            }
            outage = outage.extended_by(row, n_good, &mut longest);
            n_good = if row > 0 { 1 } else { n_good + 1 };
            row = 0;
        }
        outage.extended_by(row, n_good, &mut longest);
        let n_failed = all.n_failed - longest.n_failed;
        let n_outcomes = all.n_outcomes - longest.n_outcomes;
        let is_over = successes.end(n_failed, n_outcomes);
        Self {
            n_failed: if is_over { 0 } else { n_failed },
            n_outcomes,
            n_all: all.n_outcomes,
            recurrent_failures: all.n_failed - longest.n_failed.max(longest_row),
        }
    }

    /// Returns the failures as a sentence: `4 of 45 checks of the last 15 minutes failed, not counting the longest outage`.
    /// That outage may still last.
    pub(crate) fn sentence(self) -> String {
        let Self { n_failed, n_outcomes, .. } = self;
        let minutes = RecentOutcomes::WINDOW.as_secs() / 60;
        let without =
            if n_outcomes < self.n_all { ", not counting the longest outage" } else { "" };
        format!("{n_failed} of {n_outcomes} checks of the last {minutes} minutes failed{without}")
    }

    /// Returns the share of the failed outcomes, 0 to 100; `None` below [`MIN_OUTCOMES`].
    pub(crate) fn percentage(self) -> Option<f64> {
        let is_known = self.n_all >= MIN_OUTCOMES;
        is_known.then(|| f64::from(self.n_failed) * 100.0 / f64::from(self.n_outcomes.max(1)))
    }
}

/// The successes since the latest failure.
#[derive(Debug, Clone, Copy, Default)]
struct LatestSuccesses {
    n: u32,
    /// The time since the latest failure; `None` while none was seen.
    failure_age: Option<Duration>,
}

impl LatestSuccesses {
    /// Adds an outcome, the newest one first.
    fn add(&mut self, outcome: RecentOutcome) {
        if self.failure_age.is_none() {
            self.n += u32::from(!outcome.has_failed);
            self.failure_age = outcome.has_failed.then_some(outcome.age);
        }
    }

    /// Returns true if they are enough to end the trouble of these failures, among these outcomes with the successes.
    fn end(self, n_failed: u32, n_outcomes: u32) -> bool {
        let n_before = n_outcomes.saturating_sub(self.n);
        self.failure_age.is_some_and(|age| age >= WELL_FOR)
            && self.n >= MIN_WELL_OUTCOMES
            && self.n * n_failed >= n_before * WELL_DISTANCES
    }
}

/// Rows of failures with single successes between them.
#[derive(Debug, Clone, Copy, Default)]
struct Outage {
    n_failed: u32,
    n_outcomes: u32,
    longest_row: u32,
}

impl Outage {
    /// Returns the outage after a further row of failures, which `n_good` successes separate from it. Updates the
    /// longest one.
    fn extended_by(self, row: u32, n_good: u32, longest: &mut Self) -> Self {
        if row == 0 {
            return self;
        }
        let before = if n_good == 1 { self } else { Self::default() };
        let extended = Self {
            n_failed: before.n_failed + row,
            n_outcomes: before.n_outcomes + n_good * u32::from(before.n_failed > 0) + row,
            longest_row: before.longest_row.max(row),
        };
        if extended.longest_row >= OUTAGE_ROW && extended.n_failed > longest.n_failed {
            *longest = extended;
        }
        extended
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use allclear_core::status::Status;

    use super::*;

    /// Returns the failed outcomes and their share.
    fn share(letters: &str) -> (u32, Option<f64>) {
        let share = outcomes(letters);
        (share.n_failed, share.percentage().map(f64::round))
    }

    /// Returns the counts after one outcome every 10 s: U unhealthy, H healthy.
    fn outcomes(letters: &str) -> FailureShare {
        let mut outcomes = RecentOutcomes::default();
        let mut at: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        for letter in letters.chars() {
            at += Duration::from_secs(10);
            let status = if letter == 'U' { Status::Unhealthy } else { Status::Healthy };
            outcomes.record(at, status);
        }
        FailureShare::of(&outcomes, at)
    }

    #[test]
    fn single_failures_count() {
        assert_eq!(share("HHHHHHHH"), (0, None));
        assert_eq!(share("HHHHHHHHHH"), (0, Some(0.0)));
        assert_eq!(share("HUHUHUHUHU"), (5, Some(50.0)));
        assert_eq!(share("UUHHHUUHHH"), (4, Some(40.0)));
    }

    #[test]
    fn an_outage_does_not_count() {
        assert_eq!(share("HHHHHHHUUUUUUUHHH"), (0, Some(0.0)));
        assert_eq!(share(&"U".repeat(20)), (0, Some(0.0)));
        assert_eq!(share("HHHUUUUHUHUUUUUHUHHHH"), (0, Some(0.0)), "no recovery was confirmed");
    }

    #[test]
    fn the_sentence_says_that_the_longest_outage_is_not_counted_also_while_it_lasts() {
        let without = ", not counting the longest outage";
        let of_15 = "checks of the last 15 minutes failed";
        assert_eq!(outcomes("HUHHUHHHHH").sentence(), format!("2 of 10 {of_15}"));
        assert_eq!(outcomes("HHUUUUHHUHHH").sentence(), format!("1 of 8 {of_15}{without}"));
        assert_eq!(outcomes("HHUHHHHUUUU").sentence(), format!("1 of 7 {of_15}{without}"));
    }

    #[test]
    fn failures_no_longer_count_once_the_service_is_well_again() {
        let outages = format!("{}{}{}", "U".repeat(12), "H".repeat(20), "U".repeat(9));
        assert_eq!(share(&outages).0, 9);
        let after = |n_well| share(&format!("{outages}{}", "H".repeat(n_well))).0;
        assert_eq!((after(29), after(30)), (9, 0), "five minutes");
        // One failure in twelve: five times the distance is longer than five minutes.
        let rare = "UHHHHHHHHHHH".repeat(3);
        let after = |n_well| share(&format!("{rare}{}", "H".repeat(n_well))).0;
        assert_eq!((after(30), after(31)), (3, 0));
    }

    #[test]
    fn further_outages_count() {
        assert_eq!(share("UUUUUHHHHHUUUHHUU"), (5, Some(42.0)));
        assert_eq!(share("UUUHHHHHUUUUUHHHHHHHH"), (3, Some(19.0)));
        assert_eq!(share("UUUHHUHHUUUHHHHHHHHHH"), (4, Some(22.0)));
    }
}
