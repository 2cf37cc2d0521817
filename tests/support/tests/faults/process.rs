//! Processes: each has a clock of its own, and its calls meet faults. A killed one ends where it is.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::ports::{PublishError, PublishSite, PublishedFile};
use allclear_support::{Call, CallOutcome, Hook, Hooked, Operation};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::ledger::{Excuse, FaultKind, ProcessId, lock};
use crate::rng::FaultRng;
use crate::world::World;

/// Longest time that a call waits before its effect: an adapter gives up after 10 s.
const MAX_WAIT_MS: u64 = 8_000;

/// A process of one function.
pub(crate) struct Process {
    pub(crate) id: ProcessId,
    pub(crate) world: Arc<World>,
    /// Its clock is up to 20 s ahead of that of another process.
    ahead: Duration,
    rng: Mutex<FaultRng>,
    kill: Notify,
    /// Faults after the effect of the calls under way.
    afterwards: Mutex<BTreeMap<(Operation, String), Afterwards>>,
}

/// A fault of a call of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallFault {
    KilledBefore,
    KilledAfter,
    StoreAway,
    Throttled,
    Conflict,
    TimeoutUnwritten,
    TimeoutWritten,
    SlowAnswer,
    StaleRead,
}

impl CallFault {
    fn kind(self) -> FaultKind {
        match self {
            Self::KilledBefore => FaultKind::KilledBefore,
            Self::KilledAfter => FaultKind::KilledAfter,
            Self::StoreAway => FaultKind::StoreAway,
            Self::Throttled => FaultKind::Throttled,
            Self::Conflict => FaultKind::Conflict,
            Self::TimeoutUnwritten => FaultKind::TimeoutUnwritten,
            Self::TimeoutWritten => FaultKind::TimeoutWritten,
            Self::SlowAnswer => FaultKind::SlowAnswer,
            Self::StaleRead => FaultKind::StaleRead,
        }
    }

