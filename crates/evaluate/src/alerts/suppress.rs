//! Stage `suppress`: the reasons for which a firing alert is not notified now.
//!
//! A suppressed alert continues to fire. It is notified when no reason applies any more.

mod cooldown;
mod impaired;
mod inactive;
mod inhibit;
mod maintenance;
mod recent_outage;
mod recovery;
mod silence;

use super::Context;
use super::firing_alert::FiringAlert;
use super::route::Routed;
use super::suppressed::{Suppressed, SuppressionReason};

pub(super) use recovery::covered_by;

/// Separates the alerts that are notified now from those that are suppressed.
pub(super) fn apply<'a>(
    context: &Context<'a>,
    routed: Vec<Routed<'a>>,
) -> (Vec<Routed<'a>>, Vec<Suppressed>) {
    let (mut passed, mut suppressed) = (Vec::new(), Vec::new());
    for one in routed {
        match reason(context, &one) {
            Some(reason) => suppressed.push(Suppressed::new(&one.alert, reason)),
            None => passed.push(one),
        }
    }
    (passed, suppressed)
}

/// Returns true if an alert that was notified stays without further messages now, except for its end.
pub(super) fn is_muted(context: &Context<'_>, alert: &FiringAlert<'_>) -> bool {
    muted_by(context, alert).is_some()
}

/// Returns the first reason that suppresses the alert.
pub(super) fn reason(context: &Context<'_>, routed: &Routed<'_>) -> Option<SuppressionReason> {
    let alert = &routed.alert;
    muted_by(context, alert)
        .or_else(|| recovery::reason(alert))
        .or_else(|| recent_outage::reason(context, alert))
        .or_else(|| cooldown::reason(context, routed))
        .or_else(|| inactive::reason(context, routed))
}

/// Returns the first reason that suppresses every message about the alert.
pub(super) fn muted_by(
    context: &Context<'_>,
    alert: &FiringAlert<'_>,
) -> Option<SuppressionReason> {
    impaired::reason(context)
        .or_else(|| maintenance::reason(context, alert))
        .or_else(|| silence::reason(context, alert))
        .or_else(|| inhibit::reason(context, alert))
}
