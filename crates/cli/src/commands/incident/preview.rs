//! The preview of an incident: the page after an entry that is not stored.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::incident::{IncidentChange, IncidentEntry, IncidentVisibility};
use allclear_engine::publish::{EnteredMaintenance, PublishOptions, reduce};
use allclear_evaluate::ConfigIndex;
use allclear_status_site::Language;
use allclear_status_site::snapshot::{Href, PublicIncident, Snapshot};
use serde::Serialize;

use super::list::{InternalWords, PageUpdate, impact_word, page_updates, phase_word};
use crate::commands::entries::EntryContext;
use crate::output;

/// An incident of the page as JSON.
#[derive(Serialize)]
struct PageIncident<'a> {
    id: &'a str,
    title: String,
    phase: &'static str,
    impact: &'static str,
    started_at: Timestamp,
    /// `None` while it is open.
    resolved_at: Option<Timestamp>,
    monitors: &'a [String],
    /// `None` without a promise of the next update, and once the incident is over.
    next_update_at: Option<Timestamp>,
    /// Oldest first.
    updates: Vec<PageUpdate>,
}

/// Prints the incident as the page would show it at `now` after `entry`. A draft is shown as it would be after its
/// publication.
pub(super) async fn print(
    context: &EntryContext,
    entry: IncidentEntry,
    now: Timestamp,
    form: OutputForm,
) -> anyhow::Result<()> {
    let is_draft =
        entry.visibility == IncidentVisibility::Draft && entry.change != IncidentChange::Publish;
    let id = entry.incident.to_string();
    let mut entries = vec![entry];
    if let Some(last) = entries.first().filter(|_| is_draft) {
        let at = last.at + Duration::from_micros(1);
        entries.push(IncidentEntry { at, change: IncidentChange::Publish, ..last.clone() });
    }
    let page = page_after(context, entries, now).await?;
    match page.incidents.iter().find(|one| one.id == id) {
        Some(incident) => print_incident((incident, now), page.page.languages.first, form),
        None => output::note(&format!(
            "the page does not show `{id}`: it has ended more than 14 days ago, or the page shows none of its monitors"
        )),
    }
    output::note(if is_draft {
        "nothing was stored: this is a preview of the page after `allclear incident publish`"
    } else {
        "nothing was stored: this is a preview of the page"
    });
    Ok(())
}

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputForm {
    Text,
    Json,
}

/// Returns the page at `now` as the generator would publish it after these entries.
async fn page_after(
    context: &EntryContext,
    entries: Vec<IncidentEntry>,
    now: Timestamp,
) -> anyhow::Result<Snapshot> {
    let of_operators = context.current_entries(now).await?;
    let index = ConfigIndex::new(Arc::clone(&context.config))?.with_entries(of_operators.into());
    let mut facts = context.store.page_facts(&index, now).await?;
    facts.maintenances = EnteredMaintenance::all(&index);
    facts.incident_entries.extend(entries);
    // No part of an incident depends on these options.
    let address = Href::parse("https://status.example.com/")?;
    let options = PublishOptions { every: Duration::from_mins(1), address };
    Ok(reduce(&context.config, &facts, &options, now))
}

fn print_incident(
    (incident, now): (&PublicIncident, Timestamp),
    language: Language,
    form: OutputForm,
) {
    match form {
        OutputForm::Json => output::json(&PageIncident {
            id: &incident.id,
            title: incident.title_in(language),
            phase: phase_word(incident.phase()),
            impact: impact_word(incident.impact),
            started_at: incident.started_at,
            resolved_at: incident.resolved_at,
            monitors: &incident.affected,
            next_update_at: incident.next_update_at,
            updates: page_updates(incident, language, &InternalWords::default()),
        }),
        OutputForm::Text => {
            let phase = phase_word(incident.phase());
            let state = format!("{phase}, {}", impact_word(incident.impact));
            let none = InternalWords::default();
            let text = super::list::page_text(
                (incident, now),
                language,
                &none,
                &state,
                &incident.affected,
            );
            output::line(&text);
        }
    }
}
