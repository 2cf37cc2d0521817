//! The changes between two configs that have an effect on the decisions about an alert.

use std::collections::BTreeSet;

use allclear_core::Timestamp;
use allclear_core::action::{Action, AttemptCount};
use allclear_core::channel::Channel;
use allclear_core::config::Config;
use allclear_core::event::SuppressedBy;
use allclear_core::id::{ActionId, ChannelId, MonitorId, RuleId};
use allclear_core::incident::IncidentPublishing;
use allclear_core::matcher::{AlertLabels, MonitorLabels};
use allclear_core::monitor::Monitor;
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::rule::{Rule, RuleScope, SELF_RULES};
use allclear_core::status::{Fault, Severity};
use allclear_evaluate::ConfigIndex;

use crate::attempt;
use crate::decided::AlertSubject;
use crate::disabled_rules::{self, DisabledRules};
use crate::key_values::{joined, scope_keys};
use crate::story::StoryStage;

/// The config of the records and that of the replay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConfigChanges<'a> {
    pub(crate) before: &'a ConfigIndex,
    pub(crate) after: &'a ConfigIndex,
    /// The rules that the first config has disabled.
    pub(crate) disabled_before: Option<&'a DisabledRules>,
    /// The rules that the second config has disabled.
    pub(crate) disabled_after: Option<&'a DisabledRules>,
}

/// The properties by which an alert is routed and silenced on one side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AlertProperties<'a> {
    pub(crate) about: &'a AlertSubject,
    pub(crate) severity: Severity,
    pub(crate) fault: Option<Fault>,
    pub(crate) at: Timestamp,
}

/// Collects the names of properties whose values differ.
#[derive(Default)]
struct ChangeList(Vec<String>);

impl ChangeList {
    fn push(&mut self, name: &str, before: &dyn ToString, after: &dyn ToString) {
        let (before, after) = (before.to_string(), after.to_string());
        if before != after {
            self.0.push(format!("{name} `{before}` → `{after}`"));
        }
    }

    fn scope(&mut self, before: &RuleScope, after: &RuleScope) {
        for (name, before, after) in scope_keys(before, after) {
            self.push(name, &before, &after);
        }
    }

    fn differ<T: PartialEq>(&mut self, name: &str, before: &T, after: &T) {
        if before != after {
            self.0.push(format!("another {name}"));
        }
    }

    fn of(self, subject: &str) -> Option<String> {
        (!self.0.is_empty()).then(|| format!("{subject}: {}", self.0.join(", ")))
    }
}

impl<'a> ConfigChanges<'a> {
    fn configs(&self) -> (&'a Config, &'a Config) {
        (self.before.config(), self.after.config())
    }

    /// Returns the sentence about a monitor that one of the configs does not have. If neither has it, it was removed after
    /// the records were written.
    pub(crate) fn missing_monitor(&self, id: &MonitorId) -> Option<String> {
        if id.is_itself() {
            return None;
        }
        missing("monitor", id.as_str(), self.before.monitor(id), self.after.monitor(id))
    }

    /// Returns the sentence about a rule that one of the configs does not have, or has disabled.
    pub(crate) fn missing_rule(&self, id: &RuleId) -> Option<String> {
        if SELF_RULES.contains(&id.as_str()) {
            return None;
        }
        let find = |config: &'a Config| config.rules.iter().find(|rule| rule.id == *id);
        let (before, after) = self.configs();
        let missing = missing("rule", id.as_str(), find(before), find(after))?;
        if find(after).is_none() {
            let disabled = self.disabled_after.and_then(|all| disabled_rules::sentence(id, all));
            return Some(disabled.unwrap_or(missing));
        }
        let before = self.disabled_before.and_then(|all| all.get(id));
        Some(match before {
            Some(place) => format!("the rule `{id}` is enabled; it was disabled {place}"),
            None => missing,
        })
    }

    /// Returns the sentence about a channel that one of the configs does not have.
    pub(crate) fn missing_channel(&self, id: &ChannelId) -> Option<String> {
        let (before, after) = self.configs();
        missing("channel", id.as_str(), before.channel(id), after.channel(id))
    }

