//! Stage `dedup`: a channel that was notified of a more severe alert about the same subject of a
//! monitor is not notified of a milder one. The milder alert joins the group of the more severe one, so that the group
//! lasts until both have ended.

use allclear_core::alert_group::AlertGroupId;
use allclear_core::event::SuppressedBy;
use allclear_core::id::{ChannelId, RuleId};

use super::Context;
use super::firing_alert::FiringAlert;
use super::route::Routed;
use super::suppressed::{Suppressed, SuppressionReason};

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
        if let Some(reason) = reason(context, &one) {
            result.suppressed.push(Suppressed::new(&one.alert, reason));
        }
        let alert = one.alert;
        one.receivers.retain(|receiver| {
            let Some(known) = known_trouble(context, &alert, receiver.channel) else {
                return true;
            };
            // A moment has no end that the group could wait for.
            if !alert.is_momentary() {
                result.joining.push((alert, receiver.channel, known.group));
            }
            false
        });
        if !one.receivers.is_empty() {
            result.passed.push(one);
        }
    }
    result
}

/// Returns the reason to suppress an alert of whose subject all channels have been notified by alerts at least as severe.
pub(super) fn reason(context: &Context<'_>, routed: &Routed<'_>) -> Option<SuppressionReason> {
    let receivers = routed.receivers.iter();
    let known: Option<Vec<KnownTrouble<'_>>> =
        receivers.map(|one| known_trouble(context, &routed.alert, one.channel)).collect();
    let known = known.filter(|known| !known.is_empty())?;
    let sentence = match known.iter().find_map(|one| one.notified) {
        Some(rule) => format!("channels were notified of this monitor by `{rule}` already"),
        None => {
            "channels were notified of this monitor by an alert that has ended, whose group is \
                 still open"
                .to_owned()
        }
    };
    Some((SuppressedBy::AlreadyNotified, sentence))
}

/// The trouble of a monitor of which a channel has been notified.
#[derive(Clone, Copy)]
struct KnownTrouble<'a> {
    /// The rule of the alert that it was notified of; `None` if that alert has ended, and others of its group fire.
    notified: Option<&'a RuleId>,
    /// The group of which it will be notified of the end.
    group: &'a AlertGroupId,
}

/// Returns the trouble at least as severe about the same subject that `channel` has been notified of.
fn known_trouble<'a>(
    context: &Context<'a>,
    milder: &FiringAlert<'a>,
    channel: &ChannelId,
) -> Option<KnownTrouble<'a>> {
    let subject = milder.rule?;
    let others = FiringAlert::of_monitor(milder.monitor, milder.state, context.index);
    let known = others.filter_map(|one| {
        let group = one.firing.notified.get(channel)?;
        // The alert of a rule that marked a moment has no group.
        if !context.state.alert_groups.contains_key(group) {
            return None;
        }
        let has_its_subject =
            one.rule.is_some_and(|rule| !rule.rule.momentary && rule.has_subject_of(subject));
        // An alert can have joined the group of another one without a message to this channel.
        let notified = (!one.firing.joined.contains(channel)).then_some(one.id);
        (has_its_subject && one.severity() >= milder.severity())
            .then_some(KnownTrouble { notified, group })
    });
    let known: Vec<KnownTrouble<'_>> = known.collect();
    known.iter().find(|one| one.notified.is_some()).or(known.first()).copied()
}
