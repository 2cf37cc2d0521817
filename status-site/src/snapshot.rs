//! The allow-list: everything that the public may see, and nothing else.
//!
//! A snapshot holds facts; other modules make words and markup of them. There is no field for the
//! URL of a target, the text of an error or a secret, so none of them can be published by mistake.

mod brand;
mod days;
mod href;
mod incident;
mod incident_phase;
mod incident_text;
mod languages;
mod maintenance;
mod month;
mod provider;
mod service;
mod service_history;
mod state;
mod update_text;
mod uptime;

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

pub use self::{
    brand::{Brand, DesignTokens, GroupDisplay, HiddenSection, NeutralColors},
    days::{N_DAYS, UptimeDay, UptimeDays},
    href::{Href, HrefError},
    incident::{PublicIncident, PublicIncidentImpact, PublicIncidentUpdate},
    incident_phase::PublicIncidentPhase,
    incident_text::{
        GeneratedText, IncidentTitle, ProviderWord, Sentence, Sighting, Symptom, Tense,
    },
    languages::PageLanguages,
    maintenance::{MaintenancePhase, MaintenanceStep, PublicMaintenance, WithdrawnMaintenance},
    month::{CalendarMonth, DayException, HistoryDay, HistoryMonth, MonthUptime},
    provider::{
        FactSource, FirstTokenTimes, MeasuredModel, ModelSpeed, PeriodSpeeds, ProviderDetection,
        ProviderReportTime, PublicModel, PublicProvider, ReportComparison, TokenListPrice,
        TokenRate,
    },
    service::{FailingRegions, PublicService, ReportedStatus},
    service_history::{
        LatencyPercentiles, LatencyPoint, PeriodUptimes, ServiceHistory, history_until,
    },
    state::ServiceState,
    update_text::UpdateText,
    uptime::Uptime,
};

/// The public facts at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The name and links of the page.
    pub page: PageIdentity,
    /// The time at which the snapshot was made; the "now" of every sentence on the page.
    pub generated_at: Timestamp,
    /// The time at which the newest outcome was measured; `None` if nothing was ever measured.
    pub last_checked_at: Option<Timestamp>,
    /// The age of the newest outcome above which all data on the page counts as stale.
    pub stale_after: SignedDuration,
    /// True if data is missing because the monitoring itself is impaired.
    pub monitoring_impaired: bool,
    /// The services in the order of the page.
    pub groups: Vec<ServiceGroup>,
    /// The providers of models that public services measure, in the order of the page.
    pub providers: Vec<PublicProvider>,
    /// The open incidents and at least the closed ones of the last 14 days. The page shows those, and the JSON the newest
    /// 50.
    pub incidents: Vec<PublicIncident>,
    /// The months with a page of their own, oldest first; the last one is the present one.
    pub months: Vec<HistoryMonth>,
    /// The windows; completed ones appear in the JSON only.
    pub maintenances: Vec<PublicMaintenance>,
    /// The windows that were withdrawn before their start, for calendars.
    pub withdrawn: Vec<WithdrawnMaintenance>,
    /// The next start or end of maintenance, for which [`render_next`](crate::render_next) renders the page ahead; `None`
    /// if there is none soon.
    pub next_change_at: Option<Timestamp>,
}

/// The name and the links of the page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageIdentity {
    /// A stable id, for the JSON.
    pub id: String,
    /// The name of the page, such as "Acme status".
    pub title: String,
    /// One sentence about the scope of the page; may be empty.
    pub description: String,
    /// The address of the page itself: the one under which readers know it, or the one at which it is served.
    pub url: Href,
    /// A mail address or a support page where a reader gets help.
    pub contact: Option<Href>,
    /// The languages of the page.
    pub languages: PageLanguages,
    /// The look of the page.
    pub brand: Brand,
    /// The ways to get messages that the owner of the page offers beside its feeds.
    pub subscription: ReaderSubscription,
}

/// The ways in which readers can get messages, beside the feeds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ReaderSubscription {
    /// A form or a mail address.
    pub link: Option<Href>,
    /// A topic of Amazon SNS to which readers subscribe their mail address.
    pub topic: Option<MailTopicAddress>,
}

/// A topic of Amazon SNS.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MailTopicAddress {
    /// Its ARN.
    pub arn: String,
    /// Its region.
    pub region: String,
}

impl MailTopicAddress {
    /// Returns the command that subscribes a mail address to the topic.
    pub(crate) fn command(&self) -> String {
        let Self { arn, region } = self;
        format!(
            "aws sns subscribe --region {region} --topic-arn {arn} --protocol email \
             --notification-endpoint you@example.com"
        )
    }
}

impl PageIdentity {
    /// Creates an identity with an id, a title and an address, in English and without further links.
    #[must_use]
    pub fn new(id: impl Into<String>, title: impl Into<String>, url: Href) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            description: String::new(),
            url,
            contact: None,
            languages: PageLanguages::ENGLISH,
            brand: Brand::default(),
            subscription: ReaderSubscription::default(),
        }
    }
}

/// Services under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceGroup {
    /// A stable id, unique among groups.
    pub id: String,
    /// The heading; `None` for services that belong to no group.
    pub name: Option<String>,
    /// The state in which a reader finds the group.
    pub display: GroupDisplay,
    /// The services in the order of the page.
    pub services: Vec<PublicService>,
}

