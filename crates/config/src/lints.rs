//! Warnings about a config that is valid but probably not intended.

mod actions;
mod routes;

use std::collections::HashSet;

use allclear_core::channel::Channel;
use allclear_core::checker::Checkers;
use allclear_core::config::Config;
use allclear_core::duration;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::monitor::Monitor;
use allclear_core::rule::{Rule, RuleScope};
use allclear_core::status::{Fault, Severity};
use allclear_core::window::Silence;
use allclear_evaluate::possible::can_hold;
use allclear_evaluate::rule_variables;

pub(crate) use self::actions::ActionPlaces;
use crate::rules::DisabledRule;
use crate::spanned_error::{Span, SpannedError};
use crate::suggest::listed;

/// The places of the objects of a config, in its order.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) monitors: Vec<(MonitorId, Span)>,
    pub(crate) channels: Vec<Span>,
    /// Each route before those below it; empty without routes.
    pub(crate) routes: Vec<Span>,
    pub(crate) silences: Vec<Span>,
    pub(crate) summaries: Vec<Span>,
    /// Those of the conditions of rules, each with the id of its rule.
    pub(crate) conditions: Vec<(RuleId, Span)>,
    pub(crate) actions: Vec<ActionPlaces>,
    /// The rules that the config has and does not use.
    pub(crate) disabled_rules: Vec<DisabledRule>,
}

/// Returns all warnings about a valid config.
pub(crate) fn all(config: &Config, checkers: &Checkers, places: &Places) -> Vec<SpannedError> {
    let mut findings = Vec::new();
    findings.extend(inadvisable_intervals(config, checkers, &places.monitors));
    findings.extend(no_channel(config));
    findings.extend(impossible_conditions(config, &places.conditions));
    findings.extend(channels_without_alerts(config, &places.channels));
    if config.routing.is_none() {
        findings.extend(faults_without_channel(config, &places.channels));
    }
    findings.extend(routes::all(config, places));
    findings.extend(summaries_without_channel(config, &places.summaries));
    findings.extend(actions::all(config, places));
    findings.extend(needless_silences(&config.silences, &places.silences));
    findings
}

/// Returns the monitors whose kind of check advises against their interval.
fn inadvisable_intervals(
    config: &Config,
    checkers: &Checkers,
    places: &[(MonitorId, Span)],
) -> Vec<SpannedError> {
    let finding = |monitor: &Monitor| {
        let advice = checkers.get(&monitor.id)?.advice(monitor.interval)?;
        let place = places.iter().find(|(id, _)| *id == monitor.id);
        let span = place.map_or(0..0, |(_, span)| span.clone());
        let interval = duration::format(monitor.interval);
        let what = format!("the monitor `{}` is checked every {interval}", monitor.id);
        Some(SpannedError::new(span, what).hint(advice))
    };
    config.monitors.iter().filter_map(finding).collect()
}

fn no_channel(config: &Config) -> Option<SpannedError> {
    config.channels.is_empty().then(|| {
        SpannedError::new(0..0, "no channel is configured, so no alert is sent")
            .hint("add a `[[channel]]` with an `id` and `send.log = {}`")
    })
}

/// Returns the conditions that no status and no fault makes true.
fn impossible_conditions(config: &Config, places: &[(RuleId, Span)]) -> Vec<SpannedError> {
    let is_impossible = |rule: &Rule| {
        let condition = rule_variables::compile(&rule.condition).ok();
        let faults = Fault::ALL.into_iter().map(Some).chain([None]);
        condition.is_some_and(|it| !faults.into_iter().any(|fault| can_hold(&it, fault)))
    };
    let place = |rule: &Rule| places.iter().find(|(id, _)| *id == rule.id);
    let rules = config.rules.iter().filter(|rule| is_impossible(rule));
    let findings = rules.filter_map(|rule| {
        let (id, place) = place(rule)?;
        let faults: Vec<&str> = Fault::ALL.iter().map(|fault| fault.as_str()).collect();
        let hint = format!(
            "a status is `healthy`, `degraded`, `unhealthy` or `unknown`, and a fault is one of {}",
            listed(&faults)
        );
        let what = format!("the condition of the rule `{id}` is never true, so it never fires");
        Some(SpannedError::new(place.clone(), what).hint(hint))
    });
    findings.collect()
}

