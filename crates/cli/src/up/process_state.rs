//! The state of a process that watches, which outlives the services when the config is loaded again.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::ports::{RecordRun, Recorded, StoreResult};
use allclear_core::run::Run;
use allclear_engine::process::BeatPace;
use allclear_engine::{Event, Wakers};
use allclear_local::SqliteStore;
use tokio::time::{Instant, sleep, timeout_at};

use crate::local::Machine;
use crate::up::backlog::{MAX_OUTCOMES, RunBacklog};
use crate::up::store_watch::StoreWatch;

/// Interval between attempts to write outcomes that the store did not take.
pub(crate) const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// The state that outlives the services when the config is loaded again.
#[derive(Clone)]
pub(crate) struct ProcessState {
    backlog: Arc<RunBacklog<SqliteStore>>,
    watch: Arc<StoreWatch>,
    wakers: Arc<Wakers>,
    beat_pace: Arc<BeatPace>,
}

impl RecordRun for ProcessState {
    async fn record_run(&self, run: &Run) -> StoreResult<Recorded> {
        Ok(self.backlog.record(run).await)
    }
}

impl ProcessState {
    /// Creates the state of a process that starts: nothing waits, and all is well.
    pub(crate) fn new(machine: &Machine) -> Self {
        let watch = Arc::new(StoreWatch::default());
        let store = SqliteStore::clone(&machine.store);
        let backlog = Arc::new(RunBacklog::new(store, MAX_OUTCOMES, Arc::clone(&watch)));
        Self { backlog, watch, wakers: Arc::default(), beat_pace: Arc::default() }
    }

    /// Returns the watch over the store.
    pub(crate) fn watch(&self) -> &Arc<StoreWatch> {
        &self.watch
    }

    /// Returns the wake-ups of the services.
    pub(crate) fn wakers(&self) -> &Arc<Wakers> {
        &self.wakers
    }

    /// Returns the pace of the beats to the watchdog.
    pub(crate) fn beat_pace(&self) -> &BeatPace {
        &self.beat_pace
    }

    /// Writes the waiting outcomes, for at most `patience`. Returns the number of outcomes that still wait.
    pub(crate) async fn flush_within(&self, patience: Duration) -> usize {
        let deadline = Instant::now() + patience;
        loop {
            let n_waiting = timeout_at(deadline, self.backlog.flush()).await;
            if n_waiting == Ok(0) || Instant::now() + FLUSH_EVERY > deadline {
                return self.backlog.n_waiting();
            }
            sleep(FLUSH_EVERY).await;
        }
    }

    /// Writes the runs that wait, as soon as the store takes them again.
    pub(crate) async fn flush_always(self) {
        loop {
            self.backlog.wait_until_grown().await;
            sleep(FLUSH_EVERY).await;
            if self.backlog.flush().await == 0 {
                self.wakers.wake(Event::RunRecorded);
            }
        }
    }
}
