//! `allclear incident`: the incidents of the public page.

mod episodes;
mod list;
mod preview;
mod promise;
mod text;

use std::collections::HashMap;
use std::process::ExitCode;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::MonitorId;
use allclear_core::incident::{
    Incident, IncidentChange, IncidentEntry, IncidentId, IncidentOpening, IncidentOrigin,
    IncidentPhase, IncidentRevision, IncidentVisibility,
};
use allclear_core::ports::StoreError;
use anyhow::Context as _;

use self::list::{OperatorView, ShownIncident, StoredIncident};
use self::preview::OutputForm;
use super::entries::{EntryContext, IncidentRecords};
use crate::arguments::{
    IncidentCommand, IncidentOptions, ListIncidents, OpenIncident, Paths, PublishIncident,
    ReviseIncident, ShowIncident, StoreOptions, WriteAbout,
};
use crate::clock::now;
use crate::exit_code::NOT_HEALTHY;
use crate::local::{self, EntryAccess};
use crate::output;

/// The age of the latest change up to which `list` shows an incident that is over.
const LISTED: Duration = Duration::from_hours(90 * 24);

/// The most entries that open or update one incident. The page shows all of them, and the generator reads them for each
/// page.
const MAX_ENTRIES: usize = 100;

/// The number of entries beyond [`MAX_ENTRIES`] that publish, end or analyze an incident.
const MAX_LAST_ENTRIES: usize = 10;

/// The most monitors that an entry names. With the longest text, an entry is well below the size of an item of the
/// table of a stack.
const MAX_MONITORS: usize = 1_000;

/// The longest name of an author, in characters.
const MAX_AUTHOR_CHARS: usize = 100;

/// The number of times that are tried for a new entry. Another operator may use the same one.
const MAX_TRIES: u32 = 20;

/// Runs the subcommand.
pub(crate) async fn run(place: &Paths, options: &IncidentOptions) -> anyhow::Result<ExitCode> {
    match &options.command {
        IncidentCommand::Open(options) => open(place, options).await,
        IncidentCommand::Update(options) => update(place, options).await,
        IncidentCommand::Publish(options) => publish(place, options).await,
        IncidentCommand::Resolve(options) => resolve(place, options).await,
        IncidentCommand::Postmortem(options) => postmortem(place, options).await,
        IncidentCommand::List(options) => list(place, options).await,
        IncidentCommand::Show(options) => show(place, options).await,
    }
}

async fn open(place: &Paths, options: &OpenIncident) -> anyhow::Result<ExitCode> {
    let now = now();
    let text = text::read(&options.text)?;
    let title = text::title(&options.title)?;
    let writer = IncidentWriter::open(place, &options.options).await?;
    check_monitors(&options.monitors, &writer.context.config)?;
    if !options.draft && are_private(&options.monitors, &writer.context.config) {
        return Ok(refused(&format!(
            "the incident affects {ONLY_PRIVATE}; `--draft` keeps it internal"
        )));
    }
    let opening = IncidentOpening {
        title,
        impact: options.impact,
        monitors: options.monitors.clone(),
        phase: options.phase,
        text,
        next_update_at: promise::resolve(&options.promise, now)?,
        visibility: if options.draft {
            IncidentVisibility::Draft
        } else {
            IncidentVisibility::Published
        },
    };
    let (id, visibility) = (IncidentId::of_author(&writer.author, now), opening.visibility);
    writer.write(writer.entry((id, visibility), IncidentChange::Open(opening), now)).await
}

async fn update(place: &Paths, options: &ReviseIncident) -> anyhow::Result<ExitCode> {
    let ReviseIncident { id, phase, title, impact, monitors, promise, .. } = options;
    let now = now();
    let revision = IncidentRevision {
        phase: *phase,
        text: text::read(&options.text)?,
        title: title.as_deref().map(text::title).transpose()?,
        impact: *impact,
        monitors: (!monitors.is_empty()).then(|| monitors.clone()),
        next_update_at: promise::resolve(promise, now)?,
    };
    anyhow::ensure!(
        revision != IncidentRevision::default(),
        "there is nothing to update: write a text, or set `--phase`, `--title`, `--impact`, `--monitor` or \
         `--next-update-in`"
    );
    let writer = IncidentWriter::open(place, &options.options).await?;
    check_monitors(monitors, &writer.context.config)?;
    let Some(incident) = writer.find(id).await? else { return Ok(unknown(id)) };
    let needs_open = phase.is_some() || revision.next_update_at.is_some();
    if let Some(end) = incident.resolved_at.filter(|_| needs_open) {
        return Ok(refused(&format!(
            "`{id}` has ended at {end:.0}: open a new incident, or leave `--phase` and the next update out"
        )));
    }
    writer
        .write(writer.entry(
            (incident.id, incident.visibility),
            IncidentChange::Update(revision),
            now,
        ))
        .await
}

/// The refusal to publish an incident of private monitors.
const ONLY_PRIVATE: &str = "only private monitors, which the page never shows: open an incident \
                            without `--monitor` to tell the public about it";

