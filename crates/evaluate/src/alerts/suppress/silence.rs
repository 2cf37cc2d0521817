//! Suppression by a silence, from the config or of an operator.

use allclear_core::event::SuppressedBy;
use allclear_core::matcher::{AlertLabels, MonitorLabels};

use crate::ActiveSilence;
use crate::alerts::Context;
use crate::alerts::route::Routed;
use crate::alerts::suppressed::SuppressionReason;

pub(super) fn reason(context: &Context<'_>, routed: &Routed<'_>) -> Option<SuppressionReason> {
    let monitor = context.index.monitor(context.monitor());
    let cause = context.observation.cause().or(context.monitor_state.cause.as_ref());
    let labels = AlertLabels {
        monitor: monitor
            .map_or_else(|| MonitorLabels::of_unknown(context.monitor()), MonitorLabels::of),
        rule: routed.alert.id,
        severity: routed.alert.severity(),
        fault: routed.alert.owner().or(cause.map(|one| one.fault)),
    };
    let silence = context.index.silence(&labels, context.observation.at)?;
    Some((SuppressedBy::Silence, sentence(silence)))
}

fn sentence(ActiveSilence { author, comment, until }: ActiveSilence<'_>) -> String {
    let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
    let separator = if comment.is_empty() { "" } else { ": " };
    format!("silenced by {author}{until}{separator}{comment}")
}
