//! An alert that is not notified now, with the reason.

use allclear_core::event::SuppressedBy;
use allclear_core::id::{MonitorId, RuleId};

use super::firing_alert::FiringAlert;

/// The reason for which an alert is not notified now, with a sentence for people.
pub(super) type SuppressionReason = (SuppressedBy, String);

/// An alert that is not notified now.
pub(super) struct Suppressed {
    pub(super) monitor: MonitorId,
    pub(super) rule: RuleId,
    pub(super) by: SuppressedBy,
    pub(super) reason: String,
}

impl Suppressed {
    pub(super) fn new(alert: &FiringAlert<'_>, (by, reason): SuppressionReason) -> Self {
        Self { monitor: alert.monitor.clone(), rule: alert.id.clone(), by, reason }
    }
}
