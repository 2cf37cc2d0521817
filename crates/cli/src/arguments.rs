//! The command line.

mod llm;

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

use allclear_core::id::MonitorId;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use self::llm::{Keys, KeysCommand, ListKeys, Models, SetKey, ValidateKeys};

/// Watches services and LLM providers, tells whose fault a failure is, and publishes a status page.
#[derive(Debug, Parser)]
#[command(name = "allclear", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the config and the data are.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// The config file
    #[arg(short, long, global = true, default_value = "allclear.toml", env = "ALLCLEAR_CONFIG")]
    pub(crate) config: PathBuf,
    /// The folder of the database and the page
    #[arg(long, global = true, default_value = "allclear-data", env = "ALLCLEAR_DATA")]
    pub(crate) data: PathBuf,
}

impl Place {
    /// The same place with the config in `file`, where one is named.
    pub(crate) fn of(&self, file: Option<&PathBuf>) -> Self {
        let config = file.unwrap_or(&self.config).clone();
        Self { config, data: self.data.clone() }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Watch: check on schedule, alert, and serve the page
    Up(Up),
    /// Check now, and record nothing
    ///
    /// Exits with 0 if all are healthy, 1 if one is not, 2 if one cannot be told.
    Check(Check),
    /// Say everything that is wrong with the config
    Validate(Validate),
    /// Put the config in force in a deployed stack
    ///
    /// Shows what it changes and asks. The functions take it at their next run. Exits with 0 if it
    /// is in force or nothing changes, 1 if it was refused, 2 if it could not be applied; whatever
    /// is refused leaves the old one in force.
    Apply(Apply),
    /// Check now in the deployed prober, also what is not in the config
    ///
    /// Exits as `check` does.
    Invoke(Invoke),
    /// Print the JSON Schema of the config, for editors
    Schema,
    /// Say how everything is, from what was recorded
    Report(Report),
    /// Check one monitor again and again until it is healthy
    ///
    /// Exits with 0 when it is, 1 when the time is over, 2 if it cannot be told.
    Wait(Wait),
    /// Print everything that was recorded, as JSON
    Export(Export),
    /// Keep the keys of LLM providers, and ask whether they are good
    Keys(Keys),
    /// Say which models the configured providers have, and what is known of them
    Models(Models),
    /// Say what the config costs a month on AWS
    ///
    /// From the sizes of real records of a made-up day, with AWS's free tiers and without.
    Cost(Cost),
    /// Watch made-up services go through an outage, with 90 days of history
    ///
    /// Everything runs on this machine, needs no config, and is gone at the end.
    Demo(Demo),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Up {
    /// Where the page is served and beats are received
    #[arg(long, default_value = "127.0.0.1:8080", env = "ALLCLEAR_LISTEN", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Check everything once, publish, tell, and end
    #[arg(long)]
    pub(crate) once: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which stack, where a command can do without.
#[derive(Debug, Clone, Args)]
pub(crate) struct StackOption {
    /// Ask the deployed stack of this name in place of this machine
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The config file
    pub(crate) file: Option<PathBuf>,
    /// The deployed stack
    #[arg(long, value_name = "NAME", default_value = "allclear", env = "ALLCLEAR_STACK")]
    pub(crate) stack: String,
    /// Apply without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Show what it changes, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the plan as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Invoke {
    /// The monitors of the config in force; all if none is named
    pub(crate) ids: Vec<MonitorId>,
    /// Check this in place of a monitor: `http = { url = "https://example.com" }`, or the same in JSON
    #[arg(long, value_name = "TOML OR JSON", conflicts_with_all = ["ids", "record"])]
    pub(crate) check: Option<String>,
    /// Record the outcomes as if they had been due
    #[arg(long)]
    pub(crate) record: bool,
    /// The deployed stack
    #[arg(long, value_name = "NAME", default_value = "allclear", env = "ALLCLEAR_STACK")]
    pub(crate) stack: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The monitors; all if none is named
    pub(crate) ids: Vec<MonitorId>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// The monitor
    pub(crate) id: MonitorId,
    /// How long to wait, such as `90s` or `5m`
    #[arg(long, default_value = "5m", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// How long between two checks
    #[arg(long, default_value = "5s", value_parser = duration)]
    pub(crate) every: Duration,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// How far back, such as `24h` or `7d`
    #[arg(long, default_value = "14d", value_parser = duration)]
    pub(crate) since: Duration,
    /// Write to this file
    #[arg(short, long)]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct Cost {
    /// The config file
    pub(crate) file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// From how many regions is checked
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=30))]
    pub(crate) regions: u32,
    /// How long all checks of a minute take together: as long as the slowest
    #[arg(long, default_value = "1500ms", value_parser = duration)]
    pub(crate) check_duration: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where the page is served
    #[arg(long, default_value = "127.0.0.1:8080", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// End after this time; without it, at the first interrupt
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub(crate) lasting: Option<Duration>,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let resolved = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    resolved.ok_or_else(|| "write an address and a port, such as `127.0.0.1:8080`".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    allclear_core::duration::parse(text)
        .map_err(|error| format!("{error}: {}", allclear_core::duration::DURATION_HINT))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
