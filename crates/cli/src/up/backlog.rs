//! Runs that wait in memory until the store takes them.
//!
//! They are written in their order, with their own times, so that nothing is lost while the disk is
//! full or another process holds the database locked. What does not fit is dropped, the oldest
//! first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use allclear_core::ports::{RecordRun, Recorded, StoreError};
use allclear_core::run::Run;
use tokio::sync::Notify;

use crate::clock::now;
use crate::up::store_trouble::Part;
use crate::up::store_watch::{StoreWatch, cause_of};

/// The most outcomes that wait, in about 12 MB: those of 20 minutes of a thousand monitors a
/// minute, or of two weeks of one.
pub(crate) const MAX_OUTCOMES: usize = 20_000;

/// The way of all runs to the store.
pub(crate) struct RunBacklog<S> {
    store: S,
    max_outcomes: usize,
    waiting: Mutex<Waiting>,
    /// Held by the task that writes: one run after the other.
    turn: tokio::sync::Mutex<()>,
    watch: Arc<StoreWatch>,
    /// Woken when a run begins to wait.
    grown: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    runs: VecDeque<Run>,
    n_outcomes: usize,
    /// Counts since the store failed; `None` while it works.
    late: Option<UnwrittenOutcomes>,
}

/// Outcomes that could not be written at once.
#[derive(Debug, Default)]
struct UnwrittenOutcomes {
    n_written: usize,
    n_dropped: usize,
}

impl<S: RecordRun> RunBacklog<S> {
    /// Creates a backlog in front of `store` that holds so many outcomes.
    pub(crate) fn new(store: S, max_outcomes: usize, watch: Arc<StoreWatch>) -> Self {
        Self {
            store,
            max_outcomes,
            waiting: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            watch,
            grown: Notify::new(),
        }
    }

    /// Writes the run, after all that wait. One that the store does not take waits.
    pub(crate) async fn record(&self, run: &Run) -> Recorded {
        let Ok(_turn) = self.turn.try_lock() else {
            self.push(run.clone());
            let _turn = self.turn.lock().await;
            self.write_waiting().await;
            return Recorded::New;
        };
        if self.n_waiting() > 0 {
            self.push(run.clone());
            self.write_waiting().await;
            return Recorded::New;
        }
        match self.store.record_run(run).await {
            Ok(recorded) => {
                self.watch.works(Part::Runs);
                recorded
            }
            Err(error) => {
                self.push(run.clone());
                self.failed(&error);
                Recorded::New
            }
        }
    }

    /// Writes the waiting outcomes, as far as the store takes them. Returns the number of outcomes
    /// that still wait.
    pub(crate) async fn flush(&self) -> usize {
        let _turn = self.turn.lock().await;
        self.write_waiting().await;
        self.n_waiting()
    }

    /// Returns when a run waits.
    pub(crate) async fn wait_until_grown(&self) {
        while self.n_waiting() == 0 {
            self.grown.notified().await;
        }
    }

    /// Returns the number of outcomes that wait.
    pub(crate) fn n_waiting(&self) -> usize {
        self.waiting().n_outcomes
    }

    /// Writes the waiting outcomes. Must be called only by the task whose turn it is.
    async fn write_waiting(&self) {
        loop {
            let Some(run) = self.waiting().runs.front().cloned() else { break };
            if let Err(error) = self.store.record_run(&run).await {
                self.failed(&error);
                return;
            }
            let mut waiting = self.waiting();
            // It may have been dropped meanwhile, to make room.
            if waiting.runs.front().is_some_and(|front| front.key == run.key) {
                waiting.pop();
                if let Some(late) = &mut waiting.late {
                    late.n_written += run.outcomes.len();
                }
            }
        }
        let late = self.waiting().late.take();
        self.watch.works(Part::Runs);
        if let Some(UnwrittenOutcomes { n_written, n_dropped }) = late {
            let dropped = match n_dropped {
                0 => String::new(),
                n => format!("; the {n} oldest were dropped before"),
            };
            tracing::warn!("{n_written} outcomes that waited in memory are written{dropped}");
        }
    }

    fn push(&self, run: Run) {
        let mut waiting = self.waiting();
        waiting.n_outcomes += run.outcomes.len();
        waiting.runs.push_back(run);
        let mut n_dropped = 0;
        while waiting.n_outcomes > self.max_outcomes && waiting.runs.len() > 1 {
            n_dropped += waiting.pop();
        }
        if n_dropped > 0 {
            let late = waiting.late.get_or_insert_default();
            if late.n_dropped == 0 {
                let max = self.max_outcomes;
                tracing::error!(
                    "{max} outcomes wait in memory, which is the limit: the oldest are dropped"
                );
            }
            late.n_dropped += n_dropped;
        }
        drop(waiting);
        self.grown.notify_one();
    }

