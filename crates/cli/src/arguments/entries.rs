//! The arguments of `maintenance`, `silence` and `ack`.

use std::time::Duration;

use allclear_core::id::{EntryId, MonitorId, RuleId};
use allclear_core::matcher::Matcher;
use allclear_core::window::RecurrenceRule;
use clap::{Args, Subcommand};

use super::{StackOption, duration, exit_codes, when, words};
use crate::arguments::when::{When, Zone};

#[derive(Debug, Args)]
pub(crate) struct MaintenanceOptions {
    #[command(subcommand)]
    pub(crate) command: MaintenanceCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MaintenanceCommand {
    /// Add a maintenance window now or for later
    ///
    /// Notifications are suppressed and the page announces the window. Checks continue. What still
    /// fires at the end is notified then.
    #[command(after_help = exit_codes::ENTRY_ADD.help())]
    Add(Box<AddMaintenance>),
    /// List the windows of the config and those added here, with their next openings
    #[command(after_help = exit_codes::PRINTS.help())]
    List(ListEntries),
    /// End a window that was added here, now
    #[command(after_help = exit_codes::ENTRY_END.help())]
    #[command(mut_arg("id", |arg| arg.help("Name of the window, as `maintenance list` shows it")))]
    End(EndEntry),
}

#[derive(Debug, Args)]
pub(crate) struct AddMaintenance {
    /// Title on the public page
    #[arg(allow_hyphen_values = true, value_parser = words::sentence)]
    pub(crate) title: String,
    /// Start: `now`, `+2h`, `2026-12-01T02:00:00Z`, or `2026-12-01T02:00` with `--time-zone`
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = when::when)]
    pub(crate) from: When,
    /// End, in the same notation
    #[arg(long, value_name = "TIME", value_parser = when::when, required_unless_present = "lasting")]
    pub(crate) to: Option<When>,
    /// Length from the start, such as `2h`, in place of `--to`
    #[arg(long = "for", value_name = "DURATION", value_parser = duration, allow_hyphen_values = true, conflicts_with = "to")]
    pub(crate) lasting: Option<Duration>,
    /// Repeat the window: `FREQ=MONTHLY;BYDAY=2TU` (RFC 5545)
    #[arg(long, value_name = "RULE", value_parser = when::rule)]
    pub(crate) rrule: Option<RecurrenceRule>,
    /// IANA name of the time zone of local times: `Europe/Berlin`
    #[arg(long, value_name = "NAME", value_parser = when::zone)]
    pub(crate) time_zone: Option<Zone>,
    /// Only this monitor; repeatable
    #[arg(long = "monitor", value_name = "ID")]
    pub(crate) monitors: Vec<MonitorId>,
    /// Only the monitors of this group; repeatable
    #[arg(long = "group", value_name = "NAME")]
    pub(crate) groups: Vec<String>,
    /// Only the monitors with this tag; repeatable
    #[arg(long = "tag", value_name = "NAME")]
    pub(crate) tags: Vec<String>,
    /// Further details for the public page
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = words::sentence)]
    pub(crate) description: Option<String>,
    /// Name of the window; one is chosen if omitted
    #[arg(long)]
    pub(crate) id: Option<EntryId>,
    #[command(flatten)]
    pub(crate) by: Authorship,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

/// The person who makes an entry, and the reason.
#[derive(Debug, Args)]
pub(crate) struct Authorship {
    /// Author; the name of the current user if omitted
    #[arg(long, value_name = "NAME", allow_hyphen_values = true, value_parser = words::sentence)]
    pub(crate) author: Option<String>,
    /// Reason, for your team
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        allow_hyphen_values = true,
        value_parser = words::sentence
    )]
    pub(crate) comment: String,
}

