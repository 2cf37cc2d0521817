//! The gates between a firing alert and its notification. A gate holds, it never drops: the alert
//! goes on firing, and is told when no gate holds it any more.

use allclear_core::Timestamp;

use crate::config_index::{CompiledRule, ConfigIndex};
use allclear_core::event::Gate;
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use allclear_core::rule::SERVICE_RECOVERY;
use allclear_core::state::ShardState;
use allclear_core::status::{Severity, Status};

/// A firing alert that `channels` were not told of.
pub(super) struct Untold<'a> {
    pub(super) monitor: &'a MonitorId,
    pub(super) rule: &'a RuleId,
    pub(super) severity: Severity,
    pub(super) at: Timestamp,
    pub(super) channels: &'a [&'a ChannelId],
    /// Whether nobody else was told of it either.
    pub(super) is_new: bool,
    /// Whether a recovery of the monitor awaits its confirmation.
    pub(super) is_recovering: bool,
    /// What makes it needless to speak of a recovery with this outcome.
    pub(super) recovery_held_by: Option<Gate>,
}

/// The first gate that holds the alert, and why.
pub(super) fn gate(
    state: &ShardState,
    index: &ConfigIndex,
    untold: &Untold<'_>,
) -> Option<(Gate, String)> {
    let Untold { monitor, rule, at, .. } = untold;
    if let Some(since) = state.impairment.since {
        return Some((Gate::Impaired, format!("the monitor itself cannot measure since {since}")));
    }
    if let Some(window) = index.maintenance(monitor, *at) {
        return Some((Gate::Maintenance, format!("planned maintenance: {}", window.title)));
    }
    if let Some(silence) = index.silence(monitor, rule, *at) {
        let reason =
            format!("muted by {} until {}: {}", silence.author, silence.until, silence.reason);
        return Some((Gate::Silence, reason));
    }
    if let Some(parent) = failing_ancestor(state, index, monitor) {
        return Some((Gate::Dependency, format!("`{parent}`, which it depends on, is failing")));
    }
    if untold.is_recovering {
        let reason = "the latest outcome is better, and a recovery awaits its confirmation";
        return Some((Gate::Recovering, reason.to_owned()));
    }
    if let Some(gate) = untold.recovery_held_by
        && rule.as_str() == SERVICE_RECOVERY
    {
        let reason = if gate == Gate::AllClear {
            "the all-clear says the same"
        } else {
            "nobody was told of what is over"
        };
        return Some((gate, reason.to_owned()));
    }
    let louder: Option<Vec<&RuleId>> = untold
        .channels
        .iter()
        .map(|channel| told_at_least_as_loud(state, index, untold, channel))
        .collect();
    if let Some(louder) = louder.as_deref().and_then(|rules| rules.first()) {
        return Some((Gate::AlreadyTold, format!("`{louder}` has told of this monitor already")));
    }
    if untold.is_new { cooldown(state, index, untold) } else { None }
}

/// A parent counts as failing from its first bad outcome on, before it is confirmed: to hold a
/// child's alert for a moment costs little, to send one too many costs trust.
fn failing_ancestor<'a>(
    state: &ShardState,
    index: &'a ConfigIndex,
    monitor: &MonitorId,
) -> Option<&'a MonitorId> {
    index.ancestors(monitor).iter().find(|ancestor| {
        state.monitors.get(*ancestor).is_some_and(|known| {
            known.status == Status::Unhealthy
                || known.last.as_ref().is_some_and(|last| last.status == Status::Unhealthy)
        })
    })
}

/// The rule whose alert has told `channel` of the monitor, and will tell it of the end.
pub(super) fn told_at_least_as_loud<'a>(
    state: &'a ShardState,
    index: &ConfigIndex,
    untold: &Untold<'_>,
    channel: &ChannelId,
) -> Option<&'a RuleId> {
    let known = state.monitors.get(untold.monitor)?;
    let subject = index.compiled_rule(untold.monitor, untold.rule)?;
    known.alerts.iter().find_map(|(rule, alert)| {
        let told = alert.firing.as_ref().is_some_and(|firing| firing.told.contains_key(channel));
        let says_it = |one: &CompiledRule| !one.rule.momentary && one.has_subject_of(subject);
        let says_it = index.compiled_rule(untold.monitor, rule).is_some_and(says_it);
        (told && says_it && alert.severity >= untold.severity).then_some(rule)
    })
}

fn cooldown(
    state: &ShardState,
    index: &ConfigIndex,
    untold: &Untold<'_>,
) -> Option<(Gate, String)> {
    let told_at = *state.monitors.get(untold.monitor)?.told_at.get(untold.rule)?;
    let until = told_at + index.rule(untold.monitor, untold.rule)?.cooldown;
    (untold.at < until)
        .then(|| (Gate::Cooldown, format!("it was told at {told_at}, again from {until} on")))
}