/// Returns true if the incident is about monitors, and all of them are private.
fn are_private(monitors: &[MonitorId], config: &Config) -> bool {
    let is_private = |id: &MonitorId| config.monitor(id).is_some_and(|monitor| !monitor.public);
    !monitors.is_empty() && monitors.iter().all(is_private)
}

async fn publish(place: &Paths, options: &PublishIncident) -> anyhow::Result<ExitCode> {
    let (now, id) = (now(), &options.id);
    let writer = IncidentWriter::open(place, &options.options).await?;
    let Some(incident) = writer.find(id).await? else { return Ok(unknown(id)) };
    if incident.visibility == IncidentVisibility::Published {
        return Ok(refused(&format!("`{id}` is published already")));
    }
    let has_public = incident.episodes.iter().any(|episode| episode.is_public);
    let is_private = match incident.origin {
        IncidentOrigin::Automatic => !has_public,
        IncidentOrigin::Operator => are_private(&incident.monitors, &writer.context.config),
    };
    if is_private {
        return Ok(refused(&format!("`{id}` affects {ONLY_PRIVATE}")));
    }
    writer
        .write(writer.entry((incident.id, incident.visibility), IncidentChange::Publish, now))
        .await
}

async fn resolve(place: &Paths, options: &WriteAbout) -> anyhow::Result<ExitCode> {
    let (now, id) = (now(), &options.id);
    let text = text::read(&options.text)?;
    let writer = IncidentWriter::open(place, &options.options).await?;
    let Some(incident) = writer.find(id).await? else { return Ok(unknown(id)) };
    let has_analysis = incident.phase_at(now) == IncidentPhase::Postmortem;
    if let Some(end) = incident.resolved_at.filter(|_| text.is_none() || has_analysis) {
        return Ok(refused(&format!("`{id}` has ended at {end:.0}")));
    }
    writer
        .write(writer.entry(
            (incident.id, incident.visibility),
            IncidentChange::Resolve { text },
            now,
        ))
        .await
}

async fn postmortem(place: &Paths, options: &WriteAbout) -> anyhow::Result<ExitCode> {
    let (now, id) = (now(), &options.id);
    let text = text::read(&options.text)?;
    let text = text.context("there is no text: write it as an argument, or `-` to read it")?;
    let writer = IncidentWriter::open(place, &options.options).await?;
    let Some(incident) = writer.find(id).await? else { return Ok(unknown(id)) };
    if incident.is_open() {
        return Ok(refused(&format!(
            "`{id}` is open: end it with `allclear incident resolve {id}`"
        )));
    }
    writer
        .write(writer.entry(
            (incident.id, incident.visibility),
            IncidentChange::Postmortem { text },
            now,
        ))
        .await
}

