//! Who hears of an alert and of its end: one notification for all that there is to tell of a monitor.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::gates::{self, Untold};
use super::notices::{Audience, Story, deliveries};
use super::{News, Watchlist};
use crate::delivery::{NamedAlert, NoticeKind};
use crate::event::{AlertRecord, Gate, HeldRecord};
use crate::id::{ChannelId, MonitorId, RuleId};
use crate::outcome::Cause;
use crate::state::{Alert, Decision, Firing, MonitorState, ShardState};
use crate::status::Status;

/// Tells of firing alerts that no gate holds, all of a monitor in one notification.
pub(super) fn tell(
    state: &mut ShardState,
    news: &News<'_>,
    recovery_held_by: Option<Gate>,
    watchlist: &Watchlist,
    decision: &mut Decision,
) {
    let id = &news.outcome.monitor;
    let Some(known) = state.monitors.get(id) else { return };
    let mut audience = Audience::new();
    let mut telling = BTreeMap::new();
    let mut held = Vec::new();
    for (rule, alert) in &known.alerts {
        let Some(firing) = &alert.firing else { continue };
        let is_new = firing.told.is_empty();
        let channels = untold_channels(rule, alert, firing, known, news, watchlist);
        if channels.is_empty() && !is_new {
            continue;
        }
        let untold = Untold {
            monitor: id,
            rule,
            severity: alert.severity,
            at: news.at,
            channels: &channels,
            is_new,
            is_recovering: is_recovering(known, news),
            recovery_held_by,
        };
        if let Some(gate) = gates::gate(state, watchlist, &untold) {
            held.push((rule.clone(), gate));
            continue;
        }
        if channels.is_empty() {
            held.push((rule.clone(), (Gate::NoChannel, "no channel takes it".to_owned())));
        }
        for channel in &channels {
            if gates::told_at_least_as_loud(state, watchlist, &untold, channel).is_none() {
                let (alerts, _) = audience.entry((*channel).clone()).or_default();
                alerts.push(named(rule, alert, firing, watchlist, id));
                telling.insert(rule, alert);
            }
        }
    }
    let momentary = |rule: &RuleId| watchlist.rule(id, rule).is_some_and(|rule| rule.momentary);
    let story = Story {
        kind: if telling.keys().all(|rule| momentary(rule)) {
            NoticeKind::Momentary
        } else {
            NoticeKind::Firing
        },
        monitor: id,
        status: known.status,
        cause: news.outcome.verdict.cause().or(known.cause.as_ref()),
        message: loudest_message(&telling, news),
        word: None,
        still_firing: firing_alerts(known, watchlist, id)
            .into_iter()
            .filter(|alert| !telling.contains_key(&alert.rule))
            .filter(|alert| !held.iter().any(|(rule, _)| *rule == alert.rule))
            .collect(),
        since: if known.status.badness() > Some(0) { known.since } else { news.at },
        at: news.at,
    };
    let deliveries = deliveries(&story, audience, watchlist);
    let Some(known) = state.monitors.get_mut(id) else { return };
    for delivery in &deliveries {
        for alert in &delivery.notification.alerts {
            known.told_at.insert(alert.rule.clone(), news.at);
            if let Some(firing) =
                known.alerts.get_mut(&alert.rule).and_then(|alert| alert.firing.as_mut())
            {
                firing.told.insert(delivery.channel.clone(), delivery.id.clone());
                firing.held_by = None;
            }
        }
    }
    decision.deliveries.extend(deliveries);
    for (rule, (gate, reason)) in held {
        remember_held(known, &rule, gate, reason, news.at, decision);
    }
}

/// Tells of the end of `resolved`; returns what makes it needless to speak of a recovery beside it:
/// an all-clear, or a gate that had held all there was to tell.
pub(super) fn resolve(
    state: &mut ShardState,
    id: &MonitorId,
    resolved: &[(RuleId, Alert)],
    news: &News<'_>,
    watchlist: &Watchlist,
    decision: &mut Decision,
) -> Option<Gate> {
    let was_bad = news.previous_status.badness() > Some(0);
    let began = was_bad.then_some(news.previous_since);
    let message = resolved
        .iter()
        .filter_map(|(_, alert)| Some((alert.severity, alert.firing.as_ref()?.message.clone())))
        .max_by_key(|(severity, _)| *severity)
        .map(|(_, message)| message)
        .unwrap_or_default();
    let ending = Ending { at: news.at, began, cause: news.previous_cause.clone(), message };
    if tell_resolved(state, id, resolved, &ending, watchlist, decision) {
        return Some(Gate::AllClear);
    }
    resolved
        .iter()
        .filter_map(|(_, alert)| alert.firing.as_ref()?.held_by)
        .find(|gate| gate.is_about_the_monitor())
}

/// When and how something ended.
pub(super) struct Ending {
    pub(super) at: Timestamp,
    /// When the confirmed trouble began, if it was confirmed.
    pub(super) began: Option<Timestamp>,
    /// What the trouble was.
    pub(super) cause: Option<Cause>,
    pub(super) message: String,
}

