//! Budgets: the money that the checks of one monitor may spend in a month.
//!
//! One counter per monitor and month serves all processes and regions. Before money is spent, its highest
//! possible amount is reserved. The reservation is refused if the cap does not permit it. Afterwards the
//! reservation is settled with the actual cost. A process that is killed in between leaves its reservation
//! counted, so the sum of the actual costs never exceeds the cap.

mod counter;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use self::counter::{CountedBudget, MemoryBudgets};
use crate::cost::Cost;
use crate::id::MonitorId;

/// The time that a counter is kept, from the beginning of its month: three months longer than checks
/// spend from it.
pub const KEEP_COUNTERS: Duration = Duration::from_hours(24 * 31 * 4);

/// A calendar month in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// Returns the month that `at` lies in.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        let date = at.to_zoned(TimeZone::UTC).date();
        Self { year: date.year(), month: date.month() }
    }

    /// Returns the beginning of the month.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Date::new(self.year, self.month, 1)
            .and_then(|first| first.to_zoned(TimeZone::UTC))
            .map_or(Timestamp::MAX, |start| start.timestamp())
    }
}

/// `2026-11`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// The budget of one monitor in one month.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BudgetKey {
    /// The monitor.
    pub monitor: MonitorId,
    /// The month.
    pub month: Month,
}

/// `openai of 2026-11`.
impl fmt::Display for BudgetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.monitor, self.month)
    }
}

/// An amount that counts as spent until it is settled.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "an amount that is not settled stays counted"]
pub struct Reservation {
    /// The budget.
    pub key: BudgetKey,
    /// The reserved amount.
    pub amount: Cost,
    /// The sum that the budget has spent, with this amount and all other reservations.
    pub spent: Cost,
}

/// The answer to a request for money.
#[derive(Debug, PartialEq, Eq)]
pub enum ReserveResult {
    /// The amount is counted.
    Granted(Reservation),
    /// The amount does not fit under the cap. Nothing was counted.
    Exhausted {
        /// The sum that the budget has spent, with all reservations.
        spent: Cost,
    },
}

/// The counter did not answer, so that nothing may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("failed to read or write the budget")]
pub struct BudgetUnavailable;

/// The future of a request for money.
pub type Reserving<'a> =
    Pin<Box<dyn Future<Output = Result<ReserveResult, BudgetUnavailable>> + Send + 'a>>;

/// The future of a settlement, with the sum that the budget has spent afterwards.
pub type Settling<'a> = Pin<Box<dyn Future<Output = Cost> + Send + 'a>>;

/// The budget of one check: that of its monitor in the month of the check.
pub trait Budget: fmt::Debug + Send + Sync {
    /// Counts `amount` as spent, unless the sum would then exceed `cap`.
    fn reserve(&self, amount: Cost, cap: Cost) -> Reserving<'_>;

    /// Replaces the amount of `reservation` with the actual cost. If the counter does not answer, the
    /// reserved amount stays counted.
    fn settle(&self, reservation: Reservation, actual: Cost) -> Settling<'_>;
}

/// A budget that grants nothing, for checks that spend nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoBudget;

impl Budget for NoBudget {
    fn reserve(&self, _: Cost, _: Cost) -> Reserving<'_> {
        Box::pin(async { Err(BudgetUnavailable) })
    }

    fn settle(&self, reservation: Reservation, _: Cost) -> Settling<'_> {
        Box::pin(async move { reservation.spent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_starts_on_its_first_day_in_utc() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        for (time, name, start) in [
            ("2026-11-30T23:59:59Z", "2026-11", "2026-11-01T00:00:00Z"),
            ("2026-12-01T00:00:00Z", "2026-12", "2026-12-01T00:00:00Z"),
            ("2027-01-01T00:30:00+01:00", "2026-12", "2026-12-01T00:00:00Z"),
        ] {
            let month = Month::of(at(time));
            assert_eq!((month.to_string().as_str(), month.start()), (name, at(start)));
        }
        assert!(Month::of(at("2026-12-31T00:00:00Z")) < Month::of(at("2027-01-01T00:00:00Z")));
    }
}
