//! Rounds: the outcomes of all regions about one check of a monitor.
//!
//! The due times of a monitor are the same in all regions. An outcome waits until each region that is not silent has
//! reported about the same check, or a later one. Then each region confirms its own status, and the regions vote. A
//! vote after each outcome would see an outage first as the failure of a minority. With one region, each outcome is
//! a round.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::event::Transition;
use allclear_core::id::{MonitorId, RegionId};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::{Cause, Finding, Metrics, Outcome, Verdict};
use allclear_core::public_effect::PublicEffect;
use allclear_core::region_state::{PendingOutcome, RegionState};
use allclear_core::rollup::ServiceOperation;
use allclear_core::state::{Decision, LastOutcome, MonitorState};
use allclear_core::status::Status;
use smallvec::{SmallVec, smallvec};

use crate::observation::{Observation, ObservedOutcome, SequencePlace, is_pause};
use crate::vote::{Ballot, Naming, Vote, vote};
use crate::{ConfigIndex, confirm, rollups};

/// The shortest time for which a round waits for the regions that have not reported: the time between two runs of a
/// deployed prober.
const MIN_WAIT: Duration = Duration::from_mins(1);

/// The time after which a region without an outcome of the monitor is dropped from its state.
pub(crate) const FORGOTTEN_AFTER: Duration = Duration::from_hours(24);

/// A new outcome of a region.
pub(crate) struct RegionOutcome<'a> {
    /// The outcome.
    pub(crate) outcome: &'a Outcome,
    /// The due time of the check.
    pub(crate) at: Timestamp,
    /// The region.
    pub(crate) region: &'a RegionId,
    /// The position of the state of the monitor.
    pub(crate) position: usize,
    /// The start of the time in which regions have reported without a pause.
    pub(crate) reporting_since: Option<Timestamp>,
    /// The operation of the service.
    pub(crate) operation: ServiceOperation,
    /// True while Allclear itself cannot measure.
    pub(crate) is_impaired: bool,
}

impl RegionOutcome<'_> {
    /// Returns true if a region has had no outcome for so long that it is silent.
    fn is_silent(&self, region: &RegionState, monitor: &Monitor) -> bool {
        let last = region.newest().map(|newest| newest.at).max(self.reporting_since);
        let limit = RegionState::silence_limit(monitor.interval);
        last.is_none_or(|last| self.at > last + limit)
    }
}

/// Adds an outcome that is the latest of its region. Returns the observations of the rounds that it completes.
pub(crate) fn add<'a>(
    state: &mut MonitorState,
    new: &RegionOutcome<'a>,
    monitor: &Monitor,
    index: &ConfigIndex,
    decision: &mut Decision,
) -> SmallVec<[Observation<'a>; 1]> {
    let is_decided = state.last.as_ref().is_some_and(|last| new.at <= last.at);
    let is_only = is_only_region(state, new.region);
    let create = || RegionState::unmeasured(new.at);
    let region = state.regions.entry(new.region.clone()).or_insert_with(create);
    let outcome = LastOutcome {
        at: new.at,
        status: new.outcome.status(),
        cause: new.outcome.verdict.cause().cloned(),
        latency: new.outcome.latency,
        repeats_fault: has_same_fault(new.outcome, region.newest()),
    };
    if is_only {
        count_in_region(region, monitor, outcome);
        let outcome = ObservedOutcome::Recorded(new.outcome);
        let round = Round { at: new.at, outcome, regions: Vec::new() };
        return smallvec![observe(state, new, monitor, round, decision)];
    }
    // The other regions have already decided about this check.
    if is_decided {
        count_in_region(region, monitor, outcome);
        return SmallVec::new();
    }
    let metrics = metrics_of_rules(&monitor.id, new.outcome, index);
    region.pending.push_back(PendingOutcome { outcome, metrics });
    let mut observations = SmallVec::new();
    while let Some(at) = next_round(state).filter(|at| is_complete(state, *at, new, monitor)) {
        observations.push(complete(state, at, new, monitor, decision));
    }
    observations
}

/// Returns true if the monitor has no other region, and no outcome waits for one.
pub(crate) fn is_only_region(state: &MonitorState, region: &RegionId) -> bool {
    state.regions.iter().all(|(id, one)| id == region && one.pending.is_empty())
}

/// Returns the metrics of the outcome that a rule of the monitor reads.
fn metrics_of_rules(id: &MonitorId, outcome: &Outcome, index: &ConfigIndex) -> Metrics {
    let names = index.rules(id).flat_map(|rule| rule.condition.metrics());
    names.filter_map(|name| Some((name.to_owned(), *outcome.metrics.get(name)?))).collect()
}

/// Counts an outcome in the status of its region.
fn count_in_region(region: &mut RegionState, monitor: &Monitor, outcome: LastOutcome) {
    let last_cause = region.last.take().and_then(|last| last.cause);
    confirm::confirm(region, monitor, &outcome);
    confirm::update_fault(region, &outcome, last_cause.as_ref());
    region.last = Some(outcome);
}

