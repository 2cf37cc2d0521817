//! The four handlers over the machine's adapters, and the events that wake them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::error_chain::chain;
use allclear_core::id::ShardId;
use allclear_core::ports::{
    LoadState as _, Prune as _, RecordRun, Recorded, StoreError, StoreResult,
};
use allclear_core::run::Run;
use allclear_core::state::Decision;
use allclear_core::window::Opening;
use allclear_engine::evaluate::Evaluator;
use allclear_engine::notify::{Limits, Notifier, Notifiers, Signals, SweepReport};
use allclear_engine::probe::{DuePeriod, ProbeReport, ProbeStore, Prober};
use allclear_engine::publish::{Generator, Present};
use allclear_engine::wake::TICK_EVERY;
use allclear_engine::{Event, Service, Wakers};
use allclear_evaluate::ConfigIndex;
use allclear_local::{EnvironmentSecrets, FolderSite, SqliteStore};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::clock::now;
use crate::machine::Machine;
use crate::up::backlog::{Backlog, MAX_OUTCOMES};
use crate::up::live::Live;
use crate::up::store_trouble::Part;
use crate::up::store_watch::{StoreWatch, cause_of};

/// Least pause between two publications.
const PUBLISH_PAUSE: Duration = Duration::from_secs(1);

/// Interval between attempts to write outcomes that the store did not take.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// The longest time for a notification that is being sent when the config is loaded again: more than
/// a try may take, and its record.
const FINISH_WITHIN: Duration = Duration::from_secs(30);

/// Pause of a handler after an error.
const REST: Duration = Duration::from_secs(2);

/// Least interval between two log lines of the same error.
const SAY_EVERY: Duration = Duration::from_mins(1);

const PRUNE_EVERY: Duration = Duration::from_hours(1);

/// The state that outlives the handlers when the config is loaded again.
#[derive(Clone)]
pub(crate) struct Kept {
    backlog: Arc<Backlog<SqliteStore>>,
    watch: Arc<StoreWatch>,
    wakers: Arc<Wakers>,
}

impl RecordRun for Kept {
    async fn record_run(&self, run: &Run) -> StoreResult<Recorded> {
        let recorded = self.backlog.record(run).await;
        self.wakers.wake(Event::RunRecorded);
        Ok(recorded)
    }
}

impl Kept {
    /// Creates the state of a process that starts: nothing waits, and all is well.
    pub(crate) fn new(machine: &Machine) -> Self {
        let watch = Arc::new(StoreWatch::default());
        let store = SqliteStore::clone(&machine.store);
        let backlog = Arc::new(Backlog::new(store, MAX_OUTCOMES, Arc::clone(&watch)));
        Self { backlog, watch, wakers: Arc::default() }
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
}

/// The handlers of one process.
pub(crate) struct Engine {
    config: Arc<Config>,
    index: Arc<ConfigIndex>,
    store: Arc<SqliteStore>,
    secrets: Arc<EnvironmentSecrets>,
    site: FolderSite,
    prober: Prober,
    evaluator: Mutex<Evaluator>,
    notifier: Notifier,
    /// Sends notices while the store cannot be written to.
    direct_notifier: Notifier,
    generator: Mutex<Generator>,
    kept: Kept,
    live: Live,
    /// The last error of each handler, and the time at which it was logged.
    said: std::sync::Mutex<HashMap<&'static str, (String, Instant)>>,
}

impl ProbeStore for Engine {
    type Log = Kept;
    type Checks = SqliteStore;

    fn log(&self) -> &Kept {
        &self.kept
    }

    fn checks(&self) -> &SqliteStore {
        &self.store
    }
}

impl Engine {
    /// Creates the handlers over the adapters of `machine`.
    pub(crate) fn new(machine: &Machine, live: Live) -> anyhow::Result<Self> {
        Self::with(machine, machine.prober(), live, Kept::new(machine))
    }

    /// Creates the handlers of a process that receives heartbeats from now on, as an earlier one may have.
    pub(crate) async fn listening(
        machine: &Machine,
        live: Live,
        kept: Kept,
    ) -> anyhow::Result<Self> {
        let before = machine.store.load_state(&ShardId::main()).await?;
        let prober = match before.and_then(|checkpoint| checkpoint.state.folded.newest) {
            Some(start) => machine.prober().deaf_during(Opening { start, end: now() }),
            None => machine.prober(),
        };
        Self::with(machine, prober, live, kept)
    }

