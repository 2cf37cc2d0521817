//! The four handlers over the machine's adapters, and what wakes them.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::ShardId;
use allclear_core::ports::{LoadState as _, Prune as _, StoreResult};
use allclear_core::state::Decision;
use allclear_core::window::Opening;
use allclear_evaluator::Evaluator;
use allclear_generator::Generator;
use allclear_local::{EnvironmentSecrets, FolderSite, SqliteStore};
use allclear_notifier::{Limits, Notifier, SweepReport};
use allclear_prober::{ProbeReport, Prober};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, Notify};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout_at};

use crate::machine::{Machine, now};
use crate::up::live::Live;
use crate::up::views::{Here, Log, Present};

/// How often the page is published when nothing changes: its age stays true.
const PUBLISH_EVERY: Duration = Duration::from_mins(1);

/// How close two publications may follow each other.
const PUBLISH_PAUSE: Duration = Duration::from_secs(1);

/// How often the handlers look by themselves.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// How long a handler rests after an error.
const REST: Duration = Duration::from_secs(2);

const PRUNE_EVERY: Duration = Duration::from_hours(1);

/// The handlers of one process.
pub(crate) struct Engine {
    config: Arc<Config>,
    store: Arc<SqliteStore>,
    secrets: Arc<EnvironmentSecrets>,
    site: FolderSite,
    prober: Prober,
    evaluator: Mutex<Evaluator>,
    notifier: Notifier,
    generator: Mutex<Generator>,
    runs_written: Notify,
    deliveries_owed: Notify,
    page_changed: Notify,
    live: Live,
}

impl Engine {
    /// The handlers over the adapters of `machine`.
    pub(crate) fn new(machine: &Machine, live: Live) -> anyhow::Result<Self> {
        Ok(Self::with(machine, machine.prober()?, live))
    }

    /// The handlers of a process that listens for beats from now on, as an earlier one may have.
    pub(crate) async fn listening(machine: &Machine, live: Live) -> anyhow::Result<Self> {
        let before = machine.store.load_state(&ShardId::main()).await?;
        let prober = match before.and_then(|checkpoint| checkpoint.state.folded.newest) {
            Some(start) => machine.prober()?.deaf_during(Opening { start, end: now() }),
            None => machine.prober()?,
        };
        Ok(Self::with(machine, prober, live))
    }

    fn with(machine: &Machine, prober: Prober, live: Live) -> Self {
        Self {
            config: Arc::clone(&machine.config),
            store: Arc::clone(&machine.store),
            secrets: Arc::clone(&machine.secrets),
            site: machine.site(),
            prober,
            evaluator: Mutex::new(Evaluator::new(Arc::clone(&machine.config))),
            notifier: Notifier::new(
                &machine.config.channels,
                &machine.catalog.channels,
                Limits::default(),
            ),
            generator: Mutex::new(Generator::new(PUBLISH_EVERY)),
            runs_written: Notify::new(),
            deliveries_owed: Notify::new(),
            page_changed: Notify::new(),
            live,
        }
    }

    /// The prober.
    pub(crate) fn prober(&self) -> &Prober {
        &self.prober
    }

    /// Checks every monitor at once.
    pub(crate) async fn probe_all(&self) -> anyhow::Result<ProbeReport> {
        let report = self
            .prober
            .probe_all(&Log::new(&self.store, &self.runs_written), &*self.secrets, now())
            .await?;
        self.live.checked(&report);
        Ok(report)
    }

    /// Checks what is due from `start` up to `start + length`.
    pub(crate) async fn probe_due(&self, start: Timestamp, length: Duration) {
        let log = Log::new(&self.store, &self.runs_written);
        match self.prober.probe_due(&log, &*self.secrets, start, length, now()).await {
            Ok(report) => self.live.checked(&report),
            Err(error) => log_error("the prober", &error.into()),
        }
    }

