//! Impaired monitoring: a region without a network measures nothing. If no region can measure, one notice
//! "monitoring impaired" takes the place of one for each monitor.

use allclear_core::Timestamp;
use allclear_core::outcome::{Cause, Outcome};
use allclear_core::reason::Reason;
use allclear_core::rule::MONITORING_IMPAIRED;
use allclear_core::run::Run;
use allclear_core::state::{Decision, ReportingRegion, ShardState};
use allclear_core::status::{Severity, Status};

use crate::ConfigIndex;
use crate::own_alert::{AlertTimes, OwnAlert};

/// The number of runs in a row that confirm that a region cannot measure, or can again.
const CONFIRMING_RUNS: u32 = 2;

const ALERT: OwnAlert<'static> = OwnAlert {
    rule: MONITORING_IMPAIRED,
    severity: Severity::Error,
    condition: "most unrelated targets cannot be reached",
    region: None,
};

/// The latest outcome of a monitor in the region of a run, with the cause of the one before it.
pub(crate) struct Measurement<'a> {
    /// The outcome.
    pub(crate) outcome: &'a Outcome,
    /// The position of the state of the monitor.
    pub(crate) position: usize,
    /// The cause of the outcome before it in the region.
    pub(crate) last_cause: Option<Cause>,
}

/// Records whether `run` could measure. Returns the cause if it could not.
pub(crate) fn observe<'a>(
    state: &mut ShardState,
    run: &Run,
    measurements: &'a [Measurement<'_>],
    index: &ConfigIndex,
    decision: &mut Decision,
) -> Option<&'a Cause> {
    let causes = measurements.iter().filter_map(|one| one.outcome.verdict.cause());
    let cause = causes.into_iter().find(|cause| is_impairment(cause));
    let at = run.key.scheduled_at;
    let has_recovered = cause.is_none() && shows_recovery(state, run, measurements, index);
    if let Some(region) = state.reporting.regions.get_mut(&run.key.region) {
        match cause {
            Some(_) => add_bad_run(region, at),
            None if has_recovered => add_good_run(region),
            None => {}
        }
    }
    observe_all_regions(state, cause, at, index, decision);
    cause
}

/// Returns true if the region is confirmed to measure nothing.
pub(crate) fn is_confirmed(region: &ReportingRegion) -> bool {
    region.impaired_since.is_some() && region.n_bad_runs >= CONFIRMING_RUNS
}

/// Returns true if the run shows that its region can measure again.
///
/// A target that always answers, such as one on this machine, proves nothing about the network. The proof is
/// a target that answers again after the network could not be reached.
fn shows_recovery(
    state: &ShardState,
    run: &Run,
    measurements: &[Measurement<'_>],
    index: &ConfigIndex,
) -> bool {
    let region = state.reporting.regions.get(&run.key.region);
    let Some(region) = region.filter(|region| region.impaired_since.is_some()) else {
        return false;
    };
    // After the first proof, a monitor that is seldom checked need not prove it too.
    let has_begun = region.n_good_runs > 0;
    let all_recovered = !state.monitors.iter().any(|(id, monitor_state)| {
        let region = monitor_state.regions.get(&run.key.region);
        let last = region.and_then(|region| region.newest()?.cause.as_ref());
        last.is_some_and(is_impairment) && index.monitor(id).is_some()
    });
    measurements.iter().any(|one| {
        let was_impaired = one.last_cause.as_ref().is_some_and(is_impairment);
        one.outcome.status() != Status::Unknown && (was_impaired || all_recovered || has_begun)
    })
}

fn add_bad_run(region: &mut ReportingRegion, at: Timestamp) {
    region.impaired_since.get_or_insert(at);
    region.n_bad_runs = region.n_bad_runs.saturating_add(1);
    region.n_good_runs = 0;
}

fn add_good_run(region: &mut ReportingRegion) {
    region.n_bad_runs = 0;
    region.n_good_runs = region.n_good_runs.saturating_add(1);
    if region.n_good_runs >= CONFIRMING_RUNS {
        region.impaired_since = None;
        region.n_good_runs = 0;
    }
}

/// Fires or resolves the alert about all regions.
fn observe_all_regions(
    state: &mut ShardState,
    cause: Option<&Cause>,
    at: Timestamp,
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let reporting = || state.reporting.regions.values().filter(|region| !region.is_silent());
    let are_all_impaired = reporting().all(|region| region.impaired_since.is_some());
    let are_all_confirmed = reporting().all(is_confirmed);
    let impairment = &mut state.impairment;
    if are_all_impaired {
        let since = *impairment.since.get_or_insert(at);
        if let Some(cause) = cause.filter(|_| are_all_confirmed && impairment.alert.is_none()) {
            impairment.alert = ALERT.fire(cause, AlertTimes { since, at }, index, decision);
        } else if let Some(firing) = &mut impairment.alert {
            ALERT.notify_awaiting(firing, AlertTimes { since, at }, index, decision);
        }
    } else if let Some(since) = impairment.since.take()
        && let Some(firing) = impairment.alert.take()
    {
        ALERT.resolve(&firing, AlertTimes { since, at }, index, decision);
    }
}

fn is_impairment(cause: &Cause) -> bool {
    cause.reason == Reason::MonitoringImpaired
}