    fn with(machine: &Machine, prober: Prober, live: Live, kept: Kept) -> anyhow::Result<Self> {
        let index = ConfigIndex::new(Arc::clone(&machine.config))?;
        let index = Arc::new(index.with_kinds(allclear_probes::kinds()));
        let notifier = || {
            let (channels, kinds) = (&machine.config.channels, &machine.catalog.channels);
            // The lock on the data folder keeps other processes from sending.
            Notifier::new(channels, kinds, Limits::default()).beside(Notifiers::One)
        };
        Ok(Self {
            config: Arc::clone(&machine.config),
            store: Arc::clone(&machine.store),
            secrets: Arc::clone(&machine.secrets),
            site: machine.site(),
            prober,
            evaluator: Mutex::new(Evaluator::new(Arc::clone(&index))),
            index,
            notifier: notifier(),
            direct_notifier: notifier(),
            generator: Mutex::new(Generator::new(TICK_EVERY)),
            kept,
            live,
            said: std::sync::Mutex::default(),
        })
    }

    /// Returns the prober.
    pub(crate) fn prober(&self) -> &Prober {
        &self.prober
    }

    /// Checks every monitor at once.
    pub(crate) async fn probe_all(&self) -> anyhow::Result<ProbeReport> {
        let report = self.prober.probe_all(self, &*self.secrets, now()).await?;
        self.live.checked(&report);
        Ok(report)
    }

    /// Checks the monitors that are due from `start` up to `start + length`.
    pub(crate) async fn probe_due(&self, start: Timestamp, length: Duration) {
        match self.prober.probe_due(self, &*self.secrets, DuePeriod { start, length }, now()).await
        {
            Ok(report) => self.live.checked(&report),
            Err(error) => self.log_error("the prober", &error.into()),
        }
    }

    /// Returns the state that outlives these handlers.
    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Returns the wake-ups of the services.
    pub(crate) fn wakers(&self) -> &Wakers {
        &self.kept.wakers
    }

    /// Folds the new runs and wakes the services that the decisions concern.
    pub(crate) async fn evaluate(&self) -> anyhow::Result<Decision> {
        let mut evaluator = self.evaluator.lock().await;
        let evaluated = evaluator.evaluate(&*self.store, &ShardId::main(), now()).await;
        self.watch_decisions(evaluated.as_ref().err().map(|error| &error.source));
        let decision = evaluated?;
        if let Some(state) = evaluator.state() {
            self.live.evaluated(&self.config, state, &decision);
        }
        for event in Event::of_decision(&decision) {
            self.wakers().wake(event);
        }
        Ok(decision)
    }

    /// Takes note of whether decisions can be written.
    fn watch_decisions(&self, error: Option<&StoreError>) {
        let watch = &self.kept.watch;
        match error {
            None => watch.works(Part::Decisions),
            Some(error) if error.is_retryable() => {
                let why = cause_of(error);
                if watch.failed(Part::Decisions, &why, now()) {
                    tracing::error!("decisions cannot be written and are made again later: {why}");
                }
            }
            Some(_) => {}
        }
    }

    /// Writes the folded state before the process ends.
    pub(crate) async fn checkpoint(&self) -> anyhow::Result<()> {
        Ok(self.evaluator.lock().await.checkpoint(&*self.store).await?)
    }

    /// Sends the owed deliveries; returns the time of the next one.
    pub(crate) async fn deliver(&self) -> anyhow::Result<Option<Timestamp>> {
        let report = self.notifier.sweep(&*self.store, &*self.secrets, now()).await?;
        let next_due_at = report.next_due_at;
        self.delivered(report);
        Ok(next_due_at)
    }

    /// Publishes the page, from a thread of its own: a large page takes longer to make than a check
    /// may be late.
    pub(crate) async fn publish(self: &Arc<Self>) -> anyhow::Result<()> {
        let (engine, runtime) = (Arc::clone(self), Handle::current());
        self.wakers().clear(Service::Generator);
        spawn_blocking(move || {
            let state = runtime.block_on(engine.evaluator.lock()).state().cloned();
            let impaired_since = engine.kept.watch.impaired_since();
            let mut generator = runtime.block_on(engine.generator.lock());
            generator.set_present(Present { state, impaired_since });
            let (store, site) = (&*engine.store, engine.site.blocking());
            runtime.block_on(generator.generate(store, &site, &engine.index, now()))
        })
        .await??;
        Ok(())
    }

