//! Warnings about rules of actions whose alerts cause no attempt.

use allclear_core::action::Action;
use allclear_core::config::Config;
use allclear_core::matcher::{AlertLabels, MatchLabel, Matcher, MonitorLabels};
use allclear_core::rule::Rule;
use allclear_core::status::Fault;
use allclear_evaluate::matchers::CompiledMatchers;
use allclear_evaluate::possible::can_hold;
use allclear_evaluate::rule_variables;

use super::Places;
use crate::rules::DisabledRule;
use crate::spanned_error::{Span, SpannedError};

/// The places of an action.
#[derive(Debug)]
pub(crate) struct ActionPlaces {
    /// That of its `[[action]]`.
    pub(crate) action: Span,
    /// Those of the ids in its `rules`.
    pub(crate) rules: Vec<Span>,
}

/// The reason that no alert of a rule causes an attempt of an action.
enum IdleRule<'a> {
    /// The config does not use the rule.
    Disabled(&'a DisabledRule),
    /// Its alerts mark a moment.
    Momentary,
    /// Its severity is below that of the action.
    Mild,
    /// The action does not select the faults of its alerts.
    OtherFault,
    /// It watches no monitor of the action.
    OtherMonitors,
    /// The matchers, each as it is written, hold for none of its alerts.
    OtherAlerts(Vec<String>),
}

/// Returns the rules of actions whose alerts cause no attempt, and the actions that are never executed.
pub(super) fn all(config: &Config, places: &Places) -> Vec<SpannedError> {
    let mut findings = Vec::new();
    for (action, at) in config.actions.iter().zip(&places.actions) {
        let rules = action.filter.rules.iter().zip(&at.rules);
        let idle: Vec<SpannedError> = rules
            .filter_map(|(id, span)| {
                let rule = config.rules.iter().find(|rule| rule.id == *id);
                let idle = match rule {
                    Some(rule) => idle(rule, action, config)?,
                    None => match places.disabled_rules.iter().find(|one| one.id == *id)? {
                        // To enable it would not help.
                        DisabledRule { is_momentary: true, .. } => IdleRule::Momentary,
                        disabled => IdleRule::Disabled(disabled),
                    },
                };
                Some(idle.finding(id.as_str(), action, span))
            })
            .collect();
        if idle.len() == action.filter.rules.len() {
            let what = format!("the action `{}` is never executed", action.id);
            let hint = "name a rule whose alerts last, and that watches monitors of the action";
            findings.push(SpannedError::new(at.action.clone(), what).hint(hint));
        }
        findings.extend(idle);
    }
    findings
}

impl IdleRule<'_> {
    fn finding(&self, rule: &str, action: &Action, span: &Span) -> SpannedError {
        let minimum = action.filter.min_severity;
        let (why, hint) = match self {
            Self::Disabled(DisabledRule { place: Some(_), .. }) => {
                ("it is disabled".to_owned(), "remove `enabled = false` there, or the rule here")
            }
            Self::Disabled(DisabledRule { place: None, .. }) => (
                "it is disabled by default".to_owned(),
                "add a `[[rule]]` with this `id` and `enabled = true`, or remove it here",
            ),
            Self::Momentary => (
                "it marks a moment (`momentary`)".to_owned(),
                "name a rule whose alerts last, such as `service_down`, or remove it here",
            ),
            Self::Mild => (
                format!("its severity is below the `min_severity` of the action, `{minimum}`"),
                "lower that, or name another rule",
            ),
            Self::OtherFault => (
                "the `faults` of the action do not include that of its alerts".to_owned(),
                "add the fault, or name another rule",
            ),
            Self::OtherMonitors => (
                "it watches no monitor that the action selects".to_owned(),
                "select monitors that the rule watches, or name another rule",
            ),
            Self::OtherAlerts(matchers) => (
                match matchers.as_slice() {
                    [one] => {
                        format!("the matcher `{one}` of the action holds for none of its alerts")
                    }
                    _ => "the `matchers` of the action hold for none of its alerts".to_owned(),
                },
                "change the matchers, or name another rule",
            ),
        };
        let what = format!("no alert of `{rule}` causes an attempt of `{}`: {why}", action.id);
        let finding = SpannedError::new(span.clone(), what).hint(hint);
        match self {
            Self::Disabled(DisabledRule { place: Some(place), .. }) => {
                finding.also(place.clone(), "disabled here")
            }
            Self::Disabled(DisabledRule { place: None, .. })
            | Self::Momentary
            | Self::Mild
            | Self::OtherFault
            | Self::OtherMonitors
            | Self::OtherAlerts(_) => finding,
        }
    }
}

/// Returns the reason that no alert of an active rule causes an attempt; `None` if one can.
fn idle(rule: &Rule, action: &Action, config: &Config) -> Option<IdleRule<'static>> {
    if rule.momentary {
        return Some(IdleRule::Momentary);
    }
    if rule.severity < action.filter.min_severity {
        return Some(IdleRule::Mild);
    }
    // An outcome with the fault `monitor` measures nothing. An alert without a fault is the target's.
    let of_outcomes = || Fault::ALL.into_iter().filter(|fault| *fault != Fault::Monitor);
    let mut faults: Vec<Fault> =
        rule.fault.map_or_else(|| of_outcomes().collect(), |one| vec![one]);
    if let Ok(condition) = rule_variables::compile(&rule.condition) {
        faults.retain(|fault| rule.fault.is_some() || can_hold(&condition, Some(*fault)));
    }
    if !faults.iter().any(|fault| action.filter.faults.contains(fault)) {
        return Some(IdleRule::OtherFault);
    }
    let watched = config.monitors.iter().filter(|monitor| rule.scope.includes(monitor));
    let labels = |monitor, fault| AlertLabels {
        monitor,
        rule: &rule.id,
        severity: rule.severity,
        fault: Some(fault),
        regions: &[],
    };
    let alerts: Vec<AlertLabels<'_>> = watched
        .flat_map(|monitor| faults.iter().map(move |fault| (monitor, *fault)))
        .map(|(monitor, fault)| (monitor, labels(MonitorLabels::of(monitor), fault)))
        .filter(|(monitor, labels)| action.filter.accepts(labels, monitor))
        .map(|(_, labels)| labels)
        .collect();
    if alerts.is_empty() {
        return Some(IdleRule::OtherMonitors);
    }
    unmatched(&alerts, action).map(IdleRule::OtherAlerts)
}

/// Returns the matchers of an action that keep it from all `alerts`: those that hold for none of them, or all matchers if
/// only together they hold for none. `None` if they hold for an alert.
fn unmatched(alerts: &[AlertLabels<'_>], action: &Action) -> Option<Vec<String>> {
    // The config does not name the regions.
    let matchers = action.filter.matchers.iter().filter(|it| it.label != MatchLabel::Region);
    let matchers: Vec<Matcher> = matchers.cloned().collect();
    let hold = |matchers: &[Matcher]| {
        let compiled = CompiledMatchers::new(matchers).ok();
        compiled.is_none_or(|compiled| alerts.iter().any(|labels| compiled.hold(labels)))
    };
    if hold(&matchers) {
        return None;
    }
    let text = |one: &Matcher| one.to_string();
    let alone = matchers.iter().filter(|one| !hold(std::slice::from_ref(*one)));
    let alone: Vec<String> = alone.map(text).collect();
    Some(if alone.is_empty() { matchers.iter().map(text).collect() } else { alone })
}
