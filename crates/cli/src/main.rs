#![doc = include_str!("../README.md")]

mod arguments;
mod clock;
mod commands;
mod exit_code;
mod local;
mod output;
mod stack;
mod up;

use std::process::ExitCode;

use crate::arguments::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::read();
    // One thread makes thousands of checks a second, and each more has memory of its own.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::error(&anyhow::Error::new(error).context("cannot start the runtime"));
            return ExitCode::from(exit_code::CANNOT_TELL);
        }
    };
    match runtime.block_on(commands::run(arguments)) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::from(exit_code::CANNOT_TELL)
        }
    }
}
