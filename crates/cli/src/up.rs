//! `allclear up`: the services and the server in one process, over the adapters of this machine.
//!
//! `allclear_engine::process` runs the services. This module adds the signals, the server, the
//! config file, and the outcomes and notices that wait while the store refuses writes.

mod backlog;
mod config_file;
mod engine;
pub(crate) mod live;
mod process_state;
mod reserve;
mod server;
mod signals;
mod store_trouble;
mod store_watch;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::monitor::Monitor;
use allclear_core::ports::Version;
use allclear_engine::process::Tasks;
use allclear_engine::{ActiveConfig, ConfigRefresh, Current, Event};
use allclear_local::{DataLock, DataLockError};
use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};

use crate::arguments::{Paths, Up};
use crate::commands::outcome_table::OutcomeTable;
use crate::exit_code::CANNOT_TELL;
use crate::local::{self, Access, Machine};
use crate::output;
use crate::up::config_file::ConfigFile;
use crate::up::engine::Engine;
use crate::up::live::{Live, Verbosity};
use crate::up::process_state::ProcessState;
use crate::up::reserve::ReservedPlaces;
pub(crate) use crate::up::reserve::listen;
use crate::up::server::PageServer;
use crate::up::signals::{Hangup, Hangups};
pub(crate) use crate::up::signals::{ProcessSignals, until_stopped};

/// Time to wait for running checks at shutdown.
const PATIENCE: Duration = Duration::from_secs(3);

/// Time to retry writing outcomes to a failing store at shutdown.
const FLUSH_PATIENCE: Duration = Duration::from_secs(10);

/// Interval at which the data folder is compared with the reserved one.
const RENEW_EVERY: Duration = Duration::from_secs(1);

/// Watches, or checks once, in a data folder that no other process works in.
pub(crate) async fn start(
    place: &Paths,
    options: &Up,
    signals: ProcessSignals,
) -> anyhow::Result<ExitCode> {
    let ProcessSignals { mut stops, hangups } = signals;
    let begun = tokio::select! {
        biased;
        () = stops.next() => None,
        begun = begin(place, options) => Some(begun?),
    };
    let Some((file, machine, ReservedPlaces { mut folder, listener })) = begun else {
        output::note("stopping");
        return Ok(if options.once { ExitCode::from(CANNOT_TELL) } else { ExitCode::SUCCESS });
    };
    let Some(listener) = listener else {
        return tokio::select! {
            biased;
            () = stops.next() => anyhow::bail!("stopped before all monitors were checked"),
            code = once(&machine, options.listen) => code,
        };
    };
    folder.set_address(listener.local_addr()?);
    let stop = async {
        tokio::select! {
            () = stops.next() => StopReason::Asked,
            stop = until_taken(&mut folder) => stop,
        }
    };
    let watching = UpOptions {
        listener,
        hangups,
        reload: Reload::From(Box::new(file)),
        shown: Verbosity::All,
    };
    run(machine, watching, stop).await
}

/// Loads the config and reserves the resources that only one process can have.
async fn begin<'a>(
    place: &'a Paths,
    options: &Up,
) -> anyhow::Result<(ConfigFile<'a>, Machine, ReservedPlaces)> {
    // A config that is wrong leaves no trace.
    let (file, mut loaded) = ConfigFile::load(place)?;
    // Lets a signal that came meanwhile be received.
    tokio::task::yield_now().await;
    let reserved = reserve::reserve(place, options).await?;
    loaded.connect_to_aws().await;
    let machine = Machine::with(loaded, place, local::secrets(place), Access::Record)?;
    local::warn_of_channel_secrets(&machine).await;
    Ok((file, machine, reserved))
}

/// Waits until another process works in the data folder, which can only be if the folder was
/// removed or replaced.
async fn until_taken(folder: &mut DataLock) -> StopReason {
    loop {
        sleep(RENEW_EVERY).await;
        if let Err(error) = folder.renew() {
            return StopReason::FolderTaken(error);
        }
    }
}

