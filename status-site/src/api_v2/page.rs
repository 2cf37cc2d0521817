//! `page` and `status`, the first fields of the files.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    OverallStatus, Snapshot,
    snapshot::{Href, ServiceState},
    wording::machine_time,
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
            url: snapshot.page.url.as_ref().map_or_else(String::new, Href::to_string),
            time_zone: "Etc/UTC",
            updated_at: machine_time(changed_at),
        }
    }
}

impl ApiStatus {
    pub(super) fn of(snapshot: &Snapshot, answer: &OverallStatus) -> Self {
        let everything_is_down =
            snapshot.services().all(|service| snapshot.state_of(service) == ServiceState::Outage);
        let indicator = match answer.state {
            ServiceState::Operational | ServiceState::Maintenance => "none",
            ServiceState::Degraded | ServiceState::NoData => "minor",
            ServiceState::Outage if everything_is_down => "critical",
            ServiceState::Outage => "major",
        };
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
