//! The alert pipeline: from the latest outcome of a monitor to the deliveries that are owed.
//!
//! The stages are those of Alertmanager. Each is a function in a module of its own:
//!
//! | stage | result |
//! |---|---|
//! | [`lifecycle`] | alerts that became pending, fired or were resolved |
//! | [`route`] | for each firing alert, the channels that accept it and were not notified |
//! | [`suppress`] | the suppressed alerts, each with the reason |
//! | [`dedup`] | no channel twice about one subject of a monitor |
//! | [`group`] | the alerts that one notification of a channel names |
//! | [`compose`] | the notification |
//! | [`outbox`] | the delivery, and the channels marked as notified in the state |
//!
//! `dedup` stands before `group`: a notification of a channel lists only the alerts that the channel has not been
//! notified of. Alertmanager groups first, because its notification log is kept for a group and not for an alert.
//!
//! Suppression delays an alert and never drops it: the alert continues to fire and passes the stages again
//! with the next outcome. Resolved alerts pass neither suppression nor deduplication. Their notification goes
//! to exactly the channels that received the firing one.

mod compose;
mod dedup;
mod firing_alert;
mod group;
mod lifecycle;
mod outbox;
mod route;
mod samples;
mod suppress;
mod suppressed;

use allclear_core::Timestamp;
use allclear_core::event::SuppressedBy;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::state::{Alert, Decision, MonitorState, ShardState};

use crate::ConfigIndex;
use crate::observation::Observation;

pub(crate) use compose::{Draft, Subject};
pub(crate) use outbox::owe;

use compose::Ending;
use firing_alert::FiringAlert;
use lifecycle::alert_record;
use samples::Evidence;

/// The input of the stages: an observation, and the state after its status was confirmed.
struct Context<'a> {
    state: &'a ShardState,
    monitor_state: &'a MonitorState,
    observation: &'a Observation<'a>,
    index: &'a ConfigIndex,
}

impl<'a> Context<'a> {
    fn new(
        state: &'a ShardState,
        observation: &'a Observation<'a>,
        index: &'a ConfigIndex,
    ) -> Option<Self> {
        let monitor_state = state.monitors.get(observation.monitor())?;
        Some(Self { state, monitor_state, observation, index })
    }

    fn monitor(&self) -> &'a MonitorId {
        self.observation.monitor()
    }
}

/// Passes the alerts of a monitor through the pipeline after an observation.
pub(crate) fn evaluate(
    state: &mut ShardState,
    observation: &Observation<'_>,
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let id = observation.monitor();
    let (Some(monitor), Some(monitor_state)) = (index.monitor(id), state.monitors.get_mut(id))
    else {
        return;
    };
    let evidence = Evidence::of(observation, state.impairment.since);
    let changes = lifecycle::apply(monitor_state, monitor, observation, index, evidence);
    decision.alerts.extend(changes.fired);
    let ending = Ending::of(observation, monitor_state);
    let notified = notify_resolved(
        state,
        id,
        &Resolved { alerts: &changes.resolved, ending },
        index,
        decision,
    );
    let recovery = recovery_suppressed_by(notified, &changes.resolved, id, index);
    notify_firing(state, observation, recovery, index, decision);
}

/// Resolves the alerts whose monitor or rule is no longer in the config.
pub(crate) fn retire(
    state: &mut ShardState,
    index: &ConfigIndex,
    at: Timestamp,
    decision: &mut Decision,
) {
    let ids: Vec<MonitorId> = state.monitors.keys().cloned().collect();
    for id in ids {
        let Some(monitor_state) = state.monitors.get_mut(&id) else { continue };
        let resolved = lifecycle::retire(monitor_state, &id, index);
        let resolved = Resolved { alerts: &resolved, ending: Ending::of_the_rule(at) };
        notify_resolved(state, &id, &resolved, index, decision);
    }
}

/// Sends the firing alerts of a monitor through the stages from `route` on.
fn notify_firing(
    state: &mut ShardState,
    observation: &Observation<'_>,
    recovery: Option<SuppressedBy>,
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let Some(context) = Context::new(state, observation, index) else { return };
    let routed = route::firing(&context);
    let (passed, mut suppressed) = suppress::apply(&context, routed, recovery);
    let (passed, duplicates) = dedup::apply(&context, passed);
    suppressed.extend(duplicates);
    let groups = group::by_channel(passed);
    let still_firing = compose::still_firing(&context, &groups, &suppressed);
    let drafts = groups.iter().map(|group| compose::firing(&context, group, &still_firing));
    let deliveries: Vec<_> = drafts.map(|draft| outbox::delivery(draft, index)).collect();
    let Some(monitor_state) = state.monitors.get_mut(observation.monitor()) else { return };
    outbox::mark_firing(monitor_state, &deliveries, observation.at);
    decision.deliveries.extend(deliveries);
    let records = outbox::mark_suppressed(monitor_state, suppressed, observation.at);
    decision.suppressions.extend(records);
}

/// The result of the notifications about resolved alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AllClear {
    /// At least one channel is owed the message that an outage of the monitor is over.
    Owed,
    /// No channel is owed one.
    NotOwed,
}

/// Alerts of a monitor that ended together.
struct Resolved<'a> {
    alerts: &'a [(RuleId, Alert)],
    ending: Ending,
}

/// Records the end of alerts and notifies exactly the channels that received the firing notices.
fn notify_resolved(
    state: &mut ShardState,
    id: &MonitorId,
    resolved: &Resolved<'_>,
    index: &ConfigIndex,
    decision: &mut Decision,
) -> AllClear {
    let ending = &resolved.ending;
    let Some(monitor_state) = state.monitors.get_mut(id) else { return AllClear::NotOwed };
    let alerts: Vec<FiringAlert<'_>> = resolved
        .alerts
        .iter()
        .filter_map(|(rule, alert)| FiringAlert::new(rule, alert, id, index))
        .collect();
    // An alert may have fired while the recovery awaited its confirmation.
    let record = |one: &FiringAlert<'_>| alert_record(id, one, Some(ending.at.max(one.firing.at)));
    decision.alerts.extend(alerts.iter().map(record));
    let groups = group::by_channel(route::resolved(&alerts));
    let mut all_clear = AllClear::NotOwed;
    for group in &groups {
        let draft = compose::resolved(id, monitor_state, group, ending, index);
        if draft.subject.is_outcome() {
            all_clear = AllClear::Owed;
        }
        let delivery = outbox::delivery(draft, index);
        outbox::mark_named(monitor_state, &delivery);
        decision.deliveries.push(delivery);
    }
    all_clear
}

/// Returns the reason that makes a separate notice of a recovery unnecessary: the all-clear, or the
/// suppression of everything that had to be notified about the monitor.
fn recovery_suppressed_by(
    all_clear: AllClear,
    resolved: &[(RuleId, Alert)],
    id: &MonitorId,
    index: &ConfigIndex,
) -> Option<SuppressedBy> {
    if all_clear == AllClear::Owed {
        return Some(SuppressedBy::AllClear);
    }
    resolved
        .iter()
        .filter(|(rule, _)| index.rule(id, rule).is_some_and(|rule| rule.fault.is_none()))
        .filter_map(|(_, alert)| alert.firing.as_ref()?.suppressed_by)
        .find(|by| by.is_about_the_monitor())
}
