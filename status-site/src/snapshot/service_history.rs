//! The history of one service beyond its 90 days: latencies, and the uptime over several periods.

use std::time::Duration;

use jiff::Timestamp;

use super::Uptime;

/// The length of the steps in which the history of a service advances, in seconds: four hours. A shorter one would cost a
/// publisher as many writes as there are services more often.
const STEP_SECONDS: i64 = 4 * 3_600;

/// Returns the end of the hours that the history of a service covers at `now`.
#[must_use]
pub fn history_until(now: Timestamp) -> Timestamp {
    let second = now.as_second();
    Timestamp::from_second(second - second.rem_euclid(STEP_SECONDS)).unwrap_or(now)
}

/// Latencies that 50, 95 and 99 percent of the answered checks did not exceed, within 1 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatencyPercentiles {
    /// The median.
    pub p50: Duration,
    /// The 95th percentile.
    pub p95: Duration,
    /// The 99th percentile.
    pub p99: Duration,
}

/// The latencies of an hour or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatencyPoint {
    /// The start of the hour or day.
    pub start: Timestamp,
    /// The latencies.
    pub latency: LatencyPercentiles,
}

/// The uptime over several periods that end now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodUptimes {
    /// Over the 24 hours before [`history_until`].
    pub hours_24: Uptime,
    /// Over the last 7 days, including today.
    pub days_7: Uptime,
    /// Over the last 30 days, including today.
    pub days_30: Uptime,
    /// Over the last 90 days, including today.
    pub days_90: Uptime,
    /// Over the last 365 days, including today.
    pub days_365: Uptime,
}

impl PeriodUptimes {
    /// The uptimes if nothing was measured.
    pub const NONE: Self = Self {
        hours_24: Uptime::NONE,
        days_7: Uptime::NONE,
        days_30: Uptime::NONE,
        days_90: Uptime::NONE,
        days_365: Uptime::NONE,
    };
}

/// The history of a service on its own page. It changes every four hours, and while the service has problems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceHistory {
    /// The uptimes.
    pub uptimes: PeriodUptimes,
    /// The hours of the 7 days before [`history_until`] with an answered check, oldest first.
    pub hours: Vec<LatencyPoint>,
    /// The complete days of the last 90 with an answered check, oldest first.
    pub days: Vec<LatencyPoint>,
}

impl ServiceHistory {
    /// The history of a service that was never measured.
    pub const NONE: Self =
        Self { uptimes: PeriodUptimes::NONE, hours: Vec::new(), days: Vec::new() };
}
