//! The fold: the changes that a run makes to a state.
//!
//! [`fold`] maps a state and a run to the next state and the resulting decisions. It is pure and takes its
//! time only from the outcomes, so that folding the log again yields the same decisions. Folding a run twice
//! changes nothing. A late run still counts in the rollups; an outcome that is older than the latest of its
//! monitor in its region changes no status and no alert.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::event::Transition;
use allclear_core::id::MonitorId;
use allclear_core::outcome::Outcome;
use allclear_core::region_state::RegionState;
use allclear_core::rollup::{Period, ServiceOperation};
use allclear_core::run::Run;
use allclear_core::state::{Decision, MonitorState, ShardState};
use allclear_core::status::Status;
use fnv::{FnvBuildHasher, FnvHashMap};
use smallvec::SmallVec;

use crate::config_index::ConfiguredMonitor;
use crate::impairment::Measurement;
use crate::observation::Observation;
use crate::provider_status::PreviousStatus;
use crate::rounds::RegionOutcome;
use crate::{
    ConfigIndex, alerts, counted, impairment, incidents, provider_status, reporting, rollups,
    rounds,
};

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
    reporting::record(state, run, index);

    for batch in batches(run) {
        add_unmeasured(state, run, &batch, index);
        // All statuses are updated before any alert, because a suppression may depend on the status of
        // another monitor.
        let mut measurements: Vec<Measurement<'_>> = Vec::with_capacity(batch.len());
        let mut observations: Vec<Observation<'_>> = Vec::with_capacity(batch.len());
        let mut configured: Vec<ConfiguredMonitor<'_>> = Vec::with_capacity(batch.len());
        for outcome in batch {
            if let Some(one) = fold_status(state, run, outcome, index, &mut decision) {
                measurements.push(one.measurement);
                configured.extend(one.observations.iter().map(|_| one.configured));
                observations.extend(one.observations);
            }
        }
        let cause = impairment::observe(state, run, &measurements, index, &mut decision);
        reporting::observe(state, run, cause, index, &mut decision);
        for observed in observations.iter().zip(&configured) {
            alerts::observe(state, observed, index, &mut decision);
        }
        counted::record(state, run, &measurements);
        if let Some(at) = observations.iter().map(|one| one.at).max() {
            incidents::observe(state, &observations, index, &mut decision);
            alerts::attempt(state, index, (at, run.recorded_at()), &mut decision);
            alerts::notify(state, index, at, &mut decision);
        }
    }

    let hour = |at: Option<Timestamp>| at.map(|at| Period::Hour.start_of(at));
    if hour(horizon_before) != hour(state.folded.horizon()) {
        rollups::close(state, index, &mut decision);
    }
    decision
}

/// Resolves the alerts of monitors and rules that are no longer in the config, notifies the channels that were notified
/// of them, ends the trouble of those monitors in the open incidents, and publishes the drafts that the config publishes.
/// The status of those monitors becomes unknown, so that the time in which they are not monitored counts as no trouble,
/// and they are measured anew after their return.
///
/// `now` is the time at which the config took effect: what was removed ends then, and not with its last outcome.
pub fn retire(state: &mut ShardState, index: &ConfigIndex, now: Timestamp) -> Decision {
    let mut decision = Decision::default();
    let Some(newest) = state.folded.newest else { return decision };
    let at = newest.max(now);
    alerts::retire(state, index, at, &mut decision);
    incidents::retire(state, index, at, &mut decision);
    for (id, monitor_state) in &mut state.monitors {
        if index.monitor(id).is_some() {
            continue;
        }
        let from = monitor_state.forget_status(at).filter(|from| *from != Status::Unknown);
        decision.transitions.extend(from.map(|from| Transition {
            monitor: id.clone(),
            at,
            confirmed_at: at,
            from,
            to: Status::Unknown,
            cause: None,
        }));
    }
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
    let next_at = alerts::notify(state, index, now, &mut decision);
    (decision, next_at)
}

