//! The latest outcome of a monitor, with the status of the monitor before it.

use std::ops::Deref;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::alert_group::{CommonRoot, RootKind};
use allclear_core::id::{MonitorId, RegionId};
use allclear_core::kind::{Label, PROPERTY_LABELS};
use allclear_core::outcome::{Cause, Outcome};
use allclear_core::status::Status;

/// The shortest time without an outcome that counts as a pause, regardless of the interval. On AWS a monitor
/// is checked at most once a minute, even if its interval is shorter.
const SHORTEST_PAUSE: Duration = Duration::from_mins(2);

/// The number of intervals without an outcome that counts as a pause.
const PAUSE_INTERVALS: u32 = 3;

/// The latest outcome of a monitor, with the status of the monitor before it. With several regions, the latest
/// outcomes of the regions are combined to one by the quorum.
pub(crate) struct Observation<'a> {
    /// The outcome.
    pub(crate) outcome: ObservedOutcome<'a>,
    /// The position of the state of the monitor.
    pub(crate) position: usize,
    /// The time at which the check was due; of several regions, the latest one.
    pub(crate) at: Timestamp,
    /// The confirmed status before the outcome.
    pub(crate) previous_status: Status,
    /// The time at which that status began.
    pub(crate) previous_since: Timestamp,
    /// The cause of that status.
    pub(crate) previous_cause: Option<Cause>,
    /// The place of the outcome in the sequence of the monitor's outcomes.
    pub(crate) place: SequencePlace,
    /// The regions that see the trouble while another region does not.
    pub(crate) regions: Vec<RegionId>,
}

/// The outcome of an observation.
pub(crate) enum ObservedOutcome<'a> {
    /// That of the only region.
    Recorded(&'a Outcome),
    /// Those of several regions, combined. It is rare, and boxed because each observation is moved several times.
    Combined(Box<Outcome>),
}

impl Deref for ObservedOutcome<'_> {
    type Target = Outcome;

    fn deref(&self) -> &Outcome {
        match self {
            Self::Recorded(outcome) => outcome,
            Self::Combined(outcome) => outcome,
        }
    }
}

/// The place of an outcome in the sequence of a monitor's outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SequencePlace {
    /// The first outcome of the monitor, or the first one after a pause.
    First,
    /// An outcome that follows another one within a few intervals.
    Following,
}

/// Returns true if the time between two outcomes is so long that the process was not running, or the
/// monitor was not in the config.
pub(crate) fn is_pause(from: Timestamp, to: Timestamp, interval: Duration) -> bool {
    let pause = interval.saturating_mul(PAUSE_INTERVALS).max(SHORTEST_PAUSE);
    Duration::try_from(to.duration_since(from)).is_ok_and(|time| time > pause)
}

/// Returns true if `to` is less than `limit` after `from`, or before it.
pub(crate) fn is_within(limit: Duration, from: Timestamp, to: Timestamp) -> bool {
    Duration::try_from(to.duration_since(from)).is_ok_and(|time| time < limit) || to < from
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

    /// Returns the properties of the target in the labels of the outcome that other monitors can share.
    pub(crate) fn properties(&self) -> Vec<CommonRoot> {
        let label = |(kind, label): &(RootKind, Label)| {
            let value = self.outcome.labels.get(label.name())?.clone();
            Some(CommonRoot { kind: *kind, value })
        };
        PROPERTY_LABELS.iter().filter_map(label).collect()
    }

    /// Returns the cause of the outcome; `None` if it is healthy.
    pub(crate) fn cause(&self) -> Option<&Cause> {
        self.outcome.verdict.cause()
    }
}
