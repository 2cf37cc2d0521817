//! The command `allclear-simulator`: a simulator in a separate process that runs until it is
//! killed.

mod arguments;

use std::future::pending;
use std::io::Write;
use std::process::ExitCode;

use allclear_simulator::Simulator;
use arguments::{Arguments, USAGE};

/// One thread, because a benchmark gives the simulator one core and the rest to the measured
/// program.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // An error of standard error cannot be reported.
            let _ = writeln!(std::io::stderr(), "allclear-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    if arguments.help {
        return Ok(std::io::stdout().write_all(USAGE.as_bytes())?);
    }
    raise_file_limit();
    let simulator = Simulator::start(arguments.config()?).await?;
    if let Some(path) = &arguments.ca_out {
        std::fs::write(path, simulator.ca_pem()).map_err(|error| {
            format!("cannot write `{path}`: {error}: choose a place that is writable")
        })?;
    }
    writeln!(std::io::stdout(), "{}", simulator.addresses()?)?;
    std::io::stdout().flush()?;
    pending().await
}

/// Raises the limit of open files. Each hanging connection is an open file, and the usual limit is
/// 1,024.
fn raise_file_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let maximum = getrlimit(Resource::Nofile).maximum;
        // If this fails, the old limit stays in effect.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}
