//! `allclear up`: scheduler, server and the four handlers in one process.
//!
//! Each handler runs in a loop of its own and is woken by what it reads: a written run wakes the
//! evaluator, a decision wakes the notifier and the generator. A wake-up that is lost changes
//! nothing, as each of them also looks by itself from time to time.

mod engine;
pub(crate) mod live;
mod scheduler;
mod server;
mod views;

use std::future::Future;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::commands::seen::Seen;
use crate::machine::Machine;
use crate::output;
use crate::up::engine::Engine;
use crate::up::live::Live;

/// How long checks that are under way are waited for at the end.
const PATIENCE: Duration = Duration::from_secs(3);

/// Checks everything once, tells, publishes, and prints what was found.
pub(crate) async fn once(machine: &Machine) -> anyhow::Result<ExitCode> {
    let engine = Arc::new(Engine::new(machine, Live::silent())?);
    let mut outcomes = engine.probe_all().await?.outcomes;
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

/// Watches until `stop`.
pub(crate) async fn run(
    machine: Machine,
    listen: SocketAddr,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<ExitCode> {
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("the address {listen} cannot be used; choose another with `--listen`")
    })?;
    let address = listener.local_addr()?;
    let _mark = machine.mark();
    let live = Live::new(machine.config.monitors.len());
    let engine = Arc::new(Engine::listening(&machine, live).await?);
    engine.publish().await?;
    output::note(&format!("the page is at http://{address}/ (end with Ctrl-C)"));

    let mut loops = JoinSet::new();
    let server = Arc::new(server::Server::new(&machine, &engine));
    loops.spawn(Arc::clone(&server).serve(listener));
    loops.spawn(Arc::clone(&engine).evaluate_always());
    loops.spawn(Arc::clone(&engine).deliver_always());
    loops.spawn(Arc::clone(&engine).publish_always());
    loops.spawn(Arc::clone(&engine).prune_always());
    let mut checks = JoinSet::new();
    tokio::select! {
        () = scheduler::run(&engine, &mut checks) => {}
        () = stop => {}
        Some(ended) = loops.join_next() => {
            ended.context("a part of the program ended by itself")?;
        }
    }

    Live::close();
    output::note("stopping");
    let _ = timeout(PATIENCE, async { while checks.join_next().await.is_some() {} }).await;
    checks.abort_all();
    server.close().await;
    loops.shutdown().await;
    engine.evaluate().await?;
    engine.checkpoint().await?;
    if timeout(PATIENCE, engine.deliver()).await.is_err() {
        output::note("some deliveries are still owed; they are sent at the next start");
    }
    engine.publish().await?;
    Ok(ExitCode::SUCCESS)
}

/// Waits for an interrupt or a request to end.
pub(crate) async fn until_stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
