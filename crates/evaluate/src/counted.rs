//! The latest outcomes that the alerts of a monitor rest on. They are kept for the notifications, not for decisions.

use allclear_core::evidence::CountedOutcome;
use allclear_core::run::Run;
use allclear_core::state::ShardState;
use allclear_core::status::Status;

use crate::impairment::Measurement;

/// Records outcomes of `run`, each the latest of its monitor in the region of the run. Nothing is kept of a monitor that
/// is healthy and has no alert, which is the usual case. Those that have ended an alert are kept until its end is reported.
pub(crate) fn record(state: &mut ShardState, run: &Run, measurements: &[Measurement<'_>]) {
    for Measurement { outcome, position, .. } in measurements {
        let Some(monitor) = state.monitors.at_mut(*position) else { continue };
        let is_quiet = outcome.status() == Status::Healthy
            && monitor.status == Status::Healthy
            && monitor.alerts.is_empty()
            && monitor.unreported.is_empty();
        if is_quiet {
            monitor.counted.clear();
            continue;
        }
        let counted = CountedOutcome::of(outcome, run.time_of(outcome), &run.key.region);
        monitor.counted.push_back(counted);
        if monitor.counted.len() > CountedOutcome::MAX {
            monitor.counted.pop_front();
        }
    }
}