/// Returns the due time of the oldest check with a pending outcome.
fn next_round(state: &MonitorState) -> Option<Timestamp> {
    state.regions.values().filter_map(|one| Some(one.pending.front()?.outcome.at)).min()
}

/// Checks whether no region is awaited any more about the check of `at`.
fn is_complete(
    state: &MonitorState,
    at: Timestamp,
    new: &RegionOutcome<'_>,
    monitor: &Monitor,
) -> bool {
    let has_reported = |region: &RegionState| region.newest().is_some_and(|newest| newest.at >= at);
    new.at >= at + monitor.interval.max(MIN_WAIT)
        || state.regions.values().all(|one| has_reported(one) || new.is_silent(one, monitor))
}

/// Completes the round of the check of `at`: counts its outcomes in their regions, combines them, and lets the
/// regions decide the status.
fn complete<'a>(
    state: &mut MonitorState,
    at: Timestamp,
    new: &RegionOutcome<'a>,
    monitor: &Monitor,
    decision: &mut Decision,
) -> Observation<'a> {
    state.regions.retain(|_, region| {
        region.newest().is_some_and(|newest| newest.at + FORGOTTEN_AFTER > new.at)
    });
    let mut metrics = Vec::new();
    for region in state.regions.values_mut() {
        let is_due = |pending: &mut PendingOutcome| pending.outcome.at <= at;
        while let Some(pending) = region.pending.pop_front_if(is_due) {
            metrics.push(pending.metrics);
            count_in_region(region, monitor, pending.outcome);
        }
    }
    let (combined, regions) = combined(state, at, new, monitor);
    let outcome = Outcome { metrics: medians(&metrics), ..combined };
    rollups::count_time(state, &outcome.verdict, at, (monitor.interval, new.operation));
    let outcome = ObservedOutcome::Combined(Box::new(outcome));
    observe(state, new, monitor, Round { at, outcome, regions }, decision)
}

/// The outcome of a check in all regions.
struct Round<'a> {
    /// The due time of the check.
    at: Timestamp,
    outcome: ObservedOutcome<'a>,
    /// The regions with a failure in their latest outcome, if another region has none.
    regions: Vec<RegionId>,
}

/// Lets the regions decide the status after the outcome of a round. Returns the observation of the outcome.
fn observe<'a>(
    state: &mut MonitorState,
    new: &RegionOutcome<'_>,
    monitor: &Monitor,
    Round { at, outcome, regions }: Round<'a>,
    decision: &mut Decision,
) -> Observation<'a> {
    let mut observation = Observation {
        at,
        previous_status: state.status,
        previous_since: state.since,
        previous_cause: state.cause.clone(),
        place: match &state.last {
            Some(last) if !is_pause(last.at, at, monitor.interval) => SequencePlace::Following,
            Some(_) | None => SequencePlace::First,
        },
        outcome,
        position: new.position,
        regions,
    };
    let status = observation.status();
    let proves_something = new.operation == ServiceOperation::Regular
        && observation.place == SequencePlace::Following
        && !new.is_impaired
        && status.rank().is_some();
    if proves_something {
        state.outcomes.record(at, status);
    }
    remember(state, &observation.outcome, at);
    let (transition, confirmed) = decide(state, new, monitor, at);
    decision.transitions.extend(transition);
    note_effect(state, &observation);
    // Before the first region has confirmed a failure, the latest outcomes show where it is seen.
    if state.status.rank() > Some(0) {
        observation.regions = confirmed;
    }
    observation
}

/// Combines the latest outcomes of the regions in the vote, without metrics. Returns also the regions that see its
/// failure while another region does not.
fn combined(
    state: &MonitorState,
    at: Timestamp,
    new: &RegionOutcome<'_>,
    monitor: &Monitor,
) -> (Outcome, Vec<RegionId>) {
    let reporting = state.regions.iter().filter(|(_, one)| !new.is_silent(one, monitor));
    let latest: Vec<(&RegionId, &LastOutcome)> =
        reporting.filter_map(|(id, one)| Some((id, one.last.as_ref()?))).collect();
    let ballots: Vec<Ballot<'_>> = latest
        .iter()
        .map(|(region, last)| Ballot {
            region,
            status: last.status,
            cause: last.cause.as_ref(),
            since: last.at,
        })
        .collect();
    let naming = Naming::of(state.regions.len());
    let vote = vote(&ballots, monitor.quorum, naming);
    let regions = vote.as_ref().map(|vote| vote.regions.clone()).unwrap_or_default();
    let verdict = vote.map_or(Verdict::Healthy, Vote::verdict);
    let mut latencies: Vec<Duration> = latest
        .iter()
        .filter(|(_, last)| last.at == at)
        .filter(|(_, last)| matches!(last.status, Status::Healthy | Status::Degraded))
        .filter_map(|(_, last)| last.latency)
        .collect();
    latencies.sort_unstable();
    let decisive = latencies.len().checked_sub(monitor.quorum.needed(latencies.len()));
    let finding = Finding::of(verdict);
    let outcome = Outcome {
        latency: decisive.and_then(|n| latencies.get(n).copied()),
        labels: new.outcome.labels.clone(),
        ..Outcome::new(monitor.id.clone(), Duration::ZERO, finding, 1)
    };
    (outcome, regions)
}