impl ServiceGroup {
    /// Creates the group of the services that belong to no group.
    #[must_use]
    pub fn unnamed(services: Vec<PublicService>) -> Self {
        Self { id: String::new(), name: None, display: GroupDisplay::default(), services }
    }

    /// Creates a group of services under a heading.
    #[must_use]
    pub fn named(
        id: impl Into<String>,
        name: impl Into<String>,
        services: Vec<PublicService>,
    ) -> Self {
        Self { id: id.into(), name: Some(name.into()), display: GroupDisplay::default(), services }
    }
}

/// Age class of the newest outcome at the time of the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The data is recent enough.
    Fresh,
    /// The data is too old for any statement about the present.
    Stale {
        /// The age of the newest outcome.
        age: SignedDuration,
    },
    /// Nothing was ever measured.
    NeverMeasured,
}

/// An index of the services of a snapshot by their ids. A page may have thousands of incidents,
/// each with its services, so they share one index.
#[derive(Debug)]
pub(crate) struct ServiceIndex<'a>(HashMap<&'a str, (usize, &'a PublicService)>);

impl<'a> ServiceIndex<'a> {
    /// Indexes the services of `snapshot`.
    pub(crate) fn of(snapshot: &'a Snapshot) -> Self {
        let services = snapshot.services().enumerate();
        Self(services.map(|(place, service)| (service.id.as_str(), (place, service))).collect())
    }

    /// Returns the service with this id; `None` if it is not on the page.
    pub(crate) fn service(&self, id: &str) -> Option<&'a PublicService> {
        self.0.get(id).map(|(_, service)| *service)
    }

    /// Returns the services with these ids, in the order of the page, each once.
    pub(crate) fn affected(&self, ids: &[String]) -> Vec<&'a PublicService> {
        let found = ids.iter().filter_map(|id| self.0.get(id.as_str()).copied());
        let in_order: BTreeMap<usize, &'a PublicService> = found.collect();
        in_order.into_values().collect()
    }
}

impl Snapshot {
    /// Returns all services, in the order of the page.
    pub fn services(&self) -> impl Iterator<Item = &PublicService> {
        self.groups.iter().flat_map(|group| &group.services)
    }

    /// Returns whether the data was already too old when the snapshot was made.
    #[must_use]
    pub fn freshness(&self) -> Freshness {
        let Some(last_checked_at) = self.last_checked_at else {
            return Freshness::NeverMeasured;
        };
        let age = self.generated_at.duration_since(last_checked_at);
        if age > self.stale_after { Freshness::Stale { age } } else { Freshness::Fresh }
    }

    /// Returns whether a provider has models about which facts are known.
    #[must_use]
    pub fn has_models(&self) -> bool {
        self.providers.iter().any(|provider| !provider.models.is_empty())
    }

    /// Returns whether the data was recent enough for statements about the present.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.freshness() == Freshness::Fresh
    }

    /// Returns the state that may be published for a service: its own, or no data if all data is
    /// too old.
    #[must_use]
    pub fn state_of(&self, service: &PublicService) -> ServiceState {
        match self.freshness() {
            Freshness::Fresh => service.state,
            Freshness::Stale { .. } | Freshness::NeverMeasured => ServiceState::NoData,
        }
    }

    /// Returns the state of a provider by the checks.
    #[must_use]
    pub fn provider_state(&self, provider: &PublicProvider) -> ServiceState {
        let ids: Vec<String> = provider.services.iter().map(|one| one.service.clone()).collect();
        let services = self.affected(&ids).into_iter();
        provider::combined_state(
            &services.map(|service| self.state_of(service)).collect::<Vec<_>>(),
        )
    }

    /// Compares the report of a provider with the checks.
    #[must_use]
    pub fn provider_comparison(&self, provider: &PublicProvider) -> ReportComparison {
        let reported = provider.reported_status.as_ref();
        ReportComparison::of(reported, self.provider_state(provider))
    }

    /// Returns the open incidents, newest first.
    #[must_use]
    pub fn open_incidents(&self) -> Vec<&PublicIncident> {
        self.newest_incidents().into_iter().filter(|incident| incident.is_open()).collect()
    }

    /// Returns all incidents, newest first.
    #[must_use]
    pub fn newest_incidents(&self) -> Vec<&PublicIncident> {
        let mut incidents: Vec<&PublicIncident> = self.incidents.iter().collect();
        incidents.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.id.cmp(&b.id)));
        incidents
    }

    /// Returns the windows in a phase, sorted by their start.
    #[must_use]
    pub fn maintenances_in(&self, phase: MaintenancePhase) -> Vec<&PublicMaintenance> {
        let mut maintenances: Vec<&PublicMaintenance> =
            self.maintenances.iter().filter(|m| m.phase(self.generated_at) == phase).collect();
        maintenances.sort_by(|a, b| a.starts_at.cmp(&b.starts_at).then_with(|| a.id.cmp(&b.id)));
        maintenances
    }

    /// Returns the services with these ids, in the order of the page. An id that is not on the page
    /// is left out, because it may be private.
    #[must_use]
    pub fn affected(&self, ids: &[String]) -> Vec<&PublicService> {
        ServiceIndex::of(self).affected(ids)
    }
}
