//! The progress of actions, as notices report it.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::Timestamp;
use allclear_core::action::{Action, AttemptResult, Execution};
use allclear_core::id::MonitorId;
use allclear_core::matcher::{AlertLabels, MonitorLabels};
use allclear_core::state::{AlertGroup, EndedAlert, RemedyAttempt, RemedyKey, RemedySeries};
use allclear_core::text;

use super::super::Context;
use super::super::firing_alert::FiringAlert;
use super::key;

/// The most series that a notice reports.
const MAX_SERIES: usize = 5;

/// The most characters of the reason of a result.
const MAX_REASON_CHARS: usize = 200;

/// The progress of the actions of some alerts.
#[derive(Debug, Default)]
pub(in super::super) struct RemedyProgress {
    /// One sentence for each series.
    pub(in super::super) lines: Vec<String>,
    /// The number of the events of each series that are reported.
    pub(in super::super) reported: BTreeMap<RemedyKey, u32>,
}

/// Returns the progress of the actions of firing alerts.
pub(in super::super) fn of_firing(
    context: &Context<'_>,
    alerts: &[FiringAlert<'_>],
) -> RemedyProgress {
    let series = series_of(context, alerts);
    RemedyProgress {
        lines: series.iter().take(MAX_SERIES).filter_map(|one| state_line(context, one)).collect(),
        reported: series.iter().map(|(key, one)| ((*key).clone(), one.n_events)).collect(),
    }
}

/// Returns the progress of the actions of alerts that have ended: the last attempt before the end of each.
pub(in super::super) fn of_ended(context: &Context<'_>, ended: &[EndedAlert]) -> Vec<String> {
    if context.state.remedies.is_empty() {
        return Vec::new();
    }
    let lines = context.state.remedies.iter().filter_map(|(key, series)| {
        let action = action_of(context, key)?;
        let mut alerts = ended.iter().filter(|one| is_of(context, action, key, one));
        let (number, attempt) = alerts.find_map(|one| last_attempt_before_end(series, one))?;
        ended_line(action, number, attempt)
    });
    lines.take(MAX_SERIES).collect()
}

/// Returns the series with events of which the channel of a group was not notified, each with a short description.
pub(in super::super) fn news(
    context: &Context<'_>,
    group: &AlertGroup,
    alerts: &[FiringAlert<'_>],
) -> Vec<String> {
    let is_new = |(key, series): &(&RemedyKey, &RemedySeries)| {
        series.n_events > group.remedies.get(*key).copied().unwrap_or_default()
    };
    let series = series_of(context, alerts).into_iter().filter(is_new);
    let described = series.map(|(key, series)| {
        let (name, n) = (key.action(), series.attempts.len());
        match series.stopped_at {
            Some(_) => format!("the action `{name}` is stopped"),
            None => format!("attempt {n} of the action `{name}`"),
        }
    });
    described.collect()
}

/// Returns the series of the actions that mend these alerts.
fn series_of<'a>(
    context: &Context<'a>,
    alerts: &[FiringAlert<'_>],
) -> Vec<(&'a RemedyKey, &'a RemedySeries)> {
    if context.state.remedies.is_empty() {
        return Vec::new();
    }
    let mut keys = BTreeSet::new();
    for alert in alerts {
        keys.extend(context.index.actions(&context.labels(alert)).map(|one| key(one, alert)));
    }
    context.state.remedies.iter().filter(|(key, _)| keys.contains(key)).collect()
}

fn action_of<'a>(context: &Context<'a>, key: &RemedyKey) -> Option<&'a Action> {
    let actions = &context.index.config().actions;
    actions.iter().find(|action| action.id.as_str() == key.action())
}

