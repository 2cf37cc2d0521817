//! The words for states and phases.

use super::Words;
use crate::snapshot::{
    MaintenancePhase, PublicIncidentPhase, PublicIncidentUpdate, PublicMaintenance, PublicService,
    ServiceState,
};

impl Words {
    /// Returns the word beside the icon of a state.
    pub(crate) fn state(&self, state: ServiceState) -> String {
        match state {
            ServiceState::Operational => self.operational(),
            ServiceState::Degraded => self.degraded(),
            ServiceState::Outage => self.outage(),
            ServiceState::Maintenance => self.maintenance(),
            ServiceState::NoData => self.no_data(),
        }
    }

    /// Returns the word for the state of a day, within a text.
    pub(crate) fn day_state(&self, state: ServiceState) -> String {
        match state {
            ServiceState::Operational => self.day_operational(),
            ServiceState::Degraded => self.day_degraded(),
            ServiceState::Outage => self.day_outage(),
            ServiceState::Maintenance => self.day_maintenance(),
            ServiceState::NoData => self.day_no_data(),
        }
    }

    /// Returns the summary of a group of which `n` of `total` services are in the worst state.
    pub(crate) fn group(&self, state: ServiceState, n: usize, total: usize) -> String {
        match state {
            _ if n == total => self.state(state),
            ServiceState::Operational => self.group_operational(n, total),
            ServiceState::Degraded => self.group_degraded(n, total),
            ServiceState::Outage => self.group_outage(n, total),
            ServiceState::Maintenance => self.group_maintenance(n, total),
            ServiceState::NoData => self.group_no_data(n, total),
        }
    }

    /// Returns the word for a phase of an incident.
    pub(crate) fn phase(&self, phase: PublicIncidentPhase) -> String {
        match phase {
            PublicIncidentPhase::Investigating => self.investigating(),
            PublicIncidentPhase::Identified => self.identified(),
            PublicIncidentPhase::Monitoring => self.monitoring(),
            PublicIncidentPhase::Resolved => self.resolved(),
            PublicIncidentPhase::Postmortem => self.postmortem(),
        }
    }

    /// Returns the word for a phase of a window.
    pub(crate) fn maintenance_phase(&self, phase: MaintenancePhase) -> String {
        match phase {
            MaintenancePhase::Announced => self.announced(),
            MaintenancePhase::Active => self.in_progress(),
            MaintenancePhase::Completed => self.completed(),
        }
    }

    /// Returns the sentence about a failure that only some regions see; `None` if there is none.
    pub(crate) fn failing_regions(
        &self,
        service: &PublicService,
        state: ServiceState,
    ) -> Option<String> {
        let regions = service.failing_regions(state)?;
        Some(self.some_regions(regions.failing.into(), regions.of.into()))
    }

    /// Returns the text of an update without markup; its phase if it has no text.
    pub(crate) fn update(&self, update: &PublicIncidentUpdate) -> String {
        let text = update.text.plain(self);
        if text.trim().is_empty() { self.sentence(&self.phase(update.phase)) } else { text }
    }

    /// Returns the text about a window in a phase.
    pub(crate) fn step(&self, window: &PublicMaintenance, phase: MaintenancePhase) -> String {
        match (phase, window.description.trim()) {
            (MaintenancePhase::Announced, "") => self.planned(
                &self.short_time(window.starts_at),
                &self.time_near(window.ends_at, window.starts_at),
            ),
            (MaintenancePhase::Announced, text) => text.to_owned(),
            (MaintenancePhase::Active, _) => self.maintenance_in_progress(),
            (MaintenancePhase::Completed, _) => self.maintenance_completed(),
        }
    }
}
