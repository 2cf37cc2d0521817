//! Thresholds: limits of a metric above which a healthy outcome is degraded or unhealthy.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::outcome::{Cause, Finding, Verdict};
use crate::reason::Reason;

/// The name of the response time of the target, in milliseconds, beside the metrics of the kinds.
pub const RESPONSE_TIME_MS: &str = "response_time_ms";

/// The limits of one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// The name of the metric, with its unit: `response_time_ms`.
    pub metric: String,
    /// Above this value the outcome is degraded; `None` for no limit.
    pub warning: Option<f64>,
    /// Above this value the outcome is unhealthy; `None` for no limit.
    pub critical: Option<f64>,
}

/// The category of a kind of check, which decides the usual thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// A database, a cache or a queue.
    Database,
    /// A service of others, reached through the internet.
    External,
    /// A service of one's own, in the same network.
    Internal,
    /// The resources of a machine.
    Host,
}

/// The usual limits of one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UsualThreshold {
    /// The name of the metric, with its unit.
    pub metric: &'static str,
    /// Above this value an outcome is degraded.
    pub warning: f64,
    /// Above this value an outcome is unhealthy.
    pub critical: f64,
}

const fn usual(metric: &'static str, warning: f64, critical: f64) -> UsualThreshold {
    UsualThreshold { metric, warning, critical }
}

impl Category {
    /// All categories, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Database, Self::External, Self::Internal, Self::Host];

    /// Returns the name in the config.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::External => "external",
            Self::Internal => "internal",
            Self::Host => "host",
        }
    }

    /// Returns the thresholds of a category that the config switches on and does not change.
    #[must_use]
    pub fn usual_thresholds(self) -> &'static [UsualThreshold] {
        match self {
            Self::Database => const { &[usual(RESPONSE_TIME_MS, 100.0, 500.0)] },
            Self::External => const { &[usual(RESPONSE_TIME_MS, 1000.0, 5000.0)] },
            Self::Internal => const { &[usual(RESPONSE_TIME_MS, 50.0, 200.0)] },
            Self::Host => {
                const {
                    &[
                        usual("cpu_percent", 70.0, 90.0),
                        usual("memory_percent", 60.0, 80.0),
                        usual("disk_percent", 70.0, 85.0),
                    ]
                }
            }
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { metric, warning, critical } = self;
        write!(f, "{metric}")?;
        for (name, limit) in [("warning", warning), ("critical", critical)] {
            if let Some(limit) = limit {
                write!(f, " {name} {limit}")?;
            }
        }
        Ok(())
    }
}

/// Applies the thresholds to a finding. A value above a limit never improves a verdict, and a failure keeps its own
/// cause.
#[must_use]
pub fn judged(thresholds: &[Threshold], mut finding: Finding) -> Finding {
    let worst = thresholds.iter().filter_map(|threshold| threshold.exceeded_by(&finding));
    // Of several, the first critical one is named, and else the first of all.
    let worst = worst.min_by_key(|(level, _)| *level);
    finding.verdict = match (finding.verdict, worst) {
        (Verdict::Healthy, Some((ThresholdLevel::Warning, cause))) => Verdict::Degraded(cause),
        (Verdict::Healthy | Verdict::Degraded(_), Some((ThresholdLevel::Critical, cause))) => {
            Verdict::Unhealthy(cause)
        }
        (verdict, _) => verdict,
    };
    finding
}

/// The limit that a value exceeds, the more severe one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ThresholdLevel {
    Critical,
    Warning,
}

impl Threshold {
    fn exceeded_by(&self, finding: &Finding) -> Option<(ThresholdLevel, Cause)> {
        let value = self.value(finding)?;
        let is_above = |limit: Option<f64>| limit.filter(|limit| value > *limit);
        let (level, name, limit) = match (is_above(self.critical), is_above(self.warning)) {
            (Some(limit), _) => (ThresholdLevel::Critical, "critical", limit),
            (None, Some(limit)) => (ThresholdLevel::Warning, "warning", limit),
            (None, None) => return None,
        };
        // Two decimals are enough for a person.
        let shown = (value * 100.0).round() / 100.0;
        let what = format!("{} = {shown}, above its {name} threshold of {limit}", self.metric);
        Some((level, Cause::of(Reason::ThresholdExceeded, what)))
    }

    fn value(&self, finding: &Finding) -> Option<f64> {
        if self.metric == RESPONSE_TIME_MS {
            return finding.latency.map(|latency| latency.as_secs_f64() * 1000.0);
        }
        finding.metrics.get(&self.metric).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::status::Status;

    fn finding(verdict: Verdict, latency_ms: u64) -> Finding {
        let metrics = [("memory_percent".to_owned(), 85.0)].into();
        let latency = Some(Duration::from_millis(latency_ms));
        Finding { latency, metrics, ..Finding::of(verdict) }
    }

    fn threshold(metric: &str, warning: f64, critical: f64) -> Threshold {
        Threshold { metric: metric.to_owned(), warning: Some(warning), critical: Some(critical) }
    }

    #[test]
    fn above_the_warning_is_degraded_and_above_the_critical_limit_unhealthy() {
        let limits = [threshold(RESPONSE_TIME_MS, 100.0, 500.0)];
        for (latency, wanted) in [
            (100, Status::Healthy),
            (101, Status::Degraded),
            (500, Status::Degraded),
            (501, Status::Unhealthy),
        ] {
            let judged = judged(&limits, finding(Verdict::Healthy, latency));
            assert_eq!(judged.verdict.status(), wanted, "{latency}");
        }
        let message = judged(&limits, finding(Verdict::Healthy, 612)).verdict;
        let message = &message.cause().unwrap().message;
        assert_eq!(message, "response_time_ms = 612, above its critical threshold of 500");
    }

    #[test]
    fn the_worst_of_several_is_named() {
        let limits =
            [threshold(RESPONSE_TIME_MS, 100.0, 500.0), threshold("memory_percent", 60.0, 80.0)];
        let verdict = judged(&limits, finding(Verdict::Healthy, 200)).verdict;
        assert_eq!(verdict.status(), Status::Unhealthy);
        assert!(verdict.cause().unwrap().message.starts_with("memory_percent = 85"));
    }

    #[test]
    fn a_failure_keeps_its_cause_and_no_value_is_no_failure() {
        let limits = [threshold(RESPONSE_TIME_MS, 1.0, 2.0), threshold("absent", 1.0, 2.0)];
        let refused = Verdict::Unhealthy(Cause::of(Reason::ConnectRefused, "refused"));
        let kept = judged(&limits, finding(refused.clone(), 10)).verdict;
        assert_eq!(kept, refused);
        let unmeasured = judged(&limits, Finding::of(Verdict::Healthy)).verdict;
        assert_eq!(unmeasured, Verdict::Healthy);
        let degraded = Verdict::Degraded(Cause::of(Reason::Degraded, "slow"));
        let warned =
            judged(&[threshold(RESPONSE_TIME_MS, 1.0, 20.0)], finding(degraded.clone(), 10));
        assert_eq!(warned.verdict, degraded);
    }
}
