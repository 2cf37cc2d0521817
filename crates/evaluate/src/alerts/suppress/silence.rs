//! Suppression by a silence of an operator.

use allclear_core::event::SuppressedBy;

use crate::alerts::Context;
use crate::alerts::route::Routed;
use crate::alerts::suppressed::SuppressionReason;

pub(super) fn reason(context: &Context<'_>, routed: &Routed<'_>) -> Option<SuppressionReason> {
    let at = context.observation.at;
    let silence = context.index.silence(context.monitor(), routed.alert.id, at)?;
    let reason = format!("muted by {} until {}: {}", silence.author, silence.until, silence.reason);
    Some((SuppressedBy::Silence, reason))
}
