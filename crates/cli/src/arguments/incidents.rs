//! The arguments of `incident`.

use std::time::Duration;

use allclear_core::id::MonitorId;
use allclear_core::incident::{IncidentId, IncidentImpact, IncidentPhase};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, Args, Subcommand};

use super::when::{self, When, Zone};
use super::{StackOption, duration, exit_codes, words};

#[derive(Debug, Args)]
pub(crate) struct IncidentOptions {
    #[command(subcommand)]
    pub(crate) command: IncidentCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IncidentCommand {
    /// Open an incident by hand
    ///
    /// The page shows it at its next publication, or after `incident publish` with `--draft`.
    #[command(after_help = exit_codes::INCIDENT.help())]
    #[command(mut_arg("text", |arg| text_help(arg, "First update")))]
    Open(Box<OpenIncident>),
    /// Add an update, or correct the phase, the title, the impact or the affected monitors
    #[command(after_help = exit_codes::INCIDENT.help())]
    Update(Box<ReviseIncident>),
    /// Publish a draft
    #[command(after_help = exit_codes::INCIDENT.help())]
    Publish(PublishIncident),
    /// End an incident, with a last update
    ///
    /// An incident that checks opened ends on its own when its monitors have recovered. New trouble of
    /// its monitors opens it again.
    #[command(after_help = exit_codes::INCIDENT.help())]
    #[command(mut_arg("text", |arg| text_help(arg, "Last update; a generated one if omitted")))]
    Resolve(WriteAbout),
    /// Add the analysis of an incident that is over
    #[command(after_help = exit_codes::INCIDENT.help())]
    #[command(mut_arg("text", |arg| text_help(arg, "Analysis: the cause, and what prevents it")))]
    Postmortem(WriteAbout),
    /// List the incidents of the last 90 days, with drafts
    #[command(after_help = exit_codes::PRINTS.help())]
    List(ListIncidents),
    /// Show an incident with its drafts, its authors and its private monitors
    ///
    /// The page shows less: `--preview` of the other subcommands prints what it shows.
    #[command(after_help = exit_codes::INCIDENT.help())]
    Show(ShowIncident),
}

/// The text of an entry.
#[derive(Debug, Args)]
pub(crate) struct WrittenText {
    /// Text of the update, or `-` to read it from standard input
    ///
    /// Paragraphs, emphasis, code, lists and links with `https`, in Markdown. Everything else is shown
    /// as text.
    // A text may begin with the sign of a list or a negative number.
    #[arg(allow_hyphen_values = true, value_parser = written)]
    pub(crate) text: Option<String>,
    /// Take the text as plain text, without Markdown
    #[arg(long)]
    pub(crate) plain: bool,
}

/// The promise of the next update.
#[derive(Debug, Args)]
pub(crate) struct NextUpdateOptions {
    /// Promise the next update within this time, such as `30m`
    ///
    /// The page shows the time until it is past. An update without a promise ends an earlier one.
    #[arg(long, value_name = "DURATION", value_parser = duration, allow_hyphen_values = true, conflicts_with = "next_update")]
    pub(crate) next_update_in: Option<Duration>,
    /// Promise the next update by this time: `2026-12-01T02:00:00Z`, or `2026-12-01T02:00` with
    /// `--time-zone`
    #[arg(long, value_name = "TIME", value_parser = when::when)]
    pub(crate) next_update: Option<When>,
    /// IANA name of the time zone of a local time: `Europe/Berlin`
    #[arg(long, value_name = "NAME", value_parser = when::zone, requires = "next_update")]
    pub(crate) time_zone: Option<Zone>,
}

/// The author, the store and the output of a command that writes.
#[derive(Debug, Args)]
pub(crate) struct StoreOptions {
    /// Author, for your team; the name of the current user if omitted
    #[arg(long, value_name = "NAME", allow_hyphen_values = true, value_parser = words::sentence)]
    pub(crate) author: Option<String>,
    /// Show the incident as the page would, and store nothing
    #[arg(long)]
    pub(crate) preview: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct OpenIncident {
    /// Title on the public page, one line
    #[arg(allow_hyphen_values = true, value_parser = words::sentence)]
    pub(crate) title: String,
    #[command(flatten)]
    pub(crate) text: WrittenText,
    /// Impact on the users of the services
    #[arg(long, default_value = "minor", value_parser = impact())]
    pub(crate) impact: IncidentImpact,
    /// Affected monitor; repeatable
    #[arg(long = "monitor", value_name = "ID")]
    pub(crate) monitors: Vec<MonitorId>,
    /// First phase
    #[arg(long, default_value = "investigating", value_parser = phase())]
    pub(crate) phase: IncidentPhase,
    #[command(flatten)]
    pub(crate) promise: NextUpdateOptions,
    /// Keep it from the page until `incident publish`
    #[arg(long)]
    pub(crate) draft: bool,
    #[command(flatten)]
    pub(crate) options: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct ReviseIncident {
    /// Id of the incident, as `list` shows it
    pub(crate) id: IncidentId,
    #[command(flatten)]
    pub(crate) text: WrittenText,
    /// New phase
    #[arg(long, value_parser = phase())]
    pub(crate) phase: Option<IncidentPhase>,
    /// New title
    #[arg(long, allow_hyphen_values = true, value_parser = words::sentence)]
    pub(crate) title: Option<String>,
    /// New impact
    #[arg(long, value_parser = impact())]
    pub(crate) impact: Option<IncidentImpact>,
    /// Affected monitor, beside those of the checks; repeatable, and replaces those named before
    #[arg(long = "monitor", value_name = "ID")]
    pub(crate) monitors: Vec<MonitorId>,
    #[command(flatten)]
    pub(crate) promise: NextUpdateOptions,
    #[command(flatten)]
    pub(crate) options: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct PublishIncident {
    /// Id of the incident, as `list` shows it
    pub(crate) id: IncidentId,
    #[command(flatten)]
    pub(crate) options: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct WriteAbout {
    /// Id of the incident, as `list` shows it
    pub(crate) id: IncidentId,
    #[command(flatten)]
    pub(crate) text: WrittenText,
    #[command(flatten)]
    pub(crate) options: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct ListIncidents {
    /// List only the open ones
    #[arg(long)]
    pub(crate) open: bool,
    /// List all that are stored
    #[arg(long, conflicts_with = "open")]
    pub(crate) all: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct ShowIncident {
    /// Id of the incident, as `list` shows it
    pub(crate) id: IncidentId,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

/// Returns the argument of a text with the help of its command.
fn text_help(text: Arg, what: &str) -> Arg {
    let help = format!("{what}; `-` reads it from standard input");
    let markdown = "Paragraphs, emphasis, code, lists and links with `https`, in Markdown. Everything else is shown as text.";
    text.long_help(format!("{help}\n\n{markdown}")).help(help)
}

/// Accepts a text that begins with a hyphen, and refuses one that is a misspelled option.
fn written(text: &str) -> Result<String, String> {
    let after = text.strip_prefix('-').unwrap_or_default();
    if after.starts_with(|first: char| first == '-' || first.is_ascii_alphabetic()) {
        let what =
            "no such option; a text that begins so can be read from standard input, with `-`";
        return Err(what.to_owned());
    }
    Ok(text.to_owned())
}

fn phase() -> impl TypedValueParser<Value = IncidentPhase> {
    PossibleValuesParser::new(IncidentPhase::OPEN.map(IncidentPhase::as_str)).try_map(|word| {
        let mut all = IncidentPhase::OPEN.into_iter();
        all.find(|one| one.as_str() == word).ok_or("unknown phase")
    })
}

fn impact() -> impl TypedValueParser<Value = IncidentImpact> {
    PossibleValuesParser::new(IncidentImpact::ALL.map(IncidentImpact::as_str)).try_map(|word| {
        let mut all = IncidentImpact::ALL.into_iter();
        all.find(|one| one.as_str() == word).ok_or("unknown impact")
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::{Arguments, Command};
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<IncidentCommand, clap::Error> {
        let all = ["allclear", "incident"].iter().chain(arguments);
        let command = Arguments::try_parse_from(all)?.command;
        let Command::Incident(options) = command else { panic!("{command:?}") };
        Ok(options.command)
    }

    #[test]
    fn a_text_may_begin_with_a_hyphen_and_options_stay_options() {
        for text in ["- one\n- two", "-5 % of the requests fail", "-", "plain"] {
            for arguments in [
                ["open", "Title", text, "--draft", "--preview"],
                ["open", "--draft", "--preview", "Title", text],
            ] {
                let Ok(IncidentCommand::Open(open)) = parsed(&arguments) else { panic!("{text}") };
                assert_eq!(open.text.text.as_deref(), Some(text));
                assert!(open.draft && open.options.preview, "{text}");
            }
            let arguments = ["resolve", "20261130-abcdef", text, "--author", "ann"];
            let Ok(IncidentCommand::Resolve(resolve)) = parsed(&arguments) else {
                panic!("{text}")
            };
            assert_eq!(resolve.text.text.as_deref(), Some(text));
            assert_eq!(resolve.options.author.as_deref(), Some("ann"));
        }
    }

    #[test]
    fn the_help_of_each_text_says_what_the_text_is() {
        for (command, what) in [
            ("open", "First update"),
            ("update", "Text of the update"),
            ("resolve", "Last update"),
            ("postmortem", "Analysis"),
        ] {
            let help = parsed(&[command, "-h"]).unwrap_err().to_string();
            let long = parsed(&[command, "--help"]).unwrap_err().to_string();
            assert!(help.contains(what) && long.contains(what), "{command}: {help}\n{long}");
            assert!(long.contains("in Markdown"), "{long}");
        }
    }

    #[test]
    fn a_title_may_begin_with_a_hyphen() {
        let Ok(IncidentCommand::Open(open)) = parsed(&["open", "- Mail fails", "text", "--draft"])
        else {
            panic!("no incident")
        };
        assert_eq!((open.title.as_str(), open.draft), ("- Mail fails", true));
        let arguments = ["update", "20261130-abcdef", "--title", "- Mail fails", "--preview"];
        let Ok(IncidentCommand::Update(update)) = parsed(&arguments) else { panic!("no update") };
        assert_eq!(update.title.as_deref(), Some("- Mail fails"));
        assert!(update.options.preview && update.text.text.is_none());
    }

    #[test]
    fn a_misspelled_option_is_no_text() {
        for option in ["--drfat", "-x", "--prevew"] {
            let error = parsed(&["open", "Title", option]).unwrap_err().to_string();
            assert!(error.contains(option) && error.contains("no such option"), "{error}");
        }
        assert!(parsed(&["open", "Title", "text", "--drfat"]).is_err());
    }
}
