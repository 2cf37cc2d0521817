//! Who hears of an alert and of its end: one notification for all that there is to tell of a monitor.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::Timestamp;

use super::gates::{self, Untold};
use super::notices::{About, Story, delivery};
use super::{News, word};
use crate::ConfigIndex;
use allclear_core::delivery::{Delivery, NamedAlert, NoticeKind};
use allclear_core::event::{AlertRecord, Gate, HeldRecord};
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use allclear_core::outcome::Cause;
use allclear_core::state::{Alert, Decision, Firing, MonitorState, ShardState};
use allclear_core::status::{Fault, Severity, Status};

/// Tells of firing alerts that no gate holds, all of a monitor in one notification.
pub(super) fn tell(
    state: &mut ShardState,
    news: &News<'_>,
    recovery_held_by: Option<Gate>,
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let id = &news.outcome.monitor;
    let Some(known) = state.monitors.get(id) else { return };
    let mut audience: BTreeMap<&ChannelId, Vec<(&RuleId, &Alert, &Firing)>> = BTreeMap::new();
    let mut telling = BTreeSet::new();
    let mut held = BTreeMap::new();
    for (rule, alert) in &known.alerts {
        let Some(firing) = &alert.firing else { continue };
        let is_new = firing.told.is_empty();
        let channels = untold_channels(rule, alert, firing, known, news, index);
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
        if let Some(gate) = gates::gate(state, index, &untold) {
            held.insert(rule.clone(), gate);
            continue;
        }
        if channels.is_empty() {
            held.insert(rule.clone(), (Gate::NoChannel, "no channel takes it".to_owned()));
        }
        for channel in &channels {
            if gates::told_at_least_as_loud(state, index, &untold, channel).is_none() {
                audience.entry(channel).or_default().push((rule, alert, firing));
                telling.insert(rule);
            }
        }
    }
    let still_firing: Vec<(&RuleId, &Alert, &Firing)> = lasting(known, index, id)
        .filter(|(rule, ..)| !telling.contains(rule) && !held.contains_key(*rule))
        .collect();
    let deliveries: Vec<Delivery> = audience
        .into_iter()
        .map(|(channel, alerts)| {
            let story = firing_story(id, known, channel, &alerts, &still_firing, news, index);
            let alerts = named_all(&alerts, index, id);
            delivery(&story, channel.clone(), alerts, Vec::new(), index)
        })
        .collect();
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

/// What `channel` is told of `alerts`, which fire.
fn firing_story<'a>(
    id: &'a MonitorId,
    known: &MonitorState,
    channel: &ChannelId,
    alerts: &[(&RuleId, &Alert, &Firing)],
    still_firing: &[(&RuleId, &Alert, &Firing)],
    news: &News<'_>,
    index: &ConfigIndex,
) -> Story<'a> {
    let momentary = |rule: &RuleId| index.rule(id, rule).is_some_and(|rule| rule.momentary);
    let about = match matter_of(alerts, index, id) {
        Some(fault) => About::Matter(fault),
        None => About::outcome(news.outcome.verdict.cause().or(known.cause.as_ref())),
    };
    let has_trouble = known.status.badness() > Some(0) && !about.is_a_matter();
    Story {
        kind: if alerts.iter().all(|(rule, ..)| momentary(rule)) {
            NoticeKind::Momentary
        } else {
            NoticeKind::Firing
        },
        monitor: id,
        status: known.status,
        about,
        message: loudest_message(alerts, about, news, index),
        word: word::beside_trouble(known, news.at).filter(|_| !about.is_a_matter()),
        still_firing: still_told(still_firing, channel, index, id),
        since: if has_trouble { known.since } else { news.at },
        at: news.at,
        ended_at: None,
    }
}

/// Tells of the end of `resolved`; returns what makes it needless to speak of a recovery beside it:
/// an all-clear, or a gate that had held all there was to tell.
pub(super) fn resolve(
    state: &mut ShardState,
    id: &MonitorId,
    resolved: &[(RuleId, Alert)],
    news: &News<'_>,
    index: &ConfigIndex,
    decision: &mut Decision,
) -> Option<Gate> {
    let was_bad = news.previous_status.badness() > Some(0);
    let began = was_bad.then_some(news.previous_since);
    let ending = Ending { at: news.at, began, cause: news.previous_cause.clone(), why: None };
    if tell_resolved(state, id, resolved, &ending, index, decision) {
        return Some(Gate::AllClear);
    }
    resolved
        .iter()
        .filter(|(rule, _)| index.rule(id, rule).is_some_and(|rule| rule.fault.is_none()))
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
    /// Why, where that is not what the alerts told of being over.
    pub(super) why: Option<String>,
}

