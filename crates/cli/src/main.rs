#![doc = include_str!("../README.md")]

mod arguments;
mod commands;
mod machine;
mod output;
mod up;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::Arguments;

/// Two threads make thousands of checks a second; each more costs memory.
const WORKERS: usize = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    machine::prepare_process();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            output::error(&anyhow::Error::new(error).context("no runtime could be started"));
            return ExitCode::from(commands::CANNOT_TELL);
        }
    };
    match runtime.block_on(commands::run(arguments)) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::from(commands::CANNOT_TELL)
        }
    }
}
