//! `[[rule]]`: the rules of the config, and its changes to the built-in ones.

use std::collections::HashMap;
use std::time::Duration;

use allclear_core::id::RuleId;
use allclear_core::rule::{BuiltinRule, Rule, RuleConfirmation, RuleScope, SELF_RULES};
use allclear_core::status::Severity;

use crate::names::DefinedNames;
use crate::raw;
use crate::schema_check::Removed;
use crate::scopes::scope;
use crate::settings::InheritedDefaults;
use crate::spanned::Spanned;
use crate::spanned_error::{Span, SpannedError};

/// The rules of a config.
pub(crate) struct RuleSet {
    /// The built-in rules with their changes, then those of the config.
    pub(crate) active: Vec<Rule>,
    /// The rules with `enabled = false`, and the built-in ones that the config does not enable.
    pub(crate) disabled: Vec<DisabledRule>,
}

/// A rule that the config has and does not use.
#[derive(Debug)]
pub(crate) struct DisabledRule {
    pub(crate) id: RuleId,
    /// The place of its `[[rule]]`; `None` if it is a built-in rule that is disabled by default.
    pub(crate) place: Option<Span>,
    /// True if it would mark a moment.
    pub(crate) is_momentary: bool,
}

/// Returns the active and the disabled rules.
pub(crate) fn rules(
    raw: &[Spanned<raw::Rule>],
    lost: &Removed,
    defaults: &InheritedDefaults,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> RuleSet {
    let mut changes: HashMap<&str, Rule> = HashMap::new();
    let mut disabled = Vec::new();
    let mut own = Vec::new();
    for at in raw {
        let raw = &at.value;
        let builtin = raw.id.as_ref().and_then(|id| builtin(id.get().as_str(), names));
        let rule = rule(raw, builtin, defaults, names, findings);
        let no_condition = raw.condition.is_none() && !lost.had(at.span.start, "condition");
        if builtin.is_none() && no_condition && !is_reserved(raw) {
            findings.extend(lacks_condition(raw, names));
        }
        if raw.enabled == Some(false) {
            let id = raw.id.as_ref().map(|id| id.get().clone());
            let place = Some(at.span.clone());
            let is_momentary =
                raw.momentary.unwrap_or_else(|| builtin.is_some_and(|builtin| builtin.momentary));
            disabled.extend(id.map(|id| DisabledRule { id, place, is_momentary }));
            continue;
        }
        match (builtin, rule) {
            (Some(builtin), Some(rule)) => {
                changes.insert(builtin.id, rule);
            }
            (None, Some(rule)) => own.push(rule),
            (_, None) => {}
        }
    }
    let mut active = Vec::new();
    for builtin in names.builtin_rules() {
        if disabled.iter().any(|one: &DisabledRule| one.id.as_str() == builtin.id) {
            continue;
        }
        match changes.remove(builtin.id) {
            Some(rule) => active.push(rule),
            None if builtin.is_enabled() => active.extend(unchanged(builtin, defaults)),
            None => {
                let (id, is_momentary) = (RuleId::new(builtin.id).ok(), builtin.momentary);
                disabled.extend(id.map(|id| DisabledRule { id, place: None, is_momentary }));
            }
        }
    }
    active.extend(own);
    RuleSet { active, disabled }
}

fn builtin(id: &str, names: &DefinedNames) -> Option<&'static BuiltinRule> {
    names.builtin_rules().find(|builtin| builtin.id == id)
}

fn unchanged(builtin: &BuiltinRule, defaults: &InheritedDefaults) -> Option<Rule> {
    Some(Rule {
        id: RuleId::new(builtin.id).ok()?,
        condition: builtin.condition.to_owned(),
        severity: builtin.severity,
        hold_for: builtin.hold_for,
        confirm: builtin.confirm,
        keep_firing_for: Duration::ZERO,
        cooldown: defaults.cooldown,
        scope: RuleScope::default(),
        momentary: builtin.momentary,
        channels: Vec::new(),
        fault: builtin.fault,
        runbook: None,
    })
}

