//! Suppression while a maintenance window is open.

use allclear_core::event::SuppressedBy;

use crate::alerts::Context;
use crate::alerts::firing_alert::FiringAlert;
use crate::alerts::suppressed::SuppressionReason;

pub(super) fn reason(context: &Context<'_>, alert: &FiringAlert<'_>) -> Option<SuppressionReason> {
    let window = context.index.maintenance(alert.monitor, context.at)?;
    Some((SuppressedBy::Maintenance, format!("planned maintenance: {}", window.title)))
}
