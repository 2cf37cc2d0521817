//! The arguments of `maintenance`, `silence` and `ack`.

use std::time::Duration;

use allclear_core::id::{EntryId, MonitorId, RuleId};
use allclear_core::matcher::Matcher;
use allclear_core::window::RecurrenceRule;
use clap::{Args, Subcommand};

use super::{StackOption, duration, exit_codes, when};
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
    End(EndEntry),
}

#[derive(Debug, Args)]
pub(crate) struct AddMaintenance {
    /// Title on the public page
    pub(crate) title: String,
    /// Start: `now`, `+2h`, `2026-12-01T02:00:00Z`, or `2026-12-01T02:00` with `--time-zone`
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = when::when)]
    pub(crate) from: When,
    /// End, in the same notation
    #[arg(long, value_name = "TIME", value_parser = when::when, required_unless_present = "lasting")]
    pub(crate) to: Option<When>,
    /// Length from the start, such as `2h`, in place of `--to`
    #[arg(long = "for", value_name = "DURATION", value_parser = duration, conflicts_with = "to")]
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
    #[arg(long, value_name = "TEXT")]
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
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
    /// Reason, for your team
    #[arg(long, value_name = "TEXT", default_value = "")]
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
    #[arg(long = "for", value_name = "DURATION", value_parser = duration, conflicts_with = "until")]
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
    #[arg(long = "for", value_name = "DURATION", default_value = "30d", value_parser = duration)]
    pub(crate) lasting: Duration,
    #[command(flatten)]
    pub(crate) by: Authorship,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}
