//! The result of a sweep.

use allclear_core::Timestamp;
use allclear_core::ports::StoreError;

/// The result of a sweep.
#[derive(Debug, Default)]
pub struct SweepReport {
    /// The number of deliveries that their destination has confirmed.
    pub n_sent: usize,
    /// The number of tries that failed; their deliveries are still owed.
    pub n_failed: usize,
    /// The number of deliveries that will not arrive.
    pub n_given_up: usize,
    /// The number of attempts of actions that were executed. They are not counted as deliveries.
    pub n_executed: usize,
    /// The number of dry runs of actions.
    pub n_dry_runs: usize,
    /// The number of attempts that were not executed, because they did not begin in time.
    pub n_not_executed: usize,
    /// The number of attempts that an earlier process has begun and whose result is unknown.
    pub n_unknown: usize,
    /// The number of deliveries that are not sent because their alert has ended.
    pub n_superseded: usize,
    /// Time at which the next sweep has work; `None` if time alone brings no work.
    pub next_due_at: Option<Timestamp>,
    /// The errors of the store. The operations are repeated.
    pub errors: Vec<StoreError>,
}

impl SweepReport {
    /// Asks for a sweep at `at`, unless an earlier one is asked for.
    pub(crate) fn wake_at(&mut self, at: Timestamp) {
        self.next_due_at = Some(self.next_due_at.map_or(at, |due| due.min(at)));
    }

    /// Adds the result of another channel.
    pub(crate) fn add(&mut self, other: Self) {
        self.n_sent += other.n_sent;
        self.n_failed += other.n_failed;
        self.n_given_up += other.n_given_up;
        self.n_executed += other.n_executed;
        self.n_dry_runs += other.n_dry_runs;
        self.n_not_executed += other.n_not_executed;
        self.n_unknown += other.n_unknown;
        self.n_superseded += other.n_superseded;
        self.errors.extend(other.errors);
        if let Some(at) = other.next_due_at {
            self.wake_at(at);
        }
    }
}
