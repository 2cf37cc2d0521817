#![doc = include_str!("../README.md")]

mod aims;
mod allclear;
mod arguments;
mod blackbox;
mod child;
mod client;
mod interval_stats;
mod pace;
mod plugin;
mod report;
mod scenario;
mod servers;
mod service;
mod services;
mod simulator;
mod targets;
mod usage;

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;

use arguments::Arguments;
use clap::Parser as _;
use report::Report;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A signal must also end the run regularly, because that ends the child processes.
    let ended = tokio::select! {
        ended = run(&arguments) => ended,
        signal = stopped() => signal.and(Err(anyhow::anyhow!("stopped"))),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            progress(&format!("side-by-side: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if let Some(plugins) = &arguments.plugins {
        let report = services::measure(arguments, plugins).await?;
        return print(&report, arguments);
    }
    let mut report = Report::of_this_machine(arguments)?;
    for scenario in arguments.scenarios() {
        report.measured.push(scenario::measure(scenario, arguments).await?);
    }
    print(&report, arguments)
}

fn print(report: &(impl Display + Serialize), arguments: &Arguments) -> anyhow::Result<()> {
    let text = if arguments.json {
        serde_json::to_string_pretty(report)? + "\n"
    } else {
        report.to_string()
    };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// Waits for an interrupt or a termination signal.
async fn stopped() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt?,
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

/// Reports the progress.
fn progress(text: &str) {
    // An error of standard error cannot be reported.
    let _ = writeln!(std::io::stderr(), "{text}");
}
