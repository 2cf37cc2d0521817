//! The loops of the services: when each of them wakes up, and what it does after an error.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::ports::StoreResult;
use tokio::time::sleep;

use crate::notify::{NotifierSignals, SweepReport};
use crate::process::cycle::CycleStep;
use crate::process::ports::ProcessPorts;
use crate::process::runner::Runner;
use crate::wake::Service;

/// The pause of a service after an error.
const REST: Duration = Duration::from_secs(2);

/// The least pause between two publications.
const PUBLISH_PAUSE: Duration = Duration::from_secs(1);

/// The interval between two removals of expired records.
const PRUNE_EVERY: Duration = Duration::from_hours(1);

/// A service that runs in a loop.
struct Looped {
    service: Service,
    /// The name in the log.
    name: &'static str,
    /// The pause after each run; zero for none.
    pause: Duration,
}

const EVALUATOR: Looped =
    Looped { service: Service::Evaluator, name: "evaluator", pause: Duration::ZERO };

const GENERATOR: Looped =
    Looped { service: Service::Generator, name: "generator", pause: PUBLISH_PAUSE };

impl<P: ProcessPorts> Runner<P> {
    /// Evaluates whenever a run is written. Never returns.
    pub async fn evaluate_always(&self) {
        self.repeat(EVALUATOR, || self.until_next_notice(), || self.evaluate()).await;
    }

    /// Publishes whenever a fact of the page changes, when maintenance starts or ends, and at least once a minute. Never
    /// returns.
    pub async fn publish_always(self: &Arc<Self>) {
        self.repeat(GENERATOR, || self.until_next_page_change(), || self.publish()).await;
    }

    /// Runs a service whenever it is woken, and after the time that `max_wait` returns. After an error it runs again
    /// without being woken.
    async fn repeat<E, F>(
        &self,
        looped: Looped,
        max_wait: impl Fn() -> Duration,
        run: impl Fn() -> F,
    ) where
        E: Error + 'static,
        F: Future<Output = Result<(), E>>,
    {
        let Looped { service, name, pause } = looped;
        loop {
            self.wakers().next(service, max_wait()).await;
            if let Err(error) = run().await {
                self.log_error(name, &error);
                drop(error);
                sleep(REST).await;
                self.wakers().wake_again(service);
            }
            if !pause.is_zero() {
                sleep(pause).await;
            }
        }
    }

    /// Sends each delivery when it is due, until the notifier is closed.
    pub async fn notify_always(&self) {
        let report = |swept: StoreResult<SweepReport>| match swept {
            Ok(report) => {
                self.swept(&report);
                if report.errors.is_empty() {
                    self.cycle().done(CycleStep::Swept);
                }
            }
            Err(error) => self.log_error("notifier", &error),
        };
        let (store, secrets) = (self.ports().store(), self.ports().secrets());
        let signals =
            NotifierSignals { now: self.clock(), wake: self.wakers().of(Service::Notifier) };
        self.notifier().run(store, secrets, signals, report).await;
    }

    /// Removes expired records, every hour. Never returns.
    pub async fn prune_always(&self) {
        loop {
            self.prune().await;
            sleep(PRUNE_EVERY).await;
        }
    }
}
