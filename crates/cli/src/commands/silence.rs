//! `allclear silence`: temporary mutes at run time.

use std::process::ExitCode;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::matcher::{MatchLabel, MatchOp, Matcher};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::rule::SELF_RULES;
use allclear_core::status::{Fault, Severity};
use allclear_core::window::Silence;
use allclear_evaluate::matchers::CompiledMatchers;
use serde::Serialize;

use super::entries::{EntryContext, EntryDraft, EntryTimes};
use crate::arguments::{AddSilence, EndEntry, ListEntries, Paths, SilenceCommand, SilenceOptions};
use crate::clock::now;
use crate::exit_code::NOT_HEALTHY;
use crate::local::EntryAccess;
use crate::output;

/// Runs the subcommand.
pub(crate) async fn run(place: &Paths, options: &SilenceOptions) -> anyhow::Result<ExitCode> {
    match &options.command {
        SilenceCommand::Add(options) => add(place, options).await,
        SilenceCommand::List(options) => list(place, options).await,
        SilenceCommand::Expire(options) => expire(place, options).await,
    }
}

async fn add(place: &Paths, options: &AddSilence) -> anyhow::Result<ExitCode> {
    let now = now();
    let AddSilence { matchers, from, until, lasting, time_zone, .. } = options;
    let (to, zone) = (until.as_ref(), time_zone.as_ref());
    let (starts_at, end) = EntryTimes { from, to, lasting: *lasting, zone }.resolve(now)?;
    anyhow::ensure!(now < end, "the silence has ended at {end:.0}");
    let context = EntryContext::open(place, &options.stack, EntryAccess::Write).await?;
    check_matchers(matchers, &context.config)?;
    let entry_content = EntryContent::Silence { matchers: matchers.clone(), starts_at };
    let draft = EntryDraft::new(&options.by, Some(end), entry_content);
    let entry = context.add(draft, options.id.as_ref(), now).await?;
    let Some(listed) = ListedSilence::entered(&entry, now) else { return Ok(ExitCode::SUCCESS) };
    if options.json {
        output::json(&listed);
    } else {
        let of = listed.matchers.join(", ");
        output::line(&format!("added `{}`: {of} from {starts_at:.0} to {end:.0}", entry.id));
        output::note(context.effect);
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses matchers that can hold for no alert of the config.
fn check_matchers(matchers: &[Matcher], config: &Config) -> anyhow::Result<()> {
    for matcher in matchers.iter().filter(|matcher| matcher.op == MatchOp::Equal) {
        let value = matcher.value.as_str();
        let is_known = match matcher.label {
            MatchLabel::Rule if SELF_RULES.contains(&value) => anyhow::bail!(
                "alerts of `{value}` cannot be silenced: choose their recipients with \
                 `faults = [\"monitor\"]` on a channel"
            ),
            MatchLabel::Rule => config.rules.iter().any(|rule| rule.id.as_str() == value),
            MatchLabel::Severity => Severity::ALL.iter().any(|one| one.as_str() == value),
            MatchLabel::Fault => {
                value.is_empty() || Fault::ALL.iter().any(|one| one.as_str() == value)
            }
            MatchLabel::Monitor | MatchLabel::Group | MatchLabel::Tag | MatchLabel::Region => true,
        };
        anyhow::ensure!(is_known, "no alert has the {} `{value}`", matcher.label.as_str());
    }
    let compiled = CompiledMatchers::new(matchers)?;
    let matches_one = config.monitors.iter().any(|monitor| compiled.may_hold_for(monitor));
    let text: Vec<String> = matchers.iter().map(ToString::to_string).collect();
    anyhow::ensure!(matches_one, "no monitor of the config matches {}", text.join(", "));
    Ok(())
}

async fn list(place: &Paths, options: &ListEntries) -> anyhow::Result<ExitCode> {
    let now = now();
    let context = EntryContext::open(place, &options.stack, EntryAccess::Read).await?;
    let entries = context.current_entries(now).await?;
    let configured = context.config.silences.iter().filter(|silence| now < silence.until);
    let configured = configured.map(|silence| ListedSilence::configured(silence, now));
    let entered = entries.iter().filter_map(|entry| ListedSilence::entered(entry, now));
    let silences: Vec<ListedSilence<'_>> = configured.chain(entered).collect();
    if options.json {
        output::json(&silences);
    } else if silences.is_empty() {
        output::line("no silences");
    } else {
        let rows: Vec<[String; 6]> = silences.iter().map(ListedSilence::row).collect();
        output::table(["ID", "OF", "FROM", "UNTIL", "AUTHOR", "COMMENT"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}

async fn expire(place: &Paths, options: &EndEntry) -> anyhow::Result<ExitCode> {
    let now = now();
    let context = EntryContext::open(place, &options.stack, EntryAccess::Write).await?;
    let entries = context.current_entries(now).await?;
    let is_silence = |entry: &OperatorEntry| {
        entry.id == options.id && matches!(entry.content, EntryContent::Silence { .. })
    };
    let ended = if entries.iter().any(is_silence) {
        context.store.end(&options.id, now).await?
    } else {
        None
    };
    let Some(ended) = ended else {
        output::error(&anyhow::anyhow!(
            "no silence `{}`: `allclear silence list` shows them; those without an id are in the \
             config",
            options.id
        ));
        return Ok(ExitCode::from(NOT_HEALTHY));
    };
    match ListedSilence::entered(&ended, now) {
        Some(listed) if options.json => output::json(&listed),
        _ => {
            output::line(&format!("ended `{}`", ended.id));
            output::note(context.effect);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A silence as it is listed.
#[derive(Serialize)]
struct ListedSilence<'a> {
    /// `None` for a silence of the config.
    id: Option<&'a str>,
    /// `config`, or `operator` for a silence that was added at run time.
    source: &'static str,
    matchers: Vec<String>,
    starts_at: Option<Timestamp>,
    until: Option<Timestamp>,
    is_in_force: bool,
    author: &'a str,
    comment: &'a str,
    created_at: Option<Timestamp>,
}

impl<'a> ListedSilence<'a> {
    fn configured(silence: &'a Silence, now: Timestamp) -> Self {
        Self {
            id: None,
            source: "config",
            matchers: texts(&silence.matchers),
            starts_at: silence.starts_at,
            until: Some(silence.until),
            is_in_force: silence.is_in_force(now),
            author: &silence.author,
            comment: &silence.comment,
            created_at: None,
        }
    }

    /// Returns `None` for another kind of entry.
    fn entered(entry: &'a OperatorEntry, now: Timestamp) -> Option<Self> {
        let EntryContent::Silence { matchers, starts_at } = &entry.content else { return None };
        Some(Self {
            id: Some(entry.id.as_str()),
            source: "operator",
            matchers: texts(matchers),
            starts_at: Some(*starts_at),
            until: entry.expires_at,
            is_in_force: entry.is_in_force(now),
            author: &entry.author,
            comment: &entry.comment,
            created_at: Some(entry.created_at),
        })
    }

    fn row(&self) -> [String; 6] {
        let time =
            |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| format!("{at:.0}"));
        [
            self.id.unwrap_or("-").to_owned(),
            self.matchers.join(", "),
            time(self.starts_at),
            time(self.until),
            self.author.to_owned(),
            self.comment.to_owned(),
        ]
    }
}

fn texts(matchers: &[Matcher]) -> Vec<String> {
    matchers.iter().map(ToString::to_string).collect()
}
