//! An alert that is not notified now, with the reason.

use allclear_core::event::SuppressedBy;
use allclear_core::id::RuleId;

use super::route::Routed;

/// The reason for which an alert is not notified now, with a sentence for people.
pub(super) type SuppressionReason = (SuppressedBy, String);

/// An alert that is not notified now.
pub(super) struct Suppressed {
    pub(super) rule: RuleId,
    pub(super) by: SuppressedBy,
    pub(super) reason: String,
}

impl Suppressed {
    pub(super) fn new(routed: &Routed<'_>, (by, reason): SuppressionReason) -> Self {
        Self { rule: routed.alert.id.clone(), by, reason }
    }
}
