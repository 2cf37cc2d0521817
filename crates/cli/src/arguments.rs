//! The command line.

mod entries;
mod exit_codes;
mod incidents;
mod llm;
mod named;
mod notify;
mod rehearse;
mod render;
mod route;
pub(crate) mod when;
mod words;

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

use allclear_core::id::MonitorId;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use self::entries::{
    Ack, AddMaintenance, AddSilence, Authorship, EndEntry, ListEntries, MaintenanceCommand,
    MaintenanceOptions, SilenceCommand, SilenceOptions,
};
pub(crate) use self::incidents::{
    IncidentCommand, IncidentOptions, ListIncidents, NextUpdateOptions, OpenIncident,
    PublishIncident, ReviseIncident, ShowIncident, StoreOptions, WriteAbout, WrittenText,
};
pub(crate) use self::llm::{KeysCommand, KeysOptions, ListKeys, Models, SetKey, ValidateKeys};
pub(crate) use self::named::{Named, file_of_this_name};
pub(crate) use self::notify::{NotifyCommand, NotifyOptions, NotifyTest};
pub(crate) use self::rehearse::{Explain, Simulate, TestRules};
pub(crate) use self::render::RenderOptions;
pub(crate) use self::route::RouteOptions;

/// Monitors services and LLM providers, finds the cause of failures, and publishes a status page.
#[derive(Debug, Parser)]
#[command(name = "allclear", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) place: Paths,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The paths of the config file and of the data folder.
#[derive(Debug, Clone, Args)]
pub(crate) struct Paths {
    /// Path of the config file
    #[arg(short, long, global = true, default_value = "allclear.toml", env = "ALLCLEAR_CONFIG")]
    pub(crate) config: PathBuf,
    /// Path of the folder with the database and the page
    #[arg(long, global = true, default_value = "allclear-data", env = "ALLCLEAR_DATA")]
    pub(crate) data: PathBuf,
    /// True if `--config` stands on the command line.
    #[arg(skip)]
    pub(crate) names_config: bool,
}

impl Arguments {
    /// Reads the command line. What is wrong with it is printed, and ends the process.
    pub(crate) fn read() -> Self {
        let matches = Self::command().get_matches();
        let mut arguments = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        arguments.place.names_config = is_named(&matches, "config");
        arguments
    }
}

/// Returns whether an option stands on the command line, and not in the environment alone.
fn is_named(matches: &ArgMatches, option: &str) -> bool {
    matches.value_source(option) == Some(ValueSource::CommandLine)
        || matches.subcommand().is_some_and(|(_, matches)| is_named(matches, option))
}

impl Paths {
    /// Creates the place from the paths of a config and of a data folder.
    pub(crate) fn new(config: impl Into<PathBuf>, data: impl Into<PathBuf>) -> Self {
        Self { config: config.into(), data: data.into(), names_config: false }
    }

