//! Suppression around a recovery: no new notice is sent while a recovery awaits its confirmation, and no
//! separate notice of it follows an all-clear.

use allclear_core::event::SuppressedBy;
use allclear_core::rule::SERVICE_RECOVERY;

use crate::alerts::Context;
use crate::alerts::route::Routed;
use crate::alerts::suppressed::SuppressionReason;

pub(super) fn reason(
    context: &Context<'_>,
    routed: &Routed<'_>,
    recovery: Option<SuppressedBy>,
) -> Option<SuppressionReason> {
    if context.observation.is_recovering(context.monitor_state) {
        let reason = "the latest outcome is better, and a recovery awaits its confirmation";
        return Some((SuppressedBy::Recovering, reason.to_owned()));
    }
    let by = recovery.filter(|_| routed.alert.id.as_str() == SERVICE_RECOVERY)?;
    let reason = match by {
        SuppressedBy::AllClear => "the all-clear covers it",
        SuppressedBy::Maintenance
        | SuppressedBy::Silence
        | SuppressedBy::Dependency
        | SuppressedBy::Recovering
        | SuppressedBy::Cooldown
        | SuppressedBy::Impaired
        | SuppressedBy::AlreadyNotified
        | SuppressedBy::RecentOutage
        | SuppressedBy::NoChannel => "no channel was notified of the outage",
    };
    Some((by, reason.to_owned()))
}
