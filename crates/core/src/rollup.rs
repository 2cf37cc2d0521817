//! Rollups: the aggregates of a monitor's outcomes over an hour or a day.

use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::cost::Cost;
use crate::id::MonitorId;
use crate::kind::SpeedMetrics;
use crate::outcome::{Cause, Outcome, Verdict};
use crate::sketch::Sketch;
use crate::status::{Fault, Status};

/// The length of a rollup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// An hour of UTC.
    Hour,
    /// A day of UTC.
    Day,
}

impl Period {
    /// Returns the word used in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Returns its length in seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        match self {
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    /// Returns the start of the period that contains `at`.
    #[must_use]
    pub fn start_of(self, at: Timestamp) -> Timestamp {
        let second = at.as_second();
        let start = second - second.rem_euclid(self.seconds());
        Timestamp::from_second(start).unwrap_or(at)
    }

    /// Returns the end of the period that starts at `start`.
    #[must_use]
    pub fn end_of(self, start: Timestamp) -> Timestamp {
        start.saturating_add(self.seconds().seconds()).unwrap_or(start)
    }
}

/// The seconds that a monitor spent in each status. Each outcome stands for the interval that follows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Seconds healthy.
    pub healthy_s: u64,
    /// Seconds degraded.
    pub degraded_s: u64,
    /// Seconds unhealthy because of the target.
    pub unhealthy_s: u64,
    /// Seconds that were not measured, or in which the failure was not the fault of the target.
    pub unknown_s: u64,
    /// Seconds of planned maintenance, regardless of the measurement.
    pub maintenance_s: u64,
    /// The number of measured outcomes: those that count in uptime.
    pub n_measured: u32,
}

impl Tally {
    /// Adds all counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.healthy_s += other.healthy_s;
        self.degraded_s += other.degraded_s;
        self.unhealthy_s += other.unhealthy_s;
        self.unknown_s += other.unknown_s;
        self.maintenance_s += other.maintenance_s;
        self.n_measured += other.n_measured;
    }

    /// Takes away all counts of `other`, which were added before.
    pub(crate) fn subtract(&mut self, other: &Self) {
        self.healthy_s -= other.healthy_s;
        self.degraded_s -= other.degraded_s;
        self.unhealthy_s -= other.unhealthy_s;
        self.unknown_s -= other.unknown_s;
        self.maintenance_s -= other.maintenance_s;
        self.n_measured -= other.n_measured;
    }

    /// Returns the seconds in which the target worked.
    #[must_use]
    pub fn good_s(&self) -> u64 {
        self.healthy_s + self.degraded_s
    }

    /// Returns the seconds in which the target was measured.
    #[must_use]
    pub fn measured_s(&self) -> u64 {
        self.good_s() + self.unhealthy_s
    }

    /// Returns the share of the measured time in which the target worked, in percent; `None` if nothing was
    /// measured.
    #[must_use]
    pub fn uptime_percentage(&self) -> Option<f64> {
        let measured = self.measured_s();
        (measured > 0).then(|| self.good_s() as f64 * 100.0 / measured as f64)
    }
}

/// The aggregate of a monitor's outcomes over a period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollup {
    /// The seconds in each status.
    pub tally: Tally,
    /// The latencies of the answered checks.
    pub latency: Sketch,
    /// The cost of the checks.
    pub cost: Cost,
    /// The speed of the model that the checks ask; empty if they ask none.
    pub speed: SpeedSketches,
}

/// The speed of a model in the answered checks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeedSketches {
    /// The times to the first token.
    pub first_token: Sketch,
    /// The tokens per second, by [`Sketch::add_value`].
    pub tokens_per_second: Sketch,
}

impl SpeedSketches {
    /// Returns true if nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first_token.is_empty() && self.tokens_per_second.is_empty()
    }

    /// Adds all counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.first_token.merge(&other.first_token);
        self.tokens_per_second.merge(&other.tokens_per_second);
    }
}

/// The operation of a service during an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceOperation {
    /// No planned window is open.
    Regular,
    /// A planned window is open.
    Maintenance,
}

/// The field of a tally that counts a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TimeClass {
    Healthy,
    Degraded,
    Unhealthy,
    Unknown,
    Maintenance,
}

