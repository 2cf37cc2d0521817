//! Stage `dedup`: a channel that was notified of a more severe alert about the same subject of a
//! monitor is not notified of a milder one.

use allclear_core::event::SuppressedBy;
use allclear_core::id::{ChannelId, RuleId};

use super::Context;
use super::firing_alert::FiringAlert;
use super::route::Routed;
use super::suppressed::Suppressed;

/// Removes the channels that have been notified of an alert at least as severe. An alert without a remaining
/// channel is suppressed.
pub(super) fn apply<'a>(
    context: &Context<'a>,
    routed: Vec<Routed<'a>>,
) -> (Vec<Routed<'a>>, Vec<Suppressed>) {
    let (mut passed, mut suppressed) = (Vec::new(), Vec::new());
    for mut one in routed {
        if one.channels.is_empty() {
            let reason = (SuppressedBy::NoChannel, "no channel takes it".to_owned());
            suppressed.push(Suppressed::new(&one, reason));
        } else if let Some(more_severe) = more_severe_alert(context, &one) {
            let reason =
                format!("channels were notified of this monitor by `{more_severe}` already");
            suppressed.push(Suppressed::new(&one, (SuppressedBy::AlreadyNotified, reason)));
        } else {
            let alert = one.alert;
            one.channels.retain(|channel| more_severe_alert_of(context, &alert, channel).is_none());
            passed.push(one);
        }
    }
    (passed, suppressed)
}

/// Returns an alert at least as severe about the same subject, if all channels of `routed` have been
/// notified of one.
pub(super) fn more_severe_alert<'a>(
    context: &Context<'a>,
    routed: &Routed<'_>,
) -> Option<&'a RuleId> {
    let channels = routed.channels.iter();
    let more_severe: Option<Vec<&RuleId>> =
        channels.map(|channel| more_severe_alert_of(context, &routed.alert, channel)).collect();
    more_severe?.first().copied()
}

/// Returns the alert at least as severe about the same subject that `channel` has been notified of, and
/// whose end it will be notified of.
fn more_severe_alert_of<'a>(
    context: &Context<'a>,
    milder: &FiringAlert<'_>,
    channel: &ChannelId,
) -> Option<&'a RuleId> {
    let subject = milder.rule?;
    context.monitor_state.alerts.iter().find_map(|(id, alert)| {
        let firing = alert.firing.as_ref()?;
        let rule = context.index.compiled_rule(context.monitor(), id)?;
        let is_notified = firing.notified.contains_key(channel)
            && !rule.rule.momentary
            && rule.has_subject_of(subject)
            && alert.severity >= milder.severity();
        is_notified.then_some(id)
    })
}
