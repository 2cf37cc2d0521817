//! The numbers that a day's writes and reads are summed up in.

use std::collections::BTreeMap;

/// A number that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum BillCounter {
    /// Runs written.
    Runs,
    /// Bytes of the items of runs.
    RunBytes,
    /// Write units of runs.
    RunUnits,
    /// States written, with or without a decision.
    Commits,
    /// Write units of states and decisions.
    CommitUnits,
    /// Bytes of the items of states, one for each commit.
    StateBytes,
    /// Read units of the evaluator.
    ReadUnits,
    /// Bytes of the items of hours.
    HourBytes,
    /// Bytes of the items of days.
    DayBytes,
    /// Deliveries decided.
    Deliveries,
    /// Write units of unpacking, claiming, sending and recording deliveries.
    DeliveryUnits,
    /// Times of next notices recorded after a run.
    NextNotices,
    /// Write units of those times.
    NextNoticeUnits,
    /// Notes written.
    Notes,
    /// Bytes of the items of notes.
    NoteBytes,
    /// Write units of notes.
    NoteUnits,
    /// Read units of notes.
    NoteReadUnits,
    /// Write units of budgets.
    BudgetUnits,
    /// Requests of checks, less one for each check.
    FurtherRequests,
    /// Commits after which the page is made at once.
    Wakes,
}

/// The counted numbers. A number that was not counted is 0.
#[derive(Debug, Clone, Default)]
pub(crate) struct UsageCounts(BTreeMap<BillCounter, f64>);

impl UsageCounts {
    /// Counts `amount` more.
    pub(crate) fn add(&mut self, counter: BillCounter, amount: f64) {
        *self.0.entry(counter).or_default() += amount;
    }

    /// Returns one of the numbers.
    pub(crate) fn of(&self, counter: BillCounter) -> f64 {
        self.0.get(&counter).copied().unwrap_or_default()
    }

    /// Returns the mean of `sum` over `n`; 0 if `n` is 0.
    pub(crate) fn mean(&self, sum: BillCounter, n: BillCounter) -> f64 {
        self.of(sum) / self.of(n).max(1.0)
    }

    /// Adds `times` times the numbers of `other`.
    pub(crate) fn add_times(&mut self, other: &Self, times: f64) {
        for (counter, amount) in &other.0 {
            self.add(*counter, amount * times);
        }
    }

    /// Returns the write units of all records but deliveries.
    pub(crate) fn write_units(&self) -> f64 {
        [
            BillCounter::RunUnits,
            BillCounter::CommitUnits,
            BillCounter::NoteUnits,
            BillCounter::BudgetUnits,
        ]
        .map(|counter| self.of(counter))
        .into_iter()
        .sum()
    }
}
