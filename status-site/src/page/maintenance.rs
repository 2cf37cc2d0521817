//! A maintenance window, active or announced.

use super::{incident::names, moment::Moment};
use crate::{
    edition::Edition,
    formats::anchor,
    snapshot::{PublicMaintenance, ServiceIndex},
};

/// A window with its beginning and end.
pub(super) struct MaintenanceView<'a> {
    pub(super) id: String,
    pub(super) title: &'a str,
    /// "In progress" or "Announced".
    pub(super) phase: String,
    pub(super) affected: Vec<&'a str>,
    pub(super) starts: Moment,
    pub(super) ends: Moment,
    /// "2 h".
    pub(super) duration: String,
    pub(super) description: &'a str,
}

impl<'a> MaintenanceView<'a> {
    /// Returns the view of a window at the time of the snapshot.
    pub(super) fn of(
        edition: &Edition<'a>,
        services: &ServiceIndex<'a>,
        window: &'a PublicMaintenance,
    ) -> Self {
        let words = edition.words;
        let ends = Moment::near(words, window.ends_at, window.starts_at);
        Self {
            id: anchor("maintenance", &window.id),
            title: &window.title,
            phase: words.maintenance_phase(window.phase(edition.snapshot.generated_at)),
            affected: names(services, &window.affected),
            starts: Moment::short(words, window.starts_at),
            ends,
            duration: words.duration(window.ends_at.duration_since(window.starts_at)),
            description: window.description.trim(),
        }
    }
}
