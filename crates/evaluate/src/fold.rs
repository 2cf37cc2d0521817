//! The fold: the changes that a run makes to a state.
//!
//! [`fold`] maps a state and a run to the next state and the resulting decisions. It is pure and takes its
//! time only from the outcomes, so that folding the log again yields the same decisions. Folding a run twice
//! changes nothing. A late run still counts in the rollups; an outcome that is older than the latest of its
//! monitor changes no status and no alert.

use std::collections::HashMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::outcome::Outcome;
use allclear_core::rollup::{Period, ServiceOperation};
use allclear_core::run::Run;
use allclear_core::state::{Decision, LastOutcome, MonitorState, ShardState};
use allclear_core::status::Status;

use crate::observation::{Observation, SequencePlace};
use crate::{ConfigIndex, alerts, confirm, impairment, provider_status, rollups};

/// Folds `run` into `state` and returns the decisions.
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

    for batch in batches(run) {
        // All statuses are updated before any alert, because a suppression may depend on the status of
        // another monitor.
        let observations: Vec<Observation<'_>> = batch
            .into_iter()
            .filter_map(|outcome| fold_status(state, run, outcome, index, &mut decision))
            .collect();
        impairment::observe(state, run, &observations, index, &mut decision);
        for observation in &observations {
            alerts::observe(state, observation, index, &mut decision);
        }
        if let Some(at) = observations.iter().map(|one| one.at).max() {
            alerts::notify(state, index, at, &mut decision);
        }
    }

    let hour = |at: Option<Timestamp>| at.map(|at| Period::Hour.start_of(at));
    if hour(horizon_before) != hour(state.folded.horizon()) {
        rollups::close(state, index, &mut decision);
    }
    decision
}

/// Resolves the alerts of monitors and rules that are no longer in the config, and notifies the
/// channels that were notified of them.
pub fn retire(state: &mut ShardState, index: &ConfigIndex) -> Decision {
    let mut decision = Decision::default();
    let Some(at) = state.folded.newest else { return decision };
    alerts::retire(state, index, at, &mut decision);
    decision
}

/// Decides the notifications that depend on time alone: alerts that have waited for others, reminders, escalations, and
/// everything that a change of the config or of an operator's entries permits. Returns the decisions, and the time at
/// which it must be called again if no run is folded before.
pub fn tick(
    state: &mut ShardState,
    index: &ConfigIndex,
    now: Timestamp,
) -> (Decision, Option<Timestamp>) {
    let mut decision = Decision::default();
    // The time of the newest run may be ahead of the clock of this process.
    let at = state.folded.newest.map_or(now, |newest| newest.max(now));
    let next_at = alerts::notify(state, index, at, &mut decision);
    (decision, next_at)
}

/// Returns the outcomes of the run by time, in batches that contain each monitor once. A long run checks a
/// monitor with a short interval several times.
fn batches(run: &Run) -> Vec<Vec<&Outcome>> {
    let mut outcomes: Vec<&Outcome> = run.outcomes.iter().collect();
    outcomes.sort_by_key(|outcome| outcome.offset);
    let mut n_seen: HashMap<&MonitorId, usize> = HashMap::with_capacity(outcomes.len());
    let mut batches: Vec<Vec<&Outcome>> = Vec::new();
    for outcome in outcomes {
        let n = n_seen.entry(&outcome.monitor).or_default();
        match batches.get_mut(*n) {
            Some(batch) => batch.push(outcome),
            None => batches.push(vec![outcome]),
        }
        *n += 1;
    }
    batches
}

/// Sets a state back to `now` if it lies in the future because the clock was set back. Otherwise every
/// outcome would count as old until the clock has caught up. Returns true if it changed the state.
///
/// Runs that were folded are not folded again. Counts of the future stay.
pub fn set_back(state: &mut ShardState, now: Timestamp) -> bool {
    let is_ahead = |at: Timestamp| at > now + CLOCK_TOLERANCE;
    if !state.folded.newest.is_some_and(is_ahead) {
        return false;
    }
    // The list of folded runs may no longer contain those before `now`.
    state.folded.newest = Some(now);
    state.folded.floor = Some(now);
    state.folded.recent.retain(|key| key.scheduled_at >= now);
    state
        .summaries
        .values_mut()
        .for_each(|summarized| summarized.until = summarized.until.min(now));
    for monitor_state in state.monitors.values_mut() {
        monitor_state.since = monitor_state.since.min(now);
        monitor_state.last_healthy = monitor_state.last_healthy.map(|at| at.min(now));
        monitor_state.last_outage = monitor_state.last_outage.map(|at| at.min(now));
        monitor_state.last = monitor_state.last.take().filter(|last| last.at <= now);
        monitor_state.recent.retain(|measured| measured.at <= now);
        monitor_state.outcomes.set_back(now);
        monitor_state.usual_latency.set_back(now);
        monitor_state.last_notified_at.values_mut().for_each(|at| *at = (*at).min(now));
        for alert in monitor_state.alerts.values_mut() {
            alert.since = alert.since.min(now);
            alert.true_at = alert.true_at.min(now);
            alert.samples.retain(|sample| sample.at <= now);
        }
        if let Some(provider_status) = &mut monitor_state.provider_status {
            provider_status.since = provider_status.since.min(now);
            provider_status.seen_at = provider_status.seen_at.min(now);
        }
    }
    true
}