impl TimeClass {
    fn of(verdict: &Verdict, operation: ServiceOperation) -> Self {
        let is_own_fault = |cause: &Cause| !cause.fault.is_target_side();
        match verdict {
            _ if operation == ServiceOperation::Maintenance => Self::Maintenance,
            Verdict::Healthy => Self::Healthy,
            Verdict::Unknown(_) => Self::Unknown,
            // The other regions have measured the target.
            Verdict::Degraded(cause) if is_own_fault(cause) && cause.is_of_some_regions() => {
                Self::Healthy
            }
            Verdict::Degraded(cause) | Verdict::Unhealthy(cause) if is_own_fault(cause) => {
                Self::Unknown
            }
            Verdict::Degraded(_) => Self::Degraded,
            // A target that limits the rate has answered. It counts as degraded, as on the page.
            Verdict::Unhealthy(cause) if cause.fault == Fault::Throttled => Self::Degraded,
            Verdict::Unhealthy(_) => Self::Unhealthy,
        }
    }

    fn is_measured(self) -> bool {
        match self {
            Self::Healthy | Self::Degraded | Self::Unhealthy => true,
            Self::Unknown | Self::Maintenance => false,
        }
    }
}

impl Rollup {
    /// Counts `outcome`, which represents a period of `interval`.
    pub fn count(&mut self, outcome: &Outcome, interval: Duration, operation: ServiceOperation) {
        self.count_check(outcome, operation);
        self.count_time(&outcome.verdict, interval, operation);
    }

    /// Counts the cost and the latency of a check, without time in a status.
    pub fn count_check(&mut self, outcome: &Outcome, operation: ServiceOperation) {
        self.cost += outcome.cost;
        if let Some(latency) = outcome.latency.filter(|_| has_answered(outcome, operation)) {
            self.latency.add(latency);
        }
    }

    /// Counts the speed of the model that a check has asked.
    pub fn count_speed(
        &mut self,
        outcome: &Outcome,
        metrics: SpeedMetrics,
        operation: ServiceOperation,
    ) {
        if !has_answered(outcome, operation) {
            return;
        }
        let milliseconds = outcome.metrics.get(metrics.first_token_ms);
        let first_token = milliseconds.map(|ms| Duration::try_from_secs_f64(ms / 1_000.0));
        if let Some(Ok(first_token)) = first_token {
            self.speed.first_token.add(first_token);
        }
        if let Some(rate) = outcome.metrics.get(metrics.tokens_per_second) {
            self.speed.tokens_per_second.add_value(*rate);
        }
    }

    /// Counts a period of `length` with this verdict.
    pub fn count_time(&mut self, verdict: &Verdict, length: Duration, operation: ServiceOperation) {
        let class = TimeClass::of(verdict, operation);
        let tally = &mut self.tally;
        *match class {
            TimeClass::Healthy => &mut tally.healthy_s,
            TimeClass::Degraded => &mut tally.degraded_s,
            TimeClass::Unhealthy => &mut tally.unhealthy_s,
            TimeClass::Unknown => &mut tally.unknown_s,
            TimeClass::Maintenance => &mut tally.maintenance_s,
        } += length.as_secs();
        tally.n_measured += u32::from(class.is_measured());
    }

    /// Adds all counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.tally.merge(&other.tally);
        self.latency.merge(&other.latency);
        self.cost += other.cost;
        self.speed.merge(&other.speed);
    }
}

/// Checks whether the target has answered, and the outcome says something about it.
fn has_answered(outcome: &Outcome, operation: ServiceOperation) -> bool {
    let is_measured = TimeClass::of(&outcome.verdict, operation).is_measured();
    is_measured && outcome.status() != Status::Unhealthy
}

