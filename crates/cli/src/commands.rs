//! The subcommands, one module each.

pub(crate) mod accounts;
mod ack;
mod apply;
mod check;
mod cost;
mod demo;
mod entries;
mod explain;
mod export;
mod incident;
mod invoke;
mod keys;
mod maintenance;
mod models;
mod notify;
pub(crate) mod outcome_table;
mod render;
mod report;
mod route;
mod silence;
mod simulate;
mod test_rules;
mod validate;
mod wait;

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::arguments::{Arguments, Command};
use crate::up::ProcessSignals;
use crate::{local, output, up};

/// Runs the subcommand.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { place, command } = arguments;
    // Before anything that takes time: a signal that comes meanwhile ends the process cleanly.
    let is_until_stopped = matches!(command, Command::Up(_) | Command::Demo(_));
    let signals = is_until_stopped.then(ProcessSignals::install);
    local::prepare_process();
    match command {
        Command::Up(options) => {
            let signals = signals.unwrap_or_else(ProcessSignals::install);
            Box::pin(up::start(&place, &options, signals)).await
        }
        Command::Check(options) => check::run(&place, &options).await,
        Command::Validate(options) => validate::run(&place, &options),
        Command::Apply(options) => apply::run(&place, &options).await,
        Command::Invoke(options) => invoke::run(&options).await,
        Command::Schema => validate::schema(),
        Command::Report(options) => report::run(&place, &options).await,
        Command::Render(options) => render::run(&place, &options).await,
        Command::Wait(options) => wait::run(&place, &options).await,
        Command::Export(options) => export::run(&place, &options).await,
        Command::Maintenance(options) => maintenance::run(&place, &options).await,
        Command::Silence(options) => silence::run(&place, &options).await,
        Command::Ack(options) => ack::run(&place, &options).await,
        Command::Incident(options) => incident::run(&place, &options).await,
        Command::Route(options) => route::run(&place, &options).await,
        Command::Keys(options) => keys::run(&place, &options).await,
        Command::Models(options) => models::run(&place, &options).await,
        Command::Cost(options) => cost::run(&place, &options).await,
        Command::Notify(options) => notify::run(&place, &options).await,
        Command::Explain(options) => explain::run(&place, &options).await,
        Command::Simulate(options) => simulate::run(&place, &options).await,
        Command::TestRules(options) => test_rules::run(&options),
        Command::Demo(options) => {
            let signals = signals.unwrap_or_else(ProcessSignals::install);
            Box::pin(demo::run(&options, signals)).await
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "allclear", &mut script);
            output::line(String::from_utf8_lossy(&script).trim_end());
            Ok(ExitCode::SUCCESS)
        }
    }
}
