//! `allclear up`: scheduler, server and the four handlers in one process.
//!
//! Each handler runs in a loop of its own and is woken by what it reads: a written run wakes the
//! evaluator, a decision wakes the notifier and the generator. A wake-up that is lost changes
//! nothing, as each of them also looks by itself from time to time.

mod backlog;
mod engine;
pub(crate) mod live;
mod reserve;
mod scheduler;
mod server;
mod signals;
mod store_trouble;
mod store_watch;
mod tasks;
mod views;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use allclear_engine::failure::chain;
use allclear_local::{DataLock, DataLockError};
use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use crate::arguments::{Place, Up};
use crate::commands::CANNOT_TELL;
use crate::commands::seen::Seen;
use crate::machine::{self, Access, Machine};
use crate::output;
use crate::up::engine::{Engine, Kept};
use crate::up::live::{Live, Shown};
use crate::up::reserve::Reserved;
pub(crate) use crate::up::reserve::listen;
use crate::up::server::Server;
use crate::up::signals::{Hangup, Hangups};
pub(crate) use crate::up::signals::{Signals, until_stopped};
use crate::up::tasks::Tasks;

/// How long checks that are under way are waited for at the end.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long outcomes that the store does not take are tried to be written at the end.
const FLUSH_PATIENCE: Duration = Duration::from_secs(10);

/// How often the data folder is compared with the one that was reserved.
const RENEW_EVERY: Duration = Duration::from_secs(1);

/// Watches, or checks once, in a data folder that no other process works in.
pub(crate) async fn start(
    place: &Place,
    options: &Up,
    signals: Signals,
) -> anyhow::Result<ExitCode> {
    let Signals { mut stops, hangups } = signals;
    let begun = tokio::select! {
        biased;
        () = stops.next() => None,
        begun = begin(place, options) => Some(begun?),
    };
    let Some((machine, Reserved { mut folder, listener })) = begun else {
        output::note("stopping");
        return Ok(if options.once { ExitCode::from(CANNOT_TELL) } else { ExitCode::SUCCESS });
    };
    let Some(listener) = listener else {
        return tokio::select! {
            biased;
            () = stops.next() => anyhow::bail!("stopped before all was checked"),
            code = once(&machine) => code,
        };
    };
    folder.set_address(listener.local_addr()?);
    let stop = async {
        tokio::select! {
            () = stops.next() => Stop::Asked,
            stop = until_taken(&mut folder) => stop,
        }
    };
    let watching = Watching { listener, hangups, reload: Reload::From(place), shown: Shown::All };
    run(machine, watching, stop).await
}

/// Loads the config and reserves what only one process can have.
async fn begin(place: &Place, options: &Up) -> anyhow::Result<(Machine, Reserved)> {
    // A config that is wrong leaves no trace.
    let loaded = machine::load(place)?;
    loaded.check()?;
    // Lets a signal that came meanwhile be received.
    tokio::task::yield_now().await;
    let reserved = reserve::reserve(place, options).await?;
    let mut machine = Machine::with(loaded, place, machine::secrets(place), Access::Record)?;
    machine.connect_channels().await;
    machine::warn_of_channel_secrets(&machine).await;
    Ok((machine, reserved))
}

/// Waits until another process works in the data folder, which can only be if the folder was removed
/// or replaced.
async fn until_taken(folder: &mut DataLock) -> Stop {
    loop {
        sleep(RENEW_EVERY).await;
        if let Err(error) = folder.renew() {
            return Stop::FolderTaken(error);
        }
    }
}

/// Checks everything once, tells, publishes, and prints what was found.
async fn once(machine: &Machine) -> anyhow::Result<ExitCode> {
    let engine = Arc::new(Engine::new(machine, Live::silent())?);
    let mut outcomes = engine.probe_all().await?.outcomes;
    let n_waiting = engine.kept().flush_within(FLUSH_PATIENCE).await;
    anyhow::ensure!(n_waiting == 0, "{n_waiting} outcomes could not be written");
    engine.evaluate().await?;
    engine.deliver().await?;
    engine.publish().await?;
    engine.checkpoint().await?;
    let place = |id| machine.config.monitors.iter().position(|monitor| monitor.id == id);
    outcomes.sort_by_key(|outcome| place(outcome.monitor.clone()));
    let seen = Seen::here(&outcomes)?;
    seen.print(false);
    output::note(&format!("the page is in {}", machine.folder.display()));
    Ok(seen.exit_code())
}

/// The reaction to a hangup while watching.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reload<'a> {
    /// Loads the config of this place again.
    From(&'a Place),
    /// Ends the process as an interrupt does: there is no config file.
    Never,
}

/// The options of a process that watches.
pub(crate) struct Watching<'a> {
    /// The socket at which the page is served.
    pub(crate) listener: TcpListener,
    /// The requests to load the config again.
    pub(crate) hangups: Hangups,
    /// The reaction to them.
    pub(crate) reload: Reload<'a>,
    /// The lines that are shown meanwhile.
    pub(crate) shown: Shown,
}

