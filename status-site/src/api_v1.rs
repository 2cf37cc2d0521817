//! `api/v1/`: all public facts in one file of our own, and its JSON Schema.
//!
//! The field names contain the units. Unlike `api_v2`, the format has a state for services without data, and the times
//! that a reader needs to detect outdated data. The schema is generated from the types of the file.

mod incident;
mod provider;
mod service;

use std::time::Duration;

use jiff::Timestamp;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;

use self::{
    incident::{IncidentV1, MaintenanceV1},
    provider::ProviderV1,
    service::{ServiceV1, StateV1},
};
use crate::{
    OverallStatus, SiteFile, edition::Edition, formats::machine_time, snapshot::ServiceIndex,
};

/// The path of the facts.
pub(crate) const SUMMARY: &str = "api/v1/summary.json";
/// The path of the schema.
const SCHEMA: &str = "api/v1/summary.schema.json";

/// The most incidents in the file; the open ones are always among them.
const MAX_INCIDENTS: usize = 50;

/// The public facts of a status page at one moment.
#[derive(Serialize, JsonSchema)]
struct SummaryV1 {
    /// The address of the schema of this file.
    #[serde(rename = "$schema")]
    schema: String,
    /// The time at which the file was made.
    generated_at: TimeV1,
    /// The time of the newest check; null if nothing was ever measured.
    last_checked_at: Option<TimeV1>,
    /// The age of the newest check above which the states say nothing about the present.
    stale_after_seconds: u64,
    /// True if data is missing because the monitoring itself is impaired.
    monitoring_impaired: bool,
    /// The page.
    page: PageV1,
    /// The summary of all services.
    status: StatusV1,
    /// The services in the order of the page.
    services: Vec<ServiceV1>,
    /// The providers of models that the services measure, in the order of the page.
    providers: Vec<ProviderV1>,
    /// The open incidents and the newest of the others, newest first.
    incidents: Vec<IncidentV1>,
    /// The maintenance windows that are announced, in progress or recently completed, by their start.
    maintenances: Vec<MaintenanceV1>,
}

/// The name and the address of the page.
#[derive(Serialize, JsonSchema)]
struct PageV1 {
    /// A stable id.
    id: String,
    /// The name of the page.
    name: String,
    /// One sentence about the scope of the page; may be empty.
    description: String,
    /// The address of the page.
    url: String,
    /// A mail address or a support page where a reader gets help; null if there is none.
    contact_url: Option<String>,
}

/// The summary of all services.
#[derive(Serialize, JsonSchema)]
struct StatusV1 {
    /// The state of the page.
    state: StateV1,
    /// The summary as a sentence.
    headline: String,
    /// Further sentences that are needed to understand the headline.
    notes: Vec<String>,
}

/// A time in UTC with the precision of a second.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "date-time"))]
struct TimeV1(String);

impl From<Timestamp> for TimeV1 {
    fn from(at: Timestamp) -> Self {
        Self(machine_time(at))
    }
}

/// Renders the facts and their schema.
pub(crate) fn files(first: &Edition<'_>, answer: &OverallStatus) -> Vec<SiteFile> {
    let schema = first.snapshot.page.url.of_file(SCHEMA);
    vec![
        SiteFile::json(SCHEMA, &schema_at(&schema)),
        SiteFile::json(SUMMARY, &summary(first, answer, schema)),
    ]
}

fn summary(first: &Edition<'_>, answer: &OverallStatus, schema: String) -> SummaryV1 {
    let snapshot = first.snapshot;
    let (page, services) = (&snapshot.page, &ServiceIndex::of(snapshot));
    let newest = snapshot.newest_incidents().into_iter().enumerate();
    let listed = newest.filter(|(n, incident)| *n < MAX_INCIDENTS || incident.is_open());
    let mut windows: Vec<_> = snapshot.maintenances.iter().collect();
    windows.sort_by(|a, b| a.starts_at.cmp(&b.starts_at).then_with(|| a.id.cmp(&b.id)));
    SummaryV1 {
        schema,
        generated_at: snapshot.generated_at.into(),
        last_checked_at: snapshot.last_checked_at.map(TimeV1::from),
        stale_after_seconds: Duration::try_from(snapshot.stale_after)
            .map_or(0, |age| age.as_secs()),
        monitoring_impaired: snapshot.monitoring_impaired,
        page: PageV1 {
            id: page.id.clone(),
            name: page.title.clone(),
            description: page.description.clone(),
            url: page.url.to_string(),
            contact_url: page.contact.as_ref().map(ToString::to_string),
        },
        status: StatusV1 {
            state: answer.state.into(),
            headline: answer.headline.to_string(),
            notes: answer.notes.clone(),
        },
        services: service::all(snapshot),
        providers: provider::all(snapshot),
        incidents: listed.map(|(_, incident)| IncidentV1::of(first, services, incident)).collect(),
        maintenances: windows
            .into_iter()
            .map(|one| MaintenanceV1::of(snapshot, services, one))
            .collect(),
    }
}

fn schema_at(address: &str) -> schemars::Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<SummaryV1>();
    schema.insert("$id".to_owned(), address.into());
    schema.insert("title".to_owned(), "Status summary".into());
    schema
}
