//! The entries of the feeds.

use std::cmp::Reverse;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::{
    edition::Edition,
    formats::{anchor, machine_time, mail_time, one_line},
    incident_address::incident_address,
    markdown::{escape, paragraph},
    snapshot::{
        MaintenancePhase, MaintenanceStep, PublicIncident, PublicIncidentUpdate, PublicMaintenance,
        PublicService, ServiceIndex,
    },
    words::Words,
};

/// The most entries about incidents.
const MAX_OF_INCIDENTS: usize = 50;

/// The most entries about maintenance. They have a limit of their own: windows that open each day would otherwise leave
/// no room for incidents.
const MAX_OF_MAINTENANCE: usize = 20;

/// One entry: an update of an incident, or a phase of a maintenance window.
pub(super) struct HistoryEntry {
    /// The id, as a URN. It does not depend on a title, a text or the address of the page.
    pub(super) id: String,
    /// The address of the incident or window.
    pub(super) url: String,
    /// The phase and the title; one line.
    pub(super) title: String,
    /// The content as safe HTML.
    pub(super) html: String,
    /// The content without markup.
    pub(super) text: String,
    /// The time of the update.
    pub(super) at: Timestamp,
    /// The time of the last change of the entry.
    pub(super) changed_at: Timestamp,
    /// The subject of the entry: `incident` or `maintenance`.
    pub(super) tag: &'static str,
}

impl HistoryEntry {
    /// Returns the time as `2026-03-10T12:05:00Z`.
    pub(super) fn machine_time(&self) -> String {
        machine_time(self.at)
    }

    /// Returns the time of the last change as `2026-03-10T12:05:00Z`.
    pub(super) fn machine_change_time(&self) -> String {
        machine_time(self.changed_at)
    }

    /// Returns the time as `Tue, 10 Mar 2026 12:05:00 GMT`.
    pub(super) fn mail_time(&self) -> String {
        mail_time(self.at)
    }
}

/// Returns the newest entries, the newest first: at most [`MAX_OF_INCIDENTS`] and [`MAX_OF_MAINTENANCE`].
pub(super) fn newest(edition: &Edition<'_>) -> Vec<HistoryEntry> {
    let snapshot = edition.snapshot;
    let services = &ServiceIndex::of(snapshot);
    let incidents = snapshot.newest_incidents().into_iter();
    let incidents = incidents.flat_map(|incident| of_incident(edition, services, incident));
    let windows = snapshot.maintenances.iter();
    let windows = windows.flat_map(|window| of_maintenance(edition, services, window));
    let mut entries = newest_of(incidents, MAX_OF_INCIDENTS);
    entries.extend(newest_of(windows, MAX_OF_MAINTENANCE));
    entries.sort_by_key(|entry| Reverse(entry.at));
    entries
}

fn newest_of(entries: impl Iterator<Item = HistoryEntry>, n: usize) -> Vec<HistoryEntry> {
    let mut entries: Vec<HistoryEntry> = entries.collect();
    entries.sort_by_key(|entry| Reverse(entry.at));
    entries.truncate(n);
    entries
}

/// Returns the entries of an incident, newest first.
fn of_incident(
    edition: &Edition<'_>,
    services: &ServiceIndex<'_>,
    incident: &PublicIncident,
) -> Vec<HistoryEntry> {
    let words = edition.words;
    let incident_title = words.incident_title(incident);
    let affected = services.affected(&incident.affected);
    let url = incident_address(edition, incident);
    let mut entries = Vec::new();
    let (mut last, mut n_at_once) = (None, 0);
    for update in incident.complete_updates() {
        // An update has no id of its own, but a time, which no other text and no other title changes.
        n_at_once = if last == Some(update.at) { n_at_once + 1 } else { 0 };
        last = Some(update.at);
        let moment = format!("{} {n_at_once}", update.at.as_millisecond());
        let text = words.update(&update);
        let html = if update.text.plain(words).trim().is_empty() {
            paragraph(&text)
        } else {
            update.text.html(words)
        };
        entries.push(HistoryEntry {
            id: urn(["incident", &incident.id, &moment]),
            url: url.clone(),
            title: one_line(&words.labeled(&words.phase(update.phase), &incident_title)),
            html: format!(
                "{html}{}{}",
                promise_html(words, &update),
                affected_html(words, &affected)
            ),
            text: text + &promise_text(words, &update) + &affected_text(words, &affected),
            at: update.at,
            changed_at: update.changed_at,
            tag: "incident",
        });
    }
    entries.reverse();
    entries
}

/// Returns the entries of a window, newest first.
fn of_maintenance(
    edition: &Edition<'_>,
    services: &ServiceIndex<'_>,
    window: &PublicMaintenance,
) -> Vec<HistoryEntry> {
    let words = edition.words;
    let affected = services.affected(&window.affected);
    let url = edition.url_with_anchor(&anchor("maintenance", &window.id));
    let times = words.span(&words.long_time(window.starts_at), &words.long_time(window.ends_at));
    let steps = window.steps(edition.snapshot.generated_at).into_iter().rev();
    let entry = |step: MaintenanceStep| {
        let text = words.step(window, step.phase);
        let kind = match step.phase {
            MaintenancePhase::Announced => "announced",
            MaintenancePhase::Active => "active",
            MaintenancePhase::Completed => "completed",
        };
        HistoryEntry {
            id: urn(["maintenance", &window.id, kind]),
            url: url.clone(),
            title: one_line(&words.labeled(&words.maintenance_phase(step.phase), &window.title)),
            html: format!("{}<p>{times}</p>{}", paragraph(&text), affected_html(words, &affected)),
            text: format!("{text}\n\n{times}{}", affected_text(words, &affected)),
            at: step.at,
            changed_at: step.at,
            tag: "maintenance",
        }
    };
    steps.map(entry).collect()
}

/// Returns the promise of the next update, which stays in the entry: it is what the update stated.
fn promise_html(words: &Words, update: &PublicIncidentUpdate) -> String {
    update.next_update_at.map(|at| paragraph(&words.promise(at))).unwrap_or_default()
}

fn promise_text(words: &Words, update: &PublicIncidentUpdate) -> String {
    update.next_update_at.map(|at| format!("\n\n{}", words.promise(at))).unwrap_or_default()
}

fn affected_html(words: &Words, affected: &[&PublicService]) -> String {
    let names: Vec<String> = affected
        .iter()
        .map(|service| {
            let mut name = String::from("<bdi>");
            escape(&mut name, service.label());
            name + "</bdi>"
        })
        .collect();
    if names.is_empty() {
        String::new()
    } else {
        format!("<p>{}</p>", words.affected(&words.list(&names)))
    }
}

fn affected_text(words: &Words, affected: &[&PublicService]) -> String {
    let names: Vec<String> = affected.iter().map(|service| one_line(service.label())).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!("\n\n{}", words.affected(&words.list(&names)))
    }
}

/// Returns the URN of a thing that is identified by `parts`: a UUID of version 8, made of a hash.
fn urn(parts: [&str; 3]) -> String {
    let mut hash = Sha256::new();
    for part in ["allclear history"].iter().chain(&parts) {
        // The length keeps the parts apart.
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let mut digits = digest.iter().take(16).fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
    digits = digits & !(0xf << 76) | 0x8 << 76;
    digits = digits & !(0x3 << 62) | 0x2 << 62;
    let hex = format!("{digits:032x}");
    let groups =
        [0..8, 8..12, 12..16, 16..20, 20..32].map(|place| hex.get(place).unwrap_or_default());
    format!("urn:uuid:{}", groups.join("-"))
}