async fn list(place: &Paths, options: &ListIncidents) -> anyhow::Result<ExitCode> {
    let from = if options.all { Timestamp::MIN } else { now() - LISTED };
    let context = EntryContext::open(place, &options.stack, EntryAccess::Read).await?;
    let mut incidents = stored(context.store.incidents(from).await?);
    incidents.retain(|one| match one.incident.resolved_at {
        Some(end) => !options.open && (options.all || end >= from),
        None => true,
    });
    let views = incidents.into_iter().map(|one| OperatorView::new(one, &context.config));
    let views: Vec<OperatorView> = views.collect();
    if options.json {
        let shown: Vec<ShownIncident<'_>> = views.iter().map(OperatorView::brief).collect();
        output::json(&shown);
    } else if views.is_empty() {
        output::line("no incidents");
    } else {
        let rows: Vec<[String; 7]> = views.iter().map(OperatorView::row).collect();
        output::table(["ID", "TITLE", "PHASE", "IMPACT", "PAGE", "FROM", "UNTIL"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(place: &Paths, options: &ShowIncident) -> anyhow::Result<ExitCode> {
    let context = EntryContext::open(place, &options.stack, EntryAccess::Read).await?;
    let Some(stored) = find(&context, &options.id).await? else {
        return Ok(unknown(&options.id));
    };
    let form = if options.json { OutputForm::Json } else { OutputForm::Text };
    print(stored, &context.config, form);
    Ok(ExitCode::SUCCESS)
}

fn print(stored: StoredIncident, config: &Config, form: OutputForm) {
    let view = OperatorView::new(stored, config);
    match form {
        OutputForm::Json => output::json(&view.whole()),
        OutputForm::Text => output::line(&view.text(now())),
    }
}

/// Returns the incident `id` as it is stored; `None` if there is none.
async fn find(context: &EntryContext, id: &IncidentId) -> anyhow::Result<Option<StoredIncident>> {
    let mut records = context.store.incidents(id.before_its_records()).await?;
    records.automatic.retain(|one| one.id == *id);
    records.entries.retain(|one| one.incident == *id);
    Ok(stored(records).pop())
}

/// Returns the incidents of `records`, the newest first.
fn stored(IncidentRecords { automatic, entries }: IncidentRecords) -> Vec<StoredIncident> {
    let published = Incident::merge_published(automatic.clone(), entries.clone());
    let mut published: HashMap<IncidentId, Incident> =
        published.into_iter().map(|one| (one.id.clone(), one)).collect();
    let all = Incident::merge_all(automatic, entries).into_iter();
    let with_published = all.map(|incident| {
        let published = published.remove(&incident.id);
        StoredIncident { incident, published }
    });
    with_published.collect()
}

/// The store, and the operator who writes to it.
struct IncidentWriter<'a> {
    context: EntryContext,
    author: String,
    options: &'a StoreOptions,
}

impl<'a> IncidentWriter<'a> {
    async fn open(place: &Paths, options: &'a StoreOptions) -> anyhow::Result<Self> {
        let access = if options.preview { EntryAccess::Read } else { EntryAccess::Write };
        let context = EntryContext::open(place, &options.stack, access).await?;
        let author = options.author.clone().unwrap_or_else(local::user_name);
        let author = allclear_core::text::one_line(&author, MAX_AUTHOR_CHARS);
        Ok(Self { context, author, options })
    }

    async fn find(&self, id: &IncidentId) -> anyhow::Result<Option<Incident>> {
        Ok(find(&self.context, id).await?.map(|stored| stored.incident))
    }

    /// Returns an entry about an incident with this visibility.
    fn entry(
        &self,
        (incident, visibility): (IncidentId, IncidentVisibility),
        change: IncidentChange,
        at: Timestamp,
    ) -> IncidentEntry {
        IncidentEntry { incident, at, author: self.author.clone(), visibility, change }
    }

    /// Stores an entry and prints the incident; for a preview, prints the incident of the page.
    async fn write(&self, mut entry: IncidentEntry) -> anyhow::Result<ExitCode> {
        let id = &entry.incident.clone();
        let form = if self.options.json { OutputForm::Json } else { OutputForm::Text };
        let context = &self.context;
        let known = context.store.incidents(id.before_its_records()).await?.entries;
        let n_known = known.iter().filter(|one| one.incident == *id).count();
        if n_known >= max_entries(&entry.change) {
            return Ok(refused(&format!(
                "`{id}` has {n_known} entries, the most that an incident can have: end it with \
                 `allclear incident resolve {id}`, and write in another one"
            )));
        }
        if self.options.preview {
            preview::print(context, entry, now(), form).await?;
            return Ok(ExitCode::SUCCESS);
        }
        self.add(&mut entry).await?;
        let stored = find(context, id).await?.context("the incident is gone")?;
        let is_publication = entry.change == IncidentChange::Publish;
        let visibility = if is_publication { stored.incident.visibility } else { entry.visibility };
        print(stored, &context.config, form);
        output::note(match visibility {
            IncidentVisibility::Draft => {
                "stored as a draft: `allclear incident publish` shows it on the page"
            }
            IncidentVisibility::Published => "stored: the page shows it at its next publication",
        });
        Ok(ExitCode::SUCCESS)
    }

    /// Adds an entry. If another operator has written one of the same time, this one gets a later time.
    async fn add(&self, entry: &mut IncidentEntry) -> anyhow::Result<()> {
        for _ in 0..MAX_TRIES {
            match self.context.store.add_about_incident(entry).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict { .. }) => entry.at += Duration::from_micros(1),
                Err(error) => return Err(error).context("the entry may not have been stored"),
            }
        }
        anyhow::bail!("too many operators write about `{}` at the same time", entry.incident)
    }
}

/// Returns the most entries that an incident may have before this change.
fn max_entries(change: &IncidentChange) -> usize {
    match change {
        IncidentChange::Open(_) | IncidentChange::Update(_) => MAX_ENTRIES,
        IncidentChange::Publish
        | IncidentChange::Resolve { .. }
        | IncidentChange::Postmortem { .. } => MAX_ENTRIES + MAX_LAST_ENTRIES,
    }
}

/// Checks that the config has these monitors, and notes those that the page does not show.
fn check_monitors(ids: &[MonitorId], config: &Config) -> anyhow::Result<()> {
    let n = ids.len();
    anyhow::ensure!(
        n <= MAX_MONITORS,
        "an entry names at most {MAX_MONITORS} monitors, not {n}: name the most important ones"
    );
    for id in ids {
        let monitor = config.monitor(id).with_context(|| {
            format!("no monitor `{id}` in the config: `allclear report` lists the monitors")
        })?;
        if !monitor.public {
            output::note(&format!("the page does not show `{id}`: the monitor is private"));
        }
    }
    Ok(())
}

fn unknown(id: &IncidentId) -> ExitCode {
    refused(&format!("no incident `{id}`: `allclear incident list --all` shows them"))
}

fn refused(reason: &str) -> ExitCode {
    output::error(&anyhow::anyhow!("{reason}"));
    ExitCode::from(NOT_HEALTHY)
}
