//! The alert pipeline: from the latest outcomes to the deliveries that are owed.
//!
//! The stages are those of Alertmanager. Each is a function in a module of its own:
//!
//! | stage | result |
//! |---|---|
//! | [`lifecycle`] | alerts that became pending, fired, continued or ended |
//! | [`attempt`] | the attempts of actions that are due |
//! | [`route`] | for each firing alert, the channels that accept it and were not notified, each with its route |
//! | [`suppress`] | the suppressed alerts, each with the reason |
//! | [`dedup`] | no channel twice about one subject of a monitor |
//! | [`group`] | the alerts that one notification lists |
//! | [`notice`] | the notices that are due: firing, changed, still firing, resolved |
//! | [`compose`] | the notification |
//! | [`outbox`] | the delivery, and the channels marked as notified in the state |
//!
//! [`observe`] passes one outcome through `lifecycle`. [`notify`] passes all firing alerts through the other stages: after
//! each run, and whenever a time has come that it has asked for. It reads nothing but the state, so that a silence or an
//! acknowledgement takes effect without an outcome.
//!
//! Suppression delays an alert and never drops it: the alert continues to fire and passes the stages again. Resolved
//! alerts pass neither suppression nor deduplication. Their notification goes to exactly the channels that received the
//! firing one.

mod alert_record;
mod attempt;
mod compose;
mod dedup;
mod ended;
mod firing_alert;
mod group;
mod lifecycle;
mod notice;
mod outbox;
mod past_trouble;
mod path;
mod root;
mod route;
mod samples;
pub mod standing;
mod suppress;
mod suppressed;

use allclear_core::Timestamp;
use allclear_core::alert_group::AlertGroupId;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::matcher::{AlertLabels, MonitorLabels};
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::state::{AlertGroup, Decision, ShardState};

use crate::ConfigIndex;
use crate::config_index::ConfiguredMonitor;
use crate::observation::Observation;

pub(crate) use compose::{Draft, Subject};
pub(crate) use outbox::owe;

use attempt::DecisionTime;
use ended::Ending;
use firing_alert::FiringAlert;
use group::Grouped;
use notice::Notice;
use outbox::OwedNotice;
use samples::Evidence;
use suppressed::Suppressed;

/// The input of the stages after `lifecycle`.
struct Context<'a> {
    state: &'a ShardState,
    index: &'a ConfigIndex,
    at: Timestamp,
}

impl<'a> Context<'a> {
    /// Returns the labels of an alert, for matchers.
    fn labels(&self, alert: &FiringAlert<'a>) -> AlertLabels<'a> {
        let monitor = self.index.monitor(alert.monitor);
        AlertLabels {
            monitor: monitor
                .map_or_else(|| MonitorLabels::of_unknown(alert.monitor), MonitorLabels::of),
            rule: alert.id,
            severity: alert.severity(),
            fault: alert.fault(),
            regions: &alert.firing.regions,
        }
    }

    /// Returns the settings of a group: those of the route by which its alerts came.
    fn settings(&self, group: &AlertGroup) -> &'a NotificationSettings {
        self.index.settings(&group.route)
    }
}

/// Applies the rules of a monitor to its latest outcome.
pub(crate) fn observe(
    state: &mut ShardState,
    (observation, configured): (&Observation<'_>, &ConfiguredMonitor<'_>),
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let id = observation.monitor();
    let Some(monitor_state) = state.monitors.at_mut(observation.position) else { return };
    let evidence = Evidence::of(observation, state.impairment.since);
    let changes = lifecycle::apply(monitor_state, configured, observation, index, evidence);
    decision.alerts.extend(changes.fired);
    if changes.over.is_empty() {
        return;
    }
    let ending = Ending::of(observation, monitor_state);
    let covered_by = suppress::covered_by(&changes.over, id, index);
    decision.suppressions.extend(lifecycle::cover_recovery(
        monitor_state,
        covered_by,
        observation.at,
    ));
    decision.alerts.extend(ended::record(state, id, changes.over, &ending, index));
}

/// Decides the attempts of actions that are due after the outcomes of `at` in a run that was recorded at `recorded_at`.
pub(crate) fn attempt(
    state: &mut ShardState,
    index: &ConfigIndex,
    (at, recorded_at): (Timestamp, Timestamp),
    decision: &mut Decision,
) {
    // As in `notify`, a late run must not take the time of decisions back.
    let seen_at = state.folded.newest.map_or(at, |newest| newest.max(at));
    let time = DecisionTime { seen_at, at: recorded_at.max(seen_at) };
    attempt::decide(state, index, time, decision);
}

