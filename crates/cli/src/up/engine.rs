//! The services of `allclear up` over the machine's adapters, and the supervision of the store.

use std::net::SocketAddr;
use std::sync::Arc;

use allclear_channels::Channels;
use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::ShardId;
use allclear_core::ports::{LoadState as _, PublishError, PublishSite, PublishedFile, StoreError};
use allclear_core::state::ShardState;
use allclear_core::window::Opening;
use allclear_engine::Event;
use allclear_engine::evaluate::Evaluated;
use allclear_engine::notify::{Limits, Notifier, Notifiers, SweepReport};
use allclear_engine::probe::{ProbeReport, Prober};
use allclear_engine::process::{BeatPace, Observe, ProcessPorts, Runner, Services, Tasks};
use allclear_evaluate::ConfigIndex;
use allclear_local::{EnvironmentSecrets, FolderSite, SqliteStore};
use allclear_status_site::snapshot::{Href, HrefError};
use tokio::time::timeout;

use crate::clock::now;
use crate::local::Machine;
use crate::up::live::Live;
use crate::up::process_state::{FLUSH_EVERY, ProcessState};
use crate::up::store_trouble::Part;
use crate::up::store_watch::cause_of;

/// The services of one process.
pub(crate) type Engine = Runner<Local>;

/// The adapters of this machine, and the observers of the services.
pub(crate) struct Local {
    config: Arc<Config>,
    store: Arc<SqliteStore>,
    secrets: Arc<EnvironmentSecrets>,
    page: PageFolder,
    watchdog: Channels,
    kept: ProcessState,
    live: Live,
    /// Sends notices while the store cannot be written to.
    direct_notifier: Notifier,
}

/// The folder of the page. The engine publishes from a thread that may block.
pub(crate) struct PageFolder(FolderSite);

impl PublishSite for PageFolder {
    async fn publish(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        self.0.blocking().publish(files).await
    }
}

impl ProcessPorts for Local {
    type Store = SqliteStore;
    type Log = ProcessState;
    type Secrets = EnvironmentSecrets;
    type Site = PageFolder;
    type Watchdog = Channels;

    fn store(&self) -> &SqliteStore {
        &self.store
    }

    fn log(&self) -> &ProcessState {
        &self.kept
    }

    fn secrets(&self) -> &EnvironmentSecrets {
        &self.secrets
    }

    fn site(&self) -> &PageFolder {
        &self.page
    }

    fn watchdog(&self) -> &Channels {
        &self.watchdog
    }

    fn beat_pace(&self) -> &BeatPace {
        self.kept.beat_pace()
    }
}

impl Observe for Local {
    fn probed(&self, report: &ProbeReport) {
        self.live.checked(report);
    }

    fn evaluated(&self, evaluated: &Evaluated, state: Option<&ShardState>) {
        self.watch_decisions(evaluated.error.as_ref().map(|error| &error.source));
        self.live.evaluated(&self.config, state, &evaluated.committed);
    }

    fn swept(&self, report: &SweepReport) {
        self.live.delivered(report);
    }

    fn impaired_since(&self) -> Option<Timestamp> {
        self.kept.watch().impaired_since()
    }

    fn is_store_trouble_known(&self) -> bool {
        self.kept.watch().is_on()
    }
}

impl Local {
    /// Returns the state that outlives the services.
    pub(crate) fn kept(&self) -> &ProcessState {
        &self.kept
    }

    /// Takes note of whether decisions can be written.
    fn watch_decisions(&self, error: Option<&StoreError>) {
        let watch = self.kept.watch();
        match error {
            None => watch.works(Part::Decisions),
            Some(error) if error.is_retryable() => {
                let why = cause_of(error);
                if watch.failed(Part::Decisions, &why, now()) {
                    tracing::error!("cannot write decisions; they are made again later: {why}");
                }
            }
            Some(_) => {}
        }
    }
}