    fn failed(&self, error: &StoreError) {
        let why = cause_of(error);
        self.waiting().late.get_or_insert_default();
        if self.watch.failed(Part::Runs, &why, now()) {
            tracing::error!(
                "cannot write outcomes; up to {} wait in memory and are written later: {why}",
                self.max_outcomes
            );
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Removes the oldest run. Returns how many outcomes it has.
    fn pop(&mut self) -> usize {
        let n = self.runs.pop_front().map_or(0, |run| run.outcomes.len());
        self.n_outcomes -= n;
        n
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use allclear_core::Timestamp;
    use allclear_core::id::{MonitorId, RegionId, ShardId};
    use allclear_core::outcome::{Finding, Outcome, Verdict};
    use allclear_core::ports::StoreResult;
    use allclear_core::run::{Lane, RunKey};

    use super::*;

    #[derive(Default)]
    struct RunLog {
        is_full: AtomicBool,
        runs: Mutex<Vec<Run>>,
    }

    impl RecordRun for &RunLog {
        async fn record_run(&self, run: &Run) -> StoreResult<Recorded> {
            tokio::task::yield_now().await;
            if self.is_full.load(Ordering::Relaxed) {
                let (operation, object) = ("record run", "main".to_owned());
                let source = "database or disk is full".into();
                return Err(StoreError::Unavailable { operation, object, source });
            }
            self.runs.lock().unwrap().push(run.clone());
            Ok(Recorded::New)
        }
    }

    fn run(n: u32) -> Run {
        let start: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let scheduled_at = start + Duration::from_secs(10) * n;
        let monitor = MonitorId::new("api").unwrap();
        let finding = Finding::of(Verdict::Healthy);
        Run {
            shard: ShardId::main(),
            key: RunKey { scheduled_at, region: RegionId::local(), lane: Lane::Main },
            lag: Duration::ZERO,
            took: Duration::ZERO,
            outcomes: vec![Outcome::new(monitor, Duration::ZERO, finding, 1); 2],
        }
    }

    fn backlog(log: &RunLog) -> RunBacklog<&RunLog> {
        RunBacklog::new(log, 10, Arc::default())
    }

    #[tokio::test]
    async fn unwritten_runs_are_written_later_in_order_with_their_times() {
        let log = RunLog::default();
        let backlog = backlog(&log);
        backlog.record(&run(0)).await;
        log.is_full.store(true, Ordering::Relaxed);
        for n in 1..4 {
            backlog.record(&run(n)).await;
        }
        assert_eq!((backlog.n_waiting(), log.runs.lock().unwrap().len()), (6, 1));
        assert!(backlog.watch.is_on());
        assert_eq!(backlog.flush().await, 6, "the store is full still");
        log.is_full.store(false, Ordering::Relaxed);
        backlog.record(&run(4)).await;
        assert_eq!(*log.runs.lock().unwrap(), (0..5).map(run).collect::<Vec<_>>());
        assert_eq!(backlog.flush().await, 0);
    }

    #[tokio::test]
    async fn simultaneous_runs_are_written_in_the_order_of_arrival() {
        let log = RunLog::default();
        let backlog = backlog(&log);
        let runs: Vec<Run> = (0..4).map(run).collect();
        let [one, two, three, four] = runs.as_slice() else { panic!("four runs") };
        tokio::join!(
            backlog.record(one),
            backlog.record(two),
            backlog.record(three),
            backlog.record(four)
        );
        assert_eq!(*log.runs.lock().unwrap(), runs);
    }

    #[tokio::test]
    async fn memory_is_bounded_and_the_oldest_runs_are_dropped_first() {
        let log = RunLog::default();
        let backlog = backlog(&log);
        log.is_full.store(true, Ordering::Relaxed);
        for n in 0..100 {
            backlog.record(&run(n)).await;
            assert!(backlog.n_waiting() <= 10);
        }
        log.is_full.store(false, Ordering::Relaxed);
        assert_eq!(backlog.flush().await, 0);
        assert_eq!(*log.runs.lock().unwrap(), (95..100).map(run).collect::<Vec<_>>());
    }
}