#[derive(Debug, Args)]
pub(crate) struct ListEntries {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct EndEntry {
    /// Name of the entry, as `list` shows it
    pub(crate) id: EntryId,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct SilenceOptions {
    #[command(subcommand)]
    pub(crate) command: SilenceCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SilenceCommand {
    /// Silence alerts for a time
    ///
    /// Checks and alerts continue. What still fires at the end is notified then, and a resolution is
    /// sent to every channel that received the alert.
    #[command(after_help = exit_codes::ENTRY_ADD.help())]
    Add(Box<AddSilence>),
    /// List the silences of the config and those added here
    #[command(after_help = exit_codes::PRINTS.help())]
    List(ListEntries),
    /// End a silence that was added here, now
    #[command(after_help = exit_codes::ENTRY_END.help())]
    #[command(mut_arg("id", |arg| arg.help("Name of the silence, as `silence list` shows it")))]
    Expire(EndEntry),
}

#[derive(Debug, Args)]
pub(crate) struct AddSilence {
    /// Matchers, all of which must hold: `group=payments`, `rule=~"high_.*"`
    ///
    /// The labels are `monitor`, `group`, `tag`, `rule`, `severity`, `fault` and `region`; the comparisons are
    /// `=`, `!=`, `=~` (a regular expression for the whole value) and `!~`.
    #[arg(value_name = "MATCHER", required = true, value_parser = when::matcher)]
    pub(crate) matchers: Vec<Matcher>,
    /// Start: `now`, `+2h`, `2026-12-01T02:00:00Z`, or `2026-12-01T02:00` with `--time-zone`
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = when::when)]
    pub(crate) from: When,
    /// End, in the same notation
    #[arg(long, value_name = "TIME", value_parser = when::when, required_unless_present = "lasting")]
    pub(crate) until: Option<When>,
    /// Length from the start, such as `2h`, in place of `--until`
    #[arg(long = "for", value_name = "DURATION", value_parser = duration, allow_hyphen_values = true, conflicts_with = "until")]
    pub(crate) lasting: Option<Duration>,
    /// IANA name of the time zone of local times: `Europe/Berlin`
    #[arg(long, value_name = "NAME", value_parser = when::zone)]
    pub(crate) time_zone: Option<Zone>,
    /// Name of the silence; one is chosen if omitted
    #[arg(long)]
    pub(crate) id: Option<EntryId>,
    #[command(flatten)]
    pub(crate) by: Authorship,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct Ack {
    /// Id of the monitor whose firing alerts to acknowledge
    #[arg(required_unless_present = "list")]
    pub(crate) monitor: Option<MonitorId>,
    /// Only the alert of this rule; repeatable
    #[arg(long = "rule", value_name = "ID")]
    pub(crate) rules: Vec<RuleId>,
    /// List the firing alerts with their acknowledgements
    #[arg(long, conflicts_with_all = ["monitor", "rules", "undo"])]
    pub(crate) list: bool,
    /// Withdraw the acknowledgement
    #[arg(long)]
    pub(crate) undo: bool,
    /// Time after which the acknowledgement ends although the alert still fires
    #[arg(long = "for", value_name = "DURATION", default_value = "30d", value_parser = lasting)]
    pub(crate) lasting: Duration,
    #[command(flatten)]
    pub(crate) by: Authorship,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

/// Parses the time for which an acknowledgement lasts.
fn lasting(text: &str) -> Result<Duration, String> {
    let lasting = duration(text)?;
    if lasting.is_zero() {
        return Err("an acknowledgement of no length has no effect: name a longer time, or withdraw one with `--undo`".to_owned());
    }
    Ok(lasting)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::{Arguments, Command};
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, clap::Error> {
        Ok(Arguments::try_parse_from(["allclear"].iter().chain(arguments))?.command)
    }

    #[test]
    fn the_help_of_an_end_names_what_it_ends() {
        for (command, what) in [
            (["maintenance", "end", "--help"], "Name of the window"),
            (["silence", "expire", "--help"], "Name of the silence"),
        ] {
            let help = parsed(&command).unwrap_err().to_string();
            assert!(help.contains(what), "{help}");
        }
    }

    #[test]
    fn an_acknowledgement_of_no_length_is_refused() {
        for text in ["0s", "0m"] {
            let error = parsed(&["ack", "api", "--for", text]).unwrap_err().to_string();
            assert!(error.contains("no length has no effect"), "{error}");
        }
        assert!(parsed(&["ack", "api", "--for", "1s"]).is_ok());
    }

    #[test]
    fn a_reason_or_a_title_may_begin_with_a_hyphen_and_options_stay_options() {
        let text = "- the disk was full";
        let ack = parsed(&["ack", "api", "--comment", text, "--json"]).unwrap();
        let Command::Ack(Ack { by, json: true, .. }) = ack else { panic!("{ack:?}") };
        assert_eq!(by.comment, text);
        let add = parsed(&["maintenance", "add", text, "--for", "2h", "--description", text]);
        let Command::Maintenance(MaintenanceOptions { command: MaintenanceCommand::Add(add) }) =
            add.unwrap()
        else {
            panic!("no window")
        };
        assert_eq!((add.title.as_str(), add.description.as_deref()), (text, Some(text)));
        for arguments in [
            ["ack", "api", "--comment", "--json"],
            ["ack", "api", "--comment", "-c"],
            ["maintenance", "add", "--titel", "--for=2h"],
        ] {
            let error = parsed(&arguments).unwrap_err().to_string();
            assert!(error.contains("looks like an option"), "{error}");
        }
    }
}
