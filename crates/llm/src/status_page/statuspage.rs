//! Statuspage's `summary.json`, and the same as incident.io writes it: with `null` for empty lists,
//! and incidents that do not name their components.

use allclear_core::provider_status::Level;
use serde_json::Value;

use super::{PageReport, is_in_progress, is_named, is_over, of_status, phase_of, worst_status};
use crate::lenient::{cut, flag, items, text, within};

pub(super) fn read(page: &Value, component: Option<&str>) -> Result<PageReport, String> {
    let indicator = text(within(page, "/status/indicator"));
    let components = page["components"].as_array();
    if indicator.is_none() && components.is_none() {
        return Err("the status page has neither `status.indicator` nor `components`".to_owned());
    }
    let relevant: Vec<&Value> = components
        .into_iter()
        .flatten()
        .filter(|row| flag(&row["group"]) != Some(true) && has_name(row, component))
        .collect();
    let component = component.filter(|_| !relevant.is_empty());
    let of_components = || {
        let levels = relevant.iter().filter_map(|row| text(&row["status"])).map(known);
        levels.collect::<Result<Vec<_>, _>>().map(|levels| levels.into_iter().max())
    };
    let own = match (component, indicator) {
        (None, Some(indicator)) => Some(known(indicator)?),
        (Some(_), _) | (None, None) => of_components()?,
    };
    let own = own.ok_or("the status page has no status")?;
    let open = open_incidents(page, component).chain(maintenances(page, component));
    let worst = worst_status(open);
    let level = worst.level.max(own);
    let named = if level.is_trouble() { worst } else { PageReport::bare(level) };
    Ok(PageReport { level, ..with_unnamed(page, component, own, named) })
}

/// Returns the level of a status; an unknown word is an error.
fn known(status: &str) -> Result<Level, String> {
    of_status(status)
        .ok_or_else(|| format!("unknown state of the status page: `{}`", cut(status, 60)))
}

/// Returns the open incidents of `component`, or all without one.
fn open_incidents<'a>(
    page: &'a Value,
    component: Option<&'a str>,
) -> impl Iterator<Item = PageReport> + 'a {
    let is_open = |incident: &&Value| !text(&incident["status"]).is_some_and(is_over);
    items(&page["incidents"])
        .iter()
        .filter(is_open)
        .filter(move |one| concerns(one, component))
        .map(move |incident| {
            let impact = level(&incident["impact"]).unwrap_or(Level::Degraded);
            // The impact is of the whole page, so for one component it counts as degraded at most.
            let level = if component.is_some() { impact.min(Level::Degraded) } else { impact };
            report(level, incident)
        })
}

/// Returns the maintenances under way of `component`, or all without one.
fn maintenances<'a>(
    page: &'a Value,
    component: Option<&'a str>,
) -> impl Iterator<Item = PageReport> + 'a {
    items(&page["scheduled_maintenances"])
        .iter()
        .filter(|one| text(&one["status"]).is_some_and(is_in_progress))
        .filter(move |one| concerns(one, component))
        .map(|one| report(Level::Maintenance, one))
}

/// Returns the incident of the component's own trouble: if none names it, the first open incident
/// that names no component.
fn with_unnamed(
    page: &Value,
    component: Option<&str>,
    own: Level,
    named: PageReport,
) -> PageReport {
    if component.is_none() || !named.headline.is_empty() || !own.is_trouble() {
        return named;
    }
    let maintenances = items(&page["scheduled_maintenances"])
        .iter()
        .filter(|one| text(&one["status"]).is_some_and(is_in_progress));
    items(&page["incidents"])
        .iter()
        .filter(|incident| !text(&incident["status"]).is_some_and(is_over))
        .chain(maintenances)
        .find(|one| items(&one["components"]).is_empty())
        .map_or_else(|| PageReport::bare(own), |incident| report(own, incident))
}

/// Returns whether an incident names `component`; without a component, each concerns the whole page.
fn concerns(incident: &Value, component: Option<&str>) -> bool {
    component.is_none() || items(&incident["components"]).iter().any(|row| has_name(row, component))
}

fn has_name(row: &Value, component: Option<&str>) -> bool {
    component.is_none_or(|part| text(&row["name"]).is_some_and(|name| is_named(name, part)))
}

fn level(status: &Value) -> Option<Level> {
    of_status(text(status)?)
}

/// Returns the report of an incident or a maintenance.
fn report(level: Level, incident: &Value) -> PageReport {
    PageReport {
        level,
        headline: text(&incident["name"]).unwrap_or_default().to_owned(),
        phase: text(&incident["status"]).and_then(phase_of),
    }
}