/// Returns the median of each metric; of an even number of values, the lower of the two in the middle.
fn medians(metrics: &[Metrics]) -> Metrics {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (name, value) in metrics.iter().flatten() {
        values.entry(name).or_default().push(*value);
    }
    let median = |mut values: Vec<f64>| {
        values.sort_unstable_by(f64::total_cmp);
        values.get(values.len().saturating_sub(1) / 2).copied()
    };
    values.into_iter().filter_map(|(name, all)| Some((name.to_owned(), median(all)?))).collect()
}

/// Changes the status of the monitor if the vote of its regions does. Returns the change, and the regions that see the
/// failure while another region does not.
fn decide(
    state: &mut MonitorState,
    new: &RegionOutcome<'_>,
    monitor: &Monitor,
    at: Timestamp,
) -> (Option<Transition>, Vec<RegionId>) {
    if state.status == Status::Healthy && is_healthy_alone(state, new.at) {
        // The usual case: the vote of one region changes nothing.
        (state.measured, state.partial) = (Some(Status::Healthy), None);
        return (None, Vec::new());
    }
    let reporting = state.regions.iter().filter(|(_, one)| !new.is_silent(one, monitor));
    let ballots: SmallVec<[Ballot<'_>; 4]> = reporting
        .map(|(region, one)| {
            let RegionState { status, cause, since, .. } = one;
            Ballot { region, status: *status, cause: cause.as_ref(), since: *since }
        })
        .collect();
    let Some(vote) = vote(&ballots, monitor.quorum, Naming::of(state.regions.len())) else {
        return (None, Vec::new());
    };
    let regions = vote.regions;
    let (from, to) = (state.status, vote.status);
    if to != Status::Unknown {
        state.measured = Some(to);
    }
    state.partial = vote.partial;
    let old_cause = std::mem::replace(&mut state.cause, vote.cause);
    if from == to {
        // The status of a region that has not confirmed one has no cause.
        state.cause = state.cause.take().or(old_cause);
        return (None, regions);
    }
    let since = if from.rank() > to.rank() { vote.better_since } else { vote.worse_since };
    // If no region has changed since the last transition, a region has left the vote or has joined it.
    let since = if since < state.since { at } else { since.min(at) };
    state.status = to;
    state.since = since;
    let cause: Option<Cause> = state.cause.clone();
    let transition =
        Transition { monitor: monitor.id.clone(), at: since, confirmed_at: at, from, to, cause };
    (Some(transition), regions)
}

/// Returns true if the only region of a monitor is healthy and has an outcome of `at`, so that it is not silent.
fn is_healthy_alone(state: &MonitorState, at: Timestamp) -> bool {
    let mut regions = state.regions.values();
    let only = regions.next().filter(|_| regions.next().is_none());
    only.is_some_and(|one| {
        one.status == Status::Healthy
            && one.cause.is_none()
            && one.newest().is_some_and(|newest| newest.at >= at)
    })
}

/// Notes the time of a change of the effect on the public that comes with another cause of the same status.
fn note_effect(state: &mut MonitorState, observation: &Observation<'_>) {
    let Observation { previous_status, previous_cause, at, .. } = observation;
    if state.status != *previous_status {
        state.effect_changed_at = None;
        return;
    }
    let before = PublicEffect::of(*previous_status, previous_cause.as_ref());
    if PublicEffect::of(state.status, state.cause.as_ref()) != before {
        state.effect_changed_at = Some(*at);
    }
}

fn remember(state: &mut MonitorState, outcome: &Outcome, at: Timestamp) {
    match outcome.status() {
        Status::Healthy | Status::Degraded => {
            state.consecutive_failures = 0;
            state.consecutive_successes = state.consecutive_successes.saturating_add(1);
        }
        Status::Unhealthy => {
            state.consecutive_failures = state.consecutive_failures.saturating_add(1);
            state.consecutive_successes = 0;
        }
        Status::Unknown => {}
    }
    if outcome.status() == Status::Healthy {
        state.last_healthy = Some(at);
    }
    let before = state.last.take();
    state.last = Some(LastOutcome {
        at,
        status: outcome.status(),
        cause: outcome.verdict.cause().cloned(),
        latency: outcome.latency,
        repeats_fault: has_same_fault(outcome, before.as_ref()),
    });
}

fn has_same_fault(outcome: &Outcome, before: Option<&LastOutcome>) -> bool {
    let before = before.and_then(|before| before.cause.as_ref());
    let causes = outcome.verdict.cause().zip(before);
    causes.is_some_and(|(now, before)| now.fault == before.fault)
}