    /// Evaluates whenever a run is written.
    pub(crate) async fn evaluate_always(self: Arc<Self>) {
        loop {
            self.wakers().next(Service::Evaluator).await;
            if let Err(error) = self.evaluate().await {
                self.log_error("the evaluator", &error);
                sleep(REST).await;
                self.wakers().wake_again(Service::Evaluator);
            }
        }
    }

    /// Notifies whenever something is owed, or due again, until [`Self::close_notifiers`]. Begins when
    /// the tasks in `earlier`, which send under the last config, have ended.
    pub(crate) async fn notify_after(self: Arc<Self>, mut earlier: JoinSet<()>) {
        let ended = async { while earlier.join_next().await.is_some() {} };
        if timeout(FINISH_WITHIN, ended).await.is_err() {
            tracing::warn!("a notification under the last config was broken off; it is sent again");
        }
        earlier.shutdown().await;
        tokio::join!(self.deliver_always(), self.watch_store_always());
    }

    /// Begins to send nothing more. What is being sent is finished.
    pub(crate) fn close_notifiers(&self) {
        self.notifier.close();
    }

    async fn deliver_always(&self) {
        let report = |swept: StoreResult<SweepReport>| match swept {
            Ok(report) => self.delivered(report),
            Err(error) => self.log_error("the notifier", &error.into()),
        };
        let (store, secrets) = (&*self.store, &*self.secrets);
        let signals = Signals { now, wake: self.wakers().of(Service::Notifier) };
        self.notifier.run(store, secrets, signals, report).await;
    }

    fn delivered(&self, report: SweepReport) {
        self.live.delivered(&report);
        for error in report.errors {
            self.log_error("the notifier", &error.into());
        }
    }

    /// Publishes whenever something changes, and from time to time.
    pub(crate) async fn publish_always(self: Arc<Self>) {
        loop {
            self.wakers().next(Service::Generator).await;
            if let Err(error) = self.publish().await {
                self.log_error("the generator", &error);
                self.wakers().wake_again(Service::Generator);
                sleep(REST).await;
            }
            sleep(PUBLISH_PAUSE).await;
        }
    }

    /// Removes expired records, every hour.
    pub(crate) async fn prune_always(self: Arc<Self>) {
        loop {
            if let Err(error) = self.store.prune(&self.config.settings, now()).await {
                self.log_error("the retention", &error.into());
            }
            sleep(PRUNE_EVERY).await;
        }
    }

    /// Writes the runs that wait, as soon as the store takes them again.
    pub(crate) async fn flush_always(self: Arc<Self>) {
        loop {
            self.kept.backlog.wait_until_grown().await;
            sleep(FLUSH_EVERY).await;
            if self.kept.backlog.flush().await == 0 {
                self.wakers().wake(Event::RunRecorded);
            }
        }
    }

    /// Notifies the channels, without the store, when that has not worked for a while.
    async fn watch_store_always(&self) {
        let watch = &self.kept.watch;
        loop {
            tokio::select! {
                () = self.notifier.closed() => return,
                () = watch.wait_until_needed() => {}
            }
            if watch.look(&self.config, now()) {
                self.wakers().wake(Event::PageChanged);
            }
            if watch.owes() {
                // The state behind these notices is in memory, so it is always readable.
                let swept = self.direct_notifier.sweep(&**watch, &*self.secrets, now()).await;
                if let Ok(report) = swept {
                    self.live.delivered(&report);
                }
            }
            let _ = timeout(FLUSH_EVERY, self.notifier.closed()).await;
        }
    }

    /// Logs an error, unless it belongs to known trouble with the store, or was logged within the
    /// last minute.
    fn log_error(&self, who: &'static str, error: &anyhow::Error) {
        let of_store = |cause: &(dyn std::error::Error + 'static)| {
            cause.downcast_ref::<StoreError>().is_some_and(StoreError::is_retryable)
        };
        let text = chain(error.as_ref());
        let is_known = self.kept.watch.is_on() && error.chain().any(of_store);
        if is_known || !self.is_news(who, &text) {
            tracing::debug!("{who}: {text}");
        } else {
            tracing::error!("{who}: {text}");
        }
    }

    /// Returns whether this error was not logged within the last minute, and records it as logged now.
    fn is_news(&self, who: &'static str, text: &str) -> bool {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let is_old = |(known, at): &(String, Instant)| known == text && at.elapsed() < SAY_EVERY;
        if said.get(who).is_some_and(is_old) {
            return false;
        }
        said.insert(who, (text.to_owned(), Instant::now()));
        true
    }
}