/// The stored rollup of one monitor over one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollupRecord {
    /// The monitor that was counted.
    pub monitor: MonitorId,
    /// The length of the period.
    pub period: Period,
    /// The start of the period.
    pub start: Timestamp,
    /// The aggregate of the outcomes.
    pub rollup: Rollup,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Finding;
    use crate::reason::Reason;

    fn outcome(verdict: Verdict) -> Outcome {
        Outcome::new(MonitorId::new("api").unwrap(), Duration::ZERO, Finding::of(verdict), 1)
    }

    #[test]
    fn uptime_is_the_good_share_of_the_measured_time() {
        let minute = Duration::from_mins(1);
        let mut rollup = Rollup::default();
        assert_eq!(rollup.tally.uptime_percentage(), None);
        for _ in 0..3 {
            rollup.count(&outcome(Verdict::Healthy), minute, ServiceOperation::Regular);
        }
        let down = Cause::of(Reason::Timeout, "");
        rollup.count(&outcome(Verdict::Unhealthy(down.clone())), minute, ServiceOperation::Regular);
        rollup.count(&outcome(Verdict::Unhealthy(down)), minute, ServiceOperation::Maintenance);
        assert_eq!(rollup.tally.uptime_percentage(), Some(75.0));
        assert_eq!(rollup.tally.maintenance_s, 60);
    }

    #[test]
    fn an_own_fault_does_not_change_the_uptime() {
        let mut rollup = Rollup::default();
        let minute = Duration::from_mins(1);
        rollup.count(&outcome(Verdict::Healthy), minute, ServiceOperation::Regular);
        for fault in [Fault::Credentials, Fault::Quota, Fault::Request] {
            let cause = Cause::new(fault, Reason::CheckFailed, "");
            rollup.count(&outcome(Verdict::Unhealthy(cause)), minute, ServiceOperation::Regular);
        }
        let cause = Cause::of(Reason::MonitoringImpaired, "");
        rollup.count(&outcome(Verdict::Unknown(cause)), minute, ServiceOperation::Regular);
        assert_eq!(rollup.tally.uptime_percentage(), Some(100.0));
        assert_eq!(rollup.tally.unknown_s, 240);
    }

    #[test]
    fn a_rate_limit_counts_as_degraded() {
        let mut rollup = Rollup::default();
        let cause = Cause::of(Reason::Throttled, "");
        rollup.count(
            &outcome(Verdict::Unhealthy(cause)),
            Duration::from_mins(1),
            ServiceOperation::Regular,
        );
        assert_eq!((rollup.tally.degraded_s, rollup.tally.unhealthy_s), (60, 0));
        assert_eq!(rollup.tally.uptime_percentage(), Some(100.0));
    }

    #[test]
    fn the_speed_of_answered_checks_is_counted() {
        let metrics = SpeedMetrics { first_token_ms: "first", tokens_per_second: "rate" };
        let measured = |verdict: Verdict, first: f64| {
            let metrics = [("first", first), ("rate", 80.0), ("other", 1.0)];
            let metrics = metrics.map(|(name, value)| (name.to_owned(), value)).into();
            Outcome { metrics, ..outcome(verdict) }
        };
        let mut rollup = Rollup::default();
        let down = Verdict::Unhealthy(Cause::of(Reason::Timeout, ""));
        rollup.count_speed(&measured(down, 9_000.0), metrics, ServiceOperation::Regular);
        let slow = measured(Verdict::Healthy, 8_000.0);
        rollup.count_speed(&slow, metrics, ServiceOperation::Maintenance);
        rollup.count_speed(&measured(Verdict::Healthy, -1.0), metrics, ServiceOperation::Regular);
        assert!(rollup.speed.first_token.is_empty());
        rollup.count_speed(&measured(Verdict::Healthy, 400.0), metrics, ServiceOperation::Regular);
        let mut two = rollup.clone();
        two.merge(&rollup);
        assert_eq!(two.speed.first_token.n_counted(), 2);
        assert_eq!(two.speed.tokens_per_second.n_counted(), 4);
        let first = two.speed.first_token.quantile(0.95).unwrap().as_millis();
        assert!((396..=404).contains(&first), "{first}");
    }

    #[test]
    fn a_period_starts_on_the_hour_and_at_midnight() {
        let at: Timestamp = "2026-11-21T22:31:07.5Z".parse().unwrap();
        assert_eq!(Period::Hour.start_of(at).to_string(), "2026-11-21T22:00:00Z");
        assert_eq!(Period::Day.start_of(at).to_string(), "2026-11-21T00:00:00Z");
        assert_eq!(
            Period::Day.end_of(Period::Day.start_of(at)).to_string(),
            "2026-11-22T00:00:00Z"
        );
    }
}
