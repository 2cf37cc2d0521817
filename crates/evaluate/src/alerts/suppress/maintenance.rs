//! Suppression while a maintenance window is open.

use allclear_core::event::SuppressedBy;

use crate::alerts::Context;
use crate::alerts::suppressed::SuppressionReason;

pub(super) fn reason(context: &Context<'_>) -> Option<SuppressionReason> {
    let window = context.index.maintenance(context.monitor(), context.observation.at)?;
    Some((SuppressedBy::Maintenance, format!("planned maintenance: {}", window.title)))
}
