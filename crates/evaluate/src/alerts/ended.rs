//! Ended alerts: they wait in their groups until their end is reported.
//!
//! The end of a whole group is reported at once. While other alerts of the group still fire, the end of some of them
//! waits a minute, so that monitors that recover one after the other are one message.
//!
//! Until a channel was notified of the end, the alert is not resolved: it continues if its rule fires again. A channel
//! that waits for its end while another channel was notified of it gets both ends together, that of the alert and that of
//! the new one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::alert_group::{AlertGroupId, ConfigEnd};
use allclear_core::event::{AlertId, AlertRecord};
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::outcome::Cause;
use allclear_core::rule::Rule;
use allclear_core::state::{
    Alert, AlertGroup, EndedAlert, Firing, MonitorState, PastTrouble, ShardState, UnreportedAlert,
};
use allclear_core::status::Fault;

use super::firing_alert::FiringAlert;
use super::{alert_record, past_trouble};
use crate::ConfigIndex;
use crate::alerts::Context;
use crate::observation::Observation;

/// The time for which the end of some alerts of a group waits for the end of others.
const PART_WAIT: Duration = Duration::from_mins(1);

/// The end of the alerts of a monitor, and the trouble that is over.
pub(super) struct Ending {
    /// The end of the alerts. If a transition is the cause, its time, which comes before its confirmation.
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
        Self {
            at: past_trouble::turned_at(observation, state).unwrap_or(observation.at),
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
pub(super) fn config_ends(context: &Context<'_>, ended: &[&EndedAlert]) -> Option<String> {
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

/// Returns the rules of those alerts of which a channel was notified as moments, which belong to no open group.
pub(super) fn moments(
    over: &[(RuleId, Alert)],
    groups: &BTreeMap<AlertGroupId, AlertGroup>,
) -> BTreeSet<RuleId> {
    let is_moment = |alert: &Alert| {
        let notified = alert.firing.iter().flat_map(|firing| firing.notified.values());
        let mut is_open = notified.map(|group| groups.contains_key(group)).peekable();
        is_open.peek().is_some() && !is_open.any(|open| open)
    };
    over.iter().filter(|(_, alert)| is_moment(alert)).map(|(rule, _)| rule.clone()).collect()
}

/// Adds the ended alerts of a monitor to those of their groups. Returns the records of the others, which no notice
/// reports: no channel was notified of them, or they were moments when it was, and the config has changed since.
pub(super) fn record(
    state: &mut ShardState,
    monitor: &MonitorId,
    over: Vec<(RuleId, Alert)>,
    ending: &Ending,
    index: &ConfigIndex,
) -> Vec<AlertRecord> {
    let mut records = Vec::new();
    for (rule, mut alert) in over {
        let Some(firing) = &mut alert.firing else { continue };
        let configured = index.rule(monitor, &rule);
        let owner = configured.and_then(|rule| rule.fault);
        let since = since(firing, owner, ending).map_or(alert.since, |at| at.min(alert.since));
        let past = firing.past.take().and_then(|past| past.cause);
        let cause = ending.cause.clone().or(past).filter(|_| owner.is_none());
        let at = firing.calm_since.map_or(ending.at, |at| at.min(ending.at));
        let ended = EndedAlert {
            id: firing.id.clone(),
            monitor: monitor.clone(),
            monitor_name: firing.monitor_name.clone(),
            rule: rule.clone(),
            severity: alert.severity,
            condition: configured.map(|rule| rule.condition.clone()).unwrap_or_default(),
            message: firing.message.clone(),
            owner,
            since: since.min(at),
            at,
            resolved_at: ending.at,
            decided_at: ending.decided_at,
            cause: cause.clone(),
            regions: firing.regions.clone(),
            config_end: ending.is_by_config.then(|| config_end(monitor, &rule, index)),
        };
        let mut awaits_report = false;
        for group in firing.notified.values() {
            if let Some(group) = state.alert_groups.get_mut(group) {
                group.ended.push(ended.clone());
                awaits_report = true;
            }
        }
        firing.past = Some(PastTrouble { since: ended.since, cause });
        match state.monitors.get_mut(monitor).filter(|_| awaits_report) {
            Some(known) => known.unreported.push(UnreportedAlert { rule, owner, alert }),
            None => records.extend(alert_record::resolved((monitor, &rule), &alert, ending.at)),
        }
    }
    records
}

/// Returns the start of the trouble that an alert was about; `None` if no trouble was confirmed.
fn since(firing: &Firing, owner: Option<Fault>, ending: &Ending) -> Option<Timestamp> {
    let past = firing.past.as_ref().map(|past| past.since);
    past.into_iter().chain(ending.began).min().filter(|_| owner.is_none())
}

/// Removes the alert that the next one of a rule continues; `None` if there is none, or if the rule has another subject
/// since, or marks moments.
pub(super) fn continued(unreported: &mut Vec<UnreportedAlert>, rule: &Rule) -> Option<Alert> {
    if rule.momentary {
        return None;
    }
    let is_same = |one: &UnreportedAlert| one.rule == rule.id && one.owner == rule.fault;
    let position = unreported.iter().rposition(is_same)?;
    Some(unreported.remove(position).alert)
}

/// The end of an alert that a notice reports.
pub(super) struct ReportedEnd {
    monitor: MonitorId,
    alert: AlertId,
    at: Timestamp,
}

impl ReportedEnd {
    pub(super) fn of(ended: &EndedAlert) -> Self {
        Self { monitor: ended.monitor.clone(), alert: ended.id.clone(), at: ended.resolved_at }
    }

    /// Returns true if it is the end of this alert.
    pub(super) fn is_of(&self, ended: &EndedAlert) -> bool {
        self.alert == ended.id
    }

    /// Resolves the alert. Returns its record if this is the first report of its end.
    pub(super) fn commit(&self, state: &mut ShardState) -> Option<AlertRecord> {
        let monitor = state.monitors.get_mut(&self.monitor)?;
        let position = monitor.unreported.iter().position(|one| one.is(&self.alert))?;
        let UnreportedAlert { rule, alert, .. } = monitor.unreported.remove(position);
        alert_record::resolved((&self.monitor, &rule), &alert, self.at)
    }
}

/// Takes the ends of alerts back that continue. An alert that fires after another channel was notified of the end of its
/// predecessor joins the group in which that end waits, without a message. Other channels wait for it.
pub(super) fn rejoin(state: &mut ShardState, index: &ConfigIndex) {
    let channels = || index.config().channels.iter().map(|channel| channel.id.clone());
    let ShardState { alert_groups, monitors, .. } = state;
    for (id, group) in alert_groups {
        let AlertGroup { channel, ended, .. } = group;
        ended.retain(|one| {
            let rule = index.rule(&one.monitor, &one.rule);
            let lasts = rule.is_some_and(|rule| !rule.momentary && rule.fault == one.owner);
            let alert = monitors.get_mut(&one.monitor).and_then(|it| it.alerts.get_mut(&one.rule));
            let firing = alert.and_then(|alert| alert.firing.as_mut());
            let Some(firing) = firing.filter(|_| lasts) else { return true };
            if firing.id == one.id {
                return false;
            }
            if !firing.notified.contains_key(channel) {
                if firing.notified.is_empty() {
                    firing.awaiting = channels().collect();
                }
                firing.notified.insert(channel.clone(), id.clone());
                firing.joined.insert(channel.clone());
                firing.awaiting.remove(channel);
                firing.fault = one.cause.as_ref().map(|cause| cause.fault);
            }
            true
        });
    }
}

/// Returns the ended alerts of a group that can be reported. The end of one whose rule fires again in the group waits for
/// the end of that alert.
pub(super) fn reportable<'a>(
    group: &'a AlertGroup,
    remaining: &[FiringAlert<'_>],
) -> Vec<&'a EndedAlert> {
    let is_over = |one: &&EndedAlert| {
        !remaining.iter().any(|it| *it.monitor == one.monitor && *it.id == one.rule)
    };
    group.ended.iter().filter(is_over).collect()
}

/// Returns the time at which the end of an alert is reported while others of its group fire.
pub(super) fn part_due_at(
    ended: &EndedAlert,
    group: &AlertGroup,
    settings: &NotificationSettings,
) -> Timestamp {
    let waited = ended.decided_at + PART_WAIT.min(settings.group_interval);
    let spaced = group.resolved_at.map(|at| at + settings.group_interval);
    spaced.map_or(waited, |at| at.max(waited))
}

/// The alerts of one monitor that have ended.
pub(super) fn by_monitor<'a>(
    ended: &[&'a EndedAlert],
) -> BTreeMap<&'a MonitorId, Vec<&'a EndedAlert>> {
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
