//! The fold: what a run changes.
//!
//! [`fold`] takes a state and a run to the next state and the decisions on the way. It is pure, and
//! takes its time from the outcomes alone, so that folding the log again decides the same again.
//! Folding a run twice changes nothing. A run that comes late still counts in the rollups; an
//! outcome that is older than the latest of its monitor changes no status and no alert.

mod alerts;
mod confirm;
mod counts;
mod gates;
mod impairment;
mod notices;
mod telling;
mod values;
mod word;

use std::collections::HashMap;
use std::time::Duration;

use allclear_core::Timestamp;

use allclear_core::id::MonitorId;
use allclear_core::outcome::{Cause, Outcome};
use allclear_core::rollup::Period;
use allclear_core::run::Run;
use allclear_core::state::{Decision, LastOutcome, MonitorState, ShardState};
use allclear_core::status::Status;

use crate::ConfigIndex;

/// Folds `run` into `state` and returns what that decided.
pub fn fold(state: &mut ShardState, run: &Run, index: &ConfigIndex) -> Decision {
    let mut decision = Decision::default();
    if state.folded.contains(&run.key) {
        return decision;
    }
    if state.folded.is_too_late(&run.key) {
        decision.too_late.push(run.key.clone());
        return decision;
    }
    let horizon_before = state.folded.horizon();
    state.folded.insert(run.key.clone());

    for round in rounds(run) {
        // All statuses before any alert: a gate may ask for the status of another monitor.
        let news: Vec<News<'_>> = round
            .into_iter()
            .filter_map(|outcome| fold_status(state, run, outcome, index, &mut decision))
            .collect();
        impairment::fold(state, run, &news, index, &mut decision);
        for news in &news {
            alerts::fold(state, news, index, &mut decision);
        }
    }

    let hour = |at: Option<Timestamp>| at.map(|at| Period::Hour.start_of(at));
    if hour(horizon_before) != hour(state.folded.horizon()) {
        counts::close(state, index, &mut decision);
    }
    decision
}

/// Ends what `index` no longer holds: alerts of monitors and rules that were taken out of the
/// config are resolved, and those who heard of them are told.
pub fn retire(state: &mut ShardState, index: &ConfigIndex) -> Decision {
    let mut decision = Decision::default();
    let Some(at) = state.folded.newest else { return decision };
    alerts::retire(state, index, at, &mut decision);
    decision
}

/// The outcomes of the run by time, in rounds that hold each monitor once: a long run checks one
/// with a short interval several times.
fn rounds(run: &Run) -> Vec<Vec<&Outcome>> {
    let mut outcomes: Vec<&Outcome> = run.outcomes.iter().collect();
    outcomes.sort_by_key(|outcome| outcome.offset);
    let mut n_seen: HashMap<&MonitorId, usize> = HashMap::with_capacity(outcomes.len());
    let mut rounds: Vec<Vec<&Outcome>> = Vec::new();
    for outcome in outcomes {
        let n = n_seen.entry(&outcome.monitor).or_default();
        match rounds.get_mut(*n) {
            Some(round) => round.push(outcome),
            None => rounds.push(vec![outcome]),
        }
        *n += 1;
    }
    rounds
}

/// Brings a state back to `now` that the clock, since set back, had led into the future: without
/// it every outcome would count as old until the time has come again. Returns whether it did.
///
/// Runs that were folded are not folded again. What was counted for the future stays counted.
pub fn set_back(state: &mut ShardState, now: Timestamp) -> bool {
    let is_ahead = |at: Timestamp| at > now + CLOCK_TOLERANCE;
    if !state.folded.newest.is_some_and(is_ahead) {
        return false;
    }
    // Which of the runs before now were folded may be forgotten already.
    state.folded.newest = Some(now);
    state.folded.floor = Some(now);
    state.folded.recent.retain(|key| key.scheduled_at >= now);
    state.summaries.values_mut().for_each(|told| told.until = told.until.min(now));
    for known in state.monitors.values_mut() {
        known.since = known.since.min(now);
        known.last = known.last.take().filter(|last| last.at <= now);
        known.recent.retain(|measured| measured.at <= now);
        known.told_at.values_mut().for_each(|at| *at = (*at).min(now));
        for alert in known.alerts.values_mut() {
            alert.since = alert.since.min(now);
            alert.true_at = alert.true_at.min(now);
        }
        if let Some(word) = &mut known.word {
            word.since = word.since.min(now);
            word.heard_at = word.heard_at.min(now);
        }
    }
    true
}

