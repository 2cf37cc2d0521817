//! The reasons for differences between the records and a replay.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::delivery::Delivery;
use allclear_core::event::{AlertId, AlertRecord, Suppression};
use allclear_core::id::{ActionId, ChannelId};
use allclear_core::rule::Rule;

use crate::attempt;
use crate::decided::{AlertSubject, Decided, subject, subjects};

/// The time around a decision in which the other side is searched for a decision about the same alert.
const AROUND: Duration = Duration::from_hours(1);

/// Finds the reason for a difference in the decisions of both sides and in their configs.
#[derive(Debug)]
pub struct Explainer<'a> {
    /// The recorded decisions.
    pub recorded: &'a Decided,
    /// The replayed decisions.
    pub simulated: &'a Decided,
    /// The config by which the records are supposed to have been decided.
    pub before: &'a Config,
    /// The config of the replay.
    pub after: &'a Config,
}

impl Explainer<'_> {
    /// Returns the reason that a recorded notification is missing in the replay.
    pub(crate) fn not_sent(&self, one: &Delivery) -> String {
        self.missing(one, self.simulated, Side::Replay)
    }

    /// Returns the reason that a notification of the replay is missing in the records.
    pub(crate) fn sent(&self, one: &Delivery) -> String {
        self.missing(one, self.recorded, Side::Records)
    }

    /// Returns the reason that a recorded suppression is missing in the replay.
    pub(crate) fn not_suppressed(&self, one: &Suppression) -> String {
        self.missing_suppression(one, self.simulated, Side::Replay)
    }

    /// Returns the reason that a suppression of the replay is missing in the records.
    pub(crate) fn suppressed(&self, one: &Suppression) -> String {
        self.missing_suppression(one, self.recorded, Side::Records)
    }

    fn missing(&self, one: &Delivery, other: &Decided, side: Side) -> String {
        let change = match one.attempt() {
            Some(attempt) => self.action_change(&attempt.action, side),
            None => self.channel_change(&one.channel, side),
        };
        if let Some(reason) = change {
            return reason;
        }
        let subjects = subjects(one);
        for about in &subjects {
            if let Some(reason) = self.rule_change(about, side) {
                return reason;
            }
        }
        for about in &subjects {
            let suppression = latest_suppression(about, one.created_at, other);
            // A reason that stops one message, such as a cooldown, stops no action.
            let suppression =
                suppression.filter(|it| one.attempt().is_none() || it.by.is_about_the_monitor());
            if let Some(suppression) = suppression {
                return suppressed_by(suppression, side);
            }
        }
        let Some(about) = subjects.first() else { return "it names no alert".to_owned() };
        let reason = alert_of(about, one.created_at, other, side);
        if one.attempt().is_some() {
            return reason;
        }
        match same_alert_notice(one, about, other) {
            Some(notice) => format!("{reason}; {notice}"),
            None => reason,
        }
    }

    fn missing_suppression(&self, one: &Suppression, other: &Decided, side: Side) -> String {
        let Some(about) = subject(&one.alert) else { return "the alert is not known".to_owned() };
        if let Some(reason) = self.rule_change(&about, side) {
            return reason;
        }
        let other_reason =
            latest_suppression(&about, one.at, other).map(|it| suppressed_by(it, side));
        let sent = other.deliveries.iter().find(|delivery| {
            is_around(delivery.created_at, one.at) && subjects(delivery).contains(&about)
        });
        match (other_reason, sent) {
            (Some(reason), _) => reason,
            (None, Some(delivery)) => {
                format!("a notification was sent {} at {}", side.place(), delivery.created_at)
            }
            (None, None) => alert_of(&about, one.at, other, side),
        }
    }

    /// Returns the reason that a config has no channel for a message; `None` if it has.
    fn channel_change(&self, id: &ChannelId, side: Side) -> Option<String> {
        let is_known = |config: &Config| config.channels.iter().any(|it| it.id == *id);
        match side {
            Side::Replay if !is_known(self.after) => {
                Some(format!("the config has no channel `{id}`"))
            }
            Side::Records if !is_known(self.before) => Some(format!("the channel `{id}` is new")),
            Side::Replay | Side::Records => None,
        }
    }

    /// Returns the change of an action between the configs; `None` if it is the same.
    fn action_change(&self, id: &ActionId, side: Side) -> Option<String> {
        let find = |config: &Config| config.actions.iter().find(|it| it.id == *id).cloned();
        match (find(self.before), find(self.after), side) {
            (_, None, Side::Replay) => Some(format!("the config has no action `{id}`")),
            (None, _, Side::Records) => Some(format!("the action `{id}` is new")),
            (Some(before), Some(after), _) => {
                let changes = attempt::action_changes(&before, &after);
                (!changes.is_empty()).then(|| format!("action `{id}`: {}", changes.join(", ")))
            }
            (None, Some(_), Side::Replay) | (Some(_), None, Side::Records) => None,
        }
    }

    /// Returns the change of a rule between the configs; `None` if it is the same.
    fn rule_change(&self, (_, id): &AlertSubject, side: Side) -> Option<String> {
        let find = |config: &Config| config.rules.iter().find(|rule| rule.id == *id).cloned();
        let (before, after) = (find(self.before), find(self.after));
        match (before, after, side) {
            (Some(before), Some(after), _) => {
                let changes = changes(&before, &after);
                (!changes.is_empty()).then(|| format!("rule `{id}`: {}", changes.join(", ")))
            }
            (Some(_), None, Side::Replay) => Some(format!("the config has no rule `{id}`")),
            (None, Some(_), Side::Records) => Some(format!("the rule `{id}` is new")),
            (Some(_), None, Side::Records) | (None, Some(_), Side::Replay) | (None, None, _) => {
                None
            }
        }
    }
}

