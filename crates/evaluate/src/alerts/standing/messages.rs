//! The messages about a monitor that are not sent yet, and the causes.

use allclear_core::Timestamp;
use allclear_core::alert_group::AcknowledgedBy;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::state::EndedAlert;

use crate::alerts::attempt::NewsScope;
use crate::alerts::firing_alert::FiringAlert;
use crate::alerts::group::{self, WaitCause, WaitingAlert};
use crate::alerts::{Context, attempt, dedup, ended, notice, route, suppress};

/// An acknowledgement of an alert that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingAcknowledgement {
    /// The operator, with the time and the comment.
    pub by: AcknowledgedBy,
    /// Its end; `None` if it lasts as long as the alert.
    pub until: Option<Timestamp>,
}

/// Returns the acknowledgement of an alert that ends last.
pub(super) fn acknowledgement(
    context: &Context<'_>,
    alert: &FiringAlert<'_>,
) -> Option<StandingAcknowledgement> {
    let entry = attempt::acknowledgement(context, alert)?;
    let by = entry.acknowledged_by(&alert.firing.id)?;
    Some(StandingAcknowledgement { by, until: entry.expires_at })
}

/// Returns the messages about an alert that wait, one sentence each.
pub(super) fn waiting(context: &Context<'_>, alert: &FiringAlert<'_>) -> Vec<String> {
    let mut routed = route::firing(context);
    routed.retain(|one| one.is_new() || !one.receivers.is_empty());
    let (passed, _) = suppress::apply(context, routed);
    let passed = dedup::apply(context, passed).passed;
    let waiting = group::apply(context, passed).waiting;
    let own = waiting.iter().filter(|one| one.alert.is_same(alert));
    own.map(sentence).chain(waiting_updates(context, alert)).collect()
}

fn sentence(WaitingAlert { channel, due_at, cause, .. }: &WaitingAlert<'_>) -> String {
    let cause = match cause {
        WaitCause::Others => "other alerts may follow within `group_wait`".to_owned(),
        WaitCause::Spacing(at) => {
            format!(
                "it was notified of other alerts at {at:.0}, and firing notices are a minute apart"
            )
        }
        WaitCause::GroupInterval(at) => format!(
            "it was notified of the group that the alert joins at {at:.0}, and `group_interval` is the time between \
             two messages of a group"
        ),
    };
    format!("`{channel}` is notified at {due_at:.0}: {cause}")
}

/// Returns the updates about an alert that wait for the pace of its groups.
fn waiting_updates(context: &Context<'_>, alert: &FiringAlert<'_>) -> Vec<String> {
    if suppress::is_muted(context, alert) {
        return Vec::new();
    }
    let groups = alert.firing.notified.values();
    let groups = groups.filter_map(|id| context.state.alert_groups.get(id));
    let waiting = groups.filter_map(|group| {
        let due_at = notice::update_due_at(context, group)?;
        let due_at = due_at.max(route::paused_until(context, &group.route).unwrap_or(due_at));
        let due_at = Some(due_at).filter(|at| *at > context.at && *at < Timestamp::MAX)?;
        let has_news = notice::changed_fault(alert).is_some()
            || !attempt::news(context, group, &[*alert], NewsScope::All).is_empty();
        let (channel, at) = (&group.channel, group.notified_at);
        has_news.then(|| {
            format!(
                "an update to `{channel}` is sent at {due_at:.0}: the last message of the group was sent at {at:.0}, and \
                 `group_interval` is the time between two"
            )
        })
    });
    waiting.collect()
}

/// Returns the ends of alerts of a monitor that were not reported yet, one sentence each.
pub(super) fn unreported_ends(context: &Context<'_>, monitor: &MonitorId) -> Vec<String> {
    let members = group::members(context);
    let groups = ended::groups_with_ended(context.state);
    let ends = groups.filter_map(|(id, group)| {
        let remaining = members.get(id).map(Vec::as_slice).unwrap_or_default();
        let ended = ended::reportable(group, remaining);
        let own = ended.iter().filter(|one| one.monitor == *monitor);
        let rules: Vec<String> = own.map(|one| format!("`{}`", one.rule)).collect();
        let due_at = |one: &&EndedAlert| ended::part_due_at(one, group, context.settings(group));
        let due_at = ended.iter().map(due_at).min()?;
        let cause = match notice::intermittent(&ended, remaining) {
            Some(rule) => with_intermittent(rule),
            None => format!(
                "at {due_at:.0}, because other alerts of its group still fire: ends within a minute are one message, and \
                 `group_interval` is the time between two"
            ),
        };
        let (rules, channel) = (rules.join(", "), &group.channel);
        (!rules.is_empty()).then(|| format!("the end of {rules} is reported to `{channel}` {cause}"))
    });
    ends.collect()
}

fn with_intermittent(rule: &RuleId) -> String {
    format!(
        "with the end of `{rule}`, which still fires: the service has failed several times within 15 minutes, and must be \
         well for five minutes, ten checks, and five times as long as it was between two failures on average"
    )
}