/// The shortest time without an outcome that counts as a pause, whatever the interval. On AWS a
/// monitor is checked once a minute at most, even where the config asks for more.
const SHORTEST_PAUSE: Duration = Duration::from_mins(2);

/// How many intervals without an outcome count as a pause.
const PAUSE_INTERVALS: u32 = 3;

/// How far clocks may be apart without anybody being wrong.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(2);

/// An outcome that is its monitor's latest, and how its monitor was before.
struct News<'a> {
    outcome: &'a Outcome,
    at: Timestamp,
    previous_status: Status,
    previous_since: Timestamp,
    previous_cause: Option<Cause>,
    /// The cause of the outcome before.
    last_cause: Option<Cause>,
    /// Whether it is the first outcome of its monitor, or the first after a pause.
    is_first: bool,
}

fn fold_status<'a>(
    state: &mut ShardState,
    run: &Run,
    outcome: &'a Outcome,
    index: &ConfigIndex,
    decision: &mut Decision,
) -> Option<News<'a>> {
    let monitor = index.monitor(&outcome.monitor)?;
    let at = run.time_of(outcome);
    let known = state
        .monitors
        .entry(outcome.monitor.clone())
        .or_insert_with(|| MonitorState::unmeasured(at));
    let in_maintenance = index.maintenance(&monitor.id, at).is_some();
    counts::count(known, outcome, at, monitor.interval, in_maintenance);
    // Outcomes of the same time come from several regions, and each counts.
    if known.last.as_ref().is_some_and(|last| last.at > at) {
        return None;
    }
    let news = News {
        outcome,
        at,
        previous_status: known.status,
        previous_since: known.since,
        previous_cause: known.cause.clone(),
        last_cause: known.last.as_ref().and_then(|last| last.cause.clone()),
        is_first: known.last.as_ref().is_none_or(|last| is_pause(last.at, at, monitor.interval)),
    };
    remember(known, outcome, at);
    decision.transitions.extend(confirm::confirm(known, monitor, outcome, at));
    confirm::follow_the_fault(known, outcome, news.last_cause.as_ref());
    word::hear(known, &news);
    Some(news)
}

/// Returns whether so much time lies between two outcomes that the process was not running, or the
/// monitor not in the config.
fn is_pause(from: Timestamp, to: Timestamp, interval: Duration) -> bool {
    let pause = interval.saturating_mul(PAUSE_INTERVALS).max(SHORTEST_PAUSE);
    Duration::try_from(to.duration_since(from)).is_ok_and(|time| time > pause)
}

fn remember(known: &mut MonitorState, outcome: &Outcome, at: Timestamp) {
    match outcome.status() {
        Status::Healthy | Status::Degraded => {
            known.consecutive_failures = 0;
            known.consecutive_successes = known.consecutive_successes.saturating_add(1);
        }
        Status::Unhealthy => {
            known.consecutive_failures = known.consecutive_failures.saturating_add(1);
            known.consecutive_successes = 0;
        }
        Status::Unknown => {}
    }
    if outcome.status() == Status::Healthy {
        known.last_healthy = Some(at);
    }
    known.last = Some(LastOutcome {
        at,
        status: outcome.status(),
        cause: outcome.verdict.cause().cloned(),
        latency: outcome.latency,
    });
}
