//! The allow-list: everything the public may see, and nothing else.
//!
//! A snapshot holds facts; words and markup are made of them elsewhere. There is no field for the
//! URL of a target, the text of an error or a secret, so none can be published by mistake.

mod days;
mod href;
mod incident;
mod maintenance;
mod service;
mod state;
mod uptime;

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

pub use self::{
    days::{Day, Days, N_DAYS},
    href::{Href, HrefError},
    incident::{Impact, Incident, IncidentUpdate, Phase},
    maintenance::{Maintenance, MaintenancePhase},
    service::{OwnWord, Service},
    state::State,
    uptime::Uptime,
};

/// What the public is told at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Whose page it is.
    pub page: PageIdentity,
    /// When the snapshot was made: the "now" of every sentence on the page.
    pub generated_at: Timestamp,
    /// When the newest outcome was measured; `None` if nothing was ever measured.
    pub last_checked_at: Option<Timestamp>,
    /// The age of the newest outcome above which nothing on the page is to be believed.
    pub stale_after: SignedDuration,
    /// Whether data is missing because of the monitor's own trouble.
    pub monitoring_impaired: bool,
    /// The services in the order of the page.
    pub groups: Vec<Group>,
    /// The open incidents, and the closed ones of the last 14 days at least.
    pub incidents: Vec<Incident>,
    /// The windows that are active or announced; past ones appear in the JSON only.
    pub maintenances: Vec<Maintenance>,
}

/// The name and the links of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageIdentity {
    /// A stable id, for the JSON.
    pub id: String,
    /// The name of the page, such as "Acme status".
    pub title: String,
    /// One sentence about what the page covers; may be empty.
    pub description: String,
    /// The address of the page itself.
    pub url: Option<Href>,
    /// Where a reader gets help: a mail address or a support page.
    pub contact: Option<Href>,
}

impl PageIdentity {
    /// A page with an id and a title, and no links.
    #[must_use]
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            description: String::new(),
            url: None,
            contact: None,
        }
    }
}

/// Services under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// A stable id, unique among groups.
    pub id: String,
    /// The heading; `None` for services that belong to no group.
    pub name: Option<String>,
    /// In the order of the page.
    pub services: Vec<Service>,
}

impl Group {
    /// The services that belong to no group.
    #[must_use]
    pub fn unnamed(services: Vec<Service>) -> Self {
        Self { id: String::new(), name: None, services }
    }

    /// Services under a heading.
    #[must_use]
    pub fn named(id: impl Into<String>, name: impl Into<String>, services: Vec<Service>) -> Self {
        Self { id: id.into(), name: Some(name.into()), services }
    }
}

/// How far the newest outcome can be trusted when the snapshot is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Young enough.
    Fresh,
    /// Too old to say anything about the present.
    Stale {
        /// The age of the newest outcome.
        age: SignedDuration,
    },
    /// Nothing was ever measured.
    NeverMeasured,
}

/// The services of a snapshot by their ids. Thousands of incidents, each with its services, are looked
/// up in one index.
#[derive(Debug)]
pub(crate) struct ServiceIndex<'a>(HashMap<&'a str, (usize, &'a Service)>);

impl<'a> ServiceIndex<'a> {
    /// Indexes the services of `snapshot`.
    pub(crate) fn of(snapshot: &'a Snapshot) -> Self {
        let services = snapshot.services().enumerate();
        Self(services.map(|(place, service)| (service.id.as_str(), (place, service))).collect())
    }

    /// Returns the services with these ids, in the order of the page, each once.
    pub(crate) fn affected(&self, ids: &[String]) -> Vec<&'a Service> {
        let found = ids.iter().filter_map(|id| self.0.get(id.as_str()).copied());
        let in_order: BTreeMap<usize, &'a Service> = found.collect();
        in_order.into_values().collect()
    }
}

impl Snapshot {
    /// All services, in the order of the page.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.groups.iter().flat_map(|group| &group.services)
    }

    /// Whether the data was already too old when the snapshot was made.
    #[must_use]
    pub fn freshness(&self) -> Freshness {
        let Some(last_checked_at) = self.last_checked_at else {
            return Freshness::NeverMeasured;
        };
        let age = self.generated_at.duration_since(last_checked_at);
        if age > self.stale_after { Freshness::Stale { age } } else { Freshness::Fresh }
    }

    /// What may be said about a service: its state, or no data if all data is too old.
    #[must_use]
    pub fn state_of(&self, service: &Service) -> State {
        match self.freshness() {
            Freshness::Fresh => service.state,
            Freshness::Stale { .. } | Freshness::NeverMeasured => State::NoData,
        }
    }

    /// The open incidents, newest first.
    #[must_use]
    pub fn open_incidents(&self) -> Vec<&Incident> {
        self.newest_incidents().into_iter().filter(|incident| incident.is_open()).collect()
    }

    /// All incidents, newest first.
    #[must_use]
    pub fn newest_incidents(&self) -> Vec<&Incident> {
        let mut incidents: Vec<&Incident> = self.incidents.iter().collect();
        incidents.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.id.cmp(&b.id)));
        incidents
    }

    /// The windows in a phase, by the time they start.
    #[must_use]
    pub fn maintenances_in(&self, phase: MaintenancePhase) -> Vec<&Maintenance> {
        let mut maintenances: Vec<&Maintenance> =
            self.maintenances.iter().filter(|m| m.phase(self.generated_at) == phase).collect();
        maintenances.sort_by(|a, b| a.starts_at.cmp(&b.starts_at).then_with(|| a.id.cmp(&b.id)));
        maintenances
    }

    /// The services with these ids, in the order of the page; an id that is not on the page is
    /// left out, because it may be private.
    #[must_use]
    pub fn affected(&self, ids: &[String]) -> Vec<&Service> {
        ServiceIndex::of(self).affected(ids)
    }
}
