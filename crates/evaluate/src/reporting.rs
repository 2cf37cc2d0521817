//! The regions that report to a shard. A region that takes no part in the decisions is an alert of its own: its
//! prober is silent, or cannot measure, while other regions do.

use allclear_core::Timestamp;
use allclear_core::id::RegionId;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::region_state::RegionState;
use allclear_core::rule::REGION_SILENT;
use allclear_core::run::Run;
use allclear_core::state::{Decision, RegionAlert, ReportingRegion, ShardState};
use allclear_core::status::Severity;

use crate::own_alert::{AlertTimes, OwnAlert};
use crate::rounds::FORGOTTEN_AFTER;
use crate::{ConfigIndex, impairment};

/// Records that the region of `run` reports.
pub(crate) fn record(state: &mut ShardState, run: &Run, index: &ConfigIndex) {
    let at = run.key.scheduled_at;
    let reporting = &mut state.reporting;
    let limit = RegionState::silence_limit(index.shortest_interval());
    // After a pause of all regions, the first one that reports again must not find the others silent.
    if reporting.newest().is_none_or(|newest| at > newest + limit) {
        reporting.since = Some(at);
    }
    let create = || ReportingRegion::new(at);
    let region = reporting.regions.entry(run.key.region.clone()).or_insert_with(create);
    region.last = region.last.max(at);
}

/// Fires and resolves the alerts about single regions after `run`, which could not measure for this cause.
pub(crate) fn observe(
    state: &mut ShardState,
    run: &Run,
    cause: Option<&Cause>,
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    observe_own(state, run, cause, index, decision);
    let at = run.key.scheduled_at;
    for id in silent_regions(state, run, index) {
        let Some(region) = state.reporting.regions.get_mut(&id) else { continue };
        let since = region.last;
        let times = AlertTimes { since, at };
        if at > since + FORGOTTEN_AFTER {
            forget(state, &id, at, index, decision);
        } else if let Some(RegionAlert { since, firing }) = &mut region.alert {
            let times = AlertTimes { since: *since, at };
            alert(&id).notify_awaiting(firing, times, index, decision);
        } else {
            let message =
                format!("no outcome from {id} since {since:.0}, while other regions report");
            let cause = Cause::of(Reason::RegionSilent, message);
            let firing = alert(&id).fire(&cause, times, index, decision);
            region.impaired_since = None;
            region.n_bad_runs = 0;
            region.alert = firing.map(|firing| RegionAlert { since, firing });
        }
    }
}

fn alert(region: &RegionId) -> OwnAlert<'_> {
    OwnAlert {
        rule: REGION_SILENT,
        severity: Severity::Warning,
        condition: "a region measures nothing while others do",
        region: Some(region),
    }
}

/// Fires the alert about the region of `run` if it alone cannot measure, and resolves it if it can.
fn observe_own(
    state: &mut ShardState,
    run: &Run,
    cause: Option<&Cause>,
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let (id, at) = (&run.key.region, run.key.scheduled_at);
    let is_alone = state.impairment.since.is_none();
    let Some(region) = state.reporting.regions.get_mut(id) else { return };
    if region.impaired_since.is_none() {
        if let Some(RegionAlert { since, firing }) = region.alert.take() {
            alert(id).resolve(&firing, AlertTimes { since, at }, index, decision);
        }
    } else if let Some(cause) = cause
        && is_alone
        && region.alert.is_none()
        && impairment::is_confirmed(region)
    {
        let since = region.impaired_since.unwrap_or(at);
        let message = format!("{id} cannot measure: {}", cause.message);
        let cause = Cause::of(Reason::RegionSilent, message);
        let firing = alert(id).fire(&cause, AlertTimes { since, at }, index, decision);
        region.alert = firing.map(|firing| RegionAlert { since, firing });
    }
}

/// Returns the regions that are silent: each has had no run for three intervals of the monitor that it checks most
/// often, at least three minutes, while other regions have reported all the time.
fn silent_regions(state: &ShardState, run: &Run, index: &ConfigIndex) -> Vec<RegionId> {
    let at = run.key.scheduled_at;
    let reporting = &state.reporting;
    let quiet_since = |region: &ReportingRegion| reporting.since.max(Some(region.last));
    let may_be_silent = |region: &ReportingRegion| {
        quiet_since(region).is_some_and(|since| at > since + RegionState::MIN_SILENCE)
    };
    let candidates = reporting.regions.iter().filter(|(id, region)| {
        **id != run.key.region
            && may_be_silent(region)
            && (!region.is_silent() || at > region.last + FORGOTTEN_AFTER)
    });
    let is_silent = |id: &RegionId, region: &ReportingRegion| {
        let checked = state.monitors.iter().filter(|(_, one)| one.regions.contains_key(id));
        let intervals = checked.filter_map(|(monitor, _)| Some(index.monitor(monitor)?.interval));
        let shortest = intervals.min().unwrap_or_default();
        let limit = RegionState::silence_limit(shortest);
        quiet_since(region).is_some_and(|since| at > since + limit)
    };
    candidates.filter(|(id, region)| is_silent(id, region)).map(|(id, _)| id.clone()).collect()
}

/// Drops a region that has been silent for a day: it was removed, or has a new name.
fn forget(
    state: &mut ShardState,
    id: &RegionId,
    at: Timestamp,
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let Some(region) = state.reporting.regions.remove(id) else { return };
    for monitor_state in state.monitors.values_mut() {
        monitor_state.regions.remove(id);
    }
    if let Some(RegionAlert { since, mut firing }) = region.alert {
        firing.message = format!("{id} was silent for a day and no longer counts as a region");
        alert(id).resolve(&firing, AlertTimes { since, at }, index, decision);
    }
}
