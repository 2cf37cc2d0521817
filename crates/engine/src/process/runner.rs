//! The services of one config. Each method is one wake-up of a service.

use std::error::Error;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::error_chain::{causes, chain};
use allclear_core::id::ShardId;
use allclear_core::ports::{Prune as _, RecordRun, Recorded, StoreError, StoreResult};
use allclear_core::run::Run;
use allclear_evaluate::ConfigIndex;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::{JoinError, spawn_blocking};

use crate::evaluate::{EntriesRead, EvaluateError, Shards};
use crate::notify::{Notifier, SweepReport};
use crate::probe::{DuePeriod, ProbeError, ProbeReport, ProbeStore, Prober};
use crate::process::cycle::{Cycle, CycleStep};
use crate::process::error_log::ErrorLog;
use crate::process::ports::ProcessPorts;
use crate::publish::{GenerateError, Generator, Href, MemoryFacts, PublishOptions};
use crate::wake::{Event, Service, TICK_EVERY, Wakers};

/// The services that are built from a config.
pub struct Services {
    /// The config, prepared for the evaluation and the page.
    pub index: Arc<ConfigIndex>,
    /// The prober.
    pub prober: Prober,
    /// The notifier.
    pub notifier: Notifier,
    /// The address at which this process serves the page.
    pub page_address: Href,
}

/// The services of one config over the ports of a process.
pub struct Runner<P> {
    ports: P,
    /// Reads the clock.
    now: fn() -> Timestamp,
    wakers: Arc<Wakers>,
    index: Arc<ConfigIndex>,
    prober: Prober,
    shards: Mutex<Shards>,
    /// The time at which a notification is due although no further run may be folded.
    next_notice_at: SyncMutex<Option<Timestamp>>,
    /// The time at which the page changes although no fact does.
    next_page_change_at: SyncMutex<Option<Timestamp>>,
    notifier: Notifier,
    generator: Mutex<Generator>,
    errors: ErrorLog,
    cycle: Cycle,
}

/// The error of a page that was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublicationError {
    /// It was not generated.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// The thread that generated it has panicked.
    #[error(transparent)]
    Panicked(#[from] JoinError),
}

/// The prober writes runs to the log of the process. Each of them wakes the evaluator.
impl<P: ProcessPorts> RecordRun for Runner<P> {
    async fn record_run(&self, run: &Run) -> StoreResult<Recorded> {
        let recorded = self.ports.log().record_run(run).await?;
        self.wakers.wake(Event::RunRecorded);
        Ok(recorded)
    }
}

impl<P: ProcessPorts> ProbeStore for Runner<P> {
    type Log = Self;
    type Checks = P::Store;

    fn log(&self) -> &Self {
        self
    }

    fn checks(&self) -> &P::Store {
        self.ports.store()
    }
}

impl<P: ProcessPorts> Runner<P> {
    /// Creates the runner of `services`. `wakers` outlive it when the config changes.
    pub fn new(ports: P, services: Services, wakers: Arc<Wakers>, now: fn() -> Timestamp) -> Self {
        let Services { index, prober, notifier, page_address: address } = services;
        let publishing = PublishOptions { every: TICK_EVERY, address };
        Self {
            ports,
            now,
            wakers,
            prober,
            shards: Mutex::new(Shards::new(Arc::clone(&index))),
            next_notice_at: SyncMutex::default(),
            next_page_change_at: SyncMutex::default(),
            index,
            notifier,
            generator: Mutex::new(Generator::new(publishing)),
            errors: ErrorLog::default(),
            cycle: Cycle::default(),
        }
    }

    /// Returns the ports.
    pub fn ports(&self) -> &P {
        &self.ports
    }

    /// Returns the current time.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// Returns the clock, for a service that reads it.
    pub(crate) fn clock(&self) -> fn() -> Timestamp {
        self.now
    }

    /// Returns the config.
    pub fn config(&self) -> &Config {
        self.index.config()
    }

    /// Returns the wake-ups of the services.
    pub fn wakers(&self) -> &Wakers {
        &self.wakers
    }

    /// Returns the prober.
    pub fn prober(&self) -> &Prober {
        &self.prober
    }

    /// Returns the notifier.
    pub fn notifier(&self) -> &Notifier {
        &self.notifier
    }

    /// Checks every monitor at once.
    ///
    /// # Errors
    ///
    /// Fails if the beats cannot be read, or if the run cannot be recorded.
    pub async fn probe_all(&self) -> Result<ProbeReport, ProbeError> {
        let report = self.prober.probe_all(self, self.ports.secrets(), self.now()).await?;
        self.ports.probed(&report);
        Ok(report)
    }

    /// Checks the monitors that are due from `start` up to `start + length`. Logs an error.
    pub async fn probe_due(&self, start: Timestamp, length: Duration) {
        let period = DuePeriod { start, length };
        let probed = self.prober.probe_due(self, self.ports.secrets(), period, self.now()).await;
        match probed {
            Ok(report) => {
                self.ports.probed(&report);
                self.cycle.done(CycleStep::Probed);
            }
            Err(error) => self.log_error("prober", &error),
        }
    }

