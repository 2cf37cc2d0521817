//! The life of an alert: true, pending, firing, resolved; and who hears of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::gates::{self, Untold};
use super::notices::{Audience, Story, deliveries};
use super::{News, Watchlist, counts};
use crate::delivery::{NamedAlert, NoticeKind};
use crate::event::{AlertId, AlertRecord, Gate, HeldRecord};
use crate::expression::{Binding, Truth};
use crate::id::{ChannelId, MonitorId, RuleId};
use crate::monitor::Monitor;
use crate::outcome::Cause;
use crate::rule::Rule;
use crate::state::{Alert, Decision, Firing, MonitorState, ShardState};
use crate::status::Status;

/// Applies the rules to a monitor's latest outcome.
pub(super) fn fold(
    state: &mut ShardState,
    news: &News<'_>,
    watchlist: &Watchlist,
    decision: &mut Decision,
) {
    let id = &news.outcome.monitor;
    let (Some(monitor), Some(known)) = (watchlist.monitor(id), state.monitors.get_mut(id)) else {
        return;
    };
    let mut resolved = Vec::new();
    for rule in watchlist.rules(id) {
        let values = |name: &str| variable(name, news, monitor, known);
        let truth = rule.condition.evaluate(values);
        if truth.holds() {
            let message = explain(rule, news, values);
            hold_true(known, rule, news, message, decision);
        } else if (speaks_for_the_end(&truth, known, news) || was_pending(known, rule, news))
            && let Some(alert) = known.alerts.remove(&rule.id)
        {
            resolved.push((rule.id.clone(), alert));
        }
    }
    let recovery_held_by = resolve(state, id, &resolved, news, watchlist, decision);
    tell(state, news, recovery_held_by, watchlist, decision);
}

/// Resolves the alerts whose monitor or rule `watchlist` no longer holds.
pub(super) fn retire(
    state: &mut ShardState,
    watchlist: &Watchlist,
    at: Timestamp,
    decision: &mut Decision,
) {
    let ids: Vec<MonitorId> = state.monitors.keys().cloned().collect();
    for id in ids {
        let Some(known) = state.monitors.get_mut(&id) else { continue };
        let gone: Vec<RuleId> = known
            .alerts
            .keys()
            .filter(|rule| watchlist.rule(&id, rule).is_none())
            .cloned()
            .collect();
        let resolved: Vec<(RuleId, Alert)> = gone
            .into_iter()
            .filter_map(|rule| known.alerts.remove(&rule).map(|alert| (rule, alert)))
            .collect();
        let ending = Ending {
            at,
            began: None,
            cause: None,
            message: "it is no longer watched by this rule".to_owned(),
        };
        tell_resolved(state, &id, &resolved, &ending, watchlist, decision);
    }
}

/// A condition that is true makes its alert pending, and firing after its time.
fn hold_true(
    known: &mut MonitorState,
    rule: &Rule,
    news: &News<'_>,
    message: String,
    decision: &mut Decision,
) {
    let at = news.at;
    let alert = known.alerts.entry(rule.id.clone()).or_insert_with(|| Alert {
        severity: rule.severity,
        since: at,
        firing: None,
    });
    let due = alert.since + rule.hold_for;
    if alert.firing.is_some() || at < due {
        return;
    }
    let firing = Firing {
        id: AlertId::new(&news.outcome.monitor, &rule.id, at),
        at,
        message,
        told: BTreeMap::new(),
        held_by: None,
    };
    decision.alerts.push(record(&news.outcome.monitor, &rule.id, alert, &firing, None));
    alert.firing = Some(firing);
}

/// Whether a condition that is not true says that its alert is over. Nothing absent does: neither
/// an outcome that measured nothing, nor a value that is missing because the check failed. Nothing
/// is over while the monitor is confirmed unhealthy, nor while a recovery awaits its confirmation.
fn speaks_for_the_end(truth: &Truth, known: &MonitorState, news: &News<'_>) -> bool {
    let latest = news.outcome.status();
    let (Some(badness), Some(confirmed)) = (latest.badness(), known.status.badness()) else {
        return false;
    };
    let settled = known.status != Status::Unhealthy && badness >= confirmed;
    match truth {
        Truth::True => false,
        Truth::False => settled,
        Truth::Missing(_) | Truth::Nonsense(_) => settled && latest != Status::Unhealthy,
    }
}

