//! The only module that reads the clock.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A clock that measures the time since the simulator's start. It is monotonic, so that intervals
/// between hits are correct even if the wall clock is changed.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    started_at: Timestamp,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a server records when it was asked: this is its edge"
    )]
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), started_at: Timestamp::now() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn timestamp(&self, elapsed: Duration) -> Timestamp {
        self.started_at.checked_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    /// Returns the wall-clock time of the start plus the monotonic time since then.
    pub(crate) fn now(&self) -> Timestamp {
        self.timestamp(self.elapsed())
    }
}