/// The shortest time without an outcome that counts as a pause, regardless of the interval. On AWS a monitor
/// is checked at most once a minute, even if its interval is shorter.
const SHORTEST_PAUSE: Duration = Duration::from_mins(2);

/// The number of intervals without an outcome that counts as a pause.
const PAUSE_INTERVALS: u32 = 3;

/// The tolerated difference between two clocks.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(2);

fn fold_status<'a>(
    state: &mut ShardState,
    run: &Run,
    outcome: &'a Outcome,
    index: &ConfigIndex,
    decision: &mut Decision,
) -> Option<Observation<'a>> {
    let monitor = index.monitor(&outcome.monitor)?;
    let at = run.time_of(outcome);
    let is_impaired = state.impairment.since.is_some();
    let monitor_state = state
        .monitors
        .entry(outcome.monitor.clone())
        .or_insert_with(|| MonitorState::unmeasured(at));
    let operation = match index.maintenance(&monitor.id, at) {
        Some(_) => ServiceOperation::Maintenance,
        None => ServiceOperation::Regular,
    };
    rollups::count(monitor_state, outcome, at, monitor.interval, operation);
    // Outcomes of the same time come from several regions. Each of them counts.
    if monitor_state.last.as_ref().is_some_and(|last| last.at > at) {
        return None;
    }
    let observation = Observation {
        outcome,
        at,
        previous_status: monitor_state.status,
        previous_since: monitor_state.since,
        previous_cause: monitor_state.cause.clone(),
        last_cause: monitor_state.last.as_ref().and_then(|last| last.cause.clone()),
        place: match &monitor_state.last {
            Some(last) if !is_pause(last.at, at, monitor.interval) => SequencePlace::Following,
            Some(_) | None => SequencePlace::First,
        },
    };
    let proves_something = operation == ServiceOperation::Regular
        && observation.place == SequencePlace::Following
        && !is_impaired
        && outcome.status().rank().is_some();
    if proves_something {
        monitor_state.outcomes.record(at, outcome.status());
    }
    remember(monitor_state, outcome, at);
    decision.transitions.extend(confirm::confirm(monitor_state, monitor, outcome, at));
    confirm::update_fault(monitor_state, outcome, observation.last_cause.as_ref());
    provider_status::observe(monitor_state, &observation);
    Some(observation)
}

/// Returns true if the time between two outcomes is so long that the process was not running, or the
/// monitor was not in the config.
fn is_pause(from: Timestamp, to: Timestamp, interval: Duration) -> bool {
    let pause = interval.saturating_mul(PAUSE_INTERVALS).max(SHORTEST_PAUSE);
    Duration::try_from(to.duration_since(from)).is_ok_and(|time| time > pause)
}

fn has_same_fault(outcome: &Outcome, before: Option<&LastOutcome>) -> bool {
    let before = before.and_then(|before| before.cause.as_ref());
    let causes = outcome.verdict.cause().zip(before);
    causes.is_some_and(|(now, before)| now.fault == before.fault)
}

fn remember(monitor_state: &mut MonitorState, outcome: &Outcome, at: Timestamp) {
    match outcome.status() {
        Status::Healthy | Status::Degraded => {
            monitor_state.consecutive_failures = 0;
            monitor_state.consecutive_successes =
                monitor_state.consecutive_successes.saturating_add(1);
        }
        Status::Unhealthy => {
            monitor_state.consecutive_failures =
                monitor_state.consecutive_failures.saturating_add(1);
            monitor_state.consecutive_successes = 0;
        }
        Status::Unknown => {}
    }
    if outcome.status() == Status::Healthy {
        monitor_state.last_healthy = Some(at);
    }
    let before = monitor_state.last.take();
    monitor_state.last = Some(LastOutcome {
        at,
        status: outcome.status(),
        cause: outcome.verdict.cause().cloned(),
        latency: outcome.latency,
        repeats_fault: has_same_fault(outcome, before.as_ref()),
    });
}
