//! Suppression while Allclear itself cannot measure.

use allclear_core::event::SuppressedBy;

use crate::alerts::Context;
use crate::alerts::suppressed::SuppressionReason;

pub(super) fn reason(context: &Context<'_>) -> Option<SuppressionReason> {
    let since = context.state.impairment.since?;
    let reason = format!("the monitor itself cannot measure since {since}");
    Some((SuppressedBy::Impaired, reason))
}