    /// Folds the new runs and wakes the services that the committed decisions concern.
    ///
    /// # Errors
    ///
    /// Fails if the store fails. The decisions before the error are committed, and their services
    /// are woken.
    pub async fn evaluate(&self) -> Result<(), EvaluateError> {
        let shard = ShardId::main();
        let mut shards = self.shards.lock().await;
        let evaluated =
            shards.evaluate(self.ports.store(), &shard, Timestamp::MIN, self.now()).await;
        self.ports.evaluated(&evaluated, shards.state(&shard));
        *self.next_notice_at.lock().unwrap_or_else(PoisonError::into_inner) =
            shards.next_notice_at(&shard);
        for event in evaluated.events() {
            self.wakers.wake(event);
        }
        if let EntriesRead::Failed(error) = &evaluated.entries {
            self.log_error("entries of operators", error);
        }
        if let Some(error) = evaluated.error {
            return Err(error);
        }
        self.cycle.done(CycleStep::Evaluated);
        Ok(())
    }

    /// Returns the steps of the current cycle.
    pub(crate) fn cycle(&self) -> &Cycle {
        &self.cycle
    }

    /// Returns the time until a notification is due although no further run may be folded, at most [`TICK_EVERY`].
    pub(crate) fn until_next_notice(&self) -> Duration {
        self.until(&self.next_notice_at)
    }

    /// Returns the time until the page changes although no fact does, at most [`TICK_EVERY`].
    pub(crate) fn until_next_page_change(&self) -> Duration {
        self.until(&self.next_page_change_at)
    }

    fn until(&self, next_at: &SyncMutex<Option<Timestamp>>) -> Duration {
        let next_at = *next_at.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = next_at.map(|at| Duration::try_from(at.duration_since(self.now())));
        wait.map_or(TICK_EVERY, |wait| wait.unwrap_or_default().min(TICK_EVERY))
    }

    /// Writes the folded state before the process ends or its config changes.
    ///
    /// # Errors
    ///
    /// Fails if a state cannot be written.
    pub async fn checkpoint(&self) -> StoreResult<()> {
        self.shards.lock().await.checkpoint(self.ports.store()).await
    }

    /// Sends the owed deliveries. Returns the time of the next one; `None` if nothing is owed later.
    ///
    /// # Errors
    ///
    /// Fails only if the owed deliveries cannot be read. Other errors are logged.
    pub async fn sweep(&self) -> StoreResult<Option<Timestamp>> {
        let (store, secrets) = (self.ports.store(), self.ports.secrets());
        let report = self.notifier.sweep(store, secrets, self.now()).await?;
        let next_due_at = report.next_due_at;
        self.swept(&report);
        Ok(next_due_at)
    }

    /// Passes on the results of deliveries, and logs their errors.
    pub(crate) fn swept(&self, report: &SweepReport) {
        self.ports.swept(report);
        for error in &report.errors {
            self.log_error("notifier", error);
        }
    }

    /// Publishes the page, from a thread of its own: a large page takes longer to make than a check may be
    /// late.
    ///
    /// # Errors
    ///
    /// Fails if the facts cannot be read, if the files cannot be published, or if the thread
    /// panics.
    pub async fn publish(self: &Arc<Self>) -> Result<(), PublicationError> {
        let (runner, runtime) = (Arc::clone(self), Handle::current());
        self.wakers.clear(Service::Generator);
        spawn_blocking(move || runtime.block_on(runner.generate())).await??;
        Ok(())
    }

    async fn generate(&self) -> Result<(), GenerateError> {
        let state = self.shards.lock().await.state(&ShardId::main()).cloned();
        let impaired_since = self.ports.impaired_since();
        let mut generator = self.generator.lock().await;
        generator.set_present(MemoryFacts { state, impaired_since });
        let (store, site) = (self.ports.store(), self.ports.site());
        let published = generator.generate(store, site, &self.index, self.now()).await?;
        *self.next_page_change_at.lock().unwrap_or_else(PoisonError::into_inner) =
            published.next_change_at;
        Ok(())
    }

    /// Removes expired records. Logs an error.
    pub async fn prune(&self) {
        if let Err(error) = self.ports.store().prune(&self.config().settings, self.now()).await {
            self.log_error("retention", &error);
        }
    }

    /// Logs an error, unless it belongs to known trouble with the store, or was logged within the last
    /// minute.
    pub(crate) fn log_error(&self, source: &'static str, error: &(dyn Error + 'static)) {
        let text = chain(error);
        let is_known = self.ports.is_store_trouble_known() && is_store_unavailable(error);
        if !is_known && self.errors.admits(source, &text) {
            tracing::error!("{source}: {text}");
        } else {
            tracing::debug!("{source}: {text}");
        }
    }
}

fn is_store_unavailable(error: &(dyn Error + 'static)) -> bool {
    std::iter::once(error)
        .chain(causes(error))
        .filter_map(|cause| cause.downcast_ref::<StoreError>())
        .any(StoreError::is_retryable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unavailable() -> StoreError {
        let (operation, object) = ("load", "state/main".to_owned());
        StoreError::Unavailable { operation, object, source: "database is locked".into() }
    }

    fn corrupt() -> StoreError {
        let (operation, object) = ("load", "state/main".to_owned());
        StoreError::Corrupt { operation, object, source: "unreadable".into() }
    }

    #[test]
    fn an_unavailable_store_is_detected_in_the_error_of_each_service() {
        for (source, is_unavailable) in
            [(unavailable as fn() -> StoreError, true), (corrupt, false)]
        {
            let committed = Box::default();
            let evaluation = EvaluateError { shard: ShardId::main(), committed, source: source() };
            let publication = PublicationError::from(GenerateError::from(source()));
            let errors: [&(dyn Error + 'static); 4] =
                [&source(), &evaluation, &publication, &ProbeError::Beats(source())];
            for error in errors {
                assert_eq!(is_store_unavailable(error), is_unavailable, "{error}");
            }
        }
    }
}
