//! Ended alerts: they wait in their groups until their end is reported.
//!
//! The end of a whole group is reported at once. While other alerts of the group still fire, the end of some of them
//! waits a minute, so that monitors that recover one after the other are one message.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::alert_group::{AlertGroupId, ConfigEnd};
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::outcome::Cause;
use allclear_core::state::{Alert, AlertGroup, EndedAlert, MonitorState, ShardState};
use allclear_core::status::Status;

use crate::ConfigIndex;
use crate::alerts::Context;
use crate::observation::Observation;

/// The time for which the end of some alerts of a group waits for the end of others.
const PART_WAIT: Duration = Duration::from_mins(1);

/// The end of alerts: its time, and the trouble that is over.
pub(super) struct Ending {
    /// The end of the trouble: the time of the transition, which the page and the reports also show. Its
    /// confirmation comes later.
    pub(super) at: Timestamp,
    /// The time of the decision.
    decided_at: Timestamp,
    /// The time at which the confirmed trouble began; `None` if none was confirmed.
    began: Option<Timestamp>,
    /// The cause of the trouble.
    cause: Option<Cause>,
    /// True if a change of the config is the cause, and no outcome.
    is_by_config: bool,
}

impl Ending {
    /// Returns the end of the trouble that was confirmed before an observation. `state` is the one after
    /// it.
    pub(super) fn of(observation: &Observation<'_>, state: &MonitorState) -> Self {
        let was_bad = observation.previous_status.rank() > Some(0);
        let has_turned = state.status != observation.previous_status
            && state.status.rank().is_some()
            && state.status != Status::Unhealthy;
        Self {
            at: if has_turned { state.since } else { observation.at },
            decided_at: observation.at,
            began: was_bad.then_some(observation.previous_since),
            cause: observation.previous_cause.clone(),
            is_by_config: false,
        }
    }

    /// Returns the end of the alerts of a monitor in `state` by a change of the config.
    pub(super) fn by_config(at: Timestamp, state: &MonitorState) -> Self {
        let began = (state.status.rank() > Some(0)).then_some(state.since);
        Self { at, decided_at: at, began, cause: None, is_by_config: true }
    }
}

/// Returns the sentence about alerts that a change of the config has ended; `None` if there are none.
pub(super) fn config_ends(context: &Context<'_>, ended: &[EndedAlert]) -> Option<String> {
    let mut ends: Vec<String> = Vec::new();
    for one in ended {
        let name = name_of(context, one);
        let end = match one.config_end? {
            ConfigEnd::MonitorRemoved => format!("{name} is no longer monitored"),
            ConfigEnd::RuleRemoved | ConfigEnd::RuleChanged => {
                format!("{name} is no longer checked by {}", one.rule)
            }
        };
        if !ends.contains(&end) {
            ends.push(end);
        }
    }
    (!ends.is_empty()).then(|| ends.join(", "))
}

/// Returns the present name of the monitor of an ended alert, or its last one if the config no longer has the monitor.
pub(super) fn name_of(context: &Context<'_>, ended: &EndedAlert) -> String {
    let monitor = context.index.monitor(&ended.monitor);
    monitor.map_or(&ended.monitor_name, |monitor| &monitor.name).clone()
}

/// Returns the change of the config after which a rule no longer applies to a monitor.
fn config_end(monitor: &MonitorId, rule: &RuleId, index: &ConfigIndex) -> ConfigEnd {
    let has_rule = || index.config().rules.iter().any(|one| one.id == *rule);
    if index.monitor(monitor).is_none() {
        ConfigEnd::MonitorRemoved
    } else if has_rule() {
        ConfigEnd::RuleChanged
    } else {
        ConfigEnd::RuleRemoved
    }
}

/// Adds the resolved alerts of a monitor to the ended ones of their groups. An alert of a rule that marks a moment has no
/// group, unless the config made the rule momentary after a channel was notified.
pub(super) fn record(
    state: &mut ShardState,
    monitor: &MonitorId,
    resolved: &[(RuleId, Alert)],
    ending: &Ending,
    index: &ConfigIndex,
) {
    for (id, alert) in resolved {
        let Some(firing) = &alert.firing else { continue };
        let rule = index.rule(monitor, id);
        let at = ending.at;
        let owner = rule.and_then(|rule| rule.fault);
        let began = ending.began.filter(|_| owner.is_none());
        let ended = EndedAlert {
            id: firing.id.clone(),
            monitor: monitor.clone(),
            monitor_name: firing.monitor_name.clone(),
            rule: id.clone(),
            severity: alert.severity,
            condition: rule.map(|rule| rule.condition.clone()).unwrap_or_default(),
            message: firing.message.clone(),
            owner,
            since: began.unwrap_or_else(|| alert.since.min(at)),
            at,
            cause: ending.cause.clone().filter(|_| owner.is_none()),
            regions: firing.regions.clone(),
            config_end: ending.is_by_config.then(|| config_end(monitor, id, index)),
        };
        for group in firing.notified.values() {
            if let Some(group) = state.alert_groups.get_mut(group) {
                group.ended.push(ended.clone());
                group.ended_since.get_or_insert(ending.decided_at);
            }
        }
    }
}

/// Lets an alert that fires again before its end was reported rejoin its group, without a message. Other channels may
/// have been notified of its end, and wait for it.
pub(super) fn rejoin(state: &mut ShardState, index: &ConfigIndex) {
    let channels = || index.config().channels.iter().map(|channel| channel.id.clone());
    let ShardState { alert_groups, monitors, .. } = state;
    for (id, group) in alert_groups {
        let AlertGroup { channel, ended, ended_since, .. } = group;
        ended.retain(|one| {
            let alert = monitors.get_mut(&one.monitor).and_then(|it| it.alerts.get_mut(&one.rule));
            let firing = alert.and_then(|alert| alert.firing.as_mut());
            let Some(firing) = firing.filter(|firing| firing.id != one.id) else { return true };
            if firing.notified.is_empty() {
                firing.awaiting = channels().collect();
            }
            firing.notified.insert(channel.clone(), id.clone());
            firing.awaiting.remove(channel);
            firing.fault = one.cause.as_ref().map(|cause| cause.fault);
            false
        });
        if ended.is_empty() {
            *ended_since = None;
        }
    }
}

/// Returns the time at which the end of some alerts of a group is reported; `None` if none has ended.
pub(super) fn part_due_at(
    group: &AlertGroup,
    settings: &NotificationSettings,
) -> Option<Timestamp> {
    let waited = group.ended_since? + PART_WAIT.min(settings.group_interval);
    let spaced = group.resolved_at.map(|at| at + settings.group_interval);
    Some(spaced.map_or(waited, |at| at.max(waited)))
}

/// The alerts of one monitor that have ended.
pub(super) fn by_monitor(ended: &[EndedAlert]) -> BTreeMap<&MonitorId, Vec<&EndedAlert>> {
    let mut monitors: BTreeMap<&MonitorId, Vec<&EndedAlert>> = BTreeMap::new();
    for one in ended {
        monitors.entry(&one.monitor).or_default().push(one);
    }
    monitors
}

/// Returns the groups with ended alerts.
pub(super) fn groups_with_ended(
    state: &ShardState,
) -> impl Iterator<Item = (&AlertGroupId, &AlertGroup)> {
    state.alert_groups.iter().filter(|(_, group)| !group.ended.is_empty())
}
