//! The ports and limits of the tasks of all channels.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::notify::claims::Claimant;
use crate::notify::clock::Clock;
use crate::notify::under_way::AttemptsUnderWay;

/// Limits of time.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// One try, its secrets included.
    pub try_timeout: Duration,
    /// A whole sweep. Each channel gets at least one try. A further try begins only if it ends within the
    /// limit.
    pub sweep: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let (try_timeout, sweep) = (Duration::from_secs(15), Duration::from_mins(1));
        Self { try_timeout, sweep }
    }
}

impl Limits {
    /// Returns limits for a sweep that must end within `time`. A try gets at most half of it, so that a try
    /// that hangs leaves time for another one.
    #[must_use]
    pub fn within(time: Duration) -> Self {
        Self { try_timeout: Self::default().try_timeout.min(time / 2), sweep: time }
    }
}

/// The ports and limits of the tasks of all channels.
pub(crate) struct NotifyPorts<'a, O, S> {
    pub(crate) outbox: &'a O,
    pub(crate) secrets: &'a S,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) claimant: &'a Claimant,
    /// The number of readings of the store that have begun.
    pub(crate) readings: &'a AtomicU64,
    /// The attempts of actions that are being executed.
    pub(crate) attempts: &'a AttemptsUnderWay,
    /// True once no attempt of an action may begin, because the process ends or its config changes.
    pub(crate) closed: &'a watch::Sender<bool>,
    /// True once no further try may begin; `None` for a sweep, which ends when nothing is due.
    pub(crate) closing: Option<&'a watch::Sender<bool>>,
}

impl<O, S> NotifyPorts<'_, O, S> {
    /// Returns true if no further try may begin.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.is_some_and(|closing| *closing.borrow())
    }

    /// Returns true if no attempt of an action may begin.
    pub(crate) fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    /// Returns true if a try that takes `longest` would end within the sweep.
    pub(crate) fn has_time_for(&self, longest: Duration) -> bool {
        self.clock.elapsed().saturating_add(longest) <= self.limits.sweep
    }

    /// Returns the number of the last reading that has begun.
    pub(crate) fn last_reading(&self) -> u64 {
        self.readings.load(Ordering::SeqCst)
    }
}

impl<O, S> Clone for NotifyPorts<'_, O, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O, S> Copy for NotifyPorts<'_, O, S> {}
