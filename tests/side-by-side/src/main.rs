#![doc = include_str!("../README.md")]

mod aims;
mod allclear;
mod arguments;
mod blackbox;
mod child;
mod client;
mod pace;
mod report;
mod rhythm;
mod scenario;
mod simulator;
mod targets;
mod usage;

use std::io::Write as _;
use std::process::ExitCode;

use arguments::Arguments;
use clap::Parser as _;
use report::Report;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Ended from outside as well, it must come to its end: the processes end with it.
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
    let mut report = Report::of_this_machine(arguments)?;
    for scenario in arguments.scenarios() {
        report.measured.push(scenario::measure(scenario, arguments).await?);
    }
    let text = if arguments.json {
        serde_json::to_string_pretty(&report)? + "\n"
    } else {
        report.to_string()
    };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// Waits for an interrupt or a request to end.
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

/// Tells how far it is.
fn progress(text: &str) {
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}
