//! Confirmation: the change of the status of a monitor by its outcomes.
//!
//! The status becomes worse when enough of the last outcomes are bad, and better when enough in a row are
//! good. The change is dated at the first of them. Outcomes without measurement count for neither. Enough of
//! them in a row make the status unknown, until an outcome agrees with the status before, or a change is
//! confirmed.

use std::cmp::Ordering;

use allclear_core::Timestamp;

use allclear_core::event::Transition;
use allclear_core::monitor::Monitor;
use allclear_core::outcome::{Cause, Outcome};
use allclear_core::state::{MeasuredOutcome, MonitorState, Unmeasured};
use allclear_core::status::Status;

/// Adds the latest outcome and returns the change that it confirms.
pub(crate) fn confirm(
    state: &mut MonitorState,
    monitor: &Monitor,
    outcome: &Outcome,
    at: Timestamp,
) -> Option<Transition> {
    let (to, since) = match outcome.status().rank() {
        None => unmeasured(state, monitor, at)?,
        Some(_) => measured(state, monitor, outcome.status(), at)?,
    };
    let from = state.status;
    if to != Status::Unknown {
        state.measured = Some(to);
    }
    if from == to {
        return None;
    }
    // A streak that was interrupted by outcomes without measurement may begin before that time.
    let since = since.max(state.since);
    state.status = to;
    state.since = since;
    state.cause = match to {
        Status::Healthy => None,
        Status::Degraded | Status::Unhealthy | Status::Unknown => {
            outcome.verdict.cause().cloned().or_else(|| state.cause.clone())
        }
    };
    Some(Transition {
        monitor: monitor.id.clone(),
        at: since,
        confirmed_at: at,
        from,
        to,
        cause: state.cause.clone(),
    })
}

/// Updates the cause of a status that stays while the fault changes, such as when a service with an expired
/// key goes down. This takes two outcomes in a row with the new fault.
pub(crate) fn update_fault(
    state: &mut MonitorState,
    outcome: &Outcome,
    last_cause: Option<&Cause>,
) {
    let cause = outcome.verdict.cause().filter(|cause| {
        let differs_from = |other: &Cause| other.fault != cause.fault;
        outcome.status() == state.status
            && state.cause.as_ref().is_some_and(differs_from)
            && !last_cause.is_none_or(differs_from)
    });
    if let Some(cause) = cause {
        state.cause = Some(cause.clone());
    }
}

fn unmeasured(
    state: &mut MonitorState,
    monitor: &Monitor,
    at: Timestamp,
) -> Option<(Status, Timestamp)> {
    let row = state.unmeasured.get_or_insert(Unmeasured { since: at, n_outcomes: 0 });
    row.n_outcomes = row.n_outcomes.saturating_add(1);
    let is_confirmed = row.n_outcomes >= u32::from(monitor.confirmation.failures);
    is_confirmed.then_some((Status::Unknown, row.since))
}

fn measured(
    state: &mut MonitorState,
    monitor: &Monitor,
    status: Status,
    at: Timestamp,
) -> Option<(Status, Timestamp)> {
    state.unmeasured = None;
    let confirmation = monitor.confirmation;
    let keep = usize::from(confirmation.of.max(confirmation.successes)).max(1);
    state.recent.push_back(MeasuredOutcome { at, status });
    while state.recent.len() > keep {
        state.recent.pop_front();
    }

    // Before the first outcome no status is known, so a good one needs no second one to confirm it.
    let Some(current) = state.measured else {
        return if status == Status::Healthy {
            Some((Status::Healthy, at))
        } else {
            confirm_failure(state, monitor, Status::Healthy)
        };
    };
    let change = match status.rank().cmp(&current.rank()) {
        Ordering::Greater => confirm_failure(state, monitor, current),
        Ordering::Less => confirm_recovery(state, monitor, current),
        Ordering::Equal => None,
    };
    let agrees = state.status == Status::Unknown && status == current;
    change.or_else(|| agrees.then_some((current, at)))
}

/// Returns the worst status that enough of the last outcomes share, with the time of the first of them.
fn confirm_failure(
    state: &MonitorState,
    monitor: &Monitor,
    current: Status,
) -> Option<(Status, Timestamp)> {
    let confirmation = monitor.confirmation;
    let skipped = state.recent.len().saturating_sub(usize::from(confirmation.of));
    [Status::Unhealthy, Status::Degraded]
        .into_iter()
        .filter(|candidate| candidate.rank() > current.rank())
        .find_map(|candidate| {
            let mut bad = state
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
    state: &mut MonitorState,
    monitor: &Monitor,
    current: Status,
) -> Option<(Status, Timestamp)> {
    let n_needed = usize::from(monitor.confirmation.successes).max(1);
    let n_better =
        state.recent.iter().rev().take_while(|one| one.status.rank() < current.rank()).count();
    if n_better < n_needed {
        return None;
    }
    let n_before = state.recent.len() - n_better;
    state.recent.drain(..n_before);
    let first = state.recent.front()?.at;
    let worst = state.recent.iter().map(|one| one.status).max_by_key(|status| status.rank())?;
    Some((worst, first))
}