    /// Returns the actions of both configs.
    pub(crate) fn actions(&self) -> BTreeSet<&'a ActionId> {
        let (before, after) = self.configs();
        before.actions.iter().chain(&after.actions).map(|action| &action.id).collect()
    }

    /// Returns the extent to which each config that has an action counts its attempts together.
    pub(crate) fn action_counts(&self, id: &ActionId) -> Vec<AttemptCount> {
        let (before, after) = self.configs();
        let actions = before.actions.iter().chain(&after.actions);
        actions.filter(|one| one.id == *id).map(|one| one.policy.count).collect()
    }

    /// Returns an action of the config of the replay.
    pub(crate) fn present_action(&self, id: &ActionId) -> Option<&'a Action> {
        let (_, after) = self.configs();
        after.actions.iter().find(|one| one.id == *id)
    }

    /// Returns the change of an action, or the sentence about one that one of the configs does not have.
    pub(crate) fn action(&self, id: &ActionId) -> Option<String> {
        let (before, after) = self.configs();
        let find = |config: &'a Config| config.actions.iter().find(|one| one.id == *id);
        match (find(before), find(after)) {
            (Some(before), Some(after)) => {
                ChangeList(attempt::action_changes(before, after)).of(&format!("action `{id}`"))
            }
            (Some(removed), None) => Some(match renamed(removed, before, after) {
                Some(new) => format!(
                    "the action `{id}` is named `{}` in the config, and another name is another action: the results \
                     of its attempts are not known",
                    new.id
                ),
                None => format!("the config has no action `{id}`"),
            }),
            (None, Some(added)) => Some(match renamed(added, after, before) {
                Some(old) => format!(
                    "the action `{id}` was named `{}`, and another name is another action: the results of its attempts \
                     are not known",
                    old.id
                ),
                None => format!("the action `{id}` is new"),
            }),
            (None, None) => Some(format!("the config has no action `{id}`")),
        }
    }

    /// Returns the changes that decide whether and when the alert of a rule on a monitor fires.
    pub(crate) fn lifecycle(&self, (monitor, rule): &AlertSubject) -> Vec<String> {
        let (before, after) = self.configs();
        let of_rule = |config: &'a Config| config.rules.iter().find(|one| one.id == *rule);
        let of_monitor = |config: &'a Config| config.monitor(monitor);
        let rule = of_rule(before).zip(of_rule(after));
        let monitor = of_monitor(before).zip(of_monitor(after));
        let rule = rule.and_then(|(before, after)| rule_change(before, after));
        let monitor = monitor.and_then(|(before, after)| monitor_change(before, after));
        rule.into_iter().chain(monitor).collect()
    }

    /// Returns the changes behind a suppression that applies on one side only.
    pub(crate) fn suppression(
        &self,
        by: SuppressedBy,
        properties: &AlertProperties<'_>,
    ) -> Vec<String> {
        let about = properties.about;
        match by {
            SuppressedBy::Silence | SuppressedBy::Maintenance => {
                self.muting(properties).into_iter().collect()
            }
            SuppressedBy::Dependency => self.dependencies(&about.0),
            SuppressedBy::Cooldown => self.cooldown(&about.1).into_iter().collect(),
            SuppressedBy::NoChannel | SuppressedBy::InactiveRoute => self.route(properties),
            SuppressedBy::Recovering
            | SuppressedBy::Impaired
            | SuppressedBy::AlreadyNotified
            | SuppressedBy::RecentOutage
            | SuppressedBy::AllClear => Vec::new(),
        }
    }

    /// Returns the sentence about a silence or a maintenance window of one of the configs that the other does not have.
    pub(crate) fn muting(&self, properties: &AlertProperties<'_>) -> Option<String> {
        let AlertProperties { about: (monitor, _), at, .. } = *properties;
        let silence = |index: &'a ConfigIndex| index.silence(&labels(index, properties), at);
        let window = self.window(monitor, at);
        let author = |is: &str, author: &str| format!("the silence of the config by {author} {is}");
        window.or_else(|| match (silence(self.before), silence(self.after)) {
            (Some(silence), None) => Some(author("is not there now", silence.author)),
            (None, Some(silence)) => Some(author("is new", silence.author)),
            (Some(_), Some(_)) | (None, None) => None,
        })
    }

    /// Returns the sentence about a maintenance window that is open at `at` under one of the configs only.
    fn window(&self, monitor: &MonitorId, at: Timestamp) -> Option<String> {
        let open = |index: &'a ConfigIndex| index.maintenance(monitor, at);
        match (open(self.before), open(self.after)) {
            (Some(window), None) => {
                Some(format!("the config has no maintenance window `{}` now", window.id))
            }
            (None, Some(window)) => {
                Some(format!("the maintenance window `{}` of the config is new", window.id))
            }
            (Some(_), Some(_)) | (None, None) => None,
        }
    }

    /// Returns the changes that decide whether and when the trouble of a monitor is an incident, each with its stage.
    pub(crate) fn incident(&self, id: &MonitorId, at: Timestamp) -> Vec<(StoryStage, String)> {
        let (before, after) = self.configs();
        let mut changes = Vec::new();
        changes.extend(self.missing_monitor(id).map(|it| (StoryStage::Outcome, it)));
        let of_monitor = before.monitor(id).zip(after.monitor(id));
        let of_monitor = of_monitor.and_then(|(before, after)| monitor_change(before, after));
        changes.extend(of_monitor.map(|it| (StoryStage::Status, it)));
        changes.extend(self.window(id, at).map(|it| (StoryStage::Suppress, it)));
        changes.extend(self.dependencies(id).into_iter().map(|it| (StoryStage::Incident, it)));
        changes
    }

    /// Returns the changes that decide whether an incident is published.
    pub(crate) fn visibility<'m>(
        &self,
        monitors: impl IntoIterator<Item = &'m MonitorId>,
    ) -> Vec<String> {
        let (before, after) = self.configs();
        let publishing = |config: &Config| config.settings.publish_incidents.as_str();
        let mut list = ChangeList::default();
        list.push("publish", &publishing(before), &publishing(after));
        let mut changes: Vec<String> = list.of("incidents").into_iter().collect();
        for id in monitors {
            let Some((before, after)) = before.monitor(id).zip(after.monitor(id)) else { continue };
            let mut list = ChangeList::default();
            list.push("public", &before.public, &after.public);
            list.push("critical", &before.critical, &after.critical);
            changes.extend(list.of(&format!("monitor `{id}`")));
        }
        changes
    }

    /// Returns the setting by which the replay publishes incidents.
    pub(crate) fn publishing(&self) -> IncidentPublishing {
        self.after.config().settings.publish_incidents
    }

    fn dependencies(&self, monitor: &MonitorId) -> Vec<String> {
        let parents = |index: &'a ConfigIndex| {
            index.monitor(monitor).map(|one| one.depends_on.as_slice()).unwrap_or_default()
        };
        let (before, after) = (parents(self.before), parents(self.after));
        let missing = before.iter().chain(after).filter_map(|id| self.missing_monitor(id));
        let mut changes: Vec<String> = missing.collect();
        let mut list = ChangeList::default();
        list.push("depends_on", &joined(before), &joined(after));
        changes.extend(list.of(&format!("monitor `{monitor}`")));
        changes.dedup();
        changes
    }

    fn cooldown(&self, id: &RuleId) -> Option<String> {
        let (before, after) = self.configs();
        let find = |config: &'a Config| config.rules.iter().find(|rule| rule.id == *id);
        let (before, after) = find(before).zip(find(after))?;
        let duration = allclear_core::duration::format;
        let mut list = ChangeList::default();
        list.push("cooldown", &duration(before.cooldown), &duration(after.cooldown));
        list.of(&format!("rule `{id}`"))
    }

    /// Returns the changes that decide the channels of an alert.
    pub(crate) fn route(&self, properties: &AlertProperties<'_>) -> Vec<String> {
        let (before, after) = self.configs();
        let (_, rule) = properties.about;
        let mut changes = Vec::new();
        for Channel { id, filter: old, .. } in &before.channels {
            let Some(Channel { filter: new, .. }) = after.channel(id) else { continue };
            let mut list = ChangeList::default();
            list.push("min_severity", &old.min_severity, &new.min_severity);
            list.scope(&old.scope, &new.scope);
            list.push("faults", &joined(&old.faults), &joined(&new.faults));
            changes.extend(list.of(&format!("channel `{id}`")));
        }
        let channels = |config: &'a Config| {
            config.rules.iter().find(|one| one.id == *rule).map(|one| joined(&one.channels))
        };
        if let Some((before, after)) = channels(before).zip(channels(after)) {
            let mut list = ChangeList::default();
            list.push("channels", &before, &after);
            changes.extend(list.of(&format!("rule `{rule}`")));
        }
        let routes = |index: &ConfigIndex| -> Vec<String> {
            let taking = index.routing().taking(&labels(index, properties));
            taking.iter().map(|node| node.id.to_string()).collect()
        };
        let (old, new) = (routes(self.before).join(", "), routes(self.after).join(", "));
        if old != new {
            changes.push(format!("the alert takes the route `{new}` in place of `{old}`"));
        } else if before.routing != after.routing {
            changes.push("other routes in `routing`".to_owned());
        }
        changes
    }

    /// Returns the changes that decide the time at which an alert is notified, and the alerts of its notification.
    pub(crate) fn grouping(
        &self,
        properties: &AlertProperties<'_>,
        channel: &ChannelId,
    ) -> Option<String> {
        let (before, after) = self.settings(properties, channel)?;
        let duration = allclear_core::duration::format;
        let mut list = ChangeList::default();
        list.push("group_wait", &duration(before.group_wait), &duration(after.group_wait));
        list.push(
            "group_interval",
            &duration(before.group_interval),
            &duration(after.group_interval),
        );
        list.differ("group_by", &before.group_by, &after.group_by);
        list.of("notifications")
    }

    /// Returns the changes that decide the notices of alerts that last.
    pub(crate) fn lasting(
        &self,
        properties: &AlertProperties<'_>,
        channel: &ChannelId,
    ) -> Option<String> {
        let (before, after) = self.settings(properties, channel)?;
        let mut list = ChangeList::default();
        list.differ("list of reminders", &before.reminders, &after.reminders);
        list.differ("escalation", &before.escalation, &after.escalation);
        list.of("notifications")
    }

    /// Returns the settings of the routes by which an alert comes to `channel`. An escalation leads to it without a
    /// route; then they are those of the route that takes the alert.
    fn settings(
        &self,
        properties: &AlertProperties<'_>,
        channel: &ChannelId,
    ) -> Option<(&'a NotificationSettings, &'a NotificationSettings)> {
        let of = |index: &'a ConfigIndex| {
            let labels = labels(index, properties);
            let receivers = index.receivers(labels, properties.at);
            let mut all = receivers.active.into_iter().chain(receivers.held);
            let route = all.find(|one| one.channel == channel).map(|one| one.route);
            let route = route.or_else(|| index.routing().taking(&labels).into_iter().next());
            route.map(|route| &route.settings)
        };
        of(self.before).zip(of(self.after))
    }
}

