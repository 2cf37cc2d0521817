//! The effect of a status that the public may see.

use crate::outcome::Cause;
use crate::status::{Fault, Status};

/// The effect of a monitor's status on the users of the service, as far as the checks show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicEffect {
    /// The service works.
    Operational,
    /// The service works, but not as expected.
    Degraded,
    /// The service does not work.
    Outage,
    /// The checks show nothing about the service.
    NoData,
}

impl PublicEffect {
    /// Returns the effect of `status` with `cause`. A failure of Allclear or of its owner is no data, never an outage. A
    /// service that limits the rate of Allclear is degraded, not down.
    #[must_use]
    pub fn of(status: Status, cause: Option<&Cause>) -> Self {
        let fault = cause.map_or(Fault::Target, |cause| cause.fault);
        match status {
            Status::Healthy => Self::Operational,
            Status::Unknown => Self::NoData,
            // The other regions have measured the service.
            Status::Degraded
                if !fault.is_target_side() && cause.is_some_and(Cause::is_of_some_regions) =>
            {
                Self::Operational
            }
            Status::Degraded | Status::Unhealthy if !fault.is_target_side() => Self::NoData,
            Status::Degraded => Self::Degraded,
            Status::Unhealthy if fault == Fault::Throttled => Self::Degraded,
            Status::Unhealthy => Self::Outage,
        }
    }
}
