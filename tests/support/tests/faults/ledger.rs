//! The ledger of one scenario: messages that arrived, results that were recorded, and faults.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use allclear_core::delivery::{Delivery, DeliveryId, DeliveryState};
use allclear_core::id::{ChannelId, MonitorId};
use allclear_core::ports::PoisonRecord;
use allclear_engine::{RecordKind, StreamRecord};

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FaultKind {
    KilledBefore,
    KilledAfter,
    CutOff,
    StoreAway,
    Throttled,
    Conflict,
    TimeoutUnwritten,
    TimeoutWritten,
    SlowAnswer,
    StaleRead,
    ChannelAway,
    SendRefused,
    SendUnanswered,
    SendHangs,
    PublishedInPart,
    EventTwice,
    EventLate,
    EventLost,
    EventsReordered,
    ScheduleTwice,
    Poison,
}

/// The number of a process.
pub(crate) type ProcessId = u64;

/// The reason why a message that arrived may arrive once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excuse {
    /// The process ended before it had recorded it.
    Killed,
    /// The sender got no answer.
    AnswerLost,
    /// The store did not take the record.
    RecordFailed,
}

/// A message that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) process: ProcessId,
    pub(crate) is_recorded: bool,
    pub(crate) allow_repeat: Option<Excuse>,
}

/// The messages that arrived at one channel about one monitor, in order.
pub(crate) type Line = Vec<DeliveryId>;

/// The events of one scenario.
#[derive(Default)]
pub(crate) struct Ledger {
    arrivals: Mutex<BTreeMap<DeliveryId, Vec<Arrival>>>,
    lines: Mutex<BTreeMap<(ChannelId, MonitorId), Line>>,
    faults: Mutex<BTreeMap<FaultKind, usize>>,
    /// The reasons of the poison records in the stream.
    poisons: Mutex<Vec<String>>,
    /// The steps of each delivery, for the reader of a failure.
    history: Mutex<BTreeMap<String, Vec<String>>>,
    /// The reasons of those in the queue for failed batches.
    failed: Mutex<BTreeSet<String>>,
    /// The process whose call has its effect now.
    caller: AtomicU64,
}

impl Ledger {
    pub(crate) fn count(&self, kind: FaultKind) {
        *lock(&self.faults).entry(kind).or_default() += 1;
    }

    pub(crate) fn faults(&self) -> BTreeMap<FaultKind, usize> {
        lock(&self.faults).clone()
    }

    pub(crate) fn arrivals(&self) -> BTreeMap<DeliveryId, Vec<Arrival>> {
        lock(&self.arrivals).clone()
    }

    pub(crate) fn lines(&self) -> BTreeMap<(ChannelId, MonitorId), Line> {
        lock(&self.lines).clone()
    }

    /// Notes a step of a delivery.
    pub(crate) fn log(&self, delivery: &str, step: String) {
        lock(&self.history).entry(delivery.to_owned()).or_default().push(step);
    }

    /// Returns what happened to a delivery.
    pub(crate) fn history_of(&self, delivery: &DeliveryId) -> String {
        lock(&self.history).get(delivery.as_str()).map(|steps| steps.join("\n")).unwrap_or_default()
    }

    pub(crate) fn note_poison(&self, reason: &str) {
        lock(&self.poisons).push(reason.to_owned());
    }

    /// Keeps a batch that the stream has given up.
    pub(crate) fn keep_failed(&self, batch: &[StreamRecord]) {
        let mut failed = lock(&self.failed);
        for record in batch {
            if let RecordKind::Poison(poison) = &record.what {
                failed.insert(poison.reason.clone());
            }
        }
    }

    /// Returns the poison records that are neither in `dead_letters` nor in the queue for failures.
    pub(crate) fn lost_poisons(&self, dead_letters: &[PoisonRecord]) -> Vec<String> {
        let kept: BTreeSet<&str> = dead_letters.iter().map(|one| one.reason.as_str()).collect();
        let failed = lock(&self.failed);
        let is_lost =
            |reason: &&String| !kept.contains(reason.as_str()) && !failed.contains(*reason);
        lock(&self.poisons).iter().filter(is_lost).cloned().collect()
    }

    /// Notes the process whose call has its effect next.
    pub(crate) fn begin_call(&self, process: ProcessId) {
        self.caller.store(process, Ordering::Relaxed);
    }

    /// Notes that a message has arrived.
    pub(crate) fn arrive(&self, process: ProcessId, id: &DeliveryId, line: (ChannelId, MonitorId)) {
        let arrival = Arrival { process, is_recorded: false, allow_repeat: None };
        lock(&self.arrivals).entry(id.clone()).or_default().push(arrival);
        lock(&self.lines).entry(line).or_default().push(id.clone());
    }

    /// Notes that a result was written.
    pub(crate) fn record(&self, delivery: &Delivery) {
        if !matches!(delivery.state, DeliveryState::Sent { .. }) {
            return;
        }
        let process = self.caller.load(Ordering::Relaxed);
        let mut arrivals = lock(&self.arrivals);
        let of_delivery = arrivals.entry(delivery.id.clone()).or_default();
        if let Some(last) = of_delivery.iter_mut().rev().find(|one| one.process == process) {
            last.is_recorded = true;
        }
    }

    /// Notes why what a process has sent and not recorded may be sent again.
    pub(crate) fn allow_repeat(&self, process: ProcessId, id: Option<&str>, allow_repeat: Excuse) {
        for (delivery, arrivals) in lock(&self.arrivals).iter_mut() {
            if id.is_some_and(|id| id != delivery.as_str()) {
                continue;
            }
            for one in arrivals.iter_mut().filter(|one| one.process == process) {
                if !one.is_recorded {
                    one.allow_repeat.get_or_insert(allow_repeat);
                }
            }
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
