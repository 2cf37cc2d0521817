//! Lanes: the limits of concurrent checks. Targets that hang do not delay the checks of other targets.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use allclear_core::id::MonitorId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The time after which a check loses its place in the fast lane.
pub(crate) const STRAGGLE: Duration = Duration::from_secs(2);

/// The concurrency limits, with the checks under way and those that hung.
pub(crate) struct Lanes {
    fast: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    /// All checks under way, including those that lost their place in the fast lane.
    all: Arc<Semaphore>,
    monitors: Mutex<Monitors>,
}

#[derive(Default)]
struct Monitors {
    under_way: HashSet<MonitorId>,
    hanging: HashSet<MonitorId>,
    /// Monitors that this process has checked.
    known: HashSet<MonitorId>,
}

/// The permit of a running check.
pub(crate) struct Permit {
    lane: Option<OwnedSemaphorePermit>,
    _of_all: OwnedSemaphorePermit,
}

impl Permit {
    /// Releases the place in the lane for the next check. This check continues.
    pub(crate) fn release_fast_lane(&mut self) {
        self.lane = None;
    }
}

/// The right to check a monitor; released when dropped.
pub(crate) struct InFlight {
    lanes: Arc<Lanes>,
    monitor: MonitorId,
    /// True if the last check of the monitor hung.
    pub(crate) is_hanging: bool,
    /// True if this process has not checked the monitor yet.
    pub(crate) is_first: bool,
}

impl Lanes {
    /// Creates lanes for `concurrency` checks each.
    pub(crate) fn new(concurrency: usize) -> Self {
        let lane = || Arc::new(Semaphore::new(concurrency.max(1)));
        let all = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        Self { fast: lane(), slow: lane(), all, monitors: Mutex::default() }
    }

    /// Returns the lanes with at most `n` checks under way in total.
    pub(crate) fn with_at_most(mut self, n: usize) -> Self {
        self.all = Arc::new(Semaphore::new(n.max(1)));
        self
    }

    /// Returns a place for the monitor; `None` while its last check is under way.
    pub(crate) fn begin_check(self: &Arc<Self>, monitor: &MonitorId) -> Option<InFlight> {
        let mut monitors = self.monitors.lock().unwrap_or_else(PoisonError::into_inner);
        let is_hanging = monitors.hanging.contains(monitor);
        let is_first = !monitors.known.contains(monitor);
        monitors.under_way.insert(monitor.clone()).then(|| InFlight {
            lanes: Arc::clone(self),
            monitor: monitor.clone(),
            is_hanging,
            is_first,
        })
    }

    /// Waits for a permit in the lane of `in_flight`. Returns `None` only if the lanes are closed, which never
    /// happens.
    pub(crate) async fn acquire(&self, in_flight: &InFlight) -> Option<Permit> {
        let lane = if in_flight.is_hanging { &self.slow } else { &self.fast };
        // The order matters: a check that waits for its lane must not hold a permit that the other lane could
        // use.
        let lane = Arc::clone(lane).acquire_owned().await.ok()?;
        let of_all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Permit { lane: Some(lane), _of_all: of_all })
    }
}

/// The end of a check, as far as it affects the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckEnding {
    /// The check took so long that the next one runs in the slow lane.
    Hung,
    /// The check ended in time.
    InTime,
}

impl InFlight {
    /// Records the ending of the check for the next one of its monitor.
    pub(crate) fn remember(&mut self, ending: CheckEnding) {
        let is_hanging = ending == CheckEnding::Hung;
        self.is_hanging = is_hanging;
        let mut monitors = self.lanes.monitors.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_first {
            monitors.known.insert(self.monitor.clone());
        }
        if is_hanging {
            monitors.hanging.insert(self.monitor.clone());
        } else {
            monitors.hanging.remove(&self.monitor);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut monitors = self.lanes.monitors.lock().unwrap_or_else(PoisonError::into_inner);
        monitors.under_way.remove(&self.monitor);
    }
}
