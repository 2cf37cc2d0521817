//! An outcome that is the latest of its monitor, with the status of the monitor before it.

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::outcome::{Cause, Outcome};
use allclear_core::status::Status;

/// The latest outcome of a monitor, with the status of the monitor before it.
pub(crate) struct Observation<'a> {
    /// The outcome.
    pub(crate) outcome: &'a Outcome,
    /// The time at which the check was due.
    pub(crate) at: Timestamp,
    /// The confirmed status before the outcome.
    pub(crate) previous_status: Status,
    /// The time at which that status began.
    pub(crate) previous_since: Timestamp,
    /// The cause of that status.
    pub(crate) previous_cause: Option<Cause>,
    /// The cause of the outcome before this one.
    pub(crate) last_cause: Option<Cause>,
    /// The place of the outcome in the sequence of the monitor's outcomes.
    pub(crate) place: SequencePlace,
}

/// The place of an outcome in the sequence of a monitor's outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SequencePlace {
    /// The first outcome of the monitor, or the first one after a pause.
    First,
    /// An outcome that follows another one within a few intervals.
    Following,
}

impl Observation<'_> {
    /// Returns the id of the monitor.
    pub(crate) fn monitor(&self) -> &MonitorId {
        &self.outcome.monitor
    }

    /// Returns the status of the outcome. The confirmed status may differ.
    pub(crate) fn status(&self) -> Status {
        self.outcome.status()
    }

    /// Returns the cause of the outcome; `None` if it is healthy.
    pub(crate) fn cause(&self) -> Option<&Cause> {
        self.outcome.verdict.cause()
    }
}
