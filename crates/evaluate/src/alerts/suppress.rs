//! Stage `suppress`: the reasons for which a firing alert is not notified now.
//!
//! A suppressed alert continues to fire. It is notified when no reason applies any more.

mod cooldown;
mod impaired;
mod inhibit;
mod maintenance;
mod recent_outage;
mod recovery;
mod silence;

use allclear_core::event::SuppressedBy;

use super::Context;
use super::route::Routed;
use super::suppressed::{Suppressed, SuppressionReason};

/// Separates the alerts that are notified now from those that are suppressed. `recovery` is the reason that
/// makes a separate notice of a recovery unnecessary.
pub(super) fn apply<'a>(
    context: &Context<'a>,
    routed: Vec<Routed<'a>>,
    recovery: Option<SuppressedBy>,
) -> (Vec<Routed<'a>>, Vec<Suppressed>) {
    let (mut passed, mut suppressed) = (Vec::new(), Vec::new());
    for one in routed {
        match reason(context, &one, recovery) {
            Some(reason) => suppressed.push(Suppressed::new(&one, reason)),
            None => passed.push(one),
        }
    }
    (passed, suppressed)
}

/// Returns the first reason that suppresses the alert.
fn reason(
    context: &Context<'_>,
    routed: &Routed<'_>,
    recovery: Option<SuppressedBy>,
) -> Option<SuppressionReason> {
    impaired::reason(context)
        .or_else(|| maintenance::reason(context))
        .or_else(|| silence::reason(context, routed))
        .or_else(|| inhibit::reason(context))
        .or_else(|| recovery::reason(context, routed, recovery))
        .or_else(|| recent_outage::reason(context, routed))
        .or_else(|| cooldown::reason(context, routed))
}