/// Ends the alerts whose monitor or rule is no longer in the config, and renames those of the others. Their cooldowns end,
/// too, so that a monitor or a rule that returns under the same id is notified like a new one. The cooldown of a moment that
/// still holds lasts: no end of it is reported, so that after its return the same message would be sent twice.
pub(crate) fn retire(
    state: &mut ShardState,
    index: &ConfigIndex,
    at: Timestamp,
    decision: &mut Decision,
) {
    let ids: Vec<MonitorId> = state.monitors.keys().cloned().collect();
    for id in ids {
        let Some(monitor_state) = state.monitors.get_mut(&id) else { continue };
        if let Some(monitor) = index.monitor(&id) {
            lifecycle::rename(monitor_state, monitor);
        }
        let over = lifecycle::retire(monitor_state, &id, index);
        let moments = ended::moments(&over, &state.alert_groups);
        let applies = |rule: &RuleId| index.rule(&id, rule).is_some() || moments.contains(rule);
        monitor_state.last_notified_at.retain(|rule, _| applies(rule));
        let ending = Ending::by_config(at, monitor_state);
        decision.alerts.extend(ended::record(state, &id, over, &ending, index));
    }
    notify(state, index, at, decision);
}

/// Passes all firing alerts, and the ends of alerts, through the stages after `lifecycle`. Returns the time at which it
/// must be called again, if no outcome arrives before; `None` if nothing depends on time.
pub(crate) fn notify(
    state: &mut ShardState,
    index: &ConfigIndex,
    at: Timestamp,
    decision: &mut Decision,
) -> Option<Timestamp> {
    // A late run, or a clock behind the one of the newest run, must not take the time of decisions back: a batch could
    // then open a second group within its minute, and a notice would be dated before the one that it follows.
    let at = state.folded.newest.map_or(at, |newest| newest.max(at));
    ended::rejoin(state, index);
    for id in notice::no_longer_acknowledged(&Context { state, index, at }) {
        if let Some(group) = state.alert_groups.get_mut(&id) {
            group.acknowledged = None;
        }
    }
    let Pass { notices, suppressed, joining, awaiting, batches, abandoned, next_at } =
        pass(&Context { state, index, at });
    state.batches = batches;
    for id in abandoned {
        state.alert_groups.remove(&id);
    }
    outbox::mark_joining(state, joining);
    for notice in notices {
        notice.commit(state, at, decision);
    }
    outbox::mark_awaiting(state, awaiting);
    decision.suppressions.extend(outbox::mark_suppressed(state, suppressed, at));
    let context = Context { state, index, at };
    let later = [next_at, notice::next_at(&context)].into_iter().flatten();
    later.filter(|next| *next > at).min()
}

/// The changes that one pass through the stages makes.
struct Pass {
    notices: Vec<OwedNotice>,
    suppressed: Vec<Suppressed>,
    joining: Vec<outbox::Joining>,
    awaiting: Vec<outbox::Awaiting>,
    batches: outbox::Batches,
    abandoned: Vec<AlertGroupId>,
    next_at: Option<Timestamp>,
}

fn pass(context: &Context<'_>) -> Pass {
    let mut members = group::members(context);
    let mut routed = route::firing(context);
    let awaiting = routed.iter().filter_map(outbox::awaiting).collect();
    let active_at = routed.iter().filter_map(|one| one.next_at(context.at)).min();
    routed.retain(|one| one.is_new() || !one.receivers.is_empty());
    let (passed, mut suppressed) = suppress::apply(context, routed);
    let deduplicated = dedup::apply(context, passed);
    suppressed.extend(deduplicated.suppressed);
    let Grouped { new, joining, batches, next_at, waiting: _ } =
        group::apply(context, deduplicated.passed);
    // An alert that joins keeps its group from ending.
    for (group, alerts) in &joining {
        members.entry(group).or_default().extend(alerts);
    }
    let mut due: Vec<Notice<'_>> = notice::endings(context, &members);
    due.extend(notice::updates(context, &members, joining));
    let reminders = notice::reminders(context, &members, &due);
    due.extend(reminders);
    due.extend(notice::opening(context, new));
    let escalations = notice::escalations(context, &members, &due);
    due.extend(escalations);
    // The order within a channel stays: what has ended comes before what begins.
    due.sort_by_key(|notice| notice.channel);
    let owed = |notice: &Notice<'_>| {
        let draft = compose::draft(context, notice)?;
        Some(OwedNotice::new(notice, draft, context.index))
    };
    Pass {
        notices: due.iter().filter_map(owed).collect(),
        suppressed,
        joining: deduplicated.joining.into_iter().map(outbox::joining).collect(),
        awaiting,
        batches,
        abandoned: group::abandoned(context.state, &members),
        next_at: [next_at, active_at].into_iter().flatten().min(),
    }
}
