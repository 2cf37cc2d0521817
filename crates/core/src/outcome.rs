//! Outcomes: the result of one check at one time.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::checker_state::Note;
use crate::cost::Cost;
use crate::id::MonitorId;
use crate::reason::Reason;
use crate::status::{Fault, Status};

/// The result of a check. Every verdict except `Healthy` states fault and cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The target works.
    Healthy,
    /// The target works, but not as expected.
    Degraded(Cause),
    /// The target does not work.
    Unhealthy(Cause),
    /// The target could not be measured. Made by [`Verdict::unknown`], so that it never blames the target.
    Unknown(Cause),
}

/// The cause of a verdict that is not healthy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The party at fault.
    pub fault: Fault,
    /// The stable code of the reason.
    pub reason: Reason,
    /// The description of the failure. It may quote the target, so it is only for the team.
    pub message: String,
}

impl Cause {
    /// Returns the cause for `reason`, with the fault that belongs to it.
    pub fn of(reason: Reason, message: impl Into<String>) -> Self {
        Self::new(reason.fault(), reason, message)
    }

    /// Returns the cause for `reason` if the failed part is Allclear's own: its resolver gave no answer, or
    /// its record of a heartbeat has a gap.
    pub fn monitor(reason: Reason, message: impl Into<String>) -> Self {
        Self::new(Fault::Monitor, reason, message)
    }

    /// Returns true for a failure that fewer regions see than the quorum.
    #[must_use]
    pub fn is_of_some_regions(&self) -> bool {
        self.reason == Reason::SomeRegions
    }

    /// Returns a cause from stored parts.
    pub fn new(fault: Fault, reason: Reason, message: impl Into<String>) -> Self {
        Self { fault, reason, message: message.into() }
    }
}

impl Verdict {
    /// Returns the status of this verdict.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Healthy => Status::Healthy,
            Self::Degraded(_) => Status::Degraded,
            Self::Unhealthy(_) => Status::Unhealthy,
            Self::Unknown(_) => Status::Unknown,
        }
    }

    /// Returns the cause; `None` if healthy.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Healthy => None,
            Self::Degraded(cause) | Self::Unhealthy(cause) | Self::Unknown(cause) => Some(cause),
        }
    }

    /// Returns the verdict for `cause`: unknown if Allclear could not measure, otherwise unhealthy.
    #[must_use]
    pub fn failure(cause: Cause) -> Self {
        if cause.fault == Fault::Monitor { Self::unknown(cause) } else { Self::Unhealthy(cause) }
    }

    /// Returns the verdict of a check without measurement. Since nothing shows a failure of the target, a
    /// fault of the target becomes [`Fault::Monitor`].
    #[must_use]
    pub fn unknown(cause: Cause) -> Self {
        let fault = match cause.fault {
            Fault::Target | Fault::Monitor => Fault::Monitor,
            Fault::Credentials | Fault::Quota | Fault::Throttled | Fault::Request => cause.fault,
        };
        Self::Unknown(Cause { fault, ..cause })
    }
}

/// The parts of a check's duration. A part that did not take place is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DurationParts {
    /// The resolution of the name.
    pub dns: Option<Duration>,
    /// The TCP connection.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// The time from the sent request to the first byte of the answer.
    pub first_byte: Option<Duration>,
    /// The time from the first byte of the answer to its last.
    pub transfer: Option<Duration>,
}

impl DurationParts {
    /// No parts.
    pub const NONE: Self =
        Self { dns: None, connect: None, tls: None, first_byte: None, transfer: None };

    /// Returns the parts with their names, in the order in which they occur.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Option<Duration>); 5] {
        [
            ("dns", self.dns),
            ("connect", self.connect),
            ("tls", self.tls),
            ("first_byte", self.first_byte),
            ("transfer", self.transfer),
        ]
    }
}

/// Named measurements of a check, such as `certificate_days` or `body_bytes`.
pub type Metrics = BTreeMap<String, f64>;

/// Named texts of a check, such as `finish_reason` or `request_id`. Only for the team.
pub type Labels = BTreeMap<String, String>;

/// The return value of a checker: an outcome without monitor and time.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The verdict of the check.
    pub verdict: Verdict,
    /// The response time of the target; `None` if it did not answer.
    pub latency: Option<Duration>,
    /// The parts of the duration.
    pub parts: DurationParts,
    /// Named measurements.
    pub metrics: Metrics,
    /// Named texts.
    pub labels: Labels,
    /// The cost of the attempt.
    pub cost: Cost,
    /// The note for the next check; `None` keeps the last note.
    pub note: Option<Note>,
    /// The models of a provider, if they were listed and have changed.
    pub catalog: Option<Catalog>,
}

impl Finding {
    /// Creates a finding with nothing but its verdict.
    #[must_use]
    pub fn of(verdict: Verdict) -> Self {
        Self {
            verdict,
            latency: None,
            parts: DurationParts::default(),
            metrics: Metrics::new(),
            labels: Labels::new(),
            cost: Cost::ZERO,
            note: None,
            catalog: None,
        }
    }
}

/// The result of one check of one monitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The monitor that was checked.
    pub monitor: MonitorId,
    /// The due time of the check, relative to the scheduled time of the run.
    pub offset: Duration,
    /// The verdict of the check.
    pub verdict: Verdict,
    /// The response time of the target; `None` if it did not answer.
    pub latency: Option<Duration>,
    /// The parts of the duration.
    pub parts: DurationParts,
    /// Named measurements.
    pub metrics: Metrics,
    /// Named texts.
    pub labels: Labels,
    /// The cost of all attempts.
    pub cost: Cost,
    /// The number of attempts: 2 if a failure was rechecked.
    pub attempts: u8,
}

impl Outcome {
    /// Builds the outcome of `monitor` from the finding of its checker.
    #[must_use]
    pub fn new(monitor: MonitorId, offset: Duration, finding: Finding, attempts: u8) -> Self {
        let Finding { verdict, latency, parts, metrics, labels, cost, note: _, catalog: _ } =
            finding;
        Self { monitor, offset, verdict, latency, parts, metrics, labels, cost, attempts }
    }

    /// Returns the status of this one check.
    #[must_use]
    pub fn status(&self) -> Status {
        self.verdict.status()
    }

    /// Returns the response time of the target in milliseconds.
    #[must_use]
    pub fn response_time_ms(&self) -> Option<f64> {
        self.latency.map(|latency| latency.as_secs_f64() * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unmeasured_outcome_has_no_target_reason() {
        for reason in Reason::ALL {
            for fault in Fault::ALL {
                let cause = Cause::new(fault, *reason, "not measured");
                for verdict in [Verdict::unknown(cause.clone()), Verdict::failure(cause)] {
                    let found = verdict.cause().unwrap();
                    let wanted = match (verdict.status(), fault) {
                        (Status::Unknown, Fault::Target) => Fault::Monitor,
                        (_, fault) => fault,
                    };
                    assert_eq!((found.fault, found.reason), (wanted, *reason));
                }
            }
        }
    }
}
