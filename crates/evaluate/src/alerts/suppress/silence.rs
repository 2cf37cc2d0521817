//! Suppression by a silence of an operator.

use allclear_core::event::SuppressedBy;

use crate::alerts::Context;
use crate::alerts::firing_alert::FiringAlert;
use crate::alerts::suppressed::SuppressionReason;

pub(super) fn reason(context: &Context<'_>, alert: &FiringAlert<'_>) -> Option<SuppressionReason> {
    let silence = context.index.silence(alert.monitor, alert.id, context.at)?;
    let reason = format!("muted by {} until {}: {}", silence.author, silence.until, silence.reason);
    Some((SuppressedBy::Silence, reason))
}
