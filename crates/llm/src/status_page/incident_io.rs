//! incident.io's own formats: the data of its pages under `/proxy/…`, and its widget's summary.

use std::collections::BTreeSet;

use allclear_core::provider_status::Level;
use serde_json::Value;

use super::{PageReport, is_in_progress, is_named, is_over, of_status, phase_of, worst_status};
use crate::lenient::{items, text, within};

pub(super) fn read(page: &Value, component: Option<&str>) -> Result<PageReport, String> {
    let summary = if page["summary"].is_object() { &page["summary"] } else { page };
    let known = ["ongoing_incidents", "affected_components", "components"];
    if known.iter().all(|field| !summary[field].is_array()) {
        return Err("the status page has neither `ongoing_incidents` nor `components`".to_owned());
    }
    let relevant = RelevantPart::of(summary, component);
    let affected = items(&summary["affected_components"])
        .iter()
        .filter_map(|row| Some(PageReport::bare(relevant.level(row)?)));
    let incidents = items(&summary["ongoing_incidents"])
        .iter()
        .filter(|incident| !text(&incident["status"]).is_some_and(is_over))
        .filter_map(|incident| Some(report(relevant.level_of_incident(incident)?, incident)));
    let maintenances = items(&summary["in_progress_maintenances"])
        .iter()
        .chain(items(&summary["scheduled_maintenances"]))
        .filter(|one| text(&one["status"]).is_some_and(is_in_progress))
        .filter(|one| relevant.is_affected_by(one))
        .map(|one| report(Level::Maintenance, one));
    let named = worst_status(incidents.chain(maintenances));
    let level = worst_status(affected).level.max(named.level);
    Ok(PageReport { level, ..named })
}

/// The part of a page that counts.
struct RelevantPart<'a> {
    /// The part of the name; `None` if the whole page counts.
    part: Option<&'a str>,
    /// The ids of the components of that name.
    ids: BTreeSet<&'a str>,
}

impl<'a> RelevantPart<'a> {
    fn of(summary: &'a Value, part: Option<&'a str>) -> Self {
        let in_structure = items(within(summary, "/structure/items")).iter().flat_map(|item| {
            let grouped = items(within(item, "/group/components")).iter();
            grouped.chain(std::iter::once(&item["component"]))
        });
        let is_mine = |row: &&Value| {
            let name = text(&row["name"]);
            part.is_some_and(|part| name.is_some_and(|name| is_named(name, part)))
        };
        let ids: BTreeSet<&str> = items(&summary["components"])
            .iter()
            .chain(items(&summary["affected_components"]))
            .chain(in_structure)
            .filter(is_mine)
            .filter_map(|row| text(&row["id"]).or_else(|| text(&row["component_id"])))
            .collect();
        // A page that lists all components, none of them of that name, counts as a whole. On a page
        // that lists only affected components, the missing component is well.
        let is_whole = ids.is_empty() && !items(&summary["components"]).is_empty();
        Self { part: part.filter(|_| !is_whole), ids }
    }

    /// Returns the level of a component, if that one counts.
    fn level(&self, row: &Value) -> Option<Level> {
        let id = text(&row["component_id"]).or_else(|| text(&row["id"]));
        let is_mine = self.part.is_none_or(|part| {
            id.is_some_and(|id| self.ids.contains(id))
                || text(&row["name"]).is_some_and(|name| is_named(name, part))
        });
        let status = text(&row["current_status"]).or_else(|| text(&row["status"]));
        is_mine.then(|| status.and_then(of_status).unwrap_or(Level::Degraded))
    }

    /// Returns the level of an incident, if it concerns a part that counts.
    fn level_of_incident(&self, incident: &Value) -> Option<Level> {
        let worst = impacts(incident).filter_map(|row| self.level(row)).max();
        if self.part.is_some() {
            return worst;
        }
        let named = text(&incident["current_worst_impact"]).and_then(of_status);
        Some(worst.max(named).unwrap_or(Level::Degraded))
    }

    fn is_affected_by(&self, maintenance: &Value) -> bool {
        self.part.is_none() || impacts(maintenance).any(|row| self.level(row).is_some())
    }
}

fn impacts(incident: &Value) -> impl Iterator<Item = &Value> {
    items(&incident["component_impacts"]).iter().chain(items(&incident["affected_components"]))
}

/// Returns the report of an incident or a maintenance.
fn report(level: Level, incident: &Value) -> PageReport {
    PageReport {
        level,
        headline: text(&incident["name"]).unwrap_or_default().to_owned(),
        phase: text(&incident["status"]).and_then(phase_of),
    }
}
