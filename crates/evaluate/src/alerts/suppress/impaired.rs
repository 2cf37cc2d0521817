//! Suppression while the monitor itself cannot measure.

use allclear_core::event::SuppressedBy;

use super::Reason;
use crate::alerts::Context;

pub(super) fn reason(context: &Context<'_>) -> Option<Reason> {
    let since = context.state.impairment.since?;
    let reason = format!("the monitor itself cannot measure since {since}");
    Some((SuppressedBy::Impaired, reason))
}
