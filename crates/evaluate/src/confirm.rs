//! Confirmation: the change of the status of a monitor in one region, by its outcomes there.
//!
//! The status becomes worse when enough of the last outcomes are bad, and better when enough in a row are
//! good. The change is dated at the first of them. Outcomes without measurement count for neither. Enough of
//! them in a row make the status unknown, until an outcome agrees with the status before, or a change is
//! confirmed.

use std::cmp::Ordering;

use allclear_core::Timestamp;

use allclear_core::monitor::Monitor;
use allclear_core::outcome::Cause;
use allclear_core::region_state::RegionState;
use allclear_core::state::{LastOutcome, MeasuredOutcome, Unmeasured};
use allclear_core::status::Status;

/// Adds the latest outcome of the region, and changes its status if the outcome confirms a change.
pub(crate) fn confirm(region: &mut RegionState, monitor: &Monitor, outcome: &LastOutcome) {
    let change = match outcome.status.rank() {
        None => unmeasured(region, monitor, outcome.at),
        Some(_) => measured(region, monitor, outcome.status, outcome.at),
    };
    let Some((to, since)) = change else { return };
    if to != Status::Unknown {
        region.measured = Some(to);
    }
    if region.status == to {
        return;
    }
    region.status = to;
    // A streak that was interrupted by outcomes without measurement may begin before that time.
    region.since = since.max(region.since);
    region.cause = match to {
        Status::Healthy => None,
        Status::Degraded | Status::Unhealthy | Status::Unknown => {
            outcome.cause.clone().or_else(|| region.cause.take())
        }
    };
}

/// Updates the cause of a status that stays while the fault changes, such as when a service with an expired
/// key goes down. This takes two outcomes in a row with the new fault.
pub(crate) fn update_fault(
    region: &mut RegionState,
    outcome: &LastOutcome,
    last_cause: Option<&Cause>,
) {
    let cause = outcome.cause.as_ref().filter(|cause| {
        let differs_from = |other: &Cause| other.fault != cause.fault;
        outcome.status == region.status
            && region.cause.as_ref().is_some_and(differs_from)
            && !last_cause.is_none_or(differs_from)
    });
    if let Some(cause) = cause {
        region.cause = Some(cause.clone());
    }
}

fn unmeasured(
    region: &mut RegionState,
    monitor: &Monitor,
    at: Timestamp,
) -> Option<(Status, Timestamp)> {
    let row = region.unmeasured.get_or_insert(Unmeasured { since: at, n_outcomes: 0 });
    row.n_outcomes = row.n_outcomes.saturating_add(1);
    let is_confirmed = row.n_outcomes >= u32::from(monitor.confirmation.failures);
    is_confirmed.then_some((Status::Unknown, row.since))
}

fn measured(
    region: &mut RegionState,
    monitor: &Monitor,
    status: Status,
    at: Timestamp,
) -> Option<(Status, Timestamp)> {
    region.unmeasured = None;
    let confirmation = monitor.confirmation;
    let keep = usize::from(confirmation.of.max(confirmation.successes)).max(1);
    region.recent.push_back(MeasuredOutcome { at, status });
    while region.recent.len() > keep {
        region.recent.pop_front();
    }

    // Before the first outcome no status is known, so a good one needs no second one to confirm it.
    let Some(current) = region.measured else {
        return if status == Status::Healthy {
            Some((Status::Healthy, at))
        } else {
            confirm_failure(region, monitor, Status::Healthy)
        };
    };
    let change = match status.rank().cmp(&current.rank()) {
        Ordering::Greater => confirm_failure(region, monitor, current),
        Ordering::Less => confirm_recovery(region, monitor, current),
        Ordering::Equal => None,
    };
    let agrees = region.status == Status::Unknown && status == current;
    change.or_else(|| agrees.then_some((current, at)))
}

/// Returns the worst status that enough of the last outcomes share, with the time of the first of them.
fn confirm_failure(
    region: &RegionState,
    monitor: &Monitor,
    current: Status,
) -> Option<(Status, Timestamp)> {
    let confirmation = monitor.confirmation;
    let skipped = region.recent.len().saturating_sub(usize::from(confirmation.of));
    [Status::Unhealthy, Status::Degraded]
        .into_iter()
        .filter(|candidate| candidate.rank() > current.rank())
        .find_map(|candidate| {
            let mut bad = region
                .recent
                .iter()
                .skip(skipped)
                .filter(|one| one.status.rank() >= candidate.rank());
            let first = bad.next()?.at;
            (1 + bad.count() >= usize::from(confirmation.failures)).then_some((candidate, first))
        })
}

/// Returns the worst status of a long enough row of better outcomes, with the time of the first of them. The
/// outcomes before the row are dropped, so that a relapse is counted anew.
fn confirm_recovery(
    region: &mut RegionState,
    monitor: &Monitor,
    current: Status,
) -> Option<(Status, Timestamp)> {
    let n_needed = usize::from(monitor.confirmation.successes).max(1);
    let n_better =
        region.recent.iter().rev().take_while(|one| one.status.rank() < current.rank()).count();
    if n_better < n_needed {
        return None;
    }
    let n_before = region.recent.len() - n_better;
    region.recent.drain(..n_before);
    let first = region.recent.front()?.at;
    let worst = region.recent.iter().map(|one| one.status).max_by_key(|status| status.rank())?;
    Some((worst, first))
}
