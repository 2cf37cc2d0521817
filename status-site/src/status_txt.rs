//! `status.txt`: the page for terminals. It contains the time of the snapshot, which also stands in the
//! page, so that a watchdog can detect outdated data.

use crate::{
    OverallStatus, SiteFile, Snapshot,
    snapshot::{MaintenancePhase, PublicMaintenance},
    wording::{duration, failing_regions, long_time, machine_time, one_line},
};

/// Renders one fact per line; the first line is the answer.
pub(crate) fn file(snapshot: &Snapshot, answer: &OverallStatus) -> SiteFile {
    let mut lines = vec![one_line(&answer.headline.to_string())];
    lines.extend(answer.notes.iter().cloned());
    lines.push(String::new());

    lines.push(format!("page: {}", one_line(&snapshot.page.title)));
    lines.push(format!("generated: {}", machine_time(snapshot.generated_at)));
    let checked = snapshot.last_checked_at.map_or_else(|| "never".to_owned(), machine_time);
    lines.push(format!("last checked: {checked}"));
    lines.push(format!("too old after: {}", duration(snapshot.stale_after)));

    section(&mut lines, "open incidents", incidents(snapshot));
    let mut windows = maintenances(snapshot, MaintenancePhase::Active, "active");
    windows.extend(maintenances(snapshot, MaintenancePhase::Announced, "announced"));
    section(&mut lines, "maintenance", windows);
    section(&mut lines, "services: state, uptime over 90 days, id, name", services(snapshot));

    lines.push(String::new());
    SiteFile::text("status.txt", lines.join("\n"))
}

fn section(lines: &mut Vec<String>, title: &str, facts: Vec<String>) {
    if !facts.is_empty() {
        lines.extend([String::new(), format!("{title}:")]);
        lines.extend(facts);
    }
}

fn incidents(snapshot: &Snapshot) -> Vec<String> {
    let line = |incident: &crate::snapshot::PublicIncident| {
        format!(
            "- {}: {}, since {}",
            one_line(&incident.title),
            incident.phase().word().to_lowercase(),
            long_time(incident.started_at)
        )
    };
    snapshot.open_incidents().into_iter().map(line).collect()
}

fn maintenances(snapshot: &Snapshot, phase: MaintenancePhase, word: &str) -> Vec<String> {
    let line = |window: &PublicMaintenance| {
        format!(
            "- {}: {word}, {} to {}",
            one_line(&window.title),
            long_time(window.starts_at),
            long_time(window.ends_at)
        )
    };
    snapshot.maintenances_in(phase).into_iter().map(line).collect()
}

fn services(snapshot: &Snapshot) -> Vec<String> {
    let line = |service: &crate::snapshot::PublicService| {
        let state = snapshot.state_of(service);
        let is_partial = failing_regions(service, state).is_some();
        format!(
            "- {}{}, {}, {}, {}",
            state.word().to_lowercase(),
            if is_partial { " in some regions" } else { "" },
            service.uptime(),
            one_line(&service.id),
            one_line(service.label())
        )
    };
    snapshot.services().map(line).collect()
}
