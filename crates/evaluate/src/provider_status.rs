//! The status that the provider itself reports: its level, and the delay of its announcements.
//!
//! It is shown beside the status of the monitor and changes no status and no alert.

use std::time::Duration;

use allclear_core::Timestamp;

use allclear_core::outcome::{Cause, Labels};
use allclear_core::provider_status::{ProviderStatus, ReportLabels, from_labels};
use allclear_core::state::MonitorState;
use allclear_core::status::{Fault, Status};

/// The time after which a provider status is dropped unless a check reads it again.
const EXPIRES_AFTER: Duration = Duration::from_hours(6);

/// The status of a monitor before an outcome.
pub(crate) struct PreviousStatus {
    /// The confirmed status.
    pub(crate) status: Status,
    /// Its cause.
    pub(crate) cause: Option<Cause>,
}

/// Records the provider status in the labels of an outcome, after the status of the monitor was confirmed.
pub(crate) fn observe(
    state: &mut MonitorState,
    labels: &Labels,
    at: Timestamp,
    previous: &PreviousStatus,
) {
    let failed_before = is_target_failure(previous.status, previous.cause.as_ref());
    let fails_now = is_target_failure(state.status, state.cause.as_ref());
    match (from_labels(labels), &mut state.provider_status) {
        (Some(labels), Some(reported)) => {
            let ReportLabels { level, headline, phase } = labels;
            if reported.level.is_trouble() != level.is_trouble() {
                reported.since = at;
                // For one outage, the first announcement of the provider counts.
                reported.lag = reported.lag.filter(|_| failed_before || fails_now);
            }
            reported.level = level;
            headline.clone_into(&mut reported.headline);
            reported.phase = phase;
            reported.seen_at = at;
        }
        (Some(ReportLabels { level, headline, phase }), empty) => {
            let headline = headline.to_owned();
            let lag = None;
            *empty = Some(ProviderStatus { level, since: at, seen_at: at, headline, phase, lag });
        }
        (None, Some(reported)) if reported.seen_at + EXPIRES_AFTER <= at => {
            state.provider_status = None;
        }
        (None, _) => {}
    }
    let Some(reported) = &mut state.provider_status else { return };
    let reports_problem = reported.level.is_trouble();
    // A time without measurement does not end an outage.
    if fails_now && !failed_before && previous.status != Status::Unknown {
        reported.lag = None;
    }
    if fails_now && reports_problem && reported.lag.is_none() {
        reported.lag = Some(reported.since.duration_since(state.since));
    }
}

/// Returns the sentence for a notification about an outage or any other alert.
pub(crate) fn problem_sentence(state: &MonitorState, at: Timestamp) -> Option<String> {
    let since = is_target_failure(state.status, state.cause.as_ref()).then_some(state.since);
    Some(state.provider_status.as_ref()?.problem_sentence(since, at))
}

/// Returns the sentence for the notification that an outage with this cause is over.
pub(crate) fn recovery_sentence(state: &MonitorState, cause: Option<&Cause>) -> Option<String> {
    let reported = state.provider_status.as_ref()?;
    let was_target_side = cause.is_some_and(|cause| cause.fault.is_target_side());
    Some(if was_target_side { reported.recovery_sentence() } else { reported.sentence() })
}

fn is_target_failure(status: Status, cause: Option<&Cause>) -> bool {
    let fault = cause.map_or(Fault::Target, |cause| cause.fault);
    matches!(status, Status::Degraded | Status::Unhealthy) && fault.is_target_side()
}