/// Records the end of `resolved` and tells exactly those who heard of them; returns whether
/// anybody was told that trouble of the monitor is over.
pub(super) fn tell_resolved(
    state: &mut ShardState,
    id: &MonitorId,
    resolved: &[(RuleId, Alert)],
    ending: &Ending,
    index: &ConfigIndex,
    decision: &mut Decision,
) -> bool {
    let Some(known) = state.monitors.get_mut(id) else { return false };
    let mut audience: BTreeMap<&ChannelId, Vec<(&RuleId, &Alert, &Firing)>> = BTreeMap::new();
    for (rule, alert) in resolved {
        let Some(firing) = &alert.firing else { continue };
        decision.alerts.push(record(id, rule, alert, firing, Some(ending.at)));
        if index.rule(id, rule).is_some_and(|rule| rule.momentary) {
            continue;
        }
        for channel in firing.told.keys() {
            audience.entry(channel).or_default().push((rule, alert, firing));
        }
    }
    let mut is_all_clear = false;
    for (channel, alerts) in audience {
        let story = resolved_story(id, known, channel, &alerts, ending, index);
        is_all_clear |= !story.about.is_a_matter();
        let mut after = Vec::new();
        for before in alerts.iter().filter_map(|(.., firing)| firing.told.get(channel)) {
            if !after.contains(before) {
                after.push(before.clone());
            }
        }
        let alerts = named_all(&alerts, index, id);
        let one = delivery(&story, channel.clone(), alerts, after, index);
        // The notice names what still fires, so those who get it have been told of that too.
        for (rule, alert) in &mut known.alerts {
            let Some(firing) = &mut alert.firing else { continue };
            let is_named = one.notification.still_firing.iter().any(|still| still.rule == *rule);
            if is_named && (!firing.told.is_empty() || firing.held_by == Some(Gate::AlreadyTold)) {
                firing.told.entry(channel.clone()).or_insert_with(|| one.id.clone());
            }
        }
        decision.deliveries.push(one);
    }
    is_all_clear
}

/// What `channel` is told of the end of `alerts`.
fn resolved_story<'a>(
    id: &'a MonitorId,
    known: &MonitorState,
    channel: &ChannelId,
    alerts: &[(&RuleId, &Alert, &Firing)],
    ending: &Ending,
    index: &ConfigIndex,
) -> Story<'a> {
    let about = match matter_of(alerts, index, id) {
        Some(fault) => About::Matter(fault),
        None => About::outcome(ending.cause.as_ref()),
    };
    let began = ending.began.filter(|_| !about.is_a_matter());
    // A recovery is dated at the first good outcome, as its transition is.
    let has_recovered = began.is_some() && known.status.badness() == Some(0);
    let ended_at = if has_recovered { known.since.min(ending.at) } else { ending.at };
    let began = began.unwrap_or(ending.at);
    let still_firing: Vec<_> = lasting(known, index, id).collect();
    let told_of = || {
        let loudest = loudest(alerts, about, index, id);
        loudest.map(|firing| firing.message.clone()).unwrap_or_default()
    };
    Story {
        kind: NoticeKind::Resolved,
        monitor: id,
        status: known.status,
        about,
        message: ending.why.clone().unwrap_or_else(told_of),
        word: word::beside_the_end(known, ending.cause.as_ref()).filter(|_| !about.is_a_matter()),
        still_firing: still_told(&still_firing, channel, index, id),
        since: alerts.iter().map(|(_, alert, _)| alert.since).fold(began, Ord::min),
        at: ending.at,
        ended_at: Some(ended_at),
    }
}

/// Whose matter it is where all of `alerts` are of one of ours: that of the loudest.
fn matter_of(
    alerts: &[(&RuleId, &Alert, &Firing)],
    index: &ConfigIndex,
    id: &MonitorId,
) -> Option<Fault> {
    let faults: Option<Vec<(Severity, Fault)>> = alerts
        .iter()
        .map(|(rule, alert, _)| Some((alert.severity, index.rule(id, rule)?.fault?)))
        .collect();
    let loudest = faults?.into_iter().max_by_key(|(severity, _)| *severity);
    loudest.map(|(_, fault)| fault)
}

