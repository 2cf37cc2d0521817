//! Suppression for a while after the last notification of the same rule and monitor.

use allclear_core::event::SuppressedBy;

use crate::alerts::route::Routed;
use crate::alerts::suppressed::SuppressionReason;
use crate::alerts::{Context, dedup};

/// Returns the reason to suppress a new alert. An alert that `dedup` drops for all channels is not in its
/// cooldown: its record names the more severe alert.
pub(super) fn reason(context: &Context<'_>, routed: &Routed<'_>) -> Option<SuppressionReason> {
    if !routed.is_new() || dedup::reason(context, routed).is_some() {
        return None;
    }
    let notified_at = *routed.alert.state.last_notified_at.get(routed.alert.id)?;
    let until = notified_at + routed.alert.rule?.rule.cooldown;
    let reason = format!("it was notified at {notified_at:.0}, again from {until:.0} on");
    (context.at < until).then_some((SuppressedBy::Cooldown, reason))
}
