//! The time within a sweep, and in a process that keeps running.

use std::time::Duration;

use allclear_core::Timestamp;
use tokio::time::Instant;

/// A clock that advances.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    source: ClockSource,
    started: Instant,
}

#[derive(Debug, Clone, Copy)]
enum ClockSource {
    /// The time at the start, advanced by the monotonic clock.
    SetTo(Timestamp),
    /// The wall clock, which the caller reads.
    Wall(fn() -> Timestamp),
}

impl Clock {
    pub(crate) fn start(now: Timestamp) -> Self {
        Self { source: ClockSource::SetTo(now), started: Instant::now() }
    }

    pub(crate) fn wall(now: fn() -> Timestamp) -> Self {
        Self { source: ClockSource::Wall(now), started: Instant::now() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self.source {
            ClockSource::SetTo(at) => at.checked_add(self.elapsed()).unwrap_or(Timestamp::MAX),
            ClockSource::Wall(now) => now(),
        }
    }

    /// Returns the moment of `at` on the monotonic clock; now if it has passed.
    pub(crate) fn instant(&self, at: Timestamp) -> Instant {
        let wait = Duration::try_from(at.duration_since(self.now())).unwrap_or_default();
        Instant::now() + wait
    }
}
