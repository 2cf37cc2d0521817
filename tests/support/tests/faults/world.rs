//! The world that all processes of one scenario share.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_engine::{RecordKind, StoredRecord};
use allclear_support::{MemorySite, MemoryStore, Write};
use tokio::time::{Instant, sleep_until};

use crate::ledger::{Ledger, lock};
use crate::rng::FaultRng;
use crate::scenario::{START, Scenario};
use crate::stream::Streams;

/// The world of one scenario.
pub(crate) struct World {
    pub(crate) scenario: Scenario,
    pub(crate) store: MemoryStore,
    pub(crate) site: MemorySite,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) streams: Arc<Streams>,
    started: Instant,
    has_faults: AtomicBool,
    n_processes: AtomicU64,
    /// The milliseconds at which something goes on.
    used_times: Mutex<BTreeSet<u128>>,
}

impl World {
    pub(crate) fn new(scenario: Scenario) -> Arc<Self> {
        let (store, ledger, streams) =
            (MemoryStore::default(), Arc::<Ledger>::default(), Arc::<Streams>::default());
        store.put_config(scenario.config.clone());
        let (observed, stream) = (Arc::clone(&ledger), Arc::clone(&streams));
        let seed = scenario.seed;
        store.observe(move |write| watch(write, &observed, &stream, seed));
        Arc::new(Self {
            scenario,
            store,
            site: MemorySite::default(),
            ledger,
            streams,
            started: Instant::now(),
            has_faults: AtomicBool::new(true),
            n_processes: AtomicU64::new(0),
            used_times: Mutex::default(),
        })
    }

    /// Returns the time of the slowest clock.
    pub(crate) fn now(&self) -> Timestamp {
        START + self.started.elapsed()
    }

    /// Lets `time` pass, and some more up to the next millisecond at which nothing else goes on: of two
    /// events at once, chance would choose the first.
    pub(crate) async fn advance(&self, time: Duration) {
        let mut moment = (self.started.elapsed() + time).as_millis();
        while !lock(&self.used_times).insert(moment) {
            moment += 1;
        }
        let after = Duration::from_millis(u64::try_from(moment).unwrap());
        sleep_until(self.started + after).await;
    }

    /// Lets time pass until a minute of the scenario begins.
    pub(crate) async fn advance_until(&self, minute: u32) {
        sleep_until(self.started + Duration::from_mins(u64::from(minute))).await;
    }

    pub(crate) fn next_process(&self) -> u64 {
        self.n_processes.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Returns how many of a thousand steps meet a fault.
    pub(crate) fn fault_rate(&self) -> u64 {
        if self.has_faults() { self.scenario.fault_rate } else { 0 }
    }

    pub(crate) fn has_faults(&self) -> bool {
        self.has_faults.load(Ordering::Relaxed)
    }

    pub(crate) fn end_faults(&self) {
        self.has_faults.store(false, Ordering::Relaxed);
    }
}

/// Puts into the stream what a write changes.
fn watch(write: &Write<'_>, ledger: &Ledger, streams: &Streams, seed: u64) {
    match write {
        Write::Run(run) => {
            let (shard, scheduled_at) = (run.shard.clone(), run.key.scheduled_at);
            let what = RecordKind::Run { shard, scheduled_at, stored: StoredRecord::default() };
            streams.push(&streams.of_evaluator, 0, what);
        }
        Write::Commit { version, decision, .. } => {
            for n in 0..decision.deliveries.len() as u64 {
                let key = FaultRng::of(seed, version * 1_000 + n).next();
                let what = RecordKind::Delivery(StoredRecord::default());
                streams.push(&streams.of_notifier, key, what);
            }
        }
        Write::Delivery(delivery) => ledger.record(delivery),
        Write::Claim(..)
        | Write::Beat(..)
        | Write::Notes(..)
        | Write::Budget(..)
        | Write::Catalog(..)
        | Write::OperatorEntry(..)
        | Write::IncidentEntry(_)
        | Write::Config(_) => {}
    }
}
