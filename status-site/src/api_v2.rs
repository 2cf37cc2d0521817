//! `api/v2/`: the same facts in the format of the public Statuspage API, so that a program that
//! reads a Statuspage can read this page after a change of address.
//!
//! The Statuspage API has no value for "not known". A service without data is not among the
//! components, and the indicator speaks of the others: a service that cannot be measured alarms no
//! reader and never reads as healthy. The indicator of a page that knows nothing is `minor`.
//! `description` states the actual meaning.

mod change;
mod component;
mod incident;
mod page;

use serde::Serialize;

use self::{
    component::Component,
    incident::ApiIncident,
    page::{ApiPage, ApiStatus},
};
use crate::{OverallStatus, SiteFile, edition::Edition};

/// The most incidents in `incidents.json`, as on Statuspage.
const MAX_INCIDENTS: usize = 50;

#[derive(Serialize)]
struct SummaryFile<'a> {
    page: &'a ApiPage,
    status: &'a ApiStatus,
    components: &'a [&'a Component],
    incidents: &'a [&'a ApiIncident<'a>],
    scheduled_maintenances: &'a [&'a ApiIncident<'a>],
}

#[derive(Serialize)]
struct StatusFile<'a> {
    page: &'a ApiPage,
    status: &'a ApiStatus,
}

#[derive(Serialize)]
struct ComponentsFile<'a> {
    page: &'a ApiPage,
    components: &'a [&'a Component],
}

#[derive(Serialize)]
struct IncidentsFile<'a> {
    page: &'a ApiPage,
    incidents: &'a [&'a ApiIncident<'a>],
}

#[derive(Serialize)]
struct MaintenancesFile<'a> {
    page: &'a ApiPage,
    scheduled_maintenances: &'a [&'a ApiIncident<'a>],
}

/// The eight files.
pub(crate) fn files(first: &Edition<'_>, answer: &OverallStatus) -> Vec<SiteFile> {
    let snapshot = first.snapshot;
    let page = &ApiPage::of(snapshot, change::last(snapshot));
    let status = &ApiStatus::of(snapshot, answer);
    let all_components = component::all(first);
    let components: Vec<&Component> = all_components.iter().filter(|one| one.is_listed()).collect();
    let components = &components;

    let index = &incident::index(&all_components);
    let incidents = &incident::incidents(first, index);
    let unresolved = &kept(incidents, |incident| incident.resolved_at.is_none());
    let newest = &kept(incidents, |_| true);
    let newest = newest.get(..MAX_INCIDENTS).unwrap_or(newest);
    let windows = &incident::maintenances(first, index);
    let upcoming = &kept(windows, |window| window.status == "scheduled");
    let active = &kept(windows, |window| window.status == "in_progress");
    let ahead = &kept(windows, |window| window.status != "completed");
    let windows = &kept(windows, |_| true);

    let maintenances = |path: &str, scheduled_maintenances: &[&ApiIncident]| {
        file(path, &MaintenancesFile { page, scheduled_maintenances })
    };
    vec![
        file("status", &StatusFile { page, status }),
        file("components", &ComponentsFile { page, components }),
        file("incidents", &IncidentsFile { page, incidents: newest }),
        file("incidents/unresolved", &IncidentsFile { page, incidents: unresolved }),
        maintenances("scheduled-maintenances", windows),
        maintenances("scheduled-maintenances/active", active),
        maintenances("scheduled-maintenances/upcoming", upcoming),
        file(
            "summary",
            &SummaryFile {
                page,
                status,
                components,
                incidents: unresolved,
                scheduled_maintenances: ahead,
            },
        ),
    ]
}

fn file(name: &str, value: &impl Serialize) -> SiteFile {
    SiteFile::json(format!("api/v2/{name}.json"), value)
}

fn kept<'a, 'c>(
    incidents: &'a [ApiIncident<'c>],
    keep: fn(&ApiIncident<'_>) -> bool,
) -> Vec<&'a ApiIncident<'c>> {
    incidents.iter().filter(|incident| keep(incident)).collect()
}