    /// Folds the new runs and wakes whoever the decisions concern.
    pub(crate) async fn evaluate(&self) -> anyhow::Result<Decision> {
        let mut evaluator = self.evaluator.lock().await;
        let decision = evaluator.evaluate(&*self.store, &ShardId::main(), now()).await?;
        if let Some(state) = evaluator.state() {
            self.live.evaluated(&self.config, state, &decision);
        }
        if !decision.deliveries.is_empty() {
            self.deliveries_owed.notify_one();
        }
        if !decision.transitions.is_empty() || !decision.alerts.is_empty() {
            self.page_changed.notify_one();
        }
        Ok(decision)
    }

    /// Writes what was folded, before the process ends.
    pub(crate) async fn checkpoint(&self) -> anyhow::Result<()> {
        Ok(self.evaluator.lock().await.checkpoint(&*self.store).await?)
    }

    /// Sends what is owed; returns when the next delivery is due.
    pub(crate) async fn deliver(&self) -> anyhow::Result<Option<Timestamp>> {
        let report = self.notifier.sweep(&*self.store, &*self.secrets, now()).await?;
        self.delivered(&report);
        Ok(report.next_due_at)
    }

    /// Publishes the page, from a thread of its own: a large page takes longer to make than a check
    /// may be late.
    pub(crate) async fn publish(self: &Arc<Self>) -> anyhow::Result<()> {
        let (engine, runtime) = (Arc::clone(self), Handle::current());
        spawn_blocking(move || {
            let state = runtime.block_on(engine.evaluator.lock()).state().cloned();
            let present = Present::new(&engine.store, state);
            let here = Here(&engine.site);
            let mut generator = runtime.block_on(engine.generator.lock());
            runtime.block_on(generator.generate(&present, &here, &engine.config, now()))
        })
        .await??;
        Ok(())
    }

    /// Evaluates whenever a run is written.
    pub(crate) async fn evaluate_always(self: Arc<Self>) {
        loop {
            let _ = timeout_at(Instant::now() + SWEEP_EVERY, self.runs_written.notified()).await;
            if let Err(error) = self.evaluate().await {
                log_error("the evaluator", &error);
                sleep(REST).await;
                self.runs_written.notify_one();
            }
        }
    }

    /// Delivers whenever something is owed, or due again.
    pub(crate) async fn deliver_always(self: Arc<Self>) {
        let report = |swept: StoreResult<SweepReport>| match swept {
            Ok(report) => self.delivered(&report),
            Err(error) => log_error("the notifier", &error.into()),
        };
        let (store, secrets) = (&*self.store, &*self.secrets);
        self.notifier.run(store, secrets, now, &self.deliveries_owed, report).await;
    }

    fn delivered(&self, report: &SweepReport) {
        for error in &report.errors {
            tracing::error!("the notifier: {error}");
        }
        self.live.delivered(report);
    }

    /// Publishes whenever something changes, and from time to time.
    pub(crate) async fn publish_always(self: Arc<Self>) {
        loop {
            let _ = timeout_at(Instant::now() + PUBLISH_EVERY, self.page_changed.notified()).await;
            if let Err(error) = self.publish().await {
                log_error("the generator", &error);
                self.page_changed.notify_one();
                sleep(REST).await;
            }
            sleep(PUBLISH_PAUSE).await;
        }
    }

    /// Asks for the page to be published soon.
    pub(crate) fn wake_publisher(&self) {
        self.page_changed.notify_one();
    }

    /// Removes what has outlived its time, every hour.
    pub(crate) async fn prune_always(self: Arc<Self>) {
        loop {
            if let Err(error) = self.store.prune(&self.config.settings, now()).await {
                log_error("the retention", &error.into());
            }
            sleep(PRUNE_EVERY).await;
        }
    }
}

fn log_error(who: &str, error: &anyhow::Error) {
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    tracing::error!("{who}: {}", chain.join(": "));
}