fn rule(
    raw: &raw::Rule,
    builtin: Option<&BuiltinRule>,
    defaults: &InheritedDefaults,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Option<Rule> {
    let scope = scope(&raw.monitors, &raw.groups, &raw.tags, names, findings);
    for channel in &raw.channels {
        findings.extend(names.unknown_channel(channel.get().as_str(), &channel.span));
    }
    let id = raw.id.as_ref()?;
    let base = builtin.and_then(|builtin| unchanged(builtin, defaults));
    let condition = raw.condition.as_ref().map(|condition| condition.get().text().to_owned());
    let confirm = confirm(raw, base.as_ref(), findings);
    Some(Rule {
        id: id.get().clone(),
        condition: condition.or_else(|| base.as_ref().map(|base| base.condition.clone()))?,
        severity: match (&raw.severity, &base) {
            (Some(severity), _) => severity.0,
            (None, Some(base)) => base.severity,
            (None, None) => Severity::Warning,
        },
        hold_for: match (&raw.hold_for, &base) {
            (Some(hold_for), _) => hold_for.0,
            (None, Some(base)) => base.hold_for,
            (None, None) => Duration::ZERO,
        },
        confirm,
        keep_firing_for: raw.keep_firing_for.as_ref().map_or(Duration::ZERO, |time| time.0),
        cooldown: raw.cooldown.as_ref().map_or(defaults.cooldown, |cooldown| cooldown.0),
        scope,
        momentary: raw
            .momentary
            .unwrap_or_else(|| base.as_ref().is_some_and(|base| base.momentary)),
        channels: raw.channels.iter().map(|channel| channel.get().clone()).collect(),
        fault: match &raw.fault {
            Some(fault) => Some(fault.0),
            None => base.as_ref().and_then(|base| base.fault),
        },
        runbook: raw.runbook.as_ref().map(|url| url.0.0.clone()),
    })
}

/// Returns the outcomes that confirm the condition of a rule: those of `confirm`, else one outcome if `for` is set,
/// else those of the built-in rule, else several if the condition is over a measured value.
fn confirm(
    raw: &raw::Rule,
    base: Option<&Rule>,
    findings: &mut Vec<SpannedError>,
) -> RuleConfirmation {
    if let Some(own) = &raw.confirm
        && let Some(count) = &own.count
    {
        let of = own.of.as_ref().map_or(count.value, |of| of.value);
        if count.value > of {
            let what = format!("{} of the last {of} outcomes is not possible", count.value);
            let hint = format!("set `of` to {} or more, or `count` to {of} or less", count.value);
            findings.push(SpannedError::new(count.span.clone(), what).hint(hint));
        }
        return RuleConfirmation { count: count.value, of };
    }
    match (&raw.hold_for, base) {
        (None, Some(base)) => base.confirm,
        (None, None) if rests_on_samples(raw) => RuleConfirmation::SAMPLES,
        (Some(_), _) | (None, None) => RuleConfirmation::ONE,
    }
}

/// Checks whether the condition of a rule is over a value that each check measures anew. The state of an account, which
/// has a `fault`, is stated by the provider.
fn rests_on_samples(raw: &raw::Rule) -> bool {
    let Some(condition) = &raw.condition else { return false };
    let is_measured = |name: &str| matches!(name, "response_time_ms" | "metrics");
    raw.fault.is_none()
        && raw.momentary != Some(true)
        && condition.get().variables().any(is_measured)
}

/// Checks whether the rule has a reserved id, which is reported elsewhere.
fn is_reserved(raw: &raw::Rule) -> bool {
    raw.id.as_ref().is_some_and(|id| SELF_RULES.contains(&id.get().as_str()))
}

/// Returns the place of the condition of a rule, with the id of the rule.
pub(crate) fn condition_place(raw: &raw::Rule) -> Option<(RuleId, Span)> {
    Some((raw.id.as_ref()?.get().clone(), raw.condition.as_ref()?.span.clone()))
}

/// Reports that a rule of the config has no condition, valid or invalid.
fn lacks_condition(raw: &raw::Rule, names: &DefinedNames) -> Option<SpannedError> {
    let id = raw.id.as_ref()?;
    let name = id.get().as_str();
    let known = names.builtin_rules().map(|builtin| builtin.id);
    let what = format!("the rule `{name}` lacks a `condition`");
    let hint = match crate::suggest::nearest(name, known) {
        Some(nearest) => format!("did you mean the built-in rule `{nearest}`?"),
        None => "add one, such as `condition = \"consecutive_failures >= 3\"`".to_owned(),
    };
    Some(SpannedError::new(id.span.clone(), what).hint(hint).about_absence())
}
