//! The time within a sweep: when it began, and what has passed since.

use std::time::Duration;

use allclear_core::Timestamp;
use tokio::time::Instant;

/// A clock that was set once and runs on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    set_to: Timestamp,
    started: Instant,
}

impl Clock {
    pub(crate) fn start(now: Timestamp) -> Self {
        Self { set_to: now, started: Instant::now() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.set_to.checked_add(self.elapsed()).unwrap_or(Timestamp::MAX)
    }
}
