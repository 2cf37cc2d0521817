//! What came of a sweep.

use allclear_core::Timestamp;
use allclear_core::ports::StoreError;

/// What came of a sweep.
#[derive(Debug, Default)]
pub struct SweepReport {
    /// How many deliveries their destination has confirmed.
    pub n_sent: usize,
    /// How many tries failed; their deliveries are still owed.
    pub n_failed: usize,
    /// How many deliveries will not arrive.
    pub n_given_up: usize,
    /// When the next sweep has something to do; `None` where nothing is left that time makes due.
    pub next_due_at: Option<Timestamp>,
    /// What the store refused. What it was about is done again.
    pub errors: Vec<StoreError>,
}

impl SweepReport {
    /// Asks for a sweep at `at`, if not before.
    pub(crate) fn wake_at(&mut self, at: Timestamp) {
        self.next_due_at = Some(self.next_due_at.map_or(at, |due| due.min(at)));
    }

    /// Adds what came of another channel.
    pub(crate) fn add(&mut self, other: Self) {
        self.n_sent += other.n_sent;
        self.n_failed += other.n_failed;
        self.n_given_up += other.n_given_up;
        self.errors.extend(other.errors);
        if let Some(at) = other.next_due_at {
            self.wake_at(at);
        }
    }
}
