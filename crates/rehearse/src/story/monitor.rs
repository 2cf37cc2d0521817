//! The story of a monitor: the standing of its rules at one time, and the decisions before.

use allclear_core::Timestamp;
use allclear_core::action::Execution;
use allclear_core::alert_group::AlertGroupId;
use allclear_core::delivery::Delivery;
use allclear_core::event::{AlertId, Transition};
use allclear_core::id::ChannelId;
use allclear_core::id::MonitorId;
use allclear_core::id::RuleId;
use allclear_core::state::MonitorState;
use allclear_core::status::Status;
use allclear_evaluate::standing::{
    ActionStanding, AlertStanding, ConditionTruth, MonitorStanding, RuleStanding,
    StandingAcknowledgement, UnreportedEnd,
};

use super::continued::continued_steps;
use super::incident::episode_steps;
use super::{
    Story, StoryStage, StoryStep, action_steps, alert_steps, delivery_steps, outcome_step,
    route_name, step,
};
use crate::decided::{Decided, named, subjects};

/// The facts about a monitor at one time.
#[derive(Debug)]
pub struct MonitorFacts<'a> {
    /// The monitor.
    pub monitor: &'a MonitorId,
    /// The time.
    pub at: Timestamp,
    /// Its state; `None` if no outcome is known.
    pub state: Option<&'a MonitorState>,
    /// The time of the newest run that the state knows, which is stored less often than runs are; `None` without one.
    pub state_at: Option<Timestamp>,
    /// The time from which on the records have all notifications.
    pub recorded_from: Timestamp,
    /// The standing of its rules and actions.
    pub standing: &'a MonitorStanding,
    /// Its changes of status.
    pub transitions: &'a [Transition],
}

/// Returns the story of a monitor.
#[must_use]
pub fn of_monitor(facts: &MonitorFacts<'_>, records: &Decided) -> Story {
    let MonitorFacts { monitor, at, .. } = facts;
    let mut steps: Vec<StoryStep> = Vec::new();
    for alert in records.alerts.values().filter(|one| one.monitor == **monitor) {
        steps.extend(alert_steps(&alert.id, records));
    }
    for one in &records.deliveries {
        if subjects(one).iter().any(|(subject, _)| subject == *monitor) {
            steps.extend(delivery_steps(one, records));
        }
    }
    let attempts = records.attempts.iter();
    let of_monitor = attempts.filter(|one| one.notification.monitor == **monitor);
    steps.extend(of_monitor.flat_map(|one| action_steps(one, records)));
    for incident in records.incidents.values() {
        let episodes = incident.episodes.iter().filter(|one| one.monitor == **monitor);
        steps.extend(episodes.flat_map(|episode| episode_steps(incident, episode)));
    }
    if let Some(state) = facts.state {
        steps.extend(
            state.counted.iter().map(|one| outcome_step(one).about(Some((*monitor).clone()))),
        );
    }
    for one in facts.transitions.iter().filter(|one| one.monitor == **monitor) {
        let cause = match (&one.cause, one.to) {
            (Some(cause), _) => format!(", {}", cause.reason.code()),
            (None, Status::Unknown) => ", not measured".to_owned(),
            (None, Status::Healthy | Status::Degraded | Status::Unhealthy) => String::new(),
        };
        let text = format!("{} → {} since {:.0}{cause}", one.from, one.to, one.at);
        let step = step(one.confirmed_at, StoryStage::Status, text);
        steps.push(step.about(Some(one.monitor.clone())));
        steps.extend(continued_steps(one, records));
    }
    let mut state = vec![facts.state.map_or_else(
        || "no outcome is known".to_owned(),
        |state| {
            let as_of = facts.state_at.map(|at| format!(", as of {at:.0}")).unwrap_or_default();
            format!("{} since {:.0}{as_of}", state.status, state.since)
        },
    )];
    let notices = SentNotices { records, from: facts.recorded_from };
    state.extend(facts.standing.rules.iter().flat_map(|one| standing_lines(one, &notices)));
    state.extend(facts.standing.unreported_ends.iter().cloned());
    state.extend(facts.standing.actions.iter().map(action_line));
    Story::new(format!("monitor `{monitor}` at {at:.0}"), state, steps).until(*at)
}

/// The notifications of which the records are complete.
pub(super) struct SentNotices<'a> {
    pub(super) records: &'a Decided,
    /// The time from which on they are complete.
    pub(super) from: Timestamp,
}

impl SentNotices<'_> {
    /// Returns true if none of the notifications of a group tells a channel of an alert that fired at `fired_at`. Records
    /// without a notification of the group prove nothing.
    fn lack(
        &self,
        (alert, fired_at): (&AlertId, Timestamp),
        (channel, group): &(ChannelId, AlertGroupId),
    ) -> bool {
        let tells = |one: &Delivery| {
            let details = &one.notification.details;
            let is_of_group = details.alert_group.as_ref() == Some(group);
            // A notification of a large group names some of its alerts alone.
            let may_tell = is_of_group && details.n_unlisted > 0 && one.created_at >= fired_at;
            one.channel == *channel && (may_tell || named(one).any(|named| named == alert))
        };
        let is_of_group = |one: &Delivery| {
            one.channel == *channel && one.notification.details.alert_group.as_ref() == Some(group)
        };
        let deliveries = &self.records.deliveries;
        fired_at >= self.from && deliveries.iter().any(is_of_group) && !deliveries.iter().any(tells)
    }
}