/// Checks everything once, sends notifications, publishes, and prints the results.
async fn once(machine: &Machine, address: SocketAddr) -> anyhow::Result<ExitCode> {
    let engine = engine::create(machine, Live::silent(), address)?;
    let mut outcomes = engine.probe_all().await?.outcomes;
    let n_waiting = engine.ports().kept().flush_within(FLUSH_PATIENCE).await;
    anyhow::ensure!(n_waiting == 0, "{n_waiting} outcomes could not be written");
    engine.evaluate().await?;
    engine.sweep().await?;
    engine.publish().await?;
    engine.checkpoint().await?;
    let place = |id| machine.config.monitors.iter().position(|monitor| monitor.id == id);
    outcomes.sort_by_key(|outcome| place(outcome.monitor.clone()));
    let monitors: Vec<&Monitor> = machine.config.monitors.iter().collect();
    let seen = OutcomeTable::of_outcomes(&outcomes, &monitors)?;
    seen.print_table();
    output::note(&format!("the page is in {}", machine.folder.display()));
    if let Some(watchdog) = &machine.config.watchdog {
        engine.beat(watchdog).await?;
    }
    Ok(seen.exit_code())
}

/// The source of configs while watching.
pub(crate) enum Reload<'a> {
    /// A file, which is loaded again when it changes, and at a hangup.
    From(Box<ConfigFile<'a>>),
    /// There is no config file. A hangup ends the process as an interrupt does.
    Never,
}

impl Reload<'_> {
    /// Returns the version of the config that was loaded last.
    fn version(&self) -> Version {
        match self {
            Self::From(file) => file.version(),
            Self::Never => 1,
        }
    }

    /// Waits until the file has changed.
    async fn changed(&self) {
        match self {
            Self::From(file) => file.changed().await,
            Self::Never => std::future::pending().await,
        }
    }
}

/// The options of a process that watches.
pub(crate) struct UpOptions<'a> {
    /// The socket at which the page is served.
    pub(crate) listener: TcpListener,
    /// The requests to load the config again.
    pub(crate) hangups: Hangups,
    /// The source of configs.
    pub(crate) reload: Reload<'a>,
    /// The lines that are shown meanwhile.
    pub(crate) shown: Verbosity,
}

/// The reason to end.
#[derive(Debug)]
pub(crate) enum StopReason {
    /// A signal, or the end of a demo.
    Asked,
    /// Another process works in the data folder.
    FolderTaken(DataLockError),
}

/// The reason why the services do not go on.
enum AfterStop {
    End(StopReason),
    Reloaded,
    /// A task that never ends has ended.
    Ended(Result<(), JoinError>),
}

/// Watches until `stop`.
pub(crate) async fn run(
    machine: Machine,
    UpOptions { listener, mut hangups, reload, shown }: UpOptions<'_>,
    stop: impl Future<Output = StopReason>,
) -> anyhow::Result<ExitCode> {
    let address = listener.local_addr()?;
    let mut stop = std::pin::pin!(stop);
    let kept = ProcessState::new(&machine);
    let (mut tasks, mut serving) = (Tasks::default(), JoinSet::new());
    let mut first = Some(listener);
    let server = Arc::new(PageServer::new(&machine));
    let mut active =
        ActiveConfig::starting_with(reload.version(), Arc::clone(&machine.config), machine);
    loop {
        let machine = active.value().context("no config")?;
        let live = Live::new(&machine.config, shown);
        let engine = engine::create_listening(machine, live, kept.clone(), address).await?;
        server.take_beats_of(engine.prober());
        server.allow_frames_of(&machine.config.page);
        engine.wakers().wake(Event::ConfigChanged);
        publish(&engine).await;
        if let Some(listener) = first.take() {
            output::note(&format!("the page is at http://{address}/ (end with Ctrl-C)"));
            serving.spawn(Arc::clone(&server).serve(listener));
        }
        engine::start(&mut tasks, &engine);
        let next = tokio::select! {
            next = next(&mut active, &reload, &mut hangups, stop.as_mut()) => next,
            ended = tasks.run(&engine) => AfterStop::Ended(ended),
            Some(ended) = serving.join_next() => AfterStop::Ended(ended),
        };
        let stop = match next {
            AfterStop::Reloaded => {
                tasks.retire(&engine).await;
                continue;
            }
            AfterStop::End(stop) => stop,
            AfterStop::Ended(ended) => {
                ended.context("a task ended unexpectedly")?;
                StopReason::Asked
            }
        };
        Live::close();
        output::note("stopping");
        close(&mut tasks, &engine, &server).await;
        serving.shutdown().await;
        return Ok(match stop {
            StopReason::Asked => end(&engine).await,
            StopReason::FolderTaken(error) => {
                output::error(&error.into());
                ExitCode::from(CANNOT_TELL)
            }
        });
    }
}