/// Returns the sentence about a series whose alerts fire.
fn state_line(
    context: &Context<'_>,
    (key, series): &(&RemedyKey, &RemedySeries),
) -> Option<String> {
    let action = action_of(context, key)?;
    let attempt = series.attempts.last()?;
    let (name, effect) = (&action.id, &action.effect);
    let (number, max) = (series.attempts.len(), action.policy.max_attempts);
    let is_dry = action.policy.execution == Execution::DryRun;
    let which = format!("attempt {number} of {max} of the action `{name}`");
    if series.stopped_at.is_some() {
        return Some(stop_line(action, series));
    }
    let reason = |why: &str| text::one_line(why, MAX_REASON_CHARS);
    Some(match &attempt.result {
        None if is_dry => dry_line(action, number),
        None => format!("{which} was started: {effect}"),
        Some(AttemptResult::DryRun) => dry_line(action, number),
        Some(AttemptResult::Succeeded) => format!("{which} was executed: {effect}"),
        Some(AttemptResult::Failed(why)) => format!("{which} failed: {}", reason(why)),
        Some(AttemptResult::Unknown(why)) => {
            format!("the result of {which} is unknown: {}", reason(why))
        }
        Some(AttemptResult::NotExecuted(why)) => {
            format!("{which} was not executed: {}", reason(why))
        }
    })
}

/// Returns the sentence about a series that is stopped.
fn stop_line(action: &Action, series: &RemedySeries) -> String {
    let is_of = |result: fn(&AttemptResult) -> bool| {
        series.attempts.iter().filter(|one| one.result.as_ref().is_some_and(result)).count()
    };
    let n_dry = is_of(|result| *result == AttemptResult::DryRun);
    let n_not_executed = is_of(|result| matches!(result, AttemptResult::NotExecuted(_)));
    let (name, n) = (&action.id, series.attempts.len());
    let attempts = if n == 1 { "attempt" } else { "attempts" };
    if n_dry + n_not_executed < n {
        format!("stopped: {n} {attempts} of the action `{name}` did not help")
    } else if n_not_executed == 0 {
        format!("dry run of the action `{name}`: would stop after {n} {attempts}")
    } else {
        format!("stopped: none of {n} {attempts} of the action `{name}` was executed")
    }
}

fn dry_line(action: &Action, number: usize) -> String {
    let (name, max) = (&action.id, action.policy.max_attempts);
    format!("dry run of the action `{name}`, attempt {number} of {max}: would {}", action.effect)
}

/// Returns true if the action of a series mends an alert that has ended.
fn is_of(context: &Context<'_>, action: &Action, series: &RemedyKey, ended: &EndedAlert) -> bool {
    let monitor: &MonitorId = &ended.monitor;
    let labels = AlertLabels {
        monitor: context
            .index
            .monitor(monitor)
            .map_or_else(|| MonitorLabels::of_unknown(monitor), MonitorLabels::of),
        rule: &ended.rule,
        severity: ended.severity,
        fault: ended.owner.or(ended.cause.as_ref().map(|cause| cause.fault)),
        regions: &ended.regions,
    };
    let is_same = *series == RemedyKey::new(&action.id, None)
        || *series == RemedyKey::new(&action.id, Some(monitor));
    is_same && context.index.actions(&labels).any(|one| one.id == action.id)
}

/// Returns the last attempt during the trouble of an alert, with its number.
fn last_attempt_before_end<'a>(
    series: &'a RemedySeries,
    ended: &EndedAlert,
) -> Option<(usize, &'a RemedyAttempt)> {
    let is_within = |at: Timestamp| at >= ended.since && at <= ended.at;
    let numbered = series.attempts.iter().enumerate().rev();
    numbered.map(|(before, one)| (before + 1, one)).find(|(_, one)| is_within(one.at))
}

/// Returns the sentence about the last attempt before the end of an alert; `None` if nothing was executed.
fn ended_line(action: &Action, number: usize, attempt: &RemedyAttempt) -> Option<String> {
    let (name, max) = (&action.id, action.policy.max_attempts);
    let which = format!("attempt {number} of {max} of the action `{name}`");
    match &attempt.result {
        Some(AttemptResult::NotExecuted(_)) => None,
        Some(AttemptResult::DryRun) => {
            Some(format!("it ended without an execution, after the dry run of {which}"))
        }
        Some(AttemptResult::Succeeded | AttemptResult::Failed(_) | AttemptResult::Unknown(_))
        | None => Some(format!("it ended after {which}: {}", action.effect)),
    }
}