/// Returns the standing of the alert of a rule as lines: its messages that wait, its acknowledgement, and the actions of
/// its monitor.
#[must_use]
pub fn alert_lines(standing: &MonitorStanding, rule: &RuleId) -> Vec<String> {
    let own = standing.rules.iter().filter(|one| one.rule == *rule);
    let own = own.flat_map(present_lines);
    let ends = standing.unreported_ends.iter().cloned();
    own.chain(ends).chain(standing.actions.iter().map(action_line)).collect()
}

/// Returns the reasons for which an alert fires, and is not notified or not followed by further messages.
fn present_lines(one: &RuleStanding) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(UnreportedEnd { id, at }) = &one.unreported {
        lines.push(format!(
            "alert {id} has ended at {at:.0}, its end is not reported yet: it continues if the rule fires again before"
        ));
    }
    if let Some(reason) = &one.end_awaits {
        lines.push(format!("it fires although its condition is not true: {reason}"));
    }
    if let Some((by, reason)) = &one.suppressed_by {
        lines.push(format!("not notified now: {} ({reason})", by.as_str()));
    }
    lines.extend(one.waiting.iter().cloned());
    lines.extend(one.acknowledged.as_ref().map(acknowledgement_line));
    lines
}

fn acknowledgement_line(StandingAcknowledgement { by, until }: &StandingAcknowledgement) -> String {
    let until = until.map(|until| format!(" until {until:.0}")).unwrap_or_default();
    let separator = if by.comment.is_empty() { "" } else { ": " };
    format!(
        "acknowledged by {} at {:.0}{until}{separator}{}; reminders, escalation and actions wait",
        by.author, by.at, by.comment
    )
}

fn action_line(one: &ActionStanding) -> String {
    let ActionStanding { action, execution, n_attempts, max_attempts, next } = one;
    let dry_run = match execution {
        Execution::Real => "",
        Execution::DryRun => ", dry run",
    };
    format!("action `{action}`{dry_run}, {n_attempts} of {max_attempts} attempts: {next}")
}

/// Returns the channels of an alert as a part of a sentence.
pub(super) fn notified_phrase(
    alert: (&AlertId, Timestamp),
    channels: &[(ChannelId, AlertGroupId)],
    notices: &SentNotices<'_>,
) -> String {
    let names = |of: Vec<&(ChannelId, AlertGroupId)>| {
        let each = of.iter().map(|(channel, group)| format!("`{channel}` (group {group})"));
        each.collect::<Vec<String>>().join(", ")
    };
    let (joined, told): (Vec<_>, Vec<_>) =
        channels.iter().partition(|one| notices.lack(alert, one));
    let mut phrases = Vec::new();
    if !told.is_empty() {
        phrases.push(format!("notified: {}", names(told)));
    }
    if !joined.is_empty() {
        phrases.push(format!("joined the group without a message: {}", names(joined)));
    }
    if phrases.is_empty() { "no channel was notified".to_owned() } else { phrases.join("; ") }
}

fn standing_lines(one: &RuleStanding, notices: &SentNotices<'_>) -> Vec<String> {
    let truth = match &one.truth {
        ConditionTruth::True => "is true".to_owned(),
        ConditionTruth::False => "is false".to_owned(),
        ConditionTruth::Missing(name) => format!("is not decided, because `{name}` has no value"),
        ConditionTruth::Undecided => "is not decided".to_owned(),
    };
    let values = if one.values.is_empty() { String::new() } else { format!(" ({})", one.values) };
    let mut lines =
        vec![format!("rule `{}`, {}: `{}` {truth}{values}", one.rule, one.severity, one.condition)];
    match &one.alert {
        AlertStanding::None => {}
        AlertStanding::Pending { since, n_true, needed: (count, of), held_at } => {
            let confirmed =
                n_true.map_or_else(String::new, |n| format!("{n} of {count} in {of}, "));
            lines.push(format!(
                "  pending since {since:.0}: {confirmed}fires at {held_at:.0} at the earliest"
            ));
        }
        AlertStanding::Firing { id, since: _, at, notified } => {
            let notified = notified_phrase((id, *at), notified, notices);
            lines.push(format!("  alert {id} fires since {at:.0}; {notified}"));
        }
    }
    lines.extend(present_lines(one).into_iter().map(|line| format!("  {line}")));
    let receivers: Vec<String> = one
        .receivers
        .iter()
        .map(|it| {
            let inactive = if it.is_active { "" } else { ", not active now" };
            format!("`{}` ({}{inactive})", it.channel, route_name(&it.route))
        })
        .collect();
    if !matches!(one.alert, AlertStanding::None) && !receivers.is_empty() {
        lines.push(format!("  goes to {}", receivers.join(", ")));
    }
    lines
}
