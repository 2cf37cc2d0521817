//! Processes: each has a clock of its own, and its calls meet faults. A killed one ends where it is.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::ports::{PublishError, PublishSite, PublishedFile};
use allclear_test_support::{Call, Fate, Hook, Hooked, Operation};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::dice::Dice;
use crate::ledger::{Excuse, FaultKind, ProcessId, lock};
use crate::world::World;

/// Longest time that a call waits before its effect: an adapter gives up after 10 s.
const MAX_WAIT_MS: u64 = 8_000;

/// A process of one function.
pub(crate) struct Process {
    pub(crate) id: ProcessId,
    pub(crate) world: Arc<World>,
    /// Its clock is up to 20 s ahead of that of another process.
    ahead: Duration,
    dice: Mutex<Dice>,
    kill: Notify,
    /// What happens after the effect of the calls under way.
    afterwards: Mutex<BTreeMap<(Operation, String), Afterwards>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Afterwards {
    Killed,
    AnswerLost,
}

/// How an invocation ended.
#[derive(Debug)]
pub(crate) enum End<T> {
    Returned(T),
    /// The process was killed or cut off.
    Killed,
}

impl Process {
    pub(crate) fn start(world: &Arc<World>) -> Arc<Self> {
        let id = world.next_process();
        let mut dice = Dice::of(world.scenario.seed, id);
        Arc::new(Self {
            id,
            world: Arc::clone(world),
            ahead: dice.millis(0, 20_000),
            dice: Mutex::new(dice),
            kill: Notify::new(),
            afterwards: Mutex::default(),
        })
    }

    /// Returns the time of its clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.world.now() + self.ahead
    }

    pub(crate) fn dice(&self) -> std::sync::MutexGuard<'_, Dice> {
        lock(&self.dice)
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
            self.world.ledger.excuse(self.id, None, Excuse::Killed);
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
    fn tell(&self, call: &Call, step: &str) {
        if let Operation::Claim | Operation::RecordDelivery | Operation::Predecessor =
            call.operation
        {
            self.tell_of(&call.object, step);
        }
    }

    /// Notes a step of a delivery.
    pub(crate) fn tell_of(&self, delivery: &str, step: &str) {
        let (now, id) = (self.world.now(), self.id);
        self.world.ledger.tell(delivery, format!("{now} process {id}: {step}"));
    }

    /// Returns true if the next step meets a fault.
    pub(crate) fn meets_fault(&self) -> bool {
        let rate = self.world.fault_rate();
        self.dice().happens(rate)
    }

    /// Draws a kind of fault for a call.
    fn draw(&self, operation: Operation) -> FaultKind {
        let mut kinds = vec![
            FaultKind::KilledBefore,
            FaultKind::Throttled,
            FaultKind::TimeoutUnwritten,
            FaultKind::SlowAnswer,
        ];
        if operation.is_write() {
            kinds.extend([FaultKind::KilledAfter, FaultKind::TimeoutWritten]);
        }
        if operation == Operation::Commit {
            kinds.extend([FaultKind::Conflict, FaultKind::Conflict]);
        }
        if let Operation::StateVersion | Operation::ReadNewOwed = operation {
            kinds.extend([FaultKind::StaleRead, FaultKind::StaleRead]);
        }
        self.dice().one_of(&kinds)
    }

    async fn meet(&self, kind: FaultKind, call: &Call) -> Fate {
        let wait = self.dice().millis(1_000, MAX_WAIT_MS);
        let place = (call.operation, call.object.clone());
        let fate = match kind {
            FaultKind::KilledBefore => {
                self.tell(call, "killed before it");
                return self.die(kind).await;
            }
            FaultKind::KilledAfter => {
                lock(&self.afterwards).insert(place, Afterwards::Killed);
                return Fate::Works;
            }
            FaultKind::TimeoutWritten => {
                lock(&self.afterwards).insert(place, Afterwards::AnswerLost);
                Fate::AnswerLost
            }
            FaultKind::TimeoutUnwritten => {
                self.world.sleep(wait).await;
                Fate::Unavailable
            }
            FaultKind::SlowAnswer => {
                self.world.sleep(wait).await;
                Fate::Works
            }
            FaultKind::Conflict => Fate::Conflict,
            FaultKind::StaleRead => Fate::Stale,
            _ => Fate::Unavailable,
        };
        self.world.ledger.count(kind);
        if fate == Fate::Unavailable && call.operation == Operation::RecordDelivery {
            self.world.ledger.excuse(self.id, Some(&call.object), Excuse::RecordFailed);
        }
        fate
    }
}

impl Hook for Process {
    fn before<'a>(&'a self, call: &'a Call) -> Hooked<'a, Fate> {
        Box::pin(async move {
            let latency = self.dice().millis(1, 40);
            self.world.sleep(latency).await;
            let world = &self.world;
            let fate = if world.has_faults() && world.scenario.is_store_away(world.now()) {
                self.meet(FaultKind::StoreAway, call).await
            } else if self.meets_fault() {
                let kind = self.draw(call.operation);
                self.meet(kind, call).await
            } else {
                Fate::Works
            };
            self.world.ledger.begin_call(self.id);
            self.tell(call, &format!("{} meets {fate:?}", call.operation));
            fate
        })
    }

    fn after<'a>(&'a self, call: &'a Call) -> Hooked<'a, ()> {
        Box::pin(async move {
            let place = (call.operation, call.object.clone());
            let afterwards = lock(&self.afterwards).remove(&place);
            match afterwards {
                Some(Afterwards::Killed) => {
                    self.tell(call, "killed after it");
                    self.die(FaultKind::KilledAfter).await
                }
                Some(Afterwards::AnswerLost) => {
                    let wait = self.dice().millis(1_000, MAX_WAIT_MS);
                    self.world.sleep(wait).await;
                }
                None => {
                    let latency = self.dice().millis(1, 40);
                    self.world.sleep(latency).await;
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
        let n_files = process.dice().between(0, files.len() as u64);
        let (published, left) = files.split_at(usize::try_from(n_files).unwrap());
        site.publish(published).await?;
        if process.dice().happens(500) {
            return process.die(FaultKind::KilledBefore).await;
        }
        process.world.ledger.count(FaultKind::PublishedInPart);
        Err(PublishError { path: left[0].path.to_owned(), source: "timeout".into() })
    }
}