/// Creates the services over the adapters of `machine`.
pub(crate) fn create(
    machine: &Machine,
    live: Live,
    address: SocketAddr,
) -> anyhow::Result<Arc<Engine>> {
    with(machine, machine.prober(), live, ProcessState::new(machine), address)
}

/// Creates the services of a process that receives heartbeats from now on, as an earlier one may
/// have.
pub(crate) async fn create_listening(
    machine: &Machine,
    live: Live,
    kept: ProcessState,
    address: SocketAddr,
) -> anyhow::Result<Arc<Engine>> {
    let before = machine.store.load_state(&ShardId::main()).await?;
    let prober = match before.and_then(|checkpoint| checkpoint.state.folded.newest) {
        Some(start) => machine.prober().with_listener_gap(Opening { start, end: now() }),
        None => machine.prober(),
    };
    with(machine, prober, live, kept, address)
}

fn with(
    machine: &Machine,
    prober: Prober,
    live: Live,
    kept: ProcessState,
    address: SocketAddr,
) -> anyhow::Result<Arc<Engine>> {
    let index = ConfigIndex::new(Arc::clone(&machine.config))?;
    let index = Arc::new(index.with_kinds(allclear_probes::kinds()));
    let notifier = || {
        let (channels, kinds) = (&machine.config.channels, &machine.catalog.channels);
        // The lock on the data folder keeps other processes from sending.
        Notifier::new(channels, kinds, Limits::default()).with_other_notifiers(Notifiers::One)
    };
    let actions = (&machine.config.actions, &machine.catalog.actions);
    let wakers = Arc::clone(kept.wakers());
    let local = Local {
        config: Arc::clone(&machine.config),
        store: Arc::clone(&machine.store),
        secrets: Arc::clone(&machine.secrets),
        page: PageFolder(machine.site()),
        watchdog: machine.catalog.channels.everywhere().clone(),
        kept,
        live,
        direct_notifier: notifier(),
    };
    let notifier = notifier().with_actions(actions.0, actions.1);
    let services = Services { index, prober, notifier, page_address: page_address(address)? };
    Ok(Arc::new(Runner::new(local, services, wakers, now)))
}

/// Returns the address of the page for a browser on this machine. A wildcard address is no place that can be opened.
fn page_address(address: SocketAddr) -> Result<Href, HrefError> {
    if address.ip().is_unspecified() {
        Href::parse(&format!("http://localhost:{}/", address.port()))
    } else {
        Href::parse(&format!("http://{address}/"))
    }
}

/// Starts the tasks of the services, and those that serve the store.
pub(crate) fn start(tasks: &mut Tasks, engine: &Arc<Engine>) {
    tasks.start(engine, watch_store_always(Arc::clone(engine)));
    tasks.add(engine.ports().kept.clone().flush_always());
}

/// Notifies the channels, without the store, when that has not worked for a while. Ends when the
/// notifier is closed.
async fn watch_store_always(engine: Arc<Engine>) {
    let Local { config, secrets, kept, live, direct_notifier, .. } = engine.ports();
    let watch = kept.watch();
    loop {
        tokio::select! {
            () = engine.notifier().closed() => return,
            () = watch.wait_until_needed() => {}
        }
        if watch.look(config, now()) {
            kept.wakers().wake(Event::PageChanged);
        }
        if watch.has_pending() {
            // The state behind these notices is in memory, so it is always readable.
            let swept = direct_notifier.sweep(&**watch, &**secrets, now()).await;
            if let Ok(report) = swept {
                live.delivered(&report);
            }
        }
        let _ = timeout(FLUSH_EVERY, engine.notifier().closed()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_named_by_an_address_that_can_be_opened() {
        let of = |text: &str| page_address(text.parse().unwrap()).unwrap().to_string();
        assert_eq!(of("127.0.0.1:8080"), "http://127.0.0.1:8080/");
        assert_eq!(of("[::1]:80"), "http://[::1]:80/");
        assert_eq!(of("0.0.0.0:8080"), "http://localhost:8080/");
        assert_eq!(of("[::]:8080"), "http://localhost:8080/");
    }
}