/// The side on which a decision is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Records,
    Replay,
}

impl Side {
    fn place(self) -> &'static str {
        match self {
            Self::Records => "in the records",
            Self::Replay => "in the replay",
        }
    }
}

fn is_around(a: Timestamp, b: Timestamp) -> bool {
    a.duration_since(b).unsigned_abs() <= AROUND
}

/// Returns the suppression of an alert of the same rule and monitor that applied at `at`.
fn latest_suppression<'a>(
    about: &AlertSubject,
    at: Timestamp,
    other: &'a Decided,
) -> Option<&'a Suppression> {
    let is_about = |one: &&Suppression| subject(&one.alert).as_ref() == Some(about);
    let is_open = |id: &AlertId| {
        other.alerts.get(id).and_then(|alert| alert.resolved_at).is_none_or(|end| end >= at)
    };
    let mut suppressions = other.suppressions.iter().filter(is_about);
    suppressions.rfind(|one| one.at <= at && is_open(&one.alert))
}

fn suppressed_by(one: &Suppression, side: Side) -> String {
    let (by, since, reason) = (one.by.as_str(), one.at, &one.reason);
    format!("suppressed {} by {by} since {since}: {reason}", side.place())
}

/// Returns the alert of the same rule and monitor that was nearest to `at`, as a sentence.
fn alert_of(about: &AlertSubject, at: Timestamp, other: &Decided, side: Side) -> String {
    let (monitor, rule) = about;
    let is_about = |one: &&AlertRecord| one.monitor == *monitor && one.rule == *rule;
    let distance = |one: &&AlertRecord| one.fired_at.duration_since(at).unsigned_abs();
    let is_then = |one: &&AlertRecord| {
        is_around(one.fired_at, at)
            || (one.fired_at <= at && one.resolved_at.is_none_or(|end| end >= at))
    };
    let nearest = other.alerts.values().filter(is_about).min_by_key(distance);
    let Some(alert) = nearest.filter(is_then) else {
        let place = side.place();
        return format!("the condition of `{rule}` was not confirmed for `{monitor}` {place}");
    };
    let end = alert.resolved_at.map(|end| format!(" until {end}")).unwrap_or_default();
    format!("the alert fired {} at {}{end}", side.place(), alert.fired_at)
}

/// Returns the notification of the other side about the same alert.
fn same_alert_notice(one: &Delivery, about: &AlertSubject, other: &Decided) -> Option<String> {
    let same = other.deliveries.iter().find(|delivery| {
        delivery.notification.kind == one.notification.kind
            && is_around(delivery.created_at, one.created_at)
            && subjects(delivery).contains(about)
    })?;
    Some(format!("the notification went to `{}` at {}", same.channel, same.created_at))
}

/// Returns the changes of a rule that have an effect on its alerts.
fn changes(before: &Rule, after: &Rule) -> Vec<String> {
    let mut changes = Vec::new();
    let mut push = |name: &str, before: String, after: String| {
        if before != after {
            changes.push(format!("{name} `{before}` → `{after}`"));
        }
    };
    let duration = allclear_core::duration::format;
    push("condition", before.condition.clone(), after.condition.clone());
    push("severity", before.severity.to_string(), after.severity.to_string());
    push("for", duration(before.hold_for), duration(after.hold_for));
    let confirm = |rule: &Rule| format!("{} of {}", rule.confirm.count, rule.confirm.of);
    push("confirm", confirm(before), confirm(after));
    push("keep_firing_for", duration(before.keep_firing_for), duration(after.keep_firing_for));
    push("cooldown", duration(before.cooldown), duration(after.cooldown));
    let channels =
        |rule: &Rule| rule.channels.iter().map(ChannelId::as_str).collect::<Vec<_>>().join(", ");
    push("channels", channels(before), channels(after));
    if before.scope != after.scope {
        changes.push("another scope".to_owned());
    }
    changes
}