/// Whether the latest outcome is better than the confirmed status.
fn is_recovering(known: &MonitorState, news: &News<'_>) -> bool {
    news.outcome
        .status()
        .badness()
        .zip(known.status.badness())
        .is_some_and(|(latest, confirmed)| latest < confirmed)
}

/// Whether the rule was only waiting for its time, and a measured outcome has broken the wait.
fn was_pending(known: &MonitorState, rule: &Rule, news: &News<'_>) -> bool {
    let is_pending = known.alerts.get(&rule.id).is_some_and(|alert| alert.firing.is_none());
    is_pending && news.outcome.status() != Status::Unknown
}

/// Tells of the end of `resolved`; returns what makes it needless to speak of a recovery beside it:
/// an all-clear, or a gate that had held all there was to tell.
fn resolve(
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
struct Ending {
    at: Timestamp,
    /// When the confirmed trouble began, if it was confirmed.
    began: Option<Timestamp>,
    /// What the trouble was.
    cause: Option<Cause>,
    message: String,
}

/// Records the end of `resolved` and tells exactly those who heard of them; returns whether
/// anybody did.
fn tell_resolved(
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

/// Tells of firing alerts that no gate holds, all of a monitor in one notification.
fn tell(
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
        kind: gates::kind_of(telling.keys().all(|rule| momentary(rule))),
        monitor: id,
        status: known.status,
        cause: news.outcome.verdict.cause().or(known.cause.as_ref()),
        message: loudest_message(&telling, news),
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

fn record(
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

/// What a person reads of why an alert fired: what happened, what is over, or the values that the
/// condition judged.
fn explain(rule: &Rule, news: &News<'_>, values: impl Fn(&str) -> Option<Binding>) -> String {
    if let Some(cause) = news.outcome.verdict.cause() {
        return cause.message.clone();
    }
    if rule.momentary && news.previous_status.badness() > Some(0) {
        let News { previous_status, previous_since, previous_cause, .. } = news;
        let why = previous_cause.as_ref().map(|cause| format!(": {}", cause.message));
        return format!(
            "it was {previous_status} since {previous_since}{}",
            why.unwrap_or_default()
        );
    }
    let judged: Vec<String> = rule
        .condition
        .variables()
        .filter_map(|name| Some(format!("{name} = {}", values(name)?)))
        .collect();
    judged.join(", ")
}

fn variable(
    name: &str,
    news: &News<'_>,
    monitor: &Monitor,
    known: &MonitorState,
) -> Option<Binding> {
    let milliseconds = |duration: std::time::Duration| duration.as_secs_f64() * 1000.0;
    let outcome = news.outcome;
    let answered = outcome.status() != Status::Unhealthy;
    Some(match name {
        "status" => Binding::Text(known.status.to_string()),
        "previous_status" => Binding::Text(news.previous_status.to_string()),
        "healthy" => Binding::Bool(known.status == Status::Healthy),
        "degraded" => Binding::Bool(known.status == Status::Degraded),
        "unhealthy" => Binding::Bool(known.status == Status::Unhealthy),
        "was_unhealthy" => Binding::Bool(news.previous_status == Status::Unhealthy),
        "critical" => Binding::Bool(monitor.critical),
        "fault" => {
            let fault = outcome.verdict.cause().map(|cause| cause.fault.to_string());
            Binding::Text(fault.unwrap_or_default())
        }
        "response_time_ms" => Binding::Number(milliseconds(outcome.latency.filter(|_| answered)?)),
        "expected_response_time_ms" => {
            Binding::Number(milliseconds(monitor.expected_response_time?))
        }
        "consecutive_failures" => Binding::Number(f64::from(known.consecutive_failures)),
        "consecutive_successes" => Binding::Number(f64::from(known.consecutive_successes)),
        "uptime_percentage" => Binding::Number(counts::recent_uptime_percentage(known, news.at)?),
        "metrics" => Binding::Numbers(outcome.metrics.clone()),
        "monitor" => Binding::Text(monitor.id.to_string()),
        "group" => Binding::Text(monitor.group.clone().unwrap_or_default()),
        "tags" => Binding::Texts(monitor.tags.clone()),
        _ => return None,
    })
}
