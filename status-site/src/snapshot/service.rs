//! The public facts about one service.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{ServiceHistory, ServiceState, Uptime, UptimeDays};

/// One row of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicService {
    /// A stable id, unique on the page; it becomes the anchor `service-<id>`.
    pub id: String,
    /// The public name.
    pub name: String,
    /// The confirmed state.
    pub state: ServiceState,
    /// The time since which the state holds; `None` if that is not known.
    pub since: Option<Timestamp>,
    /// The regions that see the failure, if fewer see it than decide; `None` otherwise.
    pub failing_regions: Option<FailingRegions>,
    /// The response time of the newest check; `None` if there was no answer or the check has none.
    pub response_time: Option<Duration>,
    /// The last 90 days.
    pub days: UptimeDays,
    /// Latencies, and the uptime over other periods.
    pub history: ServiceHistory,
    /// The state on the provider's own status page; `None` if none is read.
    pub reported_status: Option<ReportedStatus>,
}

/// The number of regions that see a failure, of those from which the service is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailingRegions {
    /// The regions that see the failure.
    pub failing: u8,
    /// All regions that measure the service.
    pub of: u8,
}

/// The state on a provider's own status page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportedStatus {
    /// The state that the provider announces; never [`ServiceState::NoData`].
    pub state: ServiceState,
    /// The time since which the provider has announced trouble, or no trouble.
    pub since: Timestamp,
    /// The delay of the provider's announcement after our detection. Negative if the provider was
    /// first; `None` if we see no trouble.
    pub lag: Option<SignedDuration>,
}

impl PublicService {
    /// Returns the name, or the id if the name has no visible character.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.trim().is_empty() { &self.id } else { &self.name }
    }

    /// Returns the regions that see a failure, if the published `state` of the service is degraded because of them.
    pub(crate) fn failing_regions(&self, state: ServiceState) -> Option<FailingRegions> {
        self.failing_regions.filter(|_| state == ServiceState::Degraded)
    }

    /// Returns the uptime over the 90 days.
    #[must_use]
    pub fn uptime(&self) -> Uptime {
        self.days.uptime()
    }
}
