//! `allclear maintenance`: maintenance windows at run time.

use std::process::ExitCode;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::{EntryId, MaintenanceId, MonitorId};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::rule::RuleScope;
use allclear_core::window::{Maintenance, Opening, WindowSchedule};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::entries::{EntryContext, EntryDraft, EntryTimes};
use crate::arguments::{
    AddMaintenance, EndEntry, ListEntries, MaintenanceCommand, MaintenanceOptions, Paths,
};
use crate::clock::now;
use crate::exit_code::NOT_HEALTHY;
use crate::local::EntryAccess;
use crate::output;

/// Runs the subcommand.
pub(crate) async fn run(place: &Paths, options: &MaintenanceOptions) -> anyhow::Result<ExitCode> {
    match &options.command {
        MaintenanceCommand::Add(options) => add(place, options).await,
        MaintenanceCommand::List(options) => list(place, options).await,
        MaintenanceCommand::End(options) => end(place, options).await,
    }
}

async fn add(place: &Paths, options: &AddMaintenance) -> anyhow::Result<ExitCode> {
    let now = now();
    let schedule = schedule(options, now)?;
    let context = EntryContext::open(place, &options.stack, EntryAccess::Write).await?;
    let scope = RuleScope {
        monitors: options.monitors.clone(),
        groups: options.groups.clone(),
        tags: options.tags.clone(),
    };
    check_scope(&scope, &context.config)?;
    if let Some(id) = &options.id {
        anyhow::ensure!(!is_configured(&context.config, id), "the config has a window `{id}`");
    }
    let window = Maintenance {
        // Replaced by the name of the entry.
        id: MaintenanceId::new("maintenance")?,
        title: options.title.clone(),
        description: options.description.clone(),
        scope,
        schedule,
        ended_at: None,
    };
    anyhow::ensure!(
        window.next_opening(now).is_some(),
        "the window never opens: {}",
        window.schedule
    );
    let expires_at = OperatorEntry::expiry_of(&window.schedule);
    let entry_content = EntryContent::Maintenance(Box::new(window));
    let draft = EntryDraft::new(&options.by, expires_at, entry_content);
    let entry = context.add(draft, options.id.as_ref(), now).await?;
    let EntryContent::Maintenance(window) = &entry.content else { return Ok(ExitCode::SUCCESS) };
    let listed = ListedWindow::new(window, Some(&entry), now);
    if options.json {
        output::json(&listed);
    } else {
        output::line(&format!("added `{}`: {}", listed.id, listed.next()));
        output::note(context.effect);
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the times of a window on the command line.
fn schedule(options: &AddMaintenance, now: Timestamp) -> anyhow::Result<WindowSchedule> {
    let AddMaintenance { from, to, lasting, time_zone, .. } = options;
    let (to, zone) = (to.as_ref(), time_zone.as_ref());
    let (start, end) = EntryTimes { from, to, lasting: *lasting, zone }.resolve(now)?;
    let Some(rule) = &options.rrule else {
        anyhow::ensure!(now < end, "the window has ended at {end:.0}");
        return Ok(WindowSchedule::Once { start, end });
    };
    let zone = zone.map_or(TimeZone::UTC, |zone| zone.0.clone());
    let local_end =
        to.map_or_else(|| end.to_zoned(zone.clone()).datetime(), |to| to.local(end, &zone));
    let limits = (from.local(start, &zone), local_end);
    WindowSchedule::by_rule(rule.clone(), limits, &zone)
        .map_err(|error| anyhow::anyhow!("{}: {}", error.message, error.hint))
}

/// Checks that the config has what a scope names.
fn check_scope(scope: &RuleScope, config: &Config) -> anyhow::Result<()> {
    for id in &scope.monitors {
        anyhow::ensure!(
            config.monitor(id).is_some(),
            "no monitor `{id}` in the config: `allclear report` lists the monitors"
        );
    }
    for group in &scope.groups {
        let has = config.monitors.iter().any(|one| one.group.as_ref() == Some(group));
        anyhow::ensure!(has, "no monitor of the config has the group `{group}`");
    }
    for tag in &scope.tags {
        let has = config.monitors.iter().any(|one| one.tags.contains(tag));
        anyhow::ensure!(has, "no monitor of the config has the tag `{tag}`");
    }
    Ok(())
}

fn is_configured(config: &Config, id: &EntryId) -> bool {
    config.maintenances.iter().any(|window| window.id.as_str() == id.as_str())
}

async fn list(place: &Paths, options: &ListEntries) -> anyhow::Result<ExitCode> {
    let now = now();
    let context = EntryContext::open(place, &options.stack, EntryAccess::Read).await?;
    let entries = context.current_entries(now).await?;
    let configured =
        context.config.maintenances.iter().map(|one| ListedWindow::new(one, None, now));
    let entered = entries.iter().filter_map(|entry| match &entry.content {
        EntryContent::Maintenance(window) => Some(ListedWindow::new(window, Some(entry), now)),
        EntryContent::Silence { .. } | EntryContent::Acknowledgement { .. } => None,
    });
    let windows: Vec<ListedWindow<'_>> = configured.chain(entered).collect();
    if options.json {
        output::json(&windows);
    } else if windows.is_empty() {
        output::line("no maintenance windows");
    } else {
        let rows: Vec<[String; 6]> = windows.iter().map(ListedWindow::row).collect();
        output::table(["ID", "NEXT OPENING", "SCHEDULE", "OF", "TITLE", "FROM"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}

async fn end(place: &Paths, options: &EndEntry) -> anyhow::Result<ExitCode> {
    let now = now();
    let context = EntryContext::open(place, &options.stack, EntryAccess::Write).await?;
    let entries = context.current_entries(now).await?;
    let is_window = |entry: &&OperatorEntry| {
        entry.id == options.id && matches!(entry.content, EntryContent::Maintenance(_))
    };
    if !entries.iter().any(|entry| is_window(&entry)) {
        let id = &options.id;
        output::error(&if is_configured(&context.config, id) {
            anyhow::anyhow!("the window `{id}` is in the config: change it there")
        } else {
            anyhow::anyhow!("no maintenance window `{id}`: `allclear maintenance list` shows them")
        });
        return Ok(ExitCode::from(NOT_HEALTHY));
    }
    let Some(ended) = context.store.end(&options.id, now).await? else {
        return Ok(ExitCode::from(NOT_HEALTHY));
    };
    if let (true, EntryContent::Maintenance(window)) = (options.json, &ended.content) {
        output::json(&ListedWindow::new(window, Some(&ended), now));
    } else {
        output::line(&format!("ended `{}`", ended.id));
        output::note(context.effect);
    }
    Ok(ExitCode::SUCCESS)
}

/// A window as it is listed.
#[derive(Serialize)]
struct ListedWindow<'a> {
    id: &'a str,
    /// `config`, or `operator` for a window that was added at run time.
    source: &'static str,
    title: &'a str,
    description: Option<&'a str>,
    monitors: Vec<&'a str>,
    groups: &'a [String],
    tags: &'a [String],
    schedule: String,
    is_open: bool,
    next_opening: Option<Opening>,
    author: Option<&'a str>,
    comment: Option<&'a str>,
    created_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

impl<'a> ListedWindow<'a> {
    fn new(window: &'a Maintenance, entry: Option<&'a OperatorEntry>, now: Timestamp) -> Self {
        Self {
            id: window.id.as_str(),
            source: if entry.is_some() { "operator" } else { "config" },
            title: &window.title,
            description: window.description.as_deref(),
            monitors: window.scope.monitors.iter().map(MonitorId::as_str).collect(),
            groups: &window.scope.groups,
            tags: &window.scope.tags,
            schedule: window.schedule.to_string(),
            is_open: window.is_open(now),
            next_opening: window.next_opening(now),
            author: entry.map(|entry| entry.author.as_str()),
            comment: entry.map(|entry| entry.comment.as_str()),
            created_at: entry.map(|entry| entry.created_at),
            expires_at: entry.and_then(|entry| entry.expires_at),
        }
    }

    /// Returns the next opening for people.
    fn next(&self) -> String {
        match self.next_opening {
            Some(Opening { end, .. }) if self.is_open => format!("open until {end:.0}"),
            Some(Opening { start, end }) => format!("{start:.0} to {end:.0}"),
            None => "never again".to_owned(),
        }
    }

    fn row(&self) -> [String; 6] {
        let list = |what: &str, names: Vec<&str>| {
            (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")))
        };
        let text = |names: &'a [String]| names.iter().map(String::as_str).collect::<Vec<_>>();
        let of: Vec<String> = [
            list("monitor", self.monitors.clone()),
            list("group", text(self.groups)),
            list("tag", text(self.tags)),
        ]
        .into_iter()
        .flatten()
        .collect();
        [
            self.id.to_owned(),
            self.next(),
            self.schedule.clone(),
            if of.is_empty() { "all monitors".to_owned() } else { of.join("; ") },
            self.title.to_owned(),
            self.author.unwrap_or("config").to_owned(),
        ]
    }
}
