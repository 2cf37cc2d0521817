//! The status that the provider itself reports: its level, and the delay of its announcements.
//!
//! It is shown beside the status of the monitor and changes no status and no alert.

use std::time::Duration;

use allclear_core::Timestamp;

use crate::observation::Observation;
use allclear_core::outcome::Cause;
use allclear_core::provider_status::{ProviderStatus, said};
use allclear_core::state::MonitorState;
use allclear_core::status::{Fault, Status};

/// The time after which a provider status is dropped unless a check reads it again.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(6);

/// Records the provider status of an observation, after the status of the monitor was confirmed.
pub(crate) fn observe(known: &mut MonitorState, observation: &Observation<'_>) {
    let at = observation.at;
    let had_trouble =
        is_target_failure(observation.previous_status, observation.previous_cause.as_ref());
    let have_trouble = is_target_failure(known.status, known.cause.as_ref());
    match (said(&observation.outcome.labels), &mut known.word) {
        (Some((level, headline)), Some(word)) => {
            if word.level.is_trouble() != level.is_trouble() {
                word.since = at;
                // For one outage, the first announcement of the provider counts.
                word.lag = word.lag.filter(|_| had_trouble || have_trouble);
            }
            word.level = level;
            headline.clone_into(&mut word.headline);
            word.heard_at = at;
        }
        (Some((level, headline)), empty) => {
            let headline = headline.to_owned();
            *empty = Some(ProviderStatus { level, since: at, heard_at: at, headline, lag: None });
        }
        (None, Some(word)) if word.heard_at + FORGOTTEN_AFTER <= at => known.word = None,
        (None, _) => {}
    }
    let Some(word) = &mut known.word else { return };
    let speaks = word.level.is_trouble();
    // A time without measurement does not end an outage.
    if have_trouble && !had_trouble && observation.previous_status != Status::Unknown {
        word.lag = None;
    }
    if have_trouble && speaks && word.lag.is_none() {
        word.lag = Some(word.since.duration_since(known.since));
    }
}

/// Returns the sentence for a notification about an outage or any other alert.
pub(crate) fn beside_trouble(known: &MonitorState, at: Timestamp) -> Option<String> {
    let since = is_target_failure(known.status, known.cause.as_ref()).then_some(known.since);
    Some(known.word.as_ref()?.beside(since, at))
}

/// Returns the sentence for the notification that an outage with this cause is over.
pub(crate) fn beside_the_end(known: &MonitorState, cause: Option<&Cause>) -> Option<String> {
    let word = known.word.as_ref()?;
    let was_theirs = cause.is_some_and(|cause| cause.fault.is_target_side());
    Some(if was_theirs { word.beside_the_end() } else { word.alone() })
}

fn is_target_failure(status: Status, cause: Option<&Cause>) -> bool {
    let fault = cause.map_or(Fault::Target, |cause| cause.fault);
    matches!(status, Status::Degraded | Status::Unhealthy) && fault.is_target_side()
}
