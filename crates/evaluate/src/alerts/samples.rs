//! The outcomes that confirm the condition of a rule, and its end.
//!
//! One slow answer is noise. A rule over a measured value therefore fires when its condition was true in `count` of
//! the last `of` outcomes, and ends after `count` outcomes in a row without it. An alert that fires and ends by the
//! same number of outcomes could alternate between both; the end needs them in a row.

use allclear_core::Timestamp;
use allclear_core::rule::RuleConfirmation;
use allclear_core::state::{Alert, ConditionSample};

use crate::observation::{Observation, SequencePlace};

/// The weight of an outcome for the confirmation of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// The outcome is a sample.
    Sample,
    /// The outcome confirms nothing: it is the first one after a pause, when the machine is still starting, or
    /// Allclear itself cannot measure.
    Nothing,
}

impl Evidence {
    /// Returns the weight of an observation, given the time since which Allclear cannot measure.
    pub(super) fn of(observation: &Observation<'_>, impaired_since: Option<Timestamp>) -> Self {
        match (observation.place, impaired_since) {
            (SequencePlace::Following, None) => Self::Sample,
            (SequencePlace::First, _) | (SequencePlace::Following, Some(_)) => Self::Nothing,
        }
    }
}

/// Returns true if one outcome confirms the condition, so that no samples are kept.
pub(super) fn is_immediate(confirm: RuleConfirmation) -> bool {
    confirm.of <= 1
}

/// Adds an outcome that decided the condition, and drops those that no longer count. While the alert is pending, its
/// condition is true since the oldest sample that counts.
pub(super) fn record(alert: &mut Alert, confirm: RuleConfirmation, sample: ConditionSample) {
    alert.samples.push_back(sample);
    while alert.samples.len() > usize::from(confirm.of) {
        alert.samples.pop_front();
    }
    if alert.firing.is_none()
        && let Some(oldest) = alert.samples.iter().find(|sample| sample.holds)
    {
        alert.since = oldest.at;
    }
}

/// Checks whether the condition is confirmed.
pub(super) fn confirm_the_condition(alert: &Alert, confirm: RuleConfirmation) -> bool {
    alert.samples.iter().filter(|sample| sample.holds).count() >= usize::from(confirm.count)
}

/// Checks whether the end of the condition is confirmed.
pub(super) fn confirm_the_end(alert: &Alert, confirm: RuleConfirmation) -> bool {
    let in_a_row = alert.samples.iter().rev().take_while(|sample| !sample.holds).count();
    in_a_row >= usize::from(confirm.count)
}

/// Returns true if the condition of a pending alert was true in none of the samples that count.
pub(super) fn are_all_false(alert: &Alert) -> bool {
    alert.samples.iter().all(|sample| !sample.holds)
}