/// Records the end of `resolved` and tells exactly those who heard of them; returns whether
/// anybody did.
pub(super) fn tell_resolved(
    state: &mut ShardState,
    id: &MonitorId,
    resolved: &[(RuleId, Alert)],
    ending: &Ending,
    watchlist: &Watchlist,
    decision: &mut Decision,
) -> bool {
    let Some(known) = state.monitors.get_mut(id) else { return false };
    let mut audience = Audience::new();
    let mut since = ending.began.unwrap_or(ending.at);
    for (rule, alert) in resolved {
        let Some(firing) = &alert.firing else { continue };
        decision.alerts.push(record(id, rule, alert, firing, Some(ending.at)));
        if watchlist.rule(id, rule).is_some_and(|rule| rule.momentary) {
            continue;
        }
        since = since.min(alert.since);
        for (channel, delivery) in &firing.told {
            let (alerts, after) = audience.entry(channel.clone()).or_default();
            alerts.push(named(rule, alert, firing, watchlist, id));
            if !after.contains(delivery) {
                after.push(delivery.clone());
            }
        }
    }
    if audience.is_empty() {
        return false;
    }
    let story = Story {
        kind: NoticeKind::Resolved,
        monitor: id,
        status: known.status,
        cause: ending.cause.as_ref(),
        message: ending.message.clone(),
        word: None,
        still_firing: firing_alerts(known, watchlist, id),
        since,
        at: ending.at,
    };
    let deliveries = deliveries(&story, audience, watchlist);
    // The notice names what still fires, so those who get it have been told of that too.
    for alert in known.alerts.values_mut() {
        let Some(firing) = &mut alert.firing else { continue };
        if !firing.told.is_empty() || firing.held_by == Some(Gate::AlreadyTold) {
            for one in &deliveries {
                firing.told.entry(one.channel.clone()).or_insert_with(|| one.id.clone());
            }
        }
    }
    decision.deliveries.extend(deliveries);
    true
}

/// The channels that take the alert and were not told of it. Once some were, others join only when
/// the fault has changed for good: two outcomes in a row say so.
fn untold_channels<'a>(
    rule: &RuleId,
    alert: &Alert,
    firing: &Firing,
    known: &MonitorState,
    news: &News<'_>,
    watchlist: &'a Watchlist,
) -> Vec<&'a ChannelId> {
    let id = &news.outcome.monitor;
    let cause = news.outcome.verdict.cause();
    let fault = cause.or(known.cause.as_ref()).map(|one| one.fault);
    let is_lasting_fault = news.outcome.status() != Status::Unknown
        && cause
            .zip(news.last_cause.as_ref())
            .is_some_and(|(now, before)| now.fault == before.fault);
    if !firing.told.is_empty() && !is_lasting_fault {
        return Vec::new();
    }
    let Some(rule) = watchlist.rule(id, rule) else { return Vec::new() };
    let monitor = watchlist.monitor(id);
    watchlist
        .config()
        .channels
        .iter()
        .filter(|channel| {
            rule.goes_to(&channel.id)
                && channel.filter.accepts(alert.severity, fault, monitor)
                && !firing.told.contains_key(&channel.id)
        })
        .map(|channel| &channel.id)
        .collect()
}

/// Whether the latest outcome is better than the confirmed status.
fn is_recovering(known: &MonitorState, news: &News<'_>) -> bool {
    news.outcome
        .status()
        .badness()
        .zip(known.status.badness())
        .is_some_and(|(latest, confirmed)| latest < confirmed)
}

/// Records a decision not to tell when its gate begins to hold, not at each outcome after.
fn remember_held(
    known: &mut MonitorState,
    rule: &RuleId,
    gate: Gate,
    reason: String,
    at: Timestamp,
    decision: &mut Decision,
) {
    let Some(firing) = known.alerts.get_mut(rule).and_then(|alert| alert.firing.as_mut()) else {
        return;
    };
    // A recovery that awaits its confirmation is a pause, and no reason of its own.
    let is_pause = gate == Gate::Recovering && firing.held_by.is_some();
    if firing.held_by != Some(gate) && !is_pause {
        firing.held_by = Some(gate);
        decision.held.push(HeldRecord { alert: firing.id.clone(), at, gate, reason });
    }
}

/// What the loudest of the alerts says. One that goes to more channels speaks of the new fault.
fn loudest_message(telling: &BTreeMap<&RuleId, &Alert>, news: &News<'_>) -> String {
    let loudest = telling.values().max_by_key(|alert| alert.severity);
    let Some(firing) = loudest.and_then(|alert| alert.firing.as_ref()) else {
        return String::new();
    };
    let new_fault = news.outcome.verdict.cause().filter(|_| !firing.told.is_empty());
    new_fault.map_or_else(|| firing.message.clone(), |cause| cause.message.clone())
}

/// The alerts that fire and will have an end to tell of.
fn firing_alerts(known: &MonitorState, watchlist: &Watchlist, id: &MonitorId) -> Vec<NamedAlert> {
    known
        .alerts
        .iter()
        .filter(|(rule, _)| watchlist.rule(id, rule).is_some_and(|rule| !rule.momentary))
        .filter_map(|(rule, alert)| Some(named(rule, alert, alert.firing.as_ref()?, watchlist, id)))
        .collect()
}

fn named(
    rule: &RuleId,
    alert: &Alert,
    firing: &Firing,
    watchlist: &Watchlist,
    id: &MonitorId,
) -> NamedAlert {
    let condition = watchlist.rule(id, rule).map(|rule| rule.condition.text().to_owned());
    NamedAlert {
        id: firing.id.clone(),
        rule: rule.clone(),
        severity: alert.severity,
        condition: condition.unwrap_or_default(),
    }
}

pub(super) fn record(
    monitor: &MonitorId,
    rule: &RuleId,
    alert: &Alert,
    firing: &Firing,
    resolved_at: Option<Timestamp>,
) -> AlertRecord {
    AlertRecord {
        id: firing.id.clone(),
        monitor: monitor.clone(),
        rule: rule.clone(),
        severity: alert.severity,
        message: firing.message.clone(),
        pending_since: alert.since,
        fired_at: firing.at,
        resolved_at,
    }
}