/// Returns the action of `there` that differs from `action` by its name alone, and that `here` does not have.
fn renamed<'c>(action: &Action, here: &Config, there: &'c Config) -> Option<&'c Action> {
    let is_known = |id: &ActionId| here.actions.iter().any(|one| one.id == *id);
    there.actions.iter().find(|one| {
        !is_known(&one.id) && Action { id: action.id.clone(), ..(*one).clone() } == *action
    })
}

/// Returns the labels of an alert under a config. The regions that see the trouble are not known.
fn labels<'a>(index: &'a ConfigIndex, properties: &AlertProperties<'a>) -> AlertLabels<'a> {
    let AlertProperties { about: (id, rule), severity, fault, .. } = *properties;
    let monitor = index.monitor(id);
    let monitor = monitor.map_or_else(|| MonitorLabels::of_unknown(id), MonitorLabels::of);
    AlertLabels { monitor, rule, severity, fault, regions: &[] }
}

fn missing<T>(what: &str, id: &str, before: Option<T>, after: Option<T>) -> Option<String> {
    match (before, after) {
        (Some(_) | None, None) => Some(format!("the config has no {what} `{id}`")),
        (None, Some(_)) => Some(format!("the {what} `{id}` is new")),
        (Some(_), Some(_)) => None,
    }
}