    /// Returns the same place with the config in `file`, if one is named. Naming it twice is fine,
    /// naming two is an error.
    pub(crate) fn of(&self, file: Option<&PathBuf>) -> anyhow::Result<Self> {
        let Some(file) = file else { return Ok(self.clone()) };
        anyhow::ensure!(
            !self.names_config || self.config == *file,
            "two configs given, `{}` and, with `--config`, `{}`: remove one",
            file.display(),
            self.config.display()
        );
        Ok(Self { config: file.clone(), ..self.clone() })
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check on schedule, notify, and serve the page
    ///
    /// The config is reloaded when its file changes and on a hangup (SIGHUP). An invalid config
    /// leaves the last valid one active. A data folder can be used by one process only.
    #[command(after_help = exit_codes::UP.help())]
    Up(Up),
    /// Check now without recording
    #[command(after_help = exit_codes::CHECK.help())]
    Check(Check),
    /// Validate the config and list all errors
    #[command(after_help = exit_codes::VALIDATE.help())]
    Validate(Validate),
    /// Activate the config in a deployed stack
    ///
    /// Shows the changes and asks for confirmation. The functions use the new config at their next
    /// run. If the config is refused, the old one stays active.
    #[command(after_help = exit_codes::APPLY.help())]
    Apply(Apply),
    /// Run checks in the deployed prober now
    #[command(after_help = exit_codes::CHECK.help())]
    Invoke(Invoke),
    /// Print the JSON Schema of the config, for editors
    #[command(after_help = exit_codes::PRINTS.help())]
    Schema,
    /// Show the status of all monitors, from the recorded outcomes
    #[command(after_help = exit_codes::PRINTS.help())]
    Report(ReportOptions),
    /// Write the status page into a folder, from the recorded outcomes
    ///
    /// Runs no checks. Writes the files that differ, `index.html` last, and removes files of an earlier page.
    #[command(after_help = exit_codes::RENDER.help())]
    Render(RenderOptions),
    /// Check one monitor repeatedly until it is healthy
    #[command(after_help = exit_codes::WAIT.help())]
    Wait(Wait),
    /// Print everything that was recorded, as JSON
    #[command(after_help = exit_codes::PRINTS.help())]
    Export(Export),
    /// Add, list and end maintenance windows
    Maintenance(MaintenanceOptions),
    /// Silence alerts for a time, list and end silences
    Silence(SilenceOptions),
    /// Acknowledge the firing alerts of a monitor
    ///
    /// Reminders and escalation stop. The resolution is sent nevertheless.
    #[command(after_help = exit_codes::ACK.help())]
    Ack(Ack),
    /// Open, update, publish and resolve incidents of the public page
    Incident(IncidentOptions),
    /// Show the channels that alerts of a monitor go to, and the reasons
    ///
    /// Prints each route that is tried with its matchers, the channels with the reason if one does not get the
    /// alert, and the settings of the notification.
    #[command(after_help = exit_codes::PRINTS.help())]
    Route(RouteOptions),
    /// Store and validate API keys of LLM providers
    Keys(KeysOptions),
    /// List the models of the configured providers and their properties
    #[command(after_help = exit_codes::MODELS.help())]
    Models(Models),
    /// Estimate the monthly cost of the config on AWS
    ///
    /// From the sizes of real records of a simulated day, with AWS's free tiers and without.
    #[command(after_help = exit_codes::PRINTS.help())]
    Cost(CostOptions),
    /// Test the channels of the config
    Notify(NotifyOptions),
    /// Explain a reason code, or why a notification was sent or not
    ///
    /// For a code, prints the meaning, the fault, the notified channels, the effect on the page and the remedy. For a
    /// monitor, an alert, a notification, a group of alerts or an incident, prints the outcomes, the rules, the
    /// suppressions and the deliveries as a time line. Without an id, lists all codes.
    #[command(after_help = exit_codes::EXPLAIN.help())]
    Explain(Explain),
    /// Replay recorded outcomes through other rules, and show the difference
    ///
    /// Reads the config with `--config`. Prints what would have been sent and suppressed otherwise than the records
    /// say, each difference with its causes.
    #[command(after_help = exit_codes::SIMULATE.help())]
    Simulate(Simulate),
    /// Run files of rule tests
    ///
    /// A test has a series of outcomes and the notifications that it must lead to. See docs/rehearsal.md.
    #[command(name = "test", after_help = exit_codes::TEST.help())]
    TestRules(TestRules),
    /// Show simulated services with 90 days of history going through outages
    ///
    /// Runs on this machine, needs no config, and removes its files at the end.
    #[command(after_help = exit_codes::DEMO.help())]
    Demo(Demo),
    /// Print completions for a shell
    #[command(after_help = exit_codes::PRINTS.help())]
    Completions {
        /// Shell to generate completions for
        shell: Shell,
    },
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Up {
    /// Serve the page and receive beats at this address
    #[arg(long, default_value = "127.0.0.1:8080", env = "ALLCLEAR_LISTEN", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Check all monitors once, publish, notify, and exit
    #[arg(long)]
    pub(crate) once: bool,
    /// Stop the process that uses the data folder, and take its place
    #[arg(long)]
    pub(crate) takeover: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// Path of the config file, as with `--config`
    pub(crate) file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options that select a stack, for commands that also work without one.
#[derive(Debug, Clone, Args)]
pub(crate) struct StackOption {
    /// Use this deployed stack instead of this machine
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: Option<String>,
}

impl StackOption {
    /// Returns the place with the config in `file`, if one is named. A stack has a config of its
    /// own, so none can be named beside it.
    pub(crate) fn place(&self, place: &Paths, file: Option<&PathBuf>) -> anyhow::Result<Paths> {
        if let (Some(file), Some(stack)) = (file, &self.stack) {
            anyhow::bail!(
                "`{}` is not used: the stack `{stack}` has the config that was applied to it",
                file.display()
            );
        }
        place.of(file)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// Path of the config file
    pub(crate) file: Option<PathBuf>,
    /// Name of the deployed stack
    #[arg(long, value_name = "NAME", default_value = "allclear", env = "ALLCLEAR_STACK")]
    pub(crate) stack: String,
    /// Apply without confirmation
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Show the changes without making them
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the plan as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Invoke {
    /// Ids of monitors of the active config; all if omitted
    pub(crate) ids: Vec<MonitorId>,
    /// Run this check instead of monitors: `http = { url = "https://example.com" }`, or the same
    /// in JSON
    #[arg(long, value_name = "TOML OR JSON", conflicts_with_all = ["ids", "record"])]
    pub(crate) check: Option<String>,
    /// Record the outcomes like those of scheduled checks
    #[arg(long)]
    pub(crate) record: bool,
    /// Name of the deployed stack
    #[arg(long, value_name = "NAME", default_value = "allclear", env = "ALLCLEAR_STACK")]
    pub(crate) stack: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Ids of monitors, all if omitted; and a config file, as with `--config`
    ///
    /// An argument that ends in `.toml` or contains a `/` is the config, any other one is the id of
    /// a monitor, even if a file has the same name: write `./api` for a file `api`.
    #[arg(value_name = "ID OR FILE")]
    pub(crate) named: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct ReportOptions {
    /// Path of the config file, as with `--config`
    pub(crate) file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// Id of the monitor; and a config file, as with `--config`
    ///
    /// An argument that ends in `.toml` or contains a `/` is the config, the other one is the id of
    /// the monitor, even if a file has the same name: write `./api` for a file `api`.
    #[arg(value_name = "ID OR FILE", required = true, num_args = 1..=2)]
    pub(crate) named: Vec<String>,
    /// Maximum time to wait, such as `90s` or `5m`
    #[arg(long, default_value = "5m", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) timeout: Duration,
    /// Pause between two checks
    #[arg(long, default_value = "5s", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) every: Duration,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Path of the config file, as with `--config`
    pub(crate) file: Option<PathBuf>,
    /// Age of the oldest records, such as `24h` or `7d`
    #[arg(long, default_value = "14d", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) since: Duration,
    /// Write to this file
    #[arg(short, long)]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct CostOptions {
    /// Path of the config file
    pub(crate) file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Number of regions that run the checks
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=30))]
    pub(crate) regions: u32,
    /// Assumed duration of the slowest check of each minute
    #[arg(long, default_value = "1500ms", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) check_duration: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Serve the page at this address
    #[arg(long, default_value = "127.0.0.1:8080", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Stop after this time; without it, at the first interrupt
    #[arg(long = "for", value_name = "DURATION", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) lasting: Option<Duration>,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let resolved = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    resolved.ok_or_else(|| "write an address and a port, such as `127.0.0.1:8080`".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    if text.trim_start().starts_with('-') {
        return Err("a duration must be positive, such as `30m`".to_owned());
    }
    allclear_core::duration::parse(text)
        .map_err(|error| format!("{error}: {}", allclear_core::duration::DURATION_HINT))
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use super::*;

    #[test]
    fn a_negative_duration_is_refused_with_its_reason() {
        for arguments in [
            &["incident", "open", "Title", "--next-update-in", "-5m"][..],
            &["demo", "--for", "-5m"],
        ] {
            let all = ["allclear"].iter().chain(arguments);
            let error = Arguments::command().try_get_matches_from(all).unwrap_err().to_string();
            assert!(error.contains("must be positive"), "{error}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    /// Returns the commands that have no subcommands, by their full names.
    fn commands(command: &Command, before: &str) -> Vec<(String, Command)> {
        let name = format!("{before}{}", command.get_name());
        if !command.has_subcommands() {
            return vec![(name, command.clone())];
        }
        let each = command.get_subcommands().filter(|one| one.get_name() != "help");
        each.flat_map(|one| commands(one, &format!("{name} "))).collect()
    }

    #[test]
    fn every_help_names_the_exit_codes() {
        let commands = commands(&Arguments::command(), "");
        assert!(commands.len() >= 15, "{commands:?}");
        for (name, mut command) in commands {
            for help in [command.render_help(), command.render_long_help()] {
                let help = help.to_string();
                let codes = help.split_once("Exit codes:\n").unwrap_or_else(|| panic!("{name}")).1;
                assert!(codes.starts_with("  0  ") && codes.contains("\n  2  "), "{name}: {help}");
            }
        }
    }

    fn unnamed(config: &str) -> Paths {
        Paths { config: config.into(), data: "data".into(), names_config: false }
    }

    fn named(config: &str) -> Paths {
        Paths { names_config: true, ..unnamed(config) }
    }

    #[test]
    fn a_config_may_be_given_twice_if_it_is_the_same() {
        let file = PathBuf::from("other.toml");
        let config = |place: Paths| Some(place.of(Some(&file)).ok()?.config);
        assert_eq!(config(unnamed("allclear.toml")), Some(file.clone()));
        assert_eq!(config(named("other.toml")), Some(file.clone()));
        assert_eq!(config(named("allclear.toml")), None);
        let unnamed = named("allclear.toml").of(None).unwrap();
        assert_eq!(unnamed.config, PathBuf::from("allclear.toml"));
        let error = named("allclear.toml").of(Some(&file)).unwrap_err().to_string();
        assert!(error.contains("`other.toml`") && error.contains("`allclear.toml`"), "{error}");
    }

    #[test]
    fn a_config_file_is_refused_with_a_stack() {
        let (stack, none) = (StackOption { stack: Some("prod".to_owned()) }, None);
        let (file, place) = (PathBuf::from("other.toml"), unnamed("allclear.toml"));
        assert!(stack.place(&place, none).is_ok());
        let error = stack.place(&place, Some(&file)).unwrap_err().to_string();
        assert!(error.starts_with("`other.toml` is not used: the stack `prod`"), "{error}");
        let here = StackOption { stack: None }.place(&place, Some(&file)).unwrap();
        assert_eq!(here.config, file);
    }
}