/// The reason to end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A signal, or the end of a demo.
    Asked,
    /// Another process works in the data folder.
    FolderTaken(DataLockError),
}

/// The step after the handlers were stopped.
enum Next {
    End(Stop),
    Reloaded(Box<Machine>),
}

/// Watches until `stop`.
pub(crate) async fn run(
    mut machine: Machine,
    Watching { listener, mut hangups, reload, shown }: Watching<'_>,
    stop: impl Future<Output = Stop>,
) -> anyhow::Result<ExitCode> {
    let address = listener.local_addr()?;
    let mut stop = std::pin::pin!(stop);
    let kept = Kept::new(&machine);
    let mut tasks = Tasks::default();
    let mut first = Some(listener);
    let server = Arc::new(Server::new(&machine));
    loop {
        let live = Live::new(&machine.config, shown);
        let engine = Arc::new(Engine::listening(&machine, live, kept.clone()).await?);
        server.take_beats_of(engine.prober());
        publish(&engine).await;
        if let Some(listener) = first.take() {
            output::note(&format!("the page is at http://{address}/ (end with Ctrl-C)"));
            tasks.serving.spawn(Arc::clone(&server).serve(listener));
        }
        tasks.start(&engine);
        let next = tokio::select! {
            () = scheduler::run(&engine, &mut tasks.checks) => Next::End(Stop::Asked),
            next = next(&machine, reload, &mut hangups, stop.as_mut()) => next,
            ended = Tasks::ended(&mut tasks.loops, &mut tasks.notifying, &mut tasks.serving) => {
                ended.context("a part of the program ended by itself")?;
                Next::End(Stop::Asked)
            }
        };
        match next {
            Next::Reloaded(reloaded) => {
                engine.close_notifiers();
                tasks.loops.shutdown().await;
                // The next evaluator folds again what is not written here.
                if let Err(error) = engine.checkpoint().await {
                    let error = chain(error.as_ref());
                    tracing::debug!("no checkpoint before the config is changed: {error}");
                }
                machine = *reloaded;
            }
            Next::End(stop) => {
                Live::close();
                output::note("stopping");
                engine.close_notifiers();
                tasks.finish(PATIENCE).await;
                server.close().await;
                tasks.shutdown().await;
                return Ok(match stop {
                    Stop::Asked => end(&engine).await,
                    Stop::FolderTaken(error) => {
                        output::error(&error.into());
                        ExitCode::from(CANNOT_TELL)
                    }
                });
            }
        }
    }
}

/// Waits for the end, or for a config that is valid.
async fn next(
    machine: &Machine,
    reload: Reload<'_>,
    hangups: &mut Hangups,
    mut stop: Pin<&mut impl Future<Output = Stop>>,
) -> Next {
    loop {
        let hangup = tokio::select! {
            stop = stop.as_mut() => return Next::End(stop),
            hangup = hangups.next() => hangup,
        };
        let (Hangup::Reload, Reload::From(place)) = (hangup, reload) else {
            return Next::End(Stop::Asked);
        };
        match machine.reloaded(place).await {
            Ok(reloaded) => {
                machine::warn_of_channel_secrets(&reloaded).await;
                let (file, n) = (place.config.display(), reloaded.config.monitors.len());
                let s = if n == 1 { "" } else { "s" };
                output::note(&format!("`{file}` is loaded again: {n} monitor{s}"));
                return Next::Reloaded(Box::new(reloaded));
            }
            Err(error) => {
                output::error(&error.context("the config in force stays: the new one is refused"));
            }
        }
    }
}

/// Writes and sends the rest at the end.
async fn end(engine: &Arc<Engine>) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let n_lost = engine.kept().flush_within(FLUSH_PATIENCE).await;
    if n_lost > 0 {
        output::note(&format!("error: {n_lost} outcomes could not be written and are lost"));
        code = ExitCode::from(CANNOT_TELL);
    }
    let evaluated = engine.evaluate().await.map(|_| ());
    for error in [evaluated, engine.checkpoint().await].into_iter().filter_map(Result::err) {
        output::error(&error.context("what is decided next is decided at the next start"));
        code = ExitCode::from(CANNOT_TELL);
    }
    let owed_later = "some deliveries are still owed; they are sent at the next start";
    match timeout(PATIENCE, engine.deliver()).await {
        Ok(Ok(None)) => {}
        Ok(Ok(Some(_))) | Err(_) => output::note(owed_later),
        Ok(Err(error)) => output::error(&error.context("some deliveries are still owed")),
    }
    publish(engine).await;
    code
}

/// Publishes the page. A failure is printed, and keeps nothing from watching.
async fn publish(engine: &Arc<Engine>) {
    if let Err(error) = engine.publish().await {
        output::error(&error.context("the page stays as it was"));
    }
}
