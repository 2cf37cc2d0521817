//! The share of failed outcomes of a service that fails intermittently.
//!
//! An outage, in which every check fails, has alerts of its own and their end. If its failures counted here, a second
//! alert would follow it for the rest of the 15 minutes. Three or more failures in a row are such an outage; a single
//! success between failures does not end it, as it does not confirm a recovery. The longest outage is left out, with its
//! outcomes. Further ones count: a service with several outages within 15 minutes fails intermittently.

use allclear_core::Timestamp;
use allclear_core::state::RecentOutcomes;

/// The failures in a row from which on they are an outage.
const OUTAGE_ROW: u32 = 3;

/// The outcomes below which a share has no value.
const MIN_OUTCOMES: u32 = 10;

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
        for has_failed in outcomes.before(at) {
            all.n_outcomes += 1;
            if has_failed {
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
        Self {
            n_failed: all.n_failed - longest.n_failed,
            n_outcomes: all.n_outcomes - longest.n_outcomes,
            n_all: all.n_outcomes,
            recurrent_failures: all.n_failed - longest.n_failed.max(longest_row),
        }
    }

    /// Returns the share of the failed outcomes, 0 to 100; `None` below [`MIN_OUTCOMES`].
    pub(crate) fn percentage(self) -> Option<f64> {
        let is_known = self.n_all >= MIN_OUTCOMES;
        is_known.then(|| f64::from(self.n_failed) * 100.0 / f64::from(self.n_outcomes.max(1)))
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

    /// Returns the counts after one outcome every 10 s: U unhealthy, H healthy.
    fn share(letters: &str) -> (u32, Option<f64>) {
        let mut outcomes = RecentOutcomes::default();
        let mut at: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        for letter in letters.chars() {
            at += Duration::from_secs(10);
            let status = if letter == 'U' { Status::Unhealthy } else { Status::Healthy };
            outcomes.record(at, status);
        }
        let share = FailureShare::of(&outcomes, at);
        (share.n_failed, share.percentage().map(f64::round))
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
    fn further_outages_count() {
        assert_eq!(share("UUUUUHHHHHUUUHHUU"), (5, Some(42.0)));
        assert_eq!(share("UUUHHHHHUUUUUHHHHHHHH"), (3, Some(19.0)));
        assert_eq!(share("UUUHHUHHUUUHHHHHHHHHH"), (4, Some(22.0)));
    }
}
