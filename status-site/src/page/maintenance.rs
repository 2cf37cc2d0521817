//! A maintenance window, active or announced.

use jiff::Timestamp;

use super::{incident::names, moment::Moment};
use crate::{
    snapshot::{PublicMaintenance, ServiceIndex},
    wording::{anchor, duration},
};

/// A window with its beginning and end.
pub(super) struct MaintenanceView<'a> {
    pub(super) id: String,
    pub(super) title: &'a str,
    /// "In progress" or "Announced".
    pub(super) phase: &'static str,
    pub(super) affected: Vec<&'a str>,
    pub(super) starts: Moment,
    pub(super) ends: Moment,
    /// "2 h".
    pub(super) duration: String,
    pub(super) description: &'a str,
}

impl<'a> MaintenanceView<'a> {
    /// Returns the view of a window at `now`.
    pub(super) fn of(
        services: &ServiceIndex<'a>,
        now: Timestamp,
        window: &'a PublicMaintenance,
    ) -> Self {
        let ends = Moment::near(window.ends_at, window.starts_at);
        Self {
            id: anchor("maintenance", &window.id),
            title: &window.title,
            phase: window.phase(now).word(),
            affected: names(services, &window.affected),
            starts: Moment::short(window.starts_at),
            ends,
            duration: duration(window.ends_at.duration_since(window.starts_at)),
            description: window.description.trim(),
        }
    }
}
