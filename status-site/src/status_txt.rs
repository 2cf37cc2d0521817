//! `status.txt`: the page for terminals. It contains the time of the snapshot, which also stands in the
//! page, so that a watchdog can detect outdated data. Programs read the file, so its labels are English in each
//! language of the page; what it quotes of the page is in the first language.

use crate::{
    Language, OverallStatus, SiteFile,
    edition::Edition,
    formats::{machine_time, one_line},
    snapshot::{MaintenancePhase, PublicIncident, PublicMaintenance, PublicService},
    words::Words,
};

/// Renders one fact per line; the first line is the answer.
pub(crate) fn file(first: &Edition<'_>, answer: &OverallStatus) -> SiteFile {
    let snapshot = first.snapshot;
    let mut lines = vec![one_line(&answer.headline.to_string())];
    lines.extend(answer.notes.iter().cloned());
    lines.push(String::new());

    lines.push(format!("page: {}", one_line(&snapshot.page.title)));
    lines.push(format!("generated: {}", machine_time(snapshot.generated_at)));
    let checked = snapshot.last_checked_at.map_or_else(|| "never".to_owned(), machine_time);
    lines.push(format!("last checked: {checked}"));
    lines.push(format!("too old after: {}", labels().duration(snapshot.stale_after)));

    section(&mut lines, "open incidents", incidents(first));
    let mut windows = maintenances(first, MaintenancePhase::Active, "active");
    windows.extend(maintenances(first, MaintenancePhase::Announced, "announced"));
    section(&mut lines, "maintenance", windows);
    section(&mut lines, "services: state, uptime over 90 days, id, name", services(first));

    lines.push(String::new());
    SiteFile::text("status.txt", lines.join("\n"))
}

fn section(lines: &mut Vec<String>, title: &str, facts: Vec<String>) {
    if !facts.is_empty() {
        lines.extend([String::new(), format!("{title}:")]);
        lines.extend(facts);
    }
}

/// Returns the words of the labels.
fn labels() -> &'static Words {
    Words::of(Language::English)
}

fn incidents(first: &Edition<'_>) -> Vec<String> {
    let line = |incident: &PublicIncident| {
        format!(
            "- {}: {}, since {}",
            one_line(&first.words.incident_title(incident)),
            labels().phase(incident.phase()).to_lowercase(),
            labels().long_time(incident.started_at)
        )
    };
    first.snapshot.open_incidents().into_iter().map(line).collect()
}

fn maintenances(first: &Edition<'_>, phase: MaintenancePhase, word: &str) -> Vec<String> {
    let line = |window: &PublicMaintenance| {
        format!(
            "- {}: {word}, {} to {}",
            one_line(&window.title),
            labels().long_time(window.starts_at),
            labels().long_time(window.ends_at)
        )
    };
    first.snapshot.maintenances_in(phase).into_iter().map(line).collect()
}

fn services(first: &Edition<'_>) -> Vec<String> {
    let line = |service: &PublicService| {
        let state = first.snapshot.state_of(service);
        let is_partial = service.failing_regions(state).is_some();
        format!(
            "- {}{}, {}, {}, {}",
            labels().day_state(state),
            if is_partial { " in some regions" } else { "" },
            labels().uptime_percent(service.uptime()),
            one_line(&service.id),
            one_line(service.label())
        )
    };
    first.snapshot.services().map(line).collect()
}