fn channels_without_alerts(config: &Config, places: &[Span]) -> Vec<SpannedError> {
    let monitors_of = |scope: &RuleScope| -> HashSet<&str> {
        let chosen = config.monitors.iter().filter(|monitor| scope.includes(monitor));
        chosen.map(|monitor: &Monitor| monitor.id.as_str()).collect()
    };
    let sources: Vec<(&Rule, HashSet<&str>)> =
        config.rules.iter().map(|rule| (rule, monitors_of(&rule.scope))).collect();
    let mut findings = Vec::new();
    for (channel, place) in config.channels.iter().zip(places) {
        // This channel receives the reports of Allclear about itself, which no rule raises.
        if channel.filter.faults == [Fault::Monitor] {
            continue;
        }
        let monitors = monitors_of(&channel.filter.scope);
        let reaches = |(rule, of): &(&Rule, HashSet<&str>)| {
            let faults = &channel.filter.faults;
            let takes_it = |fault| faults.is_empty() || faults.contains(&fault);
            rule.severity >= channel.filter.min_severity
                && rule.fault.is_none_or(takes_it)
                && (rule.channels.is_empty() || rule.channels.contains(&channel.id))
                && !of.is_disjoint(&monitors)
        };
        let is_named = config.summaries.iter().any(|one| one.channels.contains(&channel.id));
        if !is_named && !sources.iter().any(reaches) {
            let what = format!("no alert of a monitor can reach the channel `{}`", channel.id);
            let hint = "lower its `min_severity`, or choose monitors that a rule watches";
            findings.push(SpannedError::new(place.clone(), what).hint(hint));
        }
    }
    findings
}

fn faults_without_channel(config: &Config, places: &[Span]) -> Option<SpannedError> {
    let takes = |fault: &Fault| {
        config
            .channels
            .iter()
            .map(|channel| &channel.filter.faults)
            .any(|faults| faults.is_empty() || faults.contains(fault))
    };
    let unreported: Vec<&str> =
        Fault::ALL.iter().filter(|fault| !takes(fault)).map(|fault| fault.as_str()).collect();
    let place = places.first().filter(|_| !unreported.is_empty())?;
    let what = format!("no channel takes the faults {}", listed(&unreported));
    Some(SpannedError::new(place.clone(), what).hint("add them to the `faults` of a channel"))
}

/// Returns the summaries that no channel receives, if the config has channels at all.
fn summaries_without_channel(config: &Config, places: &[Span]) -> Vec<SpannedError> {
    let takes = |channel: &Channel| channel.filter.accepts(Severity::Info, None, None);
    if config.channels.is_empty() || config.channels.iter().any(takes) {
        return Vec::new();
    }
    let unreported = config.summaries.iter().zip(places).filter(|(one, _)| one.channels.is_empty());
    unreported
        .map(|(summary, place)| {
            let what = format!("no channel takes the summary `{}`", summary.id);
            SpannedError::new(place.clone(), what).hint("name its `channels`")
        })
        .collect()
}

/// Returns the silences that another silence covers completely.
fn needless_silences(silences: &[Silence], places: &[Span]) -> Vec<SpannedError> {
    let all: Vec<(&Silence, &Span)> = silences.iter().zip(places).collect();
    let mut findings = Vec::new();
    for (index, (silence, place)) in all.iter().enumerate() {
        let other = all.iter().enumerate().find(|(other_index, (other, _))| {
            let contains = contains(other, silence);
            // Of two equal silences, the first stays.
            contains
                && *other_index != index
                && (*other_index < index || !self::contains(silence, other))
        });
        if let Some((_, (_, other))) = other {
            let finding = SpannedError::new((*place).clone(), "another silence contains this one");
            findings.push(finding.hint("remove this one").also((*other).clone(), "the other"));
        }
    }
    findings
}

/// Checks whether `outer` mutes all that `inner` mutes. It does if `inner` has each of its matchers, and if it lasts at
/// least as long.
fn contains(outer: &Silence, inner: &Silence) -> bool {
    let starts_before =
        outer.starts_at.is_none_or(|start| inner.starts_at.is_some_and(|inner| start <= inner));
    outer.matchers.iter().all(|matcher| inner.matchers.contains(matcher))
        && starts_before
        && outer.until >= inner.until
}
