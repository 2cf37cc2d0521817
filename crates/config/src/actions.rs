//! `[[action]]`: what is executed while an alert fires.

use std::time::Duration;

use allclear_core::action::{
    Action, ActionFilter, ActionPolicy, ActionSpec, AttemptCount, Execution,
};
use allclear_core::duration;
use allclear_core::rule::SELF_RULES;
use allclear_core::status::{Fault, Severity};

use crate::lints::ActionPlaces;
use crate::names::DefinedNames;
use crate::scopes::scope;
use crate::spanned::{AtText, Spanned};
use crate::spanned_error::SpannedError;
use crate::{matchers, raw};

/// An attempt that has not begun within the cooldown is not executed, because the next one may be due. The evaluator and
/// the notifier take some seconds from the record of the outcome to the start of the attempt, on AWS with cold starts.
const SHORTEST_COOLDOWN: Duration = Duration::from_secs(30);
const LONGEST_COOLDOWN: Duration = Duration::from_hours(24);
const SHORTEST_TIMEOUT: Duration = Duration::from_secs(1);
const LONGEST_TIMEOUT: Duration = Duration::from_mins(10);

/// The kind of an action, its parameters, and its effect for people.
pub(crate) type DescribedSpec = (ActionSpec, String);

/// Returns the action; `None` if a mandatory part is missing or wrong, which has been reported.
pub(crate) fn action(
    raw: &raw::Action,
    run: Option<DescribedSpec>,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Option<Action> {
    let scope = scope(&raw.monitors, &raw.groups, &raw.tags, names, findings);
    let rules = raw.rules.as_deref().unwrap_or_default();
    for rule in rules {
        let name = rule.get().as_str();
        findings.extend(own_rule(name, rule).or_else(|| names.unknown_rule(name, &rule.span)));
    }
    findings.extend(raw.matchers.iter().filter_map(|matcher| {
        matchers::unknown_word(matcher).or_else(|| matchers::unknown_name(matcher, names))
    }));
    let policy = policy(raw, findings);
    raw.rules.as_ref()?;
    let (run, effect) = run?;
    let faults = raw.faults.as_ref();
    Some(Action {
        id: raw.id.as_ref()?.get().clone(),
        run,
        effect,
        filter: ActionFilter {
            rules: rules.iter().map(|rule| rule.get().clone()).collect(),
            min_severity: raw.min_severity.as_ref().map_or(Severity::Info, |severity| severity.0),
            faults: faults
                .map_or_else(|| vec![Fault::Target], |all| all.iter().map(|one| one.0).collect()),
            scope,
            matchers: raw.matchers.iter().map(|matcher| matcher.get().clone()).collect(),
        },
        policy,
    })
}

/// Returns the places of an action.
pub(crate) fn places(raw: &Spanned<raw::Action>) -> ActionPlaces {
    let rules = raw.value.rules.iter().flatten();
    ActionPlaces { action: raw.span.clone(), rules: rules.map(|one| one.span.clone()).collect() }
}

/// Reports a rule of Allclear about itself, which no action mends.
fn own_rule<T>(name: &str, at: &AtText<T>) -> Option<SpannedError> {
    SELF_RULES.contains(&name).then(|| {
        let what = format!("no action mends alerts of `{name}`");
        SpannedError::new(at.span.clone(), what).hint("name rules of monitors")
    })
}

fn policy(raw: &raw::Action, findings: &mut Vec<SpannedError>) -> ActionPolicy {
    let cooldown =
        within("cooldown", raw.cooldown.as_ref(), SHORTEST_COOLDOWN..=LONGEST_COOLDOWN, findings);
    let timeout =
        within("timeout", raw.timeout.as_ref(), SHORTEST_TIMEOUT..=LONGEST_TIMEOUT, findings);
    let cooldown = cooldown.unwrap_or(ActionPolicy::DEFAULT_COOLDOWN);
    let timeout = timeout.unwrap_or(ActionPolicy::DEFAULT_TIMEOUT);
    if timeout > cooldown
        && let Some(at) = raw.timeout.as_ref().or(raw.cooldown.as_ref())
    {
        let (longer, limit) = (duration::format(timeout), duration::format(cooldown));
        let what = format!("the `timeout` of {longer} is longer than the `cooldown` of {limit}");
        let hint = "shorten the `timeout`, or lengthen the `cooldown`";
        findings.push(SpannedError::new(at.span.clone(), what).hint(hint));
    }
    ActionPolicy {
        max_attempts: raw.max_attempts.unwrap_or(ActionPolicy::DEFAULT_MAX_ATTEMPTS),
        cooldown,
        timeout,
        execution: match raw.dry_run {
            Some(true) => Execution::DryRun,
            Some(false) | None => Execution::Real,
        },
        count: raw.attempts_per.as_ref().map_or(AttemptCount::default(), |count| count.0),
    }
}

/// Returns the duration of a key, and reports one outside of its limits.
fn within(
    key: &str,
    at: Option<&AtText<Duration>>,
    limits: std::ops::RangeInclusive<Duration>,
    findings: &mut Vec<SpannedError>,
) -> Option<Duration> {
    let at = at?;
    let duration = *at.get();
    if !limits.contains(&duration) {
        let (from, to) = (duration::format(*limits.start()), duration::format(*limits.end()));
        let what = format!("`{key}` is {}", duration::format(duration));
        let hint = format!("write a duration from {from} to {to}");
        findings.push(SpannedError::new(at.span.clone(), what).hint(hint));
        return None;
    }
    Some(duration)
}
