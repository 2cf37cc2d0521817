//! Suppression by a silence, from the config or of an operator.

use allclear_core::event::SuppressedBy;

use crate::ActiveSilence;
use crate::alerts::Context;
use crate::alerts::firing_alert::FiringAlert;
use crate::alerts::suppressed::SuppressionReason;

pub(super) fn reason(context: &Context<'_>, alert: &FiringAlert<'_>) -> Option<SuppressionReason> {
    let silence = context.index.silence(&context.labels(alert), context.at)?;
    Some((SuppressedBy::Silence, sentence(silence)))
}

fn sentence(ActiveSilence { author, comment, until }: ActiveSilence<'_>) -> String {
    let until = until.map(|until| format!(" until {until:.0}")).unwrap_or_default();
    let separator = if comment.is_empty() { "" } else { ": " };
    format!("silenced by {author}{until}{separator}{comment}")
}