/// Those of `alerts` that concern the channel: what is somebody else's matter does not.
fn still_told(
    alerts: &[(&RuleId, &Alert, &Firing)],
    channel: &ChannelId,
    index: &ConfigIndex,
    id: &MonitorId,
) -> Vec<NamedAlert> {
    let is_theirs = |rule: &RuleId, firing: &Firing| {
        let is_a_matter = index.rule(id, rule).is_some_and(|rule| rule.fault.is_some());
        !is_a_matter || firing.told.contains_key(channel)
    };
    let theirs = alerts.iter().copied().filter(|(rule, _, firing)| is_theirs(rule, firing));
    named_all(&theirs.collect::<Vec<_>>(), index, id)
}

/// The channels that take the alert and were not told of it. Once some were, others join only when
/// the fault has changed for good: two outcomes in a row say so.
fn untold_channels<'a>(
    rule: &RuleId,
    alert: &Alert,
    firing: &Firing,
    known: &MonitorState,
    news: &News<'_>,
    index: &'a ConfigIndex,
) -> Vec<&'a ChannelId> {
    let id = &news.outcome.monitor;
    let cause = news.outcome.verdict.cause();
    let fault = cause.or(known.cause.as_ref()).map(|one| one.fault);
    let is_lasting_fault = news.outcome.status() != Status::Unknown
        && cause
            .zip(news.last_cause.as_ref())
            .is_some_and(|(now, before)| now.fault == before.fault);
    let Some(rule) = index.rule(id, rule) else { return Vec::new() };
    if !firing.told.is_empty() && (!is_lasting_fault || rule.fault.is_some()) {
        return Vec::new();
    }
    let fault = rule.fault.or(fault);
    let monitor = index.monitor(id);
    index
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
fn loudest_message(
    alerts: &[(&RuleId, &Alert, &Firing)],
    about: About,
    news: &News<'_>,
    index: &ConfigIndex,
) -> String {
    let id = &news.outcome.monitor;
    let Some(firing) = loudest(alerts, about, index, id) else { return String::new() };
    let is_new_fault = !firing.told.is_empty() && !about.is_a_matter();
    let new_fault = news.outcome.verdict.cause().filter(|_| is_new_fault);
    new_fault.map_or_else(|| firing.message.clone(), |cause| cause.message.clone())
}

/// The loudest of those that the notice is about: one of trouble only names a matter of ours.
fn loudest<'a>(
    alerts: &[(&RuleId, &Alert, &'a Firing)],
    about: About,
    index: &ConfigIndex,
    id: &MonitorId,
) -> Option<&'a Firing> {
    let is_a_matter = |rule| index.rule(id, rule).is_some_and(|rule| rule.fault.is_some());
    let of_it = alerts.iter().filter(|(rule, ..)| about.is_a_matter() || !is_a_matter(rule));
    of_it.max_by_key(|(_, alert, _)| alert.severity).map(|(.., firing)| *firing)
}

/// The alerts that fire and will have an end to tell of.
fn lasting<'a>(
    known: &'a MonitorState,
    index: &'a ConfigIndex,
    id: &'a MonitorId,
) -> impl Iterator<Item = (&'a RuleId, &'a Alert, &'a Firing)> {
    known
        .alerts
        .iter()
        .filter(|(rule, _)| index.rule(id, rule).is_some_and(|rule| !rule.momentary))
        .filter_map(|(rule, alert)| Some((rule, alert, alert.firing.as_ref()?)))
}

fn named_all(
    alerts: &[(&RuleId, &Alert, &Firing)],
    index: &ConfigIndex,
    id: &MonitorId,
) -> Vec<NamedAlert> {
    let named = |(rule, alert, firing): &(&RuleId, &Alert, &Firing)| NamedAlert {
        id: firing.id.clone(),
        rule: (*rule).clone(),
        severity: alert.severity,
        condition: index.rule(id, rule).map(|rule| rule.condition.clone()).unwrap_or_default(),
    };
    alerts.iter().map(named).collect()
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