    fn outcome(self) -> CallOutcome {
        match self {
            Self::StoreAway | Self::Throttled | Self::TimeoutUnwritten => CallOutcome::Unavailable,
            Self::Conflict => CallOutcome::Conflict,
            Self::TimeoutWritten => CallOutcome::AnswerLost,
            Self::StaleRead => CallOutcome::Stale,
            Self::KilledBefore | Self::KilledAfter | Self::SlowAnswer => CallOutcome::Works,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Afterwards {
    Killed,
    AnswerLost,
}

/// The end of an invocation.
#[derive(Debug)]
pub(crate) enum End<T> {
    Returned(T),
    /// The process was killed or cut off.
    Killed,
}

impl Process {
    pub(crate) fn start(world: &Arc<World>) -> Arc<Self> {
        let id = world.next_process();
        let mut rng = FaultRng::of(world.scenario.seed, id);
        Arc::new(Self {
            id,
            world: Arc::clone(world),
            ahead: rng.millis(0, 20_000),
            rng: Mutex::new(rng),
            kill: Notify::new(),
            afterwards: Mutex::default(),
        })
    }

    /// Returns the time of its clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.world.now() + self.ahead
    }

    pub(crate) fn rng(&self) -> std::sync::MutexGuard<'_, FaultRng> {
        lock(&self.rng)
    }

    /// Does `work` until it returns, the process is killed, or `limit` has passed.
    pub(crate) async fn run<T>(&self, limit: Duration, work: impl Future<Output = T>) -> End<T> {
        let ended = timeout(limit, async {
            tokio::select! {
                biased;
                () = self.kill.notified() => End::Killed,
                returned = work => End::Returned(returned),
            }
        });
        let end = ended.await.unwrap_or_else(|_| {
            self.world.ledger.count(FaultKind::CutOff);
            End::Killed
        });
        if let End::Killed = end {
            self.world.ledger.allow_repeat(self.id, None, Excuse::Killed);
        }
        end
    }

    /// Ends the process here.
    pub(crate) async fn die<T>(&self, kind: FaultKind) -> T {
        self.world.ledger.count(kind);
        self.kill.notify_one();
        std::future::pending().await
    }

    /// Notes a step of the delivery that a call is about.
    fn log(&self, call: &Call, step: &str) {
        if let Operation::Claim | Operation::RecordDelivery | Operation::Predecessor =
            call.operation
        {
            self.log_delivery(&call.object, step);
        }
    }

    /// Notes a step of a delivery.
    pub(crate) fn log_delivery(&self, delivery: &str, step: &str) {
        let (now, id) = (self.world.now(), self.id);
        self.world.ledger.log(delivery, format!("{now} process {id}: {step}"));
    }

    /// Returns true if the next step meets a fault.
    pub(crate) fn meets_fault(&self) -> bool {
        let rate = self.world.fault_rate();
        self.rng().happens(rate)
    }

    /// Draws a fault for a call.
    fn draw_outcome(&self, operation: Operation) -> CallFault {
        let mut all = vec![
            CallFault::KilledBefore,
            CallFault::Throttled,
            CallFault::TimeoutUnwritten,
            CallFault::SlowAnswer,
        ];
        if operation.is_write() {
            all.extend([CallFault::KilledAfter, CallFault::TimeoutWritten]);
        }
        if operation == Operation::Commit {
            all.extend([CallFault::Conflict; 2]);
        }
        if let Operation::StateVersion | Operation::ReadNewOwed = operation {
            all.extend([CallFault::StaleRead; 2]);
        }
        self.rng().one_of(&all)
    }

    async fn meet(&self, fault: CallFault, call: &Call) -> CallOutcome {
        let place = (call.operation, call.object.clone());
        match fault {
            CallFault::KilledBefore => {
                self.log(call, "killed before it");
                return self.die(fault.kind()).await;
            }
            CallFault::KilledAfter => {
                lock(&self.afterwards).insert(place, Afterwards::Killed);
                return CallOutcome::Works;
            }
            CallFault::TimeoutWritten => {
                lock(&self.afterwards).insert(place, Afterwards::AnswerLost);
            }
            CallFault::TimeoutUnwritten | CallFault::SlowAnswer => {
                let wait = self.rng().millis(1_000, MAX_WAIT_MS);
                self.world.advance(wait).await;
            }
            CallFault::StoreAway
            | CallFault::Throttled
            | CallFault::Conflict
            | CallFault::StaleRead => {}
        }
        self.world.ledger.count(fault.kind());
        let outcome = fault.outcome();
        if outcome == CallOutcome::Unavailable && call.operation == Operation::RecordDelivery {
            self.world.ledger.allow_repeat(self.id, Some(&call.object), Excuse::RecordFailed);
        }
        outcome
    }
}

impl Hook for Process {
    fn before<'a>(&'a self, call: &'a Call) -> Hooked<'a, CallOutcome> {
        Box::pin(async move {
            let latency = self.rng().millis(1, 40);
            self.world.advance(latency).await;
            let world = &self.world;
            let outcome = if world.has_faults() && world.scenario.is_store_down(world.now()) {
                self.meet(CallFault::StoreAway, call).await
            } else if self.meets_fault() {
                let fault = self.draw_outcome(call.operation);
                self.meet(fault, call).await
            } else {
                CallOutcome::Works
            };
            self.world.ledger.begin_call(self.id);
            self.log(call, &format!("{} meets {outcome:?}", call.operation));
            outcome
        })
    }

    fn after<'a>(&'a self, call: &'a Call) -> Hooked<'a, ()> {
        Box::pin(async move {
            let place = (call.operation, call.object.clone());
            let afterwards = lock(&self.afterwards).remove(&place);
            match afterwards {
                Some(Afterwards::Killed) => {
                    self.log(call, "killed after it");
                    self.die::<()>(FaultKind::KilledAfter).await;
                }
                Some(Afterwards::AnswerLost) => {
                    let wait = self.rng().millis(1_000, MAX_WAIT_MS);
                    self.world.advance(wait).await;
                }
                None => {
                    let latency = self.rng().millis(1, 40);
                    self.world.advance(latency).await;
                }
            }
        })
    }
}

/// The site as one process publishes it.
pub(crate) struct Site(pub(crate) Arc<Process>);

impl PublishSite for Site {
    async fn publish(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        let (process, site) = (&self.0, &self.0.world.site);
        if !process.meets_fault() {
            return site.publish(files).await;
        }
        let n_files = process.rng().between(0, files.len() as u64);
        let (published, left) = files.split_at(usize::try_from(n_files).unwrap());
        site.publish_in_part(published)?;
        if process.rng().happens(500) {
            return process.die(FaultKind::KilledBefore).await;
        }
        process.world.ledger.count(FaultKind::PublishedInPart);
        Err(PublishError { path: left[0].path.to_owned(), source: "timeout".into() })
    }
}