/// Returns the changes of a rule that have an effect on its alerts.
fn rule_change(before: &Rule, after: &Rule) -> Option<String> {
    let duration = allclear_core::duration::format;
    let confirm = |rule: &Rule| format!("{} of {}", rule.confirm.count, rule.confirm.of);
    let mut list = ChangeList::default();
    list.push("condition", &before.condition, &after.condition);
    list.push("severity", &before.severity, &after.severity);
    list.push("for", &duration(before.hold_for), &duration(after.hold_for));
    list.push("confirm", &confirm(before), &confirm(after));
    list.push(
        "keep_firing_for",
        &duration(before.keep_firing_for),
        &duration(after.keep_firing_for),
    );
    list.scope(&before.scope, &after.scope);
    list.differ("kind of end", &before.momentary, &after.momentary);
    list.of(&format!("rule `{}`", after.id))
}

/// Returns the changes of a monitor that have an effect on its status and its alerts.
fn monitor_change(before: &Monitor, after: &Monitor) -> Option<String> {
    let confirm = |monitor: &Monitor| {
        let of = monitor.confirmation;
        format!("{} of {}, recovery after {}", of.failures, of.of, of.successes)
    };
    let expected = |monitor: &Monitor| {
        monitor.expected_response_time.map(allclear_core::duration::format).unwrap_or_default()
    };
    let mut list = ChangeList::default();
    list.push("confirmation", &confirm(before), &confirm(after));
    list.push("critical", &before.critical, &after.critical);
    list.push("expected_response_time", &expected(before), &expected(after));
    list.push("thresholds", &thresholds(before), &thresholds(after));
    list.push("group", &group(before), &group(after));
    list.push("tags", &before.tags.join(", "), &after.tags.join(", "));
    list.differ("quorum", &before.quorum, &after.quorum);
    list.of(&format!("monitor `{}`", after.id))
}

fn thresholds(monitor: &Monitor) -> String {
    let all: Vec<String> = monitor.thresholds.iter().map(ToString::to_string).collect();
    all.join(", ")
}

fn group(monitor: &Monitor) -> &str {
    monitor.group.as_deref().unwrap_or_default()
}