/// Finishes the work in flight, then the answers of the server, and stops the services.
async fn close(tasks: &mut Tasks, engine: &Engine, server: &PageServer) {
    tasks.finish(engine, PATIENCE).await;
    server.close().await;
    tasks.shutdown().await;
}

/// Waits for the end, or for another config that is valid.
async fn next(
    active: &mut ActiveConfig<Machine>,
    reload: &Reload<'_>,
    hangups: &mut Hangups,
    mut stop: Pin<&mut impl Future<Output = StopReason>>,
) -> AfterStop {
    let Some(adapters) = active.value().map(Machine::adapters) else {
        return AfterStop::End(StopReason::Asked);
    };
    loop {
        let hangup = tokio::select! {
            stop = stop.as_mut() => return AfterStop::End(stop),
            hangup = hangups.next() => Some(hangup),
            () = reload.changed() => None,
        };
        let file = match (hangup, reload) {
            (None | Some(Hangup::Reload), Reload::From(file)) => file,
            (Some(Hangup::TerminalGone), Reload::From(_)) | (_, Reload::Never) => {
                return AfterStop::End(StopReason::Asked);
            }
        };
        if hangup.is_some() {
            file.request();
        }
        let current = active.current(&**file, |config| file.machine(&adapters, config)).await;
        match current {
            Ok(Current { value: machine, change: ConfigRefresh::Activated, .. }) => {
                local::warn_of_channel_secrets(machine).await;
                let (file, n) = (file.name(), machine.config.monitors.len());
                let s = if n == 1 { "" } else { "s" };
                output::note(&format!("reloaded `{file}`: {n} monitor{s}"));
                return AfterStop::Reloaded;
            }
            Ok(Current { change: ConfigRefresh::Unchanged, .. }) => {}
            Ok(Current { change: ConfigRefresh::Refused, staleness, .. }) => {
                let stale =
                    || anyhow::anyhow!("{}", staleness.reason().map_or("", |one| &one.message));
                refuse(file.take_error().unwrap_or_else(stale));
            }
            Err(failure) => refuse(failure.into()),
        }
    }
}

/// Prints why a config is not used.
fn refuse(why: anyhow::Error) {
    output::error(&why.context("the active config stays: the new one is refused"));
}

/// Writes and sends the rest at the end.
async fn end(engine: &Arc<Engine>) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let n_lost = engine.ports().kept().flush_within(FLUSH_PATIENCE).await;
    if n_lost > 0 {
        output::note(&format!("error: {n_lost} outcomes could not be written and are lost"));
        code = ExitCode::from(CANNOT_TELL);
    }
    let evaluated = engine.evaluate().await.map_err(anyhow::Error::from);
    let checkpoint = engine.checkpoint().await.map_err(anyhow::Error::from);
    for error in [evaluated, checkpoint].into_iter().filter_map(Result::err) {
        output::error(&error.context(
            "failed to write the last decisions; they are made at the \
                                      next start",
        ));
        code = ExitCode::from(CANNOT_TELL);
    }
    let owed_later = "some notifications are pending; they are sent at the next start";
    match timeout(PATIENCE, engine.sweep()).await {
        Ok(Ok(Some(_))) if engine.notifier().attempts().left().is_empty() => {
            output::note(owed_later);
        }
        Ok(Ok(None | Some(_))) => {}
        Err(_) => output::note(owed_later),
        Ok(Err(error)) => {
            output::error(&anyhow::Error::new(error).context("some notifications are pending"));
        }
    }
    for attempt in engine.notifier().attempts().left() {
        output::note(&format!(
            "{attempt} was not begun; it is executed at the next start, if that is within its `cooldown`"
        ));
    }
    publish(engine).await;
    code
}

/// Publishes the page. A failure is printed, and keeps nothing from watching.
async fn publish(engine: &Arc<Engine>) {
    if let Err(error) = engine.publish().await {
        output::error(&anyhow::Error::new(error).context(
            "cannot publish the page; the last \
                                                          published one stays",
        ));
    }
}
