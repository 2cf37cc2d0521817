//! Stage `dedup`: a channel that was notified of a more severe alert about the same subject of a
//! monitor is not notified of a milder one. The milder alert joins the group of the more severe one, so that the group
//! lasts until both have ended.

use allclear_core::alert_group::AlertGroupId;
use allclear_core::event::SuppressedBy;
use allclear_core::id::{ChannelId, RuleId};

use super::Context;
use super::firing_alert::FiringAlert;
use super::route::Routed;
use super::suppressed::Suppressed;

/// The result of the stage.
#[derive(Default)]
pub(super) struct Deduplicated<'a> {
    /// The alerts with the channels to notify.
    pub(super) passed: Vec<Routed<'a>>,
    /// The alerts without such a channel.
    pub(super) suppressed: Vec<Suppressed>,
    /// The alerts that join a group of a channel without a message.
    pub(super) joining: Vec<(FiringAlert<'a>, &'a ChannelId, &'a AlertGroupId)>,
}

/// Removes the channels that have been notified of an alert at least as severe. An alert without a remaining
/// channel is suppressed.
pub(super) fn apply<'a>(context: &Context<'a>, routed: Vec<Routed<'a>>) -> Deduplicated<'a> {
    let mut result = Deduplicated::default();
    for mut one in routed {
        if one.receivers.is_empty() {
            let reason = (SuppressedBy::NoChannel, "no channel takes it".to_owned());
            result.suppressed.push(Suppressed::new(&one.alert, reason));
            continue;
        }
        if let Some(more_severe) = more_severe_alert(context, &one) {
            let reason =
                format!("channels were notified of this monitor by `{more_severe}` already");
            let reason = (SuppressedBy::AlreadyNotified, reason);
            result.suppressed.push(Suppressed::new(&one.alert, reason));
        }
        let alert = one.alert;
        one.receivers.retain(|receiver| {
            let Some((_, group)) = more_severe_alert_of(context, &alert, receiver.channel) else {
                return true;
            };
            // A moment has no end that the group could wait for.
            if !alert.is_momentary() {
                result.joining.push((alert, receiver.channel, group));
            }
            false
        });
        if !one.receivers.is_empty() {
            result.passed.push(one);
        }
    }
    result
}

/// Returns an alert at least as severe about the same subject, if all channels of `routed` have been
/// notified of one.
pub(super) fn more_severe_alert<'a>(
    context: &Context<'a>,
    routed: &Routed<'a>,
) -> Option<&'a RuleId> {
    let receivers = routed.receivers.iter();
    let more_severe: Option<Vec<&RuleId>> = receivers
        .map(|one| Some(more_severe_alert_of(context, &routed.alert, one.channel)?.0))
        .collect();
    more_severe?.first().copied()
}

/// Returns the alert at least as severe about the same subject that `channel` has been notified of, and the group of
/// which it will be notified of the end.
fn more_severe_alert_of<'a>(
    context: &Context<'a>,
    milder: &FiringAlert<'a>,
    channel: &ChannelId,
) -> Option<(&'a RuleId, &'a AlertGroupId)> {
    let subject = milder.rule?;
    FiringAlert::of_monitor(milder.monitor, milder.state, context.index).find_map(|one| {
        let group = one.firing.notified.get(channel)?;
        // The alert of a rule that marked a moment has no group.
        if !context.state.alert_groups.contains_key(group) {
            return None;
        }
        let has_its_subject =
            one.rule.is_some_and(|rule| !rule.rule.momentary && rule.has_subject_of(subject));
        (has_its_subject && one.severity() >= milder.severity()).then_some((one.id, group))
    })
}
