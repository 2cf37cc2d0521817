//! `page` and `status`, the first fields of the files.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    OverallStatus, Snapshot,
    formats::machine_time,
    snapshot::{PublicIncidentImpact, ServiceState},
};

#[derive(Serialize)]
pub(super) struct ApiPage {
    id: String,
    name: String,
    url: String,
    time_zone: &'static str,
    updated_at: String,
}

#[derive(Serialize)]
pub(super) struct ApiStatus {
    indicator: &'static str,
    description: String,
}

impl ApiPage {
    pub(super) fn of(snapshot: &Snapshot, changed_at: Timestamp) -> Self {
        Self {
            id: snapshot.page.id.clone(),
            name: snapshot.page.title.clone(),
            url: snapshot.page.url.to_string(),
            time_zone: "Etc/UTC",
            updated_at: machine_time(changed_at),
        }
    }
}

impl ApiStatus {
    pub(super) fn of(snapshot: &Snapshot, answer: &OverallStatus) -> Self {
        let indicator = of_services(snapshot).max(of_incidents(snapshot)).word();
        let description = match answer.state {
            // The words of Statuspage, which some clients compare.
            ServiceState::Operational => "All Systems Operational".to_owned(),
            ServiceState::Degraded
            | ServiceState::Outage
            | ServiceState::Maintenance
            | ServiceState::NoData => answer.headline.to_string(),
        };
        Self { indicator, description }
    }
}

/// The values of `indicator`, from the least to the worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Indicator {
    None,
    Minor,
    Major,
    Critical,
}

impl Indicator {
    fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

/// Returns the indicator of the services that are measured. If none is, it is minor: a page that
/// knows nothing does not read as healthy.
fn of_services(snapshot: &Snapshot) -> Indicator {
    let states = || snapshot.services().map(|service| snapshot.state_of(service));
    if states().all(|state| state == ServiceState::NoData) {
        Indicator::Minor
    } else if states().all(|state| state == ServiceState::Outage) {
        Indicator::Critical
    } else if states().any(|state| state == ServiceState::Outage) {
        Indicator::Major
    } else if states().any(|state| state == ServiceState::Degraded) {
        Indicator::Minor
    } else {
        Indicator::None
    }
}

/// Returns the indicator of the open incidents, which count even if all checks pass.
fn of_incidents(snapshot: &Snapshot) -> Indicator {
    let impacts = snapshot.incidents.iter().filter(|incident| incident.is_open());
    let indicators = impacts.map(|incident| match incident.impact {
        PublicIncidentImpact::None => Indicator::None,
        PublicIncidentImpact::Minor => Indicator::Minor,
        PublicIncidentImpact::Major => Indicator::Major,
        PublicIncidentImpact::Critical => Indicator::Critical,
    });
    indicators.max().unwrap_or(Indicator::None)
}
