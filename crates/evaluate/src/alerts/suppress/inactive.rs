//! Suppression outside the active times of the routes of an alert.

use allclear_core::event::SuppressedBy;

use crate::alerts::Context;
use crate::alerts::route::Routed;
use crate::alerts::suppressed::SuppressionReason;

/// Returns the reason to suppress an alert none of whose routes is active.
pub(super) fn reason(context: &Context<'_>, routed: &Routed<'_>) -> Option<SuppressionReason> {
    let held = routed.held.first().filter(|_| routed.receivers.is_empty())?;
    let id = &held.route.id;
    let reason = match routed.next_at(context.at) {
        Some(at) => format!("its route {id} is not active until {at:.0}"),
        None => format!("its route {id} is not active any more"),
    };
    Some((SuppressedBy::InactiveRoute, reason))
}