/// Returns the outcomes of the run by time, in batches that contain each monitor once. A long run checks a
/// monitor with a short interval several times.
fn batches(run: &Run) -> Vec<Vec<&Outcome>> {
    let mut outcomes: Vec<&Outcome> = run.outcomes.iter().collect();
    outcomes.sort_by_key(|outcome| outcome.offset);
    let mut n_seen: FnvHashMap<&MonitorId, usize> =
        FnvHashMap::with_capacity_and_hasher(outcomes.len(), FnvBuildHasher::default());
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
    state.alert_groups.values_mut().for_each(|group| group.set_back(now));
    state.actions.values_mut().for_each(|action| action.set_back(now));
    state.batches.clear();
    state.incidents.values_mut().for_each(|incident| incident.set_back(now));
    state.reporting.set_back(now);
    for monitor_state in state.monitors.values_mut() {
        monitor_state.since = monitor_state.since.min(now);
        monitor_state.effect_changed_at = monitor_state.effect_changed_at.map(|at| at.min(now));
        monitor_state.last_healthy = monitor_state.last_healthy.map(|at| at.min(now));
        monitor_state.last_outage = monitor_state.last_outage.map(|at| at.min(now));
        monitor_state.last = monitor_state.last.take().filter(|last| last.at <= now);
        monitor_state.regions.values_mut().for_each(|region| region.set_back(now));
        monitor_state.outcomes.set_back(now);
        monitor_state.counted.retain(|counted| counted.at <= now);
        monitor_state.usual_latency.set_back(now);
        monitor_state.last_notified_at.values_mut().for_each(|at| *at = (*at).min(now));
        let unreported = monitor_state.unreported.iter_mut().map(|one| &mut one.alert);
        monitor_state.alerts.values_mut().chain(unreported).for_each(|alert| alert.set_back(now));
        if let Some(provider_status) = &mut monitor_state.provider_status {
            provider_status.since = provider_status.since.min(now);
            provider_status.seen_at = provider_status.seen_at.min(now);
        }
    }
    true
}

/// The tolerated difference between two clocks.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(2);

/// An outcome that is the latest of its monitor in its region.
struct FoldedOutcome<'a> {
    configured: ConfiguredMonitor<'a>,
    measurement: Measurement<'a>,
    /// The rounds of outcomes of all regions that this outcome completes.
    observations: SmallVec<[Observation<'a>; 1]>,
}

/// Adds the states of the monitors that have their first outcome in this batch.
fn add_unmeasured(state: &mut ShardState, run: &Run, batch: &[&Outcome], index: &ConfigIndex) {
    let is_new = |id: &MonitorId| !state.monitors.contains_key(id) && index.monitor(id).is_some();
    let new: Vec<(MonitorId, MonitorState)> = batch
        .iter()
        .filter(|outcome| is_new(&outcome.monitor))
        .map(|one| (one.monitor.clone(), MonitorState::unmeasured(run.time_of(one))))
        .collect();
    state.monitors.add(new);
}

fn fold_status<'a>(
    state: &mut ShardState,
    run: &'a Run,
    outcome: &'a Outcome,
    index: &'a ConfigIndex,
    decision: &mut Decision,
) -> Option<FoldedOutcome<'a>> {
    let configured = index.configured(&outcome.monitor)?;
    let monitor = configured.monitor;
    let at = run.time_of(outcome);
    let region = &run.key.region;
    let reporting_since = state.reporting.since;
    let is_impaired = state.impairment.since.is_some();
    let (position, monitor_state) = state.monitors.find_mut(&outcome.monitor)?;
    let operation = match index.maintenance(&monitor.id, at) {
        Some(_) => ServiceOperation::Maintenance,
        None => ServiceOperation::Regular,
    };
    if rounds::is_only_region(monitor_state, region) {
        rollups::count(monitor_state, outcome, at, (monitor.interval, operation));
    } else {
        rollups::count_check(monitor_state, outcome, at, operation);
    }
    let has_metrics = !outcome.metrics.is_empty();
    let speed = || index.kinds().speed(&monitor.check.kind);
    if let Some(metrics) = has_metrics.then(speed).flatten() {
        rollups::count_speed(monitor_state, outcome, at, (metrics, operation));
    }
    let last = monitor_state.regions.get(region).and_then(RegionState::newest);
    if last.is_some_and(|last| last.at > at) {
        return None;
    }
    let last_cause = last.and_then(|last| last.cause.clone());
    let status = monitor_state.status;
    let previous = PreviousStatus { status, cause: monitor_state.cause.clone() };
    let new =
        RegionOutcome { outcome, at, region, position, reporting_since, operation, is_impaired };
    let observations = rounds::add(monitor_state, &new, monitor, index, decision);
    provider_status::observe(monitor_state, &outcome.labels, at, &previous);
    let measurement = Measurement { outcome, position, last_cause };
    Some(FoldedOutcome { configured, measurement, observations })
}
