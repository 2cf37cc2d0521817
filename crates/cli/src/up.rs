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
mod views;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::arguments::{Place, Up};
use crate::commands::CANNOT_TELL;
use crate::commands::seen::Seen;
use crate::machine::{self, Access, Machine};
use crate::output;
use crate::up::engine::{Engine, Kept};
use crate::up::live::{Live, Shown};
use crate::up::reserve::IfInUse;
pub(crate) use crate::up::signals::until_stopped;
use crate::up::signals::{Hangup, Hangups};

/// How long checks that are under way are waited for at the end.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long outcomes that the store does not take are tried to be written at the end.
const FLUSH_PATIENCE: Duration = Duration::from_secs(10);

/// Watches, or checks once, in a data folder that no other process works in.
pub(crate) async fn start(place: &Place, options: &Up) -> anyhow::Result<ExitCode> {
    // A config that is wrong leaves no trace.
    let loaded = machine::load(place)?;
    let if_in_use = if options.takeover { IfInUse::TakeOver } else { IfInUse::Refuse };
    let _reserved = reserve::reserve(&place.data, if_in_use)?;
    let mut machine = Machine::with(loaded, place, machine::secrets(place), Access::Record)?;
    machine.connect_channels().await;
    if options.once {
        once(&machine).await
    } else {
        let watching =
            Watching { listen: options.listen, reload: Reload::From(place), shown: Shown::All };
        run(machine, watching, until_stopped()).await
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
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watching<'a> {
    /// The address at which the page is served.
    pub(crate) listen: SocketAddr,
    /// The reaction to a hangup.
    pub(crate) reload: Reload<'a>,
    /// The lines that are shown meanwhile.
    pub(crate) shown: Shown,
}

/// The step after the handlers were stopped.
enum Next {
    End,
    Reloaded(Box<Machine>),
}

/// Watches until `stop`.
pub(crate) async fn run(
    mut machine: Machine,
    Watching { listen, reload, shown }: Watching<'_>,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<ExitCode> {
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("the address {listen} cannot be used; choose another with `--listen`")
    })?;
    let address = listener.local_addr()?;
    let listener = listener.into_std()?;
    let mut hangups = Hangups::new();
    let mut stop = std::pin::pin!(stop);
    let kept = Kept::new(&machine);
    let mut checks = JoinSet::new();
    let mut is_first = true;
    loop {
        let live = Live::new(&machine.config, shown);
        let engine = Arc::new(Engine::listening(&machine, live, kept.clone()).await?);
        publish(&engine).await;
        if is_first {
            output::note(&format!("the page is at http://{address}/ (end with Ctrl-C)"));
            is_first = false;
        }
        let mut loops = JoinSet::new();
        let server = Arc::new(server::Server::new(&machine, &engine));
        loops.spawn(Arc::clone(&server).serve(TcpListener::from_std(listener.try_clone()?)?));
        loops.spawn(Arc::clone(&engine).evaluate_always());
        loops.spawn(Arc::clone(&engine).deliver_always());
        loops.spawn(Arc::clone(&engine).publish_always());
        loops.spawn(Arc::clone(&engine).prune_always());
        loops.spawn(Arc::clone(&engine).flush_always());
        loops.spawn(Arc::clone(&engine).watch_store_always());
        let next = tokio::select! {
            () = scheduler::run(&engine, &mut checks) => Next::End,
            next = next(&machine, reload, &mut hangups, stop.as_mut()) => next,
            Some(ended) = loops.join_next() => {
                ended.context("a part of the program ended by itself")?;
                Next::End
            }
        };
        match next {
            Next::Reloaded(reloaded) => {
                server.close().await;
                let _ = timeout(PATIENCE, engine.finish_deliveries()).await;
                loops.shutdown().await;
                // The next evaluator folds again what is not written here.
                if let Err(error) = engine.checkpoint().await {
                    tracing::debug!("no checkpoint before the config is changed: {error:#}");
                }
                machine = *reloaded;
            }
            Next::End => {
                Live::close();
                output::note("stopping");
                let _ =
                    timeout(PATIENCE, async { while checks.join_next().await.is_some() {} }).await;
                checks.abort_all();
                server.close().await;
                let _ = timeout(PATIENCE, engine.finish_deliveries()).await;
                loops.shutdown().await;
                return Ok(end(&engine).await);
            }
        }
    }
}

/// Waits for the end, or for a config that is valid.
async fn next(
    machine: &Machine,
    reload: Reload<'_>,
    hangups: &mut Hangups,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Next {
    loop {
        let hangup = tokio::select! {
            () = stop.as_mut() => return Next::End,
            hangup = hangups.next() => hangup,
        };
        let (Hangup::Reload, Reload::From(place)) = (hangup, reload) else { return Next::End };
        match machine.reloaded(place).await {
            Ok(reloaded) => {
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
